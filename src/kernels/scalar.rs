//! [`Real`] for `f64`, the reference, and for `f32`.

use super::elementary::{exp, ln};
use super::real::{Mask, Real, Sample, Single};

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
    fn around(numbers: &[Self], at: Self) -> [Self; 3] {
        let [mut n, mut below, mut above] = [0.0, f32::NEG_INFINITY, f32::INFINITY];
        for &x in numbers {
            if x <= at {
                n += 1.0;
                below = below.max(x);
            } else {
                above = above.min(x);
            }
        }
        [n, below, above]
    }
    #[inline(always)]
    fn lane(&self, _lane: usize) -> f32 {
        *self
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
