//! The numbers that kernels compute with.
//!
//! A kernel's CPU twin is written once, over [`Real`], and runs in three ways:
//!
//! - as `f64`, one pixel at a time: the reference;
//! - as eight lanes of `f64` (`kernels::lanes`), eight pixels at a time: the same operations in the same order,
//!   so the same bits, and the CPU engine;
//! - as `f32`, one pixel at a time: tells a shader's rounding from a shader's mistake.
//!
//! A branch on data becomes a [`select`](Real::select) between two values, as in the shader, so
//! that eight neighbours with different gaps can walk together.
//!
//! [`Real::exp`] in shaders:
//! GPU twin: `shaders/lib/exponential.wgsl`.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use super::abi::Sample;
use crate::tile::Decoding;

/// One truth value a pixel.
pub trait Mask: Copy + BitAnd<Output = Self> + BitOr<Output = Self> + Not<Output = Self> {
    /// The same truth for all pixels.
    fn of(truth: bool) -> Self;
    /// Whether it holds for at least one pixel.
    fn any(self) -> bool;
}

/// One `f32` a pixel, none of them NaN.
pub trait Single: Copy {
    /// The smaller and the larger of two.
    fn in_order(self, other: Self) -> (Self, Self);
    /// The number of one pixel.
    fn lane(&self, lane: usize) -> f32;
}

impl Single for f32 {
    #[inline(always)]
    fn in_order(self, other: Self) -> (Self, Self) {
        if other < self {
            (other, self)
        } else {
            (self, other)
        }
    }
    #[inline(always)]
    fn lane(&self, _lane: usize) -> f32 {
        *self
    }
}

/// One number a pixel.
pub trait Real:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// Truth values of comparisons.
    type Mask: Mask;
    /// The numbers rounded to `f32`: half the memory where many are put in order.
    type Single: Single;
    /// Pixels computed together.
    const LANES: usize;
    /// Relative change below which an iteration has converged.
    const CONVERGED: f64;

    /// The same number for all pixels.
    fn of(x: f64) -> Self;
    /// The number of each pixel.
    fn from_lanes(lane: impl FnMut(usize) -> f64) -> Self;
    /// The number of one pixel.
    fn lane(self, lane: usize) -> f64;
    /// The truth of one pixel.
    fn mask_lane(mask: Self::Mask, lane: usize) -> bool;

    /// `yes` where `mask` holds, `no` elsewhere.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
    /// `self < other`.
    fn lt(self, other: Self) -> Self::Mask;
    /// `self <= other`.
    fn le(self, other: Self) -> Self::Mask;
    /// `self > other`.
    #[inline(always)]
    fn gt(self, other: Self) -> Self::Mask {
        other.lt(self)
    }
    /// `self >= other`.
    #[inline(always)]
    fn ge(self, other: Self) -> Self::Mask {
        other.le(self)
    }
    /// The larger of two numbers that are not NaN.
    #[inline(always)]
    #[must_use]
    fn max(self, other: Self) -> Self {
        Self::select(self.lt(other), other, self)
    }
    /// The smaller of two numbers that are not NaN.
    #[inline(always)]
    #[must_use]
    fn min(self, other: Self) -> Self {
        Self::select(other.lt(self), other, self)
    }
    /// Magnitude.
    #[must_use]
    fn abs(self) -> Self;
    /// `self · factor + term`, rounded once.
    #[must_use]
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// Square root.
    #[must_use]
    fn sqrt(self) -> Self;
    /// The largest whole number that is not above it.
    #[must_use]
    fn floor(self) -> Self;
    /// Exponential.
    #[must_use]
    fn exp(self) -> Self;
    /// Natural logarithm of a positive number.
    #[must_use]
    fn ln(self) -> Self;

    /// Rounds to `f32`.
    #[must_use]
    fn to_single(self) -> Self::Single;
    /// A number that was rounded to `f32`.
    fn from_single(single: Self::Single) -> Self;

    /// Values of a layer, NaN where missing.
    fn from_layer(values: &[f32]) -> Sample<Self>;
    /// Rounds to `f32` and writes a layer's values: NaN where not `valid`, or not finite.
    fn to_layer(self, valid: Self::Mask, out: &mut [f32]);
}

