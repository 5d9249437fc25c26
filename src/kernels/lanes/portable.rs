//! Vectors for [`Lanes`](super::vector::Lanes) on any processor.

use super::vector::{N_LANES, Vector};
use crate::kernels::real::Single;

/// Eight numbers in plain Rust. The compiler uses the vectors that every processor of its target
/// has.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(in crate::kernels) struct Portable([f64; N_LANES]);

/// All bits set, or none.
#[inline(always)]
fn all_bits(truth: bool) -> u64 {
    u64::from(truth).wrapping_neg()
}

macro_rules! portable {
    ($($name:ident($self:ident $(, $argument:ident: $type:ty)?) => |$l:ident| $value:expr;)+) => {
        $(#[inline(always)]
        fn $name($self $(, $argument: $type)?) -> Self {
            Self(std::array::from_fn(|$l| $value))
        })+
    };
}

impl Vector for Portable {
    type Mask = [u64; N_LANES];
    type Singles = PortableSingles;
    const N: usize = N_LANES;

    #[inline(always)]
    fn splat(x: f64) -> Self {
        Self([x; N_LANES])
    }
    #[inline(always)]
    fn load(x: &[f64]) -> Self {
        Self(std::array::from_fn(|l| x[l]))
    }
    #[inline(always)]
    fn store(self, out: &mut [f64]) {
        out[..N_LANES].copy_from_slice(&self.0);
    }
    #[inline(always)]
    fn load_layer(x: &[f32]) -> (Self, Self::Mask) {
        let number = |l: usize| if x[l].is_nan() { 0.0 } else { f64::from(x[l]) };
        (
            Self(std::array::from_fn(number)),
            std::array::from_fn(|l| all_bits(!x[l].is_nan())),
        )
    }
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "that is what is asked for")]
    fn to_singles(parts: &[Self]) -> PortableSingles {
        PortableSingles(parts[0].0.map(|x| x as f32))
    }
    #[inline(always)]
    fn from_singles(singles: PortableSingles, _part: usize) -> Self {
        Self(singles.0.map(f64::from))
    }
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "layers are f32")]
    fn store_f32(self, out: &mut [f32]) {
        out.iter_mut()
            .zip(self.0)
            .for_each(|(out, x)| *out = x as f32);
    }

    portable! {
        add(self, other: Self) => |l| self.0[l] + other.0[l];
        sub(self, other: Self) => |l| self.0[l] - other.0[l];
        mul(self, other: Self) => |l| self.0[l] * other.0[l];
        div(self, other: Self) => |l| self.0[l] / other.0[l];
        sqrt(self) => |l| self.0[l].sqrt();
        floor(self) => |l| self.0[l].floor();
        max(self, other: Self) => |l| if self.0[l] < other.0[l] { other.0[l] } else { self.0[l] };
        min(self, other: Self) => |l| if other.0[l] < self.0[l] { other.0[l] } else { self.0[l] };
        bits_add(self, n: u64) => |l| f64::from_bits(self.0[l].to_bits().wrapping_add(n));
        bits_sub(self, n: u64) => |l| f64::from_bits(self.0[l].to_bits().wrapping_sub(n));
        bits_and(self, mask: u64) => |l| f64::from_bits(self.0[l].to_bits() & mask);
        bits_or(self, mask: u64) => |l| f64::from_bits(self.0[l].to_bits() | mask);
        bits_xor(self, mask: u64) => |l| f64::from_bits(self.0[l].to_bits() ^ mask);
        bits_up_52(self) => |l| f64::from_bits(self.0[l].to_bits() << 52);
        bits_down_52(self) => |l| f64::from_bits(self.0[l].to_bits() >> 52);
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(std::array::from_fn(|l| {
            self.0[l].mul_add(factor.0[l], term.0[l])
        }))
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Self::Mask {
        std::array::from_fn(|l| all_bits(self.0[l] < other.0[l]))
    }
    #[inline(always)]
    fn le(self, other: Self) -> Self::Mask {
        std::array::from_fn(|l| all_bits(self.0[l] <= other.0[l]))
    }
    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        let bits = |l: usize| (yes.0[l].to_bits() & mask[l]) | (no.0[l].to_bits() & !mask[l]);
        Self(std::array::from_fn(|l| f64::from_bits(bits(l))))
    }
    #[inline(always)]
    fn mask_splat(truth: bool) -> Self::Mask {
        [all_bits(truth); N_LANES]
    }
    #[inline(always)]
    fn mask_and(a: Self::Mask, b: Self::Mask) -> Self::Mask {
        std::array::from_fn(|l| a[l] & b[l])
    }
    #[inline(always)]
    fn mask_or(a: Self::Mask, b: Self::Mask) -> Self::Mask {
        std::array::from_fn(|l| a[l] | b[l])
    }
    #[inline(always)]
    fn mask_not(a: Self::Mask) -> Self::Mask {
        a.map(|bits| !bits)
    }
    #[inline(always)]
    fn mask_bits(a: Self::Mask) -> u8 {
        a.iter()
            .enumerate()
            .fold(0, |bits, (l, &truth)| bits | (u8::from(truth != 0) << l))
    }
}

