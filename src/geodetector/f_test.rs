//! The F test that the literature prints beside q.

#![allow(
    clippy::many_single_char_names,
    reason = "the letters of the equations"
)]

/// F with its degrees of freedom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FTest {
    /// F; infinite where q is 1.
    pub f: f64,
    /// Strata less one.
    pub df1: u64,
    /// Pixels less strata.
    pub df2: u64,
    /// Upper tail of the central F distribution. Neighbouring pixels are not independent, so that it says little.
    pub p: f64,
}

/// F of the hypothesis that all strata have one mean; `None` with one stratum, or with a pixel in each.
///
/// ```text
/// F = (N − L)/(L − 1) · q/(1 − q)
/// ```
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "pixels are far below 2^52")]
pub fn f_test(q: f64, pixels: u64, strata: usize) -> Option<FTest> {
    let df1 = u64::try_from(strata).ok()?.checked_sub(1)?;
    let df2 = pixels.checked_sub(df1 + 1)?;
    if df1 == 0 || df2 == 0 {
        return None;
    }
    let f = df2 as f64 / df1 as f64 * q / (1.0 - q);
    let p = f_upper_tail(f, df1, df2);
    Some(FTest { f, df1, df2, p })
}

/// Upper tail of the F distribution for any degrees of freedom: those of a map are in millions, for which
/// [`f_p_value`](crate::kernels::lib::tails::f_p_value) has neither the terms nor the time.
///
/// ```text
/// p = I_x(d₂/2, d₁/2),  x = d₂ / (d₂ + d₁ F)
/// ```
///
/// # Source
///
/// NIST DLMF 8.17.5 and 8.17.22; Lentz's method as in Thompson & Barnett (1986), J. Comput. Phys. 64, 490-509.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "pixels are far below 2^52")]
pub fn f_upper_tail(f: f64, d1: u64, d2: u64) -> f64 {
    let (n1, n2) = (d1 as f64, d2 as f64);
    if f <= 0.0 {
        return 1.0;
    }
    if f.is_infinite() {
        return 0.0;
    }
    let ratio = n1 * f / n2;
    let (x, y) = (1.0 / (1.0 + ratio), ratio / (1.0 + ratio));
    let (a, b) = (0.5 * n2, 0.5 * n1);
    // x is near 1 on maps, where its logarithm is exact only as that of 1 + ratio.
    let front = (-a * ratio.ln_1p() + b * y.ln() - ln_beta(a, b)).exp();
    let p = if x * (a + b + 2.0) < a + 1.0 {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(y, b, a) / b
    };
    p.clamp(0.0, 1.0)
}

/// `ln B(a, b)`.
fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// `ln Γ(x)` for x > 0: Stirling's series at 15 or above, and down by `Γ(x + 1) = x Γ(x)`.
fn ln_gamma(x: f64) -> f64 {
    /// Coefficients of 1/x, 1/x³ and so on; the first left out is 2e-16 at 15.
    const SERIES: [f64; 6] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
    ];
    let (mut at, mut product) = (x, 1.0);
    while at < 15.0 {
        product *= at;
        at += 1.0;
    }
    let inverse = 1.0 / at;
    let terms = SERIES.iter().rev();
    let series = inverse * terms.fold(0.0, |sum, term| sum * inverse * inverse + term);
    let half_ln_of_turn = 0.5 * std::f64::consts::TAU.ln();
    (at - 0.5) * at.ln() - at + half_ln_of_turn + series - f64::ln(product)
}

/// The continued fraction of the incomplete beta function; terms go by the square root of `a` and `b`.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const MAX_TERMS: u32 = 100_000;
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut c, mut d) = (1.0, 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0)));
    let mut value = d;
    for term in 1..MAX_TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for numerator in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + numerator * d);
            c = away_from_zero(1.0 + numerator / c);
            step = c * d;
            value *= step;
        }
        if (step - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::lib::tails::f_p_value;

    #[test]
    fn few_degrees_of_freedom_agree_with_the_tails_of_the_kernels() {
        for (d1, d2) in [(1, 3), (2, 40), (3, 16), (7, 60), (12, 5)] {
            for f in [1e-3, 0.2, 0.9, 1.7, 4.2, 30.0] {
                let (d1_64, d2_64) = (d1 as u64, d2 as u64);
                let (ours, theirs) = (f_upper_tail(f, d1_64, d2_64), f_p_value(f, d1, d2));
                assert!((ours / theirs - 1.0).abs() < 1e-11, "{f} {d1} {d2}: {ours}");
            }
        }
    }

    /// `scipy.stats.f.sf` of scipy 1.17.1.
    #[test]
    fn millions_of_pixels_agree_with_scipy() {
        for (f, d1, d2, expected) in TAILS {
            let ours = f_upper_tail(f, d1, d2);
            assert!(
                (ours / expected - 1.0).abs() < 1e-6,
                "{f} {d1} {d2}: {ours:e}"
            );
        }
    }

    const TAILS: [(f64, u64, u64, f64); 6] = [
        (1.05, 99, 38_000_000, 0.347_052_812_055_531_2),
        (1.0, 1, 1_000_000, 0.317_310_749_833_578_3),
        (2.5, 15, 740_000, 0.001_069_330_284_782_895_5),
        (1.02, 29_999, 700_000, 0.008_547_018_063_531_218),
        (0.9, 7, 5_000_000, 0.505_189_033_743_579_2),
        (40.0, 7, 5_000_000, 1.127_009_269_955_026_5e-56),
    ];

    #[test]
    fn ends_are_ends() {
        assert_eq!(f_upper_tail(0.0, 3, 44), 1.0);
        assert_eq!(f_upper_tail(f64::INFINITY, 3, 44), 0.0);
        assert_eq!(f_test(0.5, 10, 1), None);
        assert_eq!(f_test(1.0, 10, 10), None);
        assert!(f_test(1.0, 10, 3).is_some_and(|test| test.p == 0.0));
    }
}
