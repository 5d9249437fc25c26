//! Tail probabilities of the t and F distributions, as regularised incomplete beta functions:
//!
//! ```text
//! p(t; ν)       = I_x(ν/2, 1/2),    x = ν / (ν + t²)
//! p(F; d₁, d₂)  = I_x(d₂/2, d₁/2),  x = d₂ / (d₂ + d₁ F)
//! I_x(a, b)     = xᵃ yᵇ / B(a, b) · 1/(b₀ + a₁/(b₁ + a₂/(b₂ + ...))),  y = 1 − x
//! a_m           = (a + m − 1)(a + b + m − 1) m (b − m) x² / (a + 2m − 1)²
//! b_m           = m + m (b − m) x / (a + 2m − 1) + (a + m)(a − (a + b) x + 1 + m (2 − x)) / (a + 2m + 1)
//! ```
//!
//! In a regression `x` is the unexplained and `y` the explained share of the variance; both are
//! handed over, so that neither tail loses digits to `1 − x`. The closed form for whole `ν` is not
//! used: it subtracts from 1, and small p drown.
//!
//! Source: *NIST Digital Library of Mathematical Functions*, 8.17.2, 8.17.4; the fraction, the even part
//! of 8.17.22, by `DiDonato` & Morris (1992), ACM Trans. Math. Softw. 18, 360-373; Steed's method as in
//! Thompson & Barnett (1986), J. Comput. Phys. 64, 490-509.
//! GPU twin: `shaders/lib/tails.wgsl`.

use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::real::any;
use crate::kernels::real::{Mask, Real};

/// Terms after which the fraction is taken as it is; some 20 are needed for 64 degrees of freedom.
const MAX_TERMS: u32 = 60;

/// What the shader takes.
pub(super) const CONSTANTS: &[NamedConstant] = &[
    ("MAX_TERMS", Constant::U32(MAX_TERMS)),
    ("CONVERGED", Constant::threshold(<f32 as Real>::CONVERGED)),
];

/// Continued fraction of the incomplete beta function, two terms of the usual one in each of its
/// own, by Steed's method: no quotient but the one that the next term needs.
#[inline(always)]
fn beta_fraction<R: Real>(x: R, a: R, b: R) -> R {
    let [one, two] = [1.0, 2.0].map(R::of);
    let start = a - (a + b) * x + one;
    // a + 2m + 1 of the last term, and x divided by it.
    let mut last = a + one;
    let mut x_per_last = x / last;
    let mut quotient = last / (a * start);
    let mut change = quotient;
    let mut fraction = quotient;
    let mut going = R::Mask::of(true);
    for term in 1..=MAX_TERMS {
        let m = R::of(f64::from(term));
        last = last + two;
        let per_last = one / last;
        let shared_part = m * (b - m) * x_per_last;
        let above = (a + m - one) * (a + b + m - one) * shared_part * x_per_last;
        let below = m + shared_part + (a + m) * (start + m * (two - x)) * per_last;
        let before = quotient;
        quotient = one / (below + above * before);
        change = -above * before * quotient * change;
        // A pixel that has converged stays as it is, however long its neighbours take.
        fraction = R::select(going, fraction + change, fraction);
        going = going & !change.abs().lt(R::of(R::CONVERGED) * fraction);
        if !any::<R>(going) {
            break;
        }
        x_per_last = x * per_last;
    }
    fraction
}

/// `I_x(a, b)` with `y = 1 − x` and `inverse_beta = 1 / B(a, b)`; 0 at `x = 0`, 1 at `y = 0`.
#[inline(always)]
#[must_use]
pub fn beta_tail<R: Real>(x: R, y: R, a: R, b: R, inverse_beta: R) -> R {
    let [zero, half, one, two] = [0.0, 0.5, 1.0, 2.0].map(R::of);
    let swap = (x * (a + b + two)).gt(a + one);
    let x1 = R::select(swap, y, x);
    let y1 = R::select(swap, x, y);
    let a1 = R::select(swap, b, a);
    let b1 = R::select(swap, a, b);
    let is_inside = x1.gt(zero) & y1.gt(zero);
    let x1 = R::select(is_inside, x1, half);
    let y1 = R::select(is_inside, y1, half);
    let front = (a1 * x1.ln() + b1 * y1.ln()).exp() * inverse_beta;
    let tail = R::select(is_inside, front * beta_fraction(x1, a1, b1), zero);
    R::select(swap, one - tail, tail).max(zero).min(one)
}

