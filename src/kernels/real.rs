//! The numbers that kernels compute with.
//!
//! A kernel's CPU twin is written once, over [`Real`], and runs in three ways:
//!
//! - as `f64`, one pixel at a time: the reference;
//! - as eight lanes of `f64` (`kernels::lanes`), eight pixels at a time: the CPU engine. The
//!   operations and their order are the same, and so are the bits;
//! - as `f32`, one pixel at a time: to tell a shader's rounding from a shader's mistake.
//!
//! A branch on data becomes a [`select`](Real::select) between two values, as in the shader. So
//! eight neighbours with different gaps can be computed together.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// One truth value for each pixel.
pub trait Mask: Copy + BitAnd<Output = Self> + BitOr<Output = Self> + Not<Output = Self> {
    /// The same truth for all pixels.
    fn of(truth: bool) -> Self;
    /// Whether it holds for at least one pixel.
    fn any(self) -> bool;
}

/// One `f32` for each pixel, none of them NaN.
pub trait Single: Copy {
    /// The smaller and the larger of two.
    fn in_order(self, other: Self) -> (Self, Self);
    /// For each pixel, how many of the numbers are at most `at`, the largest of those and the
    /// smallest above; infinite where there is none.
    fn around(numbers: &[Self], at: Self) -> [Self; 3];
    /// The number of one pixel.
    fn lane(&self, lane: usize) -> f32;
}

/// One number for each pixel.
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

/// A value and whether there is one.
#[derive(Clone, Copy, Debug)]
pub struct Sample<R: Real> {
    /// The quantity; 0 where missing.
    pub value: R,
    /// Whether there is one.
    pub valid: R::Mask,
}

/// The same numbers for all pixels. A loop and not `map`: a closure over vectors is not inlined.
#[inline(always)]
#[must_use]
pub fn constants<R: Real, const N: usize>(numbers: [f64; N]) -> [R; N] {
    let mut constants = [R::of(0.0); N];
    for (constant, number) in constants.iter_mut().zip(numbers) {
        *constant = R::of(number);
    }
    constants
}

/// Whether a mask holds for at least one pixel, without naming the trait.
#[inline(always)]
pub(crate) fn any<R: Real>(mask: R::Mask) -> bool {
    mask.any()
}
