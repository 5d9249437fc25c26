//! Two-sided p of a standard normal deviate:
//!
//! ```text
//! p(z) = erfc(x),  x = |z| / √2
//!      = t · exp(−x² + P(u)),  t = 2 / (2 + x),  u = 2t − 1
//! ```
//!
//! `P` is the polynomial that `ln(erfc(x) exp(x²) / t)` is nearly: the form of Press and others,
//! whose relative error is that of `P` for every `z`, so that small p keep their digits. Ours is
//! the Chebyshev series of that logarithm on −1..1, computed in 60 digits and written in powers of
//! `u`.
//!
//! Source: Press, Teukolsky, Vetterling & Flannery (2007), *Numerical Recipes*, 3rd ed., section 6.2.2.
//! GPU twin: `shaders/lib/normal.wgsl`.

use crate::kernels::real::Real;

/// `P`, highest power first. The first term left out is 3e-17.
const COEFFICIENTS: [f64; 27] = [
    4.060_882_146_969_72e-9,
    -1.586_704_292_413_804_2e-9,
    -3.917_182_051_027_185_5e-8,
    3.972_203_547_273_795e-8,
    1.533_434_592_090_817_7e-7,
    -3.168_341_367_694_147e-7,
    -1.684_980_072_065_329_7e-7,
    1.326_781_360_851_888_9e-6,
    -1.272_311_904_868_87e-6,
    -3.007_645_434_410_669e-6,
    8.562_623_420_121_286e-6,
    1.699_233_231_227_702e-7,
    -3.018_788_455_139_424_3e-5,
    3.173_310_599_377_061e-5,
    7.140_101_412_757_03e-5,
    -0.000_174_299_849_331_556_44,
    -9.373_503_117_098_17e-5,
    0.000_673_678_269_706_983_1,
    -0.000_146_246_863_378_003_36,
    -0.002_345_812_444_802_156,
    0.001_758_933_557_799_016,
    0.008_824_938_553_738_764,
    -0.009_872_689_366_389_959,
    -0.046_895_610_231_083_025,
    0.047_343_306_841_904_43,
    0.672_643_223_977_656,
    -0.671_794_084_056_692_3,
];

/// `P(|Z| >= |z|)` for a standard normal `Z`, within 2e-13 of itself up to `|z|` = 37; 0 past 38.
#[inline(always)]
#[must_use]
pub fn normal_p_value<R: Real>(z: R) -> R {
    let [one, two] = [1.0, 2.0].map(R::of);
    let x = z.abs() * R::of(std::f64::consts::FRAC_1_SQRT_2);
    let t = two / (two + x);
    let u = two * t - one;
    let mut p = R::of(0.0);
    for coefficient in COEFFICIENTS {
        p = p * u + R::of(coefficient);
    }
    (t * (p - x * x).exp()).min(one)
}

/// The `z` with `P(|Z| >= z) = alpha`, for `alpha` between 0 and 1: 1.96 for 0.05.
#[must_use]
pub fn normal_quantile(alpha: f64) -> f64 {
    let (mut low, mut high) = (0.0, 38.0);
    // Each step halves what is left; 60 leave less than the resolution of an f64.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if normal_p_value(middle) > alpha {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/science/trends.md#p-values`.
    #[test]
    fn quantiles_are_those_of_the_worked_example() {
        for (alpha, z) in [
            (0.1, 1.644_853_626_951_472_2),
            (0.05, 1.959_963_984_540_054),
            (0.01, 2.575_829_303_548_900_4),
        ] {
            assert!((normal_quantile(alpha) - z).abs() < 1e-11, "{alpha}");
        }
    }

    #[test]
    fn normal_tails_agree_with_statrs() {
        for i in 0..740 {
            let z = f64::from(i) * 0.05;
            let theirs = statrs::function::erf::erfc(z / std::f64::consts::SQRT_2);
            // statrs itself is good to some 1e-10 here.
            assert!(
                (normal_p_value(z) - theirs).abs() <= 1e-9 * theirs,
                "{z}: {} {theirs}",
                normal_p_value(z)
            );
        }
    }

    /// mpmath, `erfc(z / sqrt(2))` in 50 digits; the second is that of
    /// `docs/science/trends.md#p-values`.
    #[test]
    fn tails_keep_their_digits_down_to_1e_297() {
        for (z, p) in [
            (0.001, 0.999_202_115_572_177_9),
            (1.96, 0.049_995_790_296_440_87),
            (5.0, 5.733_031_437_583_878e-7),
            (12.5, 7.465_128_597_755_426e-36),
            (25.0, 6.113_393_412_765_122e-138),
            (36.9, 4.621_048_962_281_235e-298),
        ] {
            assert!(
                (normal_p_value(z) / p - 1.0).abs() < 1e-12,
                "{z}: {:e} {p:e}",
                normal_p_value(z)
            );
            assert_eq!(normal_p_value(-z), normal_p_value(z));
        }
        assert_eq!(normal_p_value(50.0), 0.0);
    }
}