/// `1 / B(a, 1/2)` for any a > 0, where no table of whole degrees of freedom will do.
///
/// It is `Γ(a + 1/2) / (Γ(a) √π)`; the quotient of gammas by its asymptotic series at `a + 10`,
/// whose first term left out is 1.3e-11, and back by `Γ(x + 1) = x Γ(x)`.
///
/// Source: Tricomi & Erdelyi (1951), Pac. J. Math. 1, 133-142; NIST DLMF 5.11.13.
#[inline(always)]
#[must_use]
pub fn inverse_beta_half<R: Real>(a: R) -> R {
    let half = R::of(0.5);
    let x = a + R::of(10.0);
    let u = R::of(1.0) / x;
    let mut series = R::of(0.0);
    for coefficient in [
        39_325.0 / 33_554_432.0,
        869.0 / 4_194_304.0,
        -399.0 / 262_144.0,
        -21.0 / 32_768.0,
        5.0 / 1024.0,
        1.0 / 128.0,
        -0.125,
        1.0,
    ] {
        series = series * u + R::of(coefficient);
    }
    let mut quotient = x.sqrt() * series;
    for i in 0..10 {
        let at = a + R::of(f64::from(i));
        quotient = quotient * at / (at + half);
    }
    // 1 / sqrt(pi)
    quotient * R::of(std::f64::consts::FRAC_2_SQRT_PI * 0.5)
}

/// Logarithm of the gamma function at `n / 2`, for n >= 1, from `Γ(x + 1) = x Γ(x)`.
fn ln_gamma_of_half(n: usize) -> f64 {
    let start = if n.is_multiple_of(2) {
        0.0
    } else {
        std::f64::consts::PI.sqrt().ln()
    };
    #[expect(clippy::cast_precision_loss, reason = "degrees of freedom are small")]
    let steps = (if n.is_multiple_of(2) { 2 } else { 1 }..n)
        .step_by(2)
        .map(|k| (k as f64 / 2.0).ln());
    start + steps.sum::<f64>()
}

/// `1 / B(df / 2, numerator_df / 2)` for `df = 0..=max_df`, `[df]`; the entry of 0 is 0.
///
/// With `numerator_df = 1` it is the table of the t distribution.
#[must_use]
pub fn inverse_beta_table(max_df: usize, numerator_df: usize) -> Vec<f64> {
    let entry = |df: usize| {
        (ln_gamma_of_half(df + numerator_df)
            - ln_gamma_of_half(df)
            - ln_gamma_of_half(numerator_df))
        .exp()
    };
    std::iter::once(0.0)
        .chain((1..=max_df).map(entry))
        .collect()
}

/// Two-sided p of Student's t with `df` degrees of freedom, for tables of few values.
#[must_use]
pub fn t_p_value(t: f64, df: usize) -> f64 {
    f_p_value(t * t, 1, df)
}

/// Upper tail of F with `d1` and `d2` degrees of freedom, for tables of few values.
#[must_use]
pub fn f_p_value(f: f64, d1: usize, d2: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "degrees of freedom are small")]
    let (n1, n2) = (d1 as f64, d2 as f64);
    if f.is_infinite() {
        return 0.0;
    }
    let inverse_beta =
        (ln_gamma_of_half(d1 + d2) - ln_gamma_of_half(d1) - ln_gamma_of_half(d2)).exp();
    beta_tail(
        n2 / (n2 + n1 * f),
        n1 * f / (n2 + n1 * f),
        n2 / 2.0,
        n1 / 2.0,
        inverse_beta,
    )
}

