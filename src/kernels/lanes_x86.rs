//! Vectors of AVX2 and AVX-512 for [`Lanes`].
//!
//! The intrinsics of the standard library are unsafe where the compiler does not know that the
//! processor has them. SAFETY, for all of this file: [`run`] asks the processor before it enters
//! [`run_avx512`] or [`run_avx2`], the types below appear nowhere else, and everything that they do
//! is inlined there. Loads and stores are bounded by slices of the right length.

#![allow(
    unsafe_code,
    reason = "vector instructions, behind a check of the processor; see above"
)]
#![allow(clippy::wildcard_imports, reason = "a hundred names of instructions")]

use std::arch::x86_64::*;

use super::abi::{Block, InputView, Twin, run_all};
use super::lanes::{Lanes, Vector};
use super::real::Single;

/// Runs `twin` over all pixels of a block, if the processor has one of the two; else does nothing.
pub(super) fn run<T: Twin>(twin: &T, block: &mut Block<'_>) -> bool {
    if is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx2")
    {
        // SAFETY: the processor has them.
        unsafe { run_avx512(twin, block) };
        return true;
    }
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the processor has them.
        unsafe { run_avx2(twin, block) };
        return true;
    }
    false
}

/// Decodes an input, if the processor has one of the two; else does nothing.
pub(super) fn decode(
    input: &InputView<'_>,
    n_pixels: usize,
    layer: &mut [f32],
    stride: usize,
) -> bool {
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has it.
        unsafe { decode_avx2(input, n_pixels, layer, stride) };
        return true;
    }
    false
}

