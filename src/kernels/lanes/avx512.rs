//! Vectors of AVX-512 for [`Lanes`](super::vector::Lanes).
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

use super::avx2::{Singles, one_intrinsic};
use super::vector::Vector;

/// Eight numbers.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernels) struct Avx512(__m512d);

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