/// The `t` with `P(|T| >= t) = p` for Student's t with `df` degrees of freedom: 2.10 for 0.05 and
/// 18. 0 for a `p` of 1 or more; infinite for a `p` of 0 or less, or without degrees of freedom.
#[must_use]
pub fn t_quantile(p: f64, df: usize) -> f64 {
    if df == 0 || p.is_nan() || p <= 0.0 {
        return f64::INFINITY;
    }
    #[expect(clippy::cast_precision_loss, reason = "degrees of freedom are small")]
    let n = df as f64;
    let inverse_beta =
        (ln_gamma_of_half(df + 1) - ln_gamma_of_half(df) - ln_gamma_of_half(1)).exp();
    let mut t = 0.0_f64;
    // The tail falls, ever more slowly: tangents lie below it, so that Newton's steps from 0 come
    // nearer from one side. With one degree of freedom a step doubles t at first.
    for _ in 0..1100 {
        let share = n / (n + t * t);
        let tail = beta_tail(share, t * t / (n + t * t), 0.5 * n, 0.5, inverse_beta);
        let density = 2.0 * inverse_beta / n.sqrt() * share.powf(0.5 * (n + 1.0));
        let step = (tail - p) / density;
        let next = t + step;
        if !(step > 1e-14 * t && next.is_finite()) {
            break;
        }
        t = next;
    }
    t
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The closed forms of one and two degrees of freedom, and printed tables.
    #[test]
    fn quantiles_of_t_are_those_of_tables() {
        for (p, df, expected) in [
            (0.05, 1, 12.706_204_736_174_7),
            (0.05, 2, 4.302_652_729_749_46),
            (0.05, 18, 2.100_922_040_241_04),
            (0.4, 6, 0.905_703_285_147_89),
        ] {
            let ours = t_quantile(p, df);
            assert!((ours / expected - 1.0).abs() < 1e-9, "{p} {df}: {ours}");
        }
    }

    #[test]
    fn a_quantile_has_the_tail_that_was_asked_for() {
        for df in [1, 2, 3, 5, 16, 60] {
            for p in [1e-9, 1e-3, 0.05, 0.2, 0.9] {
                let back = t_p_value(t_quantile(p, df), df);
                assert!((back / p - 1.0).abs() < 1e-10, "{df} {p}: {back}");
            }
            assert_eq!(t_quantile(1.0, df), 0.0);
            assert_eq!(t_quantile(0.0, df), f64::INFINITY);
        }
        assert_eq!(t_quantile(0.05, 0), f64::INFINITY);
    }

    /// `docs/science/trends.md#p-values`.
    #[test]
    fn p_values_are_those_of_the_worked_example() {
        assert!((t_p_value(2.5, 18) / 0.022_308_020_232_022_233 - 1.0).abs() < 1e-11);
        assert!((f_p_value(4.2, 3, 16) / 0.022_678_742_156_256_98 - 1.0).abs() < 1e-11);
    }

    #[test]
    fn tails_agree_with_statrs_from_one_to_1e_300() {
        use statrs::function::beta::beta_reg;
        for df in 1..=64 {
            for k in 1..=8 {
                for i in 0..60 {
                    let f = 1e-6 * 1.6_f64.powi(i);
                    let (n1, n2) = (f64::from(k), f64::from(df));
                    let theirs = beta_reg(n2 / 2.0, n1 / 2.0, n2 / (n2 + n1 * f));
                    #[expect(clippy::cast_sign_loss, reason = "counted up from 1")]
                    let ours = f_p_value(f, k as usize, df as usize);
                    assert!(
                        (ours - theirs).abs() <= 2e-9 * theirs + 1e-13,
                        "F {f} {k} {df}: {ours} {theirs}"
                    );
                }
            }
        }
    }

    /// mpmath, `1 / beta(a, 0.5)` in 50 digits.
    #[test]
    fn inverse_betas_of_any_degrees_of_freedom_are_right() {
        for (a, expected) in [
            (0.01, 0.009_863_926_119_737_096),
            (0.25, 0.190_689_940_875_453_3),
            (0.5, std::f64::consts::FRAC_1_PI),
            (1.0, 0.5),
            (3.7, 1.049_294_850_246_317),
            (9.0, 1.669_235_229_492_187_5),
            (31.5, 3.153_966_107_509_389),
            (500.0, 12.612_509_089_180_401),
        ] {
            let ours = inverse_beta_half(a);
            assert!(
                (ours / expected - 1.0).abs() < 1e-10,
                "{a}: {ours} {expected}"
            );
        }
    }

    #[test]
    fn no_evidence_is_one_and_certainty_zero() {
        assert_eq!(t_p_value(0.0, 18), 1.0);
        assert_eq!(t_p_value(f64::INFINITY, 18), 0.0);
    }
}