/// Asks for values that will be read soon: each step of a tile is far from the last, where no processor
/// looks for what comes next.
#[inline(always)]
pub(super) fn fetch<T>(values: &[T]) {
    const LINE_BYTES: usize = 64;
    for line in values.chunks(LINE_BYTES / size_of::<T>()) {
        // SAFETY: every x86-64 processor has it, and it reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}

#[target_feature(enable = "avx2")]
fn decode_avx2(input: &InputView<'_>, n_pixels: usize, layer: &mut [f32], stride: usize) {
    input.decode_steps(n_pixels, layer, stride);
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
fn run_avx512<T: Twin>(twin: &T, block: &mut Block<'_>) {
    run_all::<T, Lanes<Avx512, 1>>(twin, block);
}

#[target_feature(enable = "avx2,fma")]
fn run_avx2<T: Twin>(twin: &T, block: &mut Block<'_>) {
    run_all::<T, Lanes<Avx2, 2>>(twin, block);
}

/// Four numbers.
#[derive(Clone, Copy, Debug)]
struct Avx2(__m256d);

/// Eight numbers.
#[derive(Clone, Copy, Debug)]
struct Avx512(__m512d);

/// Eight `f32`.
#[derive(Clone, Copy, Debug)]
struct Singles(__m256);

impl Single for Singles {
    #[inline(always)]
    fn in_order(self, other: Self) -> (Self, Self) {
        unsafe {
            (
                Self(_mm256_min_ps(self.0, other.0)),
                Self(_mm256_max_ps(self.0, other.0)),
            )
        }
    }
    #[inline(always)]
    fn lane(&self, lane: usize) -> f32 {
        // SAFETY: a vector of eight f32 is eight f32 in a row.
        let numbers: &[f32; 8] = unsafe { &*std::ptr::from_ref(&self.0).cast() };
        numbers[lane]
    }
}

/// Methods that are one intrinsic each.
macro_rules! one_intrinsic {
    ($($name:ident($self:ident $(, $argument:ident)*) = $intrinsic:ident;)+) => {
        $(#[inline(always)]
        fn $name($self $(, $argument: Self)*) -> Self {
            // SAFETY: see the head of the file.
            Self(unsafe { $intrinsic($self.0 $(, $argument.0)*) })
        })+
    };
}

impl Vector for Avx2 {
    type Mask = __m256d;
    type Singles = Singles;
    const N: usize = 4;

    #[inline(always)]
    fn splat(x: f64) -> Self {
        Self(unsafe { _mm256_set1_pd(x) })
    }
    #[inline(always)]
    fn load(x: &[f64]) -> Self {
        Self(unsafe { _mm256_loadu_pd(x[..4].as_ptr()) })
    }
    #[inline(always)]
    fn store(self, out: &mut [f64]) {
        unsafe { _mm256_storeu_pd(out[..4].as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    fn load_layer(x: &[f32]) -> (Self, __m256d) {
        unsafe {
            let x = _mm256_cvtps_pd(_mm_loadu_ps(x[..4].as_ptr()));
            let valid = _mm256_cmp_pd::<_CMP_ORD_Q>(x, x);
            (Self(_mm256_and_pd(x, valid)), valid)
        }
    }
    #[inline(always)]
    fn to_singles(parts: &[Self]) -> Singles {
        unsafe {
            Singles(_mm256_set_m128(
                _mm256_cvtpd_ps(parts[1].0),
                _mm256_cvtpd_ps(parts[0].0),
            ))
        }
    }
    #[inline(always)]
    fn from_singles(singles: Singles, part: usize) -> Self {
        let half = unsafe {
            if part == 0 {
                _mm256_castps256_ps128(singles.0)
            } else {
                _mm256_extractf128_ps::<1>(singles.0)
            }
        };
        Self(unsafe { _mm256_cvtps_pd(half) })
    }
    #[inline(always)]
    fn store_f32(self, out: &mut [f32]) {
        unsafe { _mm_storeu_ps(out[..4].as_mut_ptr(), _mm256_cvtpd_ps(self.0)) }
    }

    // The second of max and min is what comes back for NaN and for equal numbers.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(unsafe { _mm256_max_pd(other.0, self.0) })
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(unsafe { _mm256_min_pd(other.0, self.0) })
    }
    one_intrinsic! {
        add(self, other) = _mm256_add_pd;
        sub(self, other) = _mm256_sub_pd;
        mul(self, other) = _mm256_mul_pd;
        div(self, other) = _mm256_div_pd;
        mul_add(self, factor, term) = _mm256_fmadd_pd;
        sqrt(self) = _mm256_sqrt_pd;
        floor(self) = _mm256_floor_pd;
    }

    #[inline(always)]
    fn lt(self, other: Self) -> __m256d {
        unsafe { _mm256_cmp_pd::<_CMP_LT_OQ>(self.0, other.0) }
    }
    #[inline(always)]
    fn le(self, other: Self) -> __m256d {
        unsafe { _mm256_cmp_pd::<_CMP_LE_OQ>(self.0, other.0) }
    }
    #[inline(always)]
    fn select(mask: __m256d, yes: Self, no: Self) -> Self {
        Self(unsafe { _mm256_blendv_pd(no.0, yes.0, mask) })
    }
    #[inline(always)]
    fn mask_splat(truth: bool) -> __m256d {
        unsafe { _mm256_castsi256_pd(_mm256_set1_epi64x(-i64::from(truth))) }
    }
    #[inline(always)]
    fn mask_and(a: __m256d, b: __m256d) -> __m256d {
        unsafe { _mm256_and_pd(a, b) }
    }
    #[inline(always)]
    fn mask_or(a: __m256d, b: __m256d) -> __m256d {
        unsafe { _mm256_or_pd(a, b) }
    }
    #[inline(always)]
    fn mask_not(a: __m256d) -> __m256d {
        unsafe { _mm256_xor_pd(a, _mm256_castsi256_pd(_mm256_set1_epi64x(-1))) }
    }
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "four bits"
    )]
    fn mask_bits(a: __m256d) -> u8 {
        unsafe { _mm256_movemask_pd(a) as u8 }
    }

    #[inline(always)]
    fn bits_add(self, n: u64) -> Self {
        unsafe {
            Self(_mm256_castsi256_pd(_mm256_add_epi64(
                self.bits(),
                Self::whole(n),
            )))
        }
    }
    #[inline(always)]
    fn bits_sub(self, n: u64) -> Self {
        unsafe {
            Self(_mm256_castsi256_pd(_mm256_sub_epi64(
                self.bits(),
                Self::whole(n),
            )))
        }
    }
    #[inline(always)]
    fn bits_and(self, mask: u64) -> Self {
        unsafe {
            Self(_mm256_castsi256_pd(_mm256_and_si256(
                self.bits(),
                Self::whole(mask),
            )))
        }
    }
    #[inline(always)]
    fn bits_or(self, mask: u64) -> Self {
        unsafe {
            Self(_mm256_castsi256_pd(_mm256_or_si256(
                self.bits(),
                Self::whole(mask),
            )))
        }
    }
    #[inline(always)]
    fn bits_xor(self, mask: u64) -> Self {
        unsafe {
            Self(_mm256_castsi256_pd(_mm256_xor_si256(
                self.bits(),
                Self::whole(mask),
            )))
        }
    }
    #[inline(always)]
    fn bits_up_52(self) -> Self {
        unsafe { Self(_mm256_castsi256_pd(_mm256_slli_epi64::<52>(self.bits()))) }
    }
    #[inline(always)]
    fn bits_down_52(self) -> Self {
        unsafe { Self(_mm256_castsi256_pd(_mm256_srli_epi64::<52>(self.bits()))) }
    }
}

impl Avx2 {
    #[inline(always)]
    fn bits(self) -> __m256i {
        unsafe { _mm256_castpd_si256(self.0) }
    }
    #[inline(always)]
    fn whole(n: u64) -> __m256i {
        unsafe { _mm256_set1_epi64x(n.cast_signed()) }
    }
}

impl Vector for Avx512 {
    type Mask = __mmask8;
    type Singles = Singles;
    const N: usize = 8;

    #[inline(always)]
    fn splat(x: f64) -> Self {
        Self(unsafe { _mm512_set1_pd(x) })
    }
    #[inline(always)]
    fn load(x: &[f64]) -> Self {
        Self(unsafe { _mm512_loadu_pd(x[..8].as_ptr()) })
    }
    #[inline(always)]
    fn store(self, out: &mut [f64]) {
        unsafe { _mm512_storeu_pd(out[..8].as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    fn load_layer(x: &[f32]) -> (Self, __mmask8) {
        unsafe {
            let x = _mm256_loadu_ps(x[..8].as_ptr());
            let valid = _mm256_cmp_ps_mask::<_CMP_ORD_Q>(x, x);
            (Self(_mm512_maskz_cvtps_pd(valid, x)), valid)
        }
    }
    #[inline(always)]
    fn to_singles(parts: &[Self]) -> Singles {
        unsafe { Singles(_mm512_cvtpd_ps(parts[0].0)) }
    }
    #[inline(always)]
    fn from_singles(singles: Singles, _part: usize) -> Self {
        Self(unsafe { _mm512_cvtps_pd(singles.0) })
    }
    #[inline(always)]
    fn store_f32(self, out: &mut [f32]) {
        unsafe { _mm256_storeu_ps(out[..8].as_mut_ptr(), _mm512_cvtpd_ps(self.0)) }
    }

    // The second of max and min is what comes back for NaN and for equal numbers.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(unsafe { _mm512_max_pd(other.0, self.0) })
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(unsafe { _mm512_min_pd(other.0, self.0) })
    }
    one_intrinsic! {
        add(self, other) = _mm512_add_pd;
        sub(self, other) = _mm512_sub_pd;
        mul(self, other) = _mm512_mul_pd;
        div(self, other) = _mm512_div_pd;
        mul_add(self, factor, term) = _mm512_fmadd_pd;
        sqrt(self) = _mm512_sqrt_pd;
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self(unsafe {
            _mm512_roundscale_pd::<{ _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC }>(self.0)
        })
    }

    #[inline(always)]
    fn lt(self, other: Self) -> __mmask8 {
        unsafe { _mm512_cmp_pd_mask::<_CMP_LT_OQ>(self.0, other.0) }
    }
    #[inline(always)]
    fn le(self, other: Self) -> __mmask8 {
        unsafe { _mm512_cmp_pd_mask::<_CMP_LE_OQ>(self.0, other.0) }
    }
    #[inline(always)]
    fn select(mask: __mmask8, yes: Self, no: Self) -> Self {
        Self(unsafe { _mm512_mask_blend_pd(mask, no.0, yes.0) })
    }
    #[inline(always)]
    fn mask_splat(truth: bool) -> __mmask8 {
        if truth { 0xff } else { 0 }
    }
    #[inline(always)]
    fn mask_and(a: __mmask8, b: __mmask8) -> __mmask8 {
        a & b
    }
    #[inline(always)]
    fn mask_or(a: __mmask8, b: __mmask8) -> __mmask8 {
        a | b
    }
    #[inline(always)]
    fn mask_not(a: __mmask8) -> __mmask8 {
        !a
    }
    #[inline(always)]
    fn mask_bits(a: __mmask8) -> u8 {
        a
    }

    #[inline(always)]
    fn bits_add(self, n: u64) -> Self {
        unsafe {
            Self(_mm512_castsi512_pd(_mm512_add_epi64(
                self.bits(),
                Self::whole(n),
            )))
        }
    }
    #[inline(always)]
    fn bits_sub(self, n: u64) -> Self {
        unsafe {
            Self(_mm512_castsi512_pd(_mm512_sub_epi64(
                self.bits(),
                Self::whole(n),
            )))
        }
    }
    #[inline(always)]
    fn bits_and(self, mask: u64) -> Self {
        unsafe {
            Self(_mm512_castsi512_pd(_mm512_and_si512(
                self.bits(),
                Self::whole(mask),
            )))
        }
    }
    #[inline(always)]
    fn bits_or(self, mask: u64) -> Self {
        unsafe {
            Self(_mm512_castsi512_pd(_mm512_or_si512(
                self.bits(),
                Self::whole(mask),
            )))
        }
    }
    #[inline(always)]
    fn bits_xor(self, mask: u64) -> Self {
        unsafe {
            Self(_mm512_castsi512_pd(_mm512_xor_si512(
                self.bits(),
                Self::whole(mask),
            )))
        }
    }
    #[inline(always)]
    fn bits_up_52(self) -> Self {
        unsafe { Self(_mm512_castsi512_pd(_mm512_slli_epi64::<52>(self.bits()))) }
    }
    #[inline(always)]
    fn bits_down_52(self) -> Self {
        unsafe { Self(_mm512_castsi512_pd(_mm512_srli_epi64::<52>(self.bits()))) }
    }
}

impl Avx512 {
    #[inline(always)]
    fn bits(self) -> __m512i {
        unsafe { _mm512_castpd_si512(self.0) }
    }
    #[inline(always)]
    fn whole(n: u64) -> __m512i {
        unsafe { _mm512_set1_epi64(n.cast_signed()) }
    }
}