/// How stored numbers of an input become quantities, in `f32` as the shaders compute it, so that every
/// engine starts from the same bits: `value = (stored + bias) · scale`.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    /// Added to the stored number.
    pub bias: f32,
    /// Smaller stored numbers are missing.
    pub lowest: f32,
    /// Larger ones too.
    pub highest: f32,
    /// Stored numbers that mean missing, `n_nodata` of them; the rest is NaN, which no number is.
    pub nodata: [f32; Decoding::MAX_NODATA],
    /// How many of them there are.
    pub n_nodata: usize,
}

impl Decoder {
    /// The `f32` form of a decoding, without its scales.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    pub fn new(decoding: &Decoding) -> Self {
        let [lowest, highest] = decoding.bounds_f32();
        let mut nodata = [f32::NAN; Decoding::MAX_NODATA];
        for (code, &value) in nodata.iter_mut().zip(&decoding.nodata) {
            *code = value as f32;
        }
        let n_nodata = decoding.nodata.len().min(Decoding::MAX_NODATA);
        Self {
            bias: decoding.bias as f32,
            lowest,
            highest,
            nodata,
            n_nodata,
        }
    }

    /// One stored number, NaN where missing.
    #[inline(always)]
    pub(super) fn decode(&self, stored: f32, scale: f32) -> f32 {
        // NaN and infinities fail these two.
        let mut valid = stored >= self.lowest && stored <= self.highest;
        for &nodata in &self.nodata[..self.n_nodata] {
            valid &= stored != nodata;
        }
        if valid {
            (stored + self.bias) * scale
        } else {
            f32::NAN
        }
    }
}

impl Mask for bool {
    #[inline(always)]
    fn of(truth: bool) -> Self {
        truth
    }
    #[inline(always)]
    fn any(self) -> bool {
        self
    }
}

macro_rules! scalar_real {
    ($float:ty, $converged:expr, $exp:path, $ln:path) => {
        impl Real for $float {
            type Mask = bool;
            type Single = f32;
            const LANES: usize = 1;
            const CONVERGED: f64 = $converged;

            #[inline(always)]
            #[allow(
                clippy::cast_possible_truncation,
                reason = "f32 is the point of the f32 twin"
            )]
            #[allow(clippy::unnecessary_cast, reason = "one macro for both widths")]
            fn of(x: f64) -> Self {
                x as $float
            }
            #[inline(always)]
            fn from_lanes(mut lane: impl FnMut(usize) -> f64) -> Self {
                Self::of(lane(0))
            }
            #[inline(always)]
            #[allow(clippy::useless_conversion, reason = "one macro for both widths")]
            fn lane(self, _lane: usize) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn mask_lane(mask: bool, _lane: usize) -> bool {
                mask
            }
            #[inline(always)]
            fn select(mask: bool, yes: Self, no: Self) -> Self {
                if mask { yes } else { no }
            }
            #[inline(always)]
            fn lt(self, other: Self) -> bool {
                self < other
            }
            #[inline(always)]
            fn le(self, other: Self) -> bool {
                self <= other
            }
            #[inline(always)]
            fn abs(self) -> Self {
                self.abs()
            }
            #[inline(always)]
            fn mul_add(self, factor: Self, term: Self) -> Self {
                self.mul_add(factor, term)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                self.sqrt()
            }
            #[inline(always)]
            fn floor(self) -> Self {
                self.floor()
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $exp(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                $ln(self)
            }
            #[inline(always)]
            #[allow(clippy::cast_possible_truncation, reason = "that is what is asked for")]
            #[allow(clippy::unnecessary_cast, reason = "one macro for both widths")]
            fn to_single(self) -> f32 {
                self as f32
            }
            #[inline(always)]
            #[allow(clippy::useless_conversion, reason = "one macro for both widths")]
            fn from_single(single: f32) -> Self {
                single.into()
            }
            #[inline(always)]
            #[allow(clippy::useless_conversion, reason = "one macro for both widths")]
            fn from_layer(values: &[f32]) -> Sample<Self> {
                // False for NaN alone.
                let valid = values[0] <= f32::INFINITY;
                Sample {
                    value: if valid { values[0].into() } else { 0.0 },
                    valid,
                }
            }
            #[inline(always)]
            #[allow(clippy::cast_possible_truncation, reason = "layers are f32")]
            #[allow(clippy::unnecessary_cast, reason = "one macro for both widths")]
            fn to_layer(self, valid: bool, out: &mut [f32]) {
                let x = self as f32;
                out[0] = if valid && x.is_finite() { x } else { f32::NAN };
            }
        }
    };
}

