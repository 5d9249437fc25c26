//! Eight pixels at a time: [`Real`] over vectors of `f64`.
//!
//! A [`Vector`] is the numbers that one instruction works on: eight with AVX-512, four with AVX2,
//! and eight in plain Rust everywhere else. [`Lanes`] puts as many together as make eight, and
//! `kernels::dispatch` picks the widest that the processor has. Every operation is the `f64` one,
//! lane by lane, so that the bits are those of one pixel at a time.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use crate::kernels::elementary::{Float64, exp, ln};
use crate::kernels::real::{Mask, Real, Sample, Single};

/// Pixels computed together.
pub(in crate::kernels) const N_LANES: usize = 8;

/// The numbers that one instruction works on. The operations are those of [`Real`].
pub(in crate::kernels) trait Vector: Copy {
    /// One truth a number.
    type Mask: Copy;
    /// Eight numbers as `f32`.
    type Singles: Single;
    /// Numbers in it.
    const N: usize;

    fn splat(x: f64) -> Self;
    /// The first [`Vector::N`] numbers.
    fn load(x: &[f64]) -> Self;
    fn store(self, out: &mut [f64]);
    /// The first [`Vector::N`] numbers, and which of them are not NaN.
    fn load_layer(x: &[f32]) -> (Self, Self::Mask);
    /// Rounded to `f32`.
    fn store_f32(self, out: &mut [f32]);
    /// Eight numbers rounded to `f32`, from as many vectors as hold them.
    fn to_singles(parts: &[Self]) -> Self::Singles;
    /// Those of vector `part` among eight `f32`.
    fn from_singles(singles: Self::Singles, part: usize) -> Self;

    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    fn mul_add(self, factor: Self, term: Self) -> Self;
    fn sqrt(self) -> Self;
    fn floor(self) -> Self;
    /// `a < b ? b : a`, as the scalar `max` of [`Real`].
    fn max(self, other: Self) -> Self;
    fn min(self, other: Self) -> Self;

    fn lt(self, other: Self) -> Self::Mask;
    fn le(self, other: Self) -> Self::Mask;
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
    fn mask_splat(truth: bool) -> Self::Mask;
    fn mask_and(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    fn mask_or(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    fn mask_not(a: Self::Mask) -> Self::Mask;
    /// Bit `i` is the truth of number `i`.
    fn mask_bits(a: Self::Mask) -> u8;

    fn bits_add(self, n: u64) -> Self;
    fn bits_sub(self, n: u64) -> Self;
    fn bits_and(self, mask: u64) -> Self;
    fn bits_or(self, mask: u64) -> Self;
    fn bits_xor(self, mask: u64) -> Self;
    fn bits_up_52(self) -> Self;
    fn bits_down_52(self) -> Self;
}

/// Eight numbers as `PARTS` vectors.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernels) struct Lanes<V, const PARTS: usize>([V; PARTS]);

/// Eight truths.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernels) struct LanesMask<V: Vector, const PARTS: usize>([V::Mask; PARTS]);

/// Numbers or truths part by part. A macro and not a function that takes a closure: a closure is
/// compiled for a processor without vectors, and the calls in it are not inlined.
macro_rules! parts {
    ($of:ident, $start:expr, |$i:ident| $value:expr) => {{
        let mut out = [$start; PARTS];
        let mut $i = 0;
        while $i < PARTS {
            out[$i] = $value;
            $i += 1;
        }
        $of(out)
    }};
}

macro_rules! numbers {
    (|$i:ident| $value:expr) => {
        parts!(Lanes, V::splat(0.0), |$i| $value)
    };
}

macro_rules! truths {
    (|$i:ident| $value:expr) => {
        parts!(LanesMask, V::mask_splat(false), |$i| $value)
    };
}

impl<V: Vector, const PARTS: usize> Lanes<V, PARTS> {
    #[inline(always)]
    fn to_array(self) -> [f64; N_LANES] {
        let mut out = [0.0; N_LANES];
        for i in 0..PARTS {
            self.0[i].store(&mut out[i * V::N..]);
        }
        out
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $op:ident) => {
        impl<V: Vector, const PARTS: usize> $trait for Lanes<V, PARTS> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                numbers!(|i| self.0[i].$op(other.0[i]))
            }
        }
    };
}
operator!(Add, add, add);
operator!(Sub, sub, sub);
operator!(Mul, mul, mul);
operator!(Div, div, div);

impl<V: Vector, const PARTS: usize> Neg for Lanes<V, PARTS> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        numbers!(|i| self.0[i].bits_xor(1 << 63))
    }
}

impl<V: Vector, const PARTS: usize> BitAnd for LanesMask<V, PARTS> {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        truths!(|i| V::mask_and(self.0[i], other.0[i]))
    }
}

