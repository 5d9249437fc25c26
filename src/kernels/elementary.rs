//! Exponential and logarithm in `f64`, with the same bits in any number of lanes.
//!
//! GPU twin: `shaders/lib/exponential.wgsl`.

use super::real::{Real, any};

/// `1.5 · 2⁵²`: adding it rounds to a whole number and leaves that number in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// High part of ln 2, with trailing zeros, so that `k · LN2_HIGH` is exact.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
/// ln 2 − `LN2_HIGH`.
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// `f64`, or several of them, with access to the bits of each.
pub(super) trait Float64: Real {
    /// Adds to the bits as a whole number, wrapping.
    fn bits_add(self, n: u64) -> Self;
    /// Subtracts from the bits as a whole number, wrapping.
    fn bits_sub(self, n: u64) -> Self;
    /// The bits that `mask` has too.
    fn bits_and(self, mask: u64) -> Self;
    /// The bits with those of `mask`.
    fn bits_or(self, mask: u64) -> Self;
    /// The bits shifted up by 52: a whole number becomes an exponent.
    fn bits_up_52(self) -> Self;
    /// The bits shifted down by 52: sign and exponent become a whole number.
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
    // Hardly any number is so large that its exponential has to be cut: the others go without.
    let is_cut = any::<R>(x.abs().gt(-lowest));
    let within = if is_cut {
        x.max(lowest).min(highest)
    } else {
        x
    };
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
    let y = e_r * power;
    if !is_cut {
        return y;
    }
    let y = R::select(x.lt(lowest), R::of(0.0), y);
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