scalar_real!(f64, 1e-12, exp, ln);
scalar_real!(f32, 1e-7, f32::exp, f32::ln);

/// The same numbers for all pixels. A loop and not `map`: a closure over vectors stays a call.
#[inline(always)]
#[must_use]
pub fn constants<R: Real, const N: usize>(numbers: [f64; N]) -> [R; N] {
    let mut constants = [R::of(0.0); N];
    for (constant, number) in constants.iter_mut().zip(numbers) {
        *constant = R::of(number);
    }
    constants
}

/// `1.5 · 2⁵²`: adding it rounds to a whole number and leaves that number in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// High part of ln 2, with trailing zeros, so that `k · LN2_HIGH` is exact.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
/// ln 2 − `LN2_HIGH`.
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// `f64`, or several of them, with the bits of each at hand.
pub(super) trait Float64: Real {
    /// Adds to the bits as a whole number, wrapping.
    fn bits_add(self, n: u64) -> Self;
    /// Subtracts from the bits as a whole number, wrapping.
    fn bits_sub(self, n: u64) -> Self;
    /// The bits that `mask` has too.
    fn bits_and(self, mask: u64) -> Self;
    /// The bits with those of `mask`.
    fn bits_or(self, mask: u64) -> Self;
    /// The bits 52 places up: a whole number becomes an exponent.
    fn bits_up_52(self) -> Self;
    /// The bits 52 places down: sign and exponent become a whole number.
    fn bits_down_52(self) -> Self;
}

impl Float64 for f64 {
    #[inline(always)]
    fn bits_add(self, n: u64) -> Self {
        Self::from_bits(self.to_bits().wrapping_add(n))
    }
    #[inline(always)]
    fn bits_sub(self, n: u64) -> Self {
        Self::from_bits(self.to_bits().wrapping_sub(n))
    }
    #[inline(always)]
    fn bits_and(self, mask: u64) -> Self {
        Self::from_bits(self.to_bits() & mask)
    }
    #[inline(always)]
    fn bits_or(self, mask: u64) -> Self {
        Self::from_bits(self.to_bits() | mask)
    }
    #[inline(always)]
    fn bits_up_52(self) -> Self {
        Self::from_bits(self.to_bits() << 52)
    }
    #[inline(always)]
    fn bits_down_52(self) -> Self {
        Self::from_bits(self.to_bits() >> 52)
    }
}