impl<V: Vector, const PARTS: usize> BitOr for LanesMask<V, PARTS> {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        truths!(|i| V::mask_or(self.0[i], other.0[i]))
    }
}

impl<V: Vector, const PARTS: usize> Not for LanesMask<V, PARTS> {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        truths!(|i| V::mask_not(self.0[i]))
    }
}

impl<V: Vector, const PARTS: usize> Mask for LanesMask<V, PARTS> {
    #[inline(always)]
    fn of(truth: bool) -> Self {
        Self([V::mask_splat(truth); PARTS])
    }
    #[inline(always)]
    fn any(self) -> bool {
        let mut any = 0;
        for i in 0..PARTS {
            any |= V::mask_bits(self.0[i]);
        }
        any != 0
    }
}

impl<V: Vector, const PARTS: usize> Real for Lanes<V, PARTS> {
    type Mask = LanesMask<V, PARTS>;
    type Single = V::Singles;
    const LANES: usize = N_LANES;
    const CONVERGED: f64 = <f64 as Real>::CONVERGED;

    #[inline(always)]
    fn of(x: f64) -> Self {
        Self([V::splat(x); PARTS])
    }
    #[inline(always)]
    fn from_lanes(mut lane: impl FnMut(usize) -> f64) -> Self {
        let mut x = [0.0; N_LANES];
        for (l, x) in x.iter_mut().enumerate() {
            *x = lane(l);
        }
        numbers!(|i| V::load(&x[i * V::N..]))
    }
    #[inline(always)]
    fn lane(self, lane: usize) -> f64 {
        self.to_array()[lane]
    }
    #[inline(always)]
    fn mask_lane(mask: Self::Mask, lane: usize) -> bool {
        V::mask_bits(mask.0[lane / V::N]) >> (lane % V::N) & 1 == 1
    }
    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        numbers!(|i| V::select(mask.0[i], yes.0[i], no.0[i]))
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Self::Mask {
        truths!(|i| self.0[i].lt(other.0[i]))
    }
    #[inline(always)]
    fn le(self, other: Self) -> Self::Mask {
        truths!(|i| self.0[i].le(other.0[i]))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        numbers!(|i| self.0[i].max(other.0[i]))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        numbers!(|i| self.0[i].min(other.0[i]))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        numbers!(|i| self.0[i].bits_and(!(1 << 63)))
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        numbers!(|i| self.0[i].mul_add(factor.0[i], term.0[i]))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        numbers!(|i| self.0[i].sqrt())
    }
    #[inline(always)]
    fn floor(self) -> Self {
        numbers!(|i| self.0[i].floor())
    }
    #[inline(always)]
    fn exp(self) -> Self {
        exp(self)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        ln(self)
    }

    #[inline(always)]
    fn to_single(self) -> V::Singles {
        V::to_singles(&self.0)
    }
    #[inline(always)]
    fn from_single(single: V::Singles) -> Self {
        numbers!(|i| V::from_singles(single, i))
    }

    #[inline(always)]
    fn from_layer(values: &[f32]) -> Sample<Self> {
        let mut sample = Sample {
            value: Self::of(0.0),
            valid: Self::Mask::of(false),
        };
        for i in 0..PARTS {
            (sample.value.0[i], sample.valid.0[i]) = V::load_layer(&values[i * V::N..]);
        }
        sample
    }

    #[inline(always)]
    fn to_layer(self, valid: Self::Mask, out: &mut [f32]) {
        let is_finite = self.abs().lt(Self::of(ROUNDS_TO_INFINITY));
        let kept = Self::select(valid & is_finite, self, Self::of(f64::NAN));
        for i in 0..PARTS {
            kept.0[i].store_f32(&mut out[i * V::N..]);
        }
    }
}

/// The smallest number that is infinite when rounded to `f32`: half a step past its largest.
pub(in crate::kernels) const ROUNDS_TO_INFINITY: f64 = 3.402_823_567_797_336_6e38;

impl<V: Vector, const PARTS: usize> Float64 for Lanes<V, PARTS> {
    #[inline(always)]
    fn bits_add(self, n: u64) -> Self {
        numbers!(|i| self.0[i].bits_add(n))
    }
    #[inline(always)]
    fn bits_sub(self, n: u64) -> Self {
        numbers!(|i| self.0[i].bits_sub(n))
    }
    #[inline(always)]
    fn bits_and(self, mask: u64) -> Self {
        numbers!(|i| self.0[i].bits_and(mask))
    }
    #[inline(always)]
    fn bits_or(self, mask: u64) -> Self {
        numbers!(|i| self.0[i].bits_or(mask))
    }
    #[inline(always)]
    fn bits_up_52(self) -> Self {
        numbers!(|i| self.0[i].bits_up_52())
    }
    #[inline(always)]
    fn bits_down_52(self) -> Self {
        numbers!(|i| self.0[i].bits_down_52())
    }
}
