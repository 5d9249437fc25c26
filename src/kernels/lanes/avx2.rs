//! Vectors of AVX2 for [`Lanes`](super::vector::Lanes).
//!
//! The intrinsics of the standard library are unsafe where the compiler does not know that the
//! processor has them. SAFETY, for all of this file: `kernels::lanes::x86` asks the processor
//! before it enters a function that uses these types, they appear nowhere else, and everything that
//! they do is inlined there. Loads and stores are bounded by slices of the right length.

#![allow(
    unsafe_code,
    reason = "vector instructions, behind a check of the processor; see above"
)]
#![allow(clippy::wildcard_imports, reason = "a hundred names of instructions")]

use std::arch::x86_64::*;

use super::vector::Vector;
use crate::kernels::real::Single;

/// Four numbers.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernels) struct Avx2(__m256d);

/// Eight `f32`.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernels) struct Singles(pub(super) __m256);

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
    fn around(numbers: &[Self], at: Self) -> [Self; 3] {
        // Odd and even numbers apart: one need not wait for the other.
        let (pairs, last) = numbers.as_chunks::<2>();
        let mut even = Around::none();
        let mut odd = Around::none();
        for pair in pairs {
            even = even.with(pair[0], at);
            odd = odd.with(pair[1], at);
        }
        for &x in last {
            even = even.with(x, at);
        }
        unsafe {
            [
                Self(_mm256_cvtepi32_ps(_mm256_add_epi32(even.n, odd.n))),
                Self(_mm256_max_ps(even.below, odd.below)),
                Self(_mm256_min_ps(even.above, odd.above)),
            ]
        }
    }
    #[inline(always)]
    fn lane(&self, lane: usize) -> f32 {
        // SAFETY: a vector of eight f32 is eight f32 in a row.
        let numbers: &[f32; 8] = unsafe { &*std::ptr::from_ref(&self.0).cast() };
        numbers[lane]
    }
}

/// [`Single::around`] on the way.
#[derive(Clone, Copy)]
struct Around {
    n: __m256i,
    below: __m256,
    above: __m256,
}

impl Around {
    #[inline(always)]
    fn none() -> Self {
        unsafe {
            Self {
                n: _mm256_setzero_si256(),
                below: _mm256_set1_ps(f32::NEG_INFINITY),
                above: _mm256_set1_ps(f32::INFINITY),
            }
        }
    }
    #[inline(always)]
    fn with(self, x: Singles, at: Singles) -> Self {
        unsafe {
            // All bits of a truth: the whole number -1.
            let is_below = _mm256_cmp_ps::<_CMP_LE_OQ>(x.0, at.0);
            let below = _mm256_blendv_ps(_mm256_set1_ps(f32::NEG_INFINITY), x.0, is_below);
            let above = _mm256_blendv_ps(x.0, _mm256_set1_ps(f32::INFINITY), is_below);
            Self {
                n: _mm256_sub_epi32(self.n, _mm256_castps_si256(is_below)),
                below: _mm256_max_ps(self.below, below),
                above: _mm256_min_ps(self.above, above),
            }
        }
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
pub(in crate::kernels) use one_intrinsic;

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