/// `eˣ` without a branch, so that it vectorises; within 2 ULP of the exact value.
///
/// `x = k ln 2 + r` with `|r| <= ln 2 / 2`, the Taylor series of `eʳ` to `r¹³` (the next term is
/// below 5e-18) and the exponent put together from the bits of `k`. Below -708 the result is 0,
/// above 709 infinite.
#[inline(always)]
pub(super) fn exp<R: Float64>(x: R) -> R {
    /// 1/12!, 1/11!, ... 1/2!
    const COEFFICIENTS: [f64; 11] = [
        2.087_675_698_786_81e-9,
        2.505_210_838_544_172e-8,
        2.755_731_922_398_589_4e-7,
        2.755_731_922_398_589e-6,
        2.480_158_730_158_73e-5,
        1.984_126_984_126_984e-4,
        1.388_888_888_888_889e-3,
        8.333_333_333_333_333e-3,
        4.166_666_666_666_666_4e-2,
        1.666_666_666_666_666_6e-1,
        0.5,
    ];
    let [lowest, highest, round] = [-708.0, 709.0, ROUND].map(R::of);
    let within = x.max(lowest).min(highest);
    let shifted = within.mul_add(R::of(std::f64::consts::LOG2_E), round);
    let k = shifted - round;
    let r = k.mul_add(R::of(-LN2_LOW), k.mul_add(R::of(-LN2_HIGH), within));
    // 1/13!
    let mut p = R::of(1.605_904_383_682_161_3e-10);
    for coefficient in COEFFICIENTS {
        p = p.mul_add(r, R::of(coefficient));
    }
    let e_r = (p * r).mul_add(r, r) + R::of(1.0);
    let power = shifted.bits_add(1023).bits_up_52();
    let y = R::select(x.lt(lowest), R::of(0.0), e_r * power);
    R::select(x.gt(highest), R::of(f64::INFINITY), y)
}

/// `ln x` of a positive, normal number without a branch; within 1 ULP of the exact value.
///
/// # Source
///
/// The reduction and the coefficients of FreeBSD's `e_log.c` (Sun Microsystems, 1993).
#[inline(always)]
pub(super) fn ln<R: Float64>(x: R) -> R {
    /// Bits of √½, so that the mantissa ends up between √½ and √2.
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    // The exponent, biased by 2¹¹ to stay positive, as the low bits of a number near 2⁵².
    let exponent = x
        .bits_sub(SQRT_HALF)
        .bits_down_52()
        .bits_add(2048)
        .bits_and(0xfff);
    let k = exponent.bits_or(0x4330_0000_0000_0000) - R::of(4_503_599_627_370_496.0 + 2048.0);
    let k = R::select(k.ge(R::of(2048.0)), k - R::of(4096.0), k);
    let mantissa = x
        .bits_sub(SQRT_HALF)
        .bits_and(0x000f_ffff_ffff_ffff)
        .bits_add(SQRT_HALF);
    let f = mantissa - R::of(1.0);
    let s = f / (R::of(2.0) + f);
    let z = s * s;
    let w = z * z;
    let polynomial = |[a, b, c]: [f64; 3]| w.mul_add(w.mul_add(R::of(c), R::of(b)), R::of(a));
    let even = w * polynomial([
        0.399_999_999_994_094_2,
        0.222_221_984_321_497_84,
        0.153_138_376_992_093_73,
    ]);
    let odd = polynomial([
        0.285_714_287_436_623_9,
        0.181_835_721_616_180_5,
        0.147_981_986_051_165_86,
    ]);
    let odd = z * (R::of(0.666_666_666_666_673_5) + w * odd);
    let half_square = R::of(0.5) * f * f;
    k * R::of(LN2_HIGH)
        - ((half_square - (s * (half_square + even + odd) + k * R::of(LN2_LOW))) - f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_within_two_ulp_of_the_standard_library() {
        for i in -70_000..70_000 {
            let x = f64::from(i) * 0.01 + 1e-7;
            let (ours, theirs) = (exp(x), x.exp());
            assert!(
                (ours / theirs - 1.0).abs() <= 4.5e-16,
                "exp({x}): {ours} {theirs}"
            );
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-1e9), 0.0);
        assert_eq!(exp(1e9), f64::INFINITY);
    }

    #[test]
    fn ln_is_within_two_ulp_of_the_standard_library() {
        for i in -6_000..6_000 {
            let x = (f64::from(i) * 0.1 + 0.013).exp();
            let (ours, theirs) = (ln(x), x.ln());
            assert!(
                (ours - theirs).abs() <= 4.5e-16 * theirs.abs(),
                "ln({x}): {ours} {theirs}"
            );
        }
        assert_eq!(ln(1.0), 0.0);
        assert!((ln(0.999_999_999) / 0.999_999_999_f64.ln() - 1.0).abs() < 1e-15);
    }
}
