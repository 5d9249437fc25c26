//! Student's t with any degrees of freedom, and Welch's test.
//!
//! ```text
//! t  = (x̄_a − x̄_b) / √(s²_a/n_a + s²_b/n_b)
//! df = (s²_a/n_a + s²_b/n_b)² / [(s²_a/n_a)²/(n_a − 1) + (s²_b/n_b)²/(n_b − 1)]
//! ```
//!
//! Source: Welch (1947), Biometrika 34, 28-35.

use crate::kernels::lib::tails::{beta_tail, inverse_beta_half};

/// Two-sided p of Student's t; `df` is any positive number.
#[must_use]
pub fn t_p(t: f64, df: f64) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    let square = t * t;
    let a = 0.5 * df;
    beta_tail(
        df / (df + square),
        square / (df + square),
        a,
        0.5,
        inverse_beta_half(a),
    )
}

/// Size, mean and variance of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Number of values.
    pub n: f64,
    /// Their mean.
    pub mean: f64,
    /// Their variance, of the sample (n − 1).
    pub variance: f64,
}

impl Sample {
    /// Of values, without those that are missing; `None` of fewer than two.
    #[must_use]
    pub fn of(values: &[Option<f64>]) -> Option<Self> {
        let valid = || values.iter().flatten();
        let n = valid().map(|_| 1.0).sum::<f64>();
        let mean = valid().sum::<f64>() / n;
        let squares: f64 = valid().map(|x| (x - mean).powi(2)).sum();
        (n > 1.5).then(|| Self {
            n,
            mean,
            variance: squares / (n - 1.0),
        })
    }

    /// Of a count, Σ x and Σ x²; `None` of fewer than two values.
    #[must_use]
    pub fn of_sums(n: f64, sum: f64, squares: f64) -> Option<Self> {
        let mean = sum / n;
        (n > 1.5).then(|| Self {
            n,
            mean,
            variance: ((squares - sum * mean) / (n - 1.0)).max(0.0),
        })
    }
}

/// Result of a t test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TTest {
    /// The statistic.
    pub t: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// Two-sided p.
    pub p: f64,
}

/// Welch's test of the means of two samples; `None` where neither varies.
///
/// On slopes of pixels it only describes: neighbouring pixels are alike, and the test takes each for a
/// case of its own.
#[must_use]
pub fn welch(a: &Sample, b: &Sample) -> Option<TTest> {
    let [error_a, error_b] = [a, b].map(|sample| sample.variance / sample.n);
    let error = error_a + error_b;
    if error <= 0.0 {
        return None;
    }
    let t = (a.mean - b.mean) / error.sqrt();
    let df = error * error / (error_a * error_a / (a.n - 1.0) + error_b * error_b / (b.n - 1.0));
    Some(TTest {
        t,
        df,
        p: t_p(t, df),
    })
}

/// Difference in differences of two series: how much more the first rises from the mean of some years
/// to the mean of others. Years are counted from the first of the study; of each side its own valid
/// years count. `None` where a side has no valid year in one of them.
#[must_use]
pub fn did_of_means(
    treated: &[Option<f64>],
    control: &[Option<f64>],
    before: &std::ops::Range<usize>,
    after: &std::ops::Range<usize>,
) -> Option<f64> {
    let mean = |series: &[Option<f64>], years: &std::ops::Range<usize>| {
        let valid = || {
            let years = series.iter().take(years.end).skip(years.start);
            years.flatten()
        };
        let n = valid().map(|_| 1.0).sum::<f64>();
        (n > 0.0).then(|| valid().sum::<f64>() / n)
    };
    let rise = |series| Some(mean(series, after)? - mean(series, before)?);
    Some(rise(treated)? - rise(control)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_agree_with_statrs() {
        use statrs::distribution::{ContinuousCDF, StudentsT};
        for df in [1.0, 2.5, 3.0, 9.0, 40.0, 399.0, 3799.0, 20_000.0] {
            let theirs = StudentsT::new(0.0, 1.0, df).expect("valid");
            for t in [0.1, 0.7, 1.3, 2.1, 3.4, 5.0] {
                let expected = 2.0 * theirs.sf(t);
                let ours = t_p(t, df);
                assert!(
                    (ours - expected).abs() < 1e-9 * expected + 1e-12,
                    "{t} {df}: {ours} {expected}"
                );
            }
        }
    }

    #[test]
    fn a_sample_of_sums_is_that_of_values() {
        let values = [Some(1.0), None, Some(4.0), Some(-2.5)];
        let of_values = Sample::of(&values).expect("three values");
        let of_sums = Sample::of_sums(3.0, 2.5, 1.0 + 16.0 + 6.25).expect("three values");
        assert!((of_values.variance - of_sums.variance).abs() < 1e-12);
        assert_eq!(of_values.mean, of_sums.mean);
        assert_eq!(Sample::of(&values[..2]), None);
    }

    #[test]
    fn a_did_takes_the_valid_years_of_each_side() {
        let treated = [Some(1.0), None, Some(5.0), Some(7.0)];
        let control = [Some(2.0), Some(4.0), Some(4.0), None];
        assert_eq!(
            did_of_means(&treated, &control, &(0..2), &(2..4)),
            Some(4.0)
        );
        assert_eq!(
            did_of_means(&treated, &control, &(1..2), &(2..4)),
            None,
            "the treated have no value before"
        );
    }
}