/// Eight `f32`.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernels) struct PortableSingles([f32; N_LANES]);

impl Single for PortableSingles {
    #[inline(always)]
    fn in_order(self, other: Self) -> (Self, Self) {
        let ordered: [(f32, f32); N_LANES] =
            std::array::from_fn(|l| self.0[l].in_order(other.0[l]));
        (
            Self(ordered.map(|pair| pair.0)),
            Self(ordered.map(|pair| pair.1)),
        )
    }
    #[inline(always)]
    fn around(numbers: &[Self], at: Self) -> [Self; 3] {
        let mut around = [0.0, f32::NEG_INFINITY, f32::INFINITY].map(|x| [x; N_LANES]);
        let [n, below, above] = &mut around;
        for x in numbers {
            for l in 0..N_LANES {
                let x = x.0[l];
                let is_below = x <= at.0[l];
                n[l] += if is_below { 1.0 } else { 0.0 };
                below[l] = below[l].max(if is_below { x } else { f32::NEG_INFINITY });
                above[l] = above[l].min(if is_below { f32::INFINITY } else { x });
            }
        }
        around.map(Self)
    }
    #[inline(always)]
    fn lane(&self, lane: usize) -> f32 {
        self.0[lane]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::lanes::vector::{Lanes, ROUNDS_TO_INFINITY};
    use crate::kernels::real::{Mask, Real};

    #[test]
    fn eight_lanes_are_bit_equal_to_one() {
        type Eight = Lanes<Portable, 1>;
        let x = Eight::from_lanes(|l| 0.37 * (l as f64) - 1.1);
        for l in 0..N_LANES {
            let one = x.lane(l);
            assert_eq!(x.exp().lane(l), Real::exp(one));
            assert_eq!(x.abs().ln().lane(l), Real::ln(one.abs()));
            assert_eq!(x.mul_add(x, -x).lane(l), one.mul_add(one, -one));
            assert_eq!(x.max(-x).lane(l), Real::max(one, -one));
            assert_eq!(Eight::mask_lane(x.lt(-x), l), one < -one);
            assert_eq!(
                x.to_single().in_order((-x).to_single()).0.lane(l),
                -one.abs().to_single()
            );
        }
    }

    #[test]
    fn eight_pixels_are_counted_as_one() {
        let at = PortableSingles(std::array::from_fn(|l| l as f32 - 3.5));
        let numbers: [PortableSingles; 7] = std::array::from_fn(|i| {
            PortableSingles(std::array::from_fn(|l| ((i * 5 + l * 3) % 11) as f32 - 4.0))
        });
        let around = PortableSingles::around(&numbers, at);
        for l in 0..N_LANES {
            let numbers = numbers.map(|x| x.0[l]);
            let expected = <f32 as Single>::around(&numbers, at.0[l]);
            assert_eq!(around.map(|x| x.0[l]), expected);
        }
    }

    #[test]
    fn one_exponential_that_is_cut_changes_no_other() {
        let x = [-800.0, 1.0, 709.5, 2.0, 708.5, -708.5, f64::INFINITY, -0.3];
        let eight = Lanes::<Portable, 1>::from_lanes(|l| x[l]).exp();
        for (l, x) in x.into_iter().enumerate() {
            assert_eq!(eight.lane(l).to_bits(), Real::exp(x).to_bits(), "{x}");
        }
    }

    #[test]
    fn a_layer_holds_what_is_finite_as_f32() {
        for x in [
            1.0,
            -0.0,
            f64::from(f32::MAX),
            ROUNDS_TO_INFINITY.next_down(),
            ROUNDS_TO_INFINITY,
            f64::NAN,
            f64::NEG_INFINITY,
        ] {
            let (mut one, mut eight) = ([0.0_f32], [0.0_f32; N_LANES]);
            x.to_layer(true, &mut one);
            Lanes::<Portable, 1>::of(x).to_layer(Mask::of(true), &mut eight);
            assert!(
                eight.iter().all(|y| y.to_bits() == one[0].to_bits()),
                "{x}: {one:?} {eight:?}"
            );
        }
    }
}
