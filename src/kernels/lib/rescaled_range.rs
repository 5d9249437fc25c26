//! Rescaled ranges of white noise: how large a Hurst exponent chance alone gives.
//!
//! The exponent of a short series is far from 1/2 even where every year is independent: at twenty
//! years its mean is 0.64, and nine of ten series of white noise are over 0.5. So the exponent
//! means little without the distribution of white noise of the same length, which is
//! simulated here, once for a study, from a fixed seed.
//!
//! Source: Anis & Lloyd (1976), Biometrika 63, 111-116 (the bias);
//! `docs/science/trends.md#hurst`.
//! GPU twin: `shaders/lib/rescaled_range.wgsl`.

use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::real::Real;
use crate::kernels::views::Pixel;

/// Quantiles kept of each length: the least exponent, then evenly up to the largest.
pub const N_QUANTILES: usize = 256;
/// Halvings that find an index among them.
const N_HALVINGS: u32 = 8;

/// What the shader takes.
pub(super) const CONSTANTS: &[NamedConstant] = &[("N_HALVINGS", Constant::U32(N_HALVINGS))];
/// Series of white noise, for studies of up to thirty years.
const MAX_SERIES: usize = 20_000;
/// Series at least, however long.
const MIN_SERIES: usize = 500;
/// The work to do at most: series times years squared.
const WORK: usize = 20_000_000;
/// The seed of the noise.
const SEED: u64 = 0x5eed_4e41;

/// How the exponent is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeRule {
    /// The shortest beginning of the series that counts, 2 or 3 years.
    pub tau_min: usize,
    /// Whether S divides by τ − 1 instead of τ.
    pub sample_sd: bool,
}

impl Default for RangeRule {
    /// From two years on, with the standard deviation of the population.
    fn default() -> Self {
        Self {
            tau_min: 2,
            sample_sd: false,
        }
    }
}

impl RangeRule {
    /// What is subtracted from ln(R/S) where S is that of the sample.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "years are few")]
    pub fn shift(self, tau: usize) -> f64 {
        if self.sample_sd && tau > 1 {
            0.5 * (tau as f64 / (tau as f64 - 1.0)).ln()
        } else {
            0.0
        }
    }
}

/// Number of series for a study of this many years.
#[must_use]
pub fn n_series(n_years: usize) -> usize {
    (WORK / (n_years * n_years).max(1)).clamp(MIN_SERIES, MAX_SERIES)
}

/// Exponents of white noise: for each number of valid years 0..=`n_years` its [`N_QUANTILES`]
/// quantiles, and then one 95 % quantile for each; 0 where there is no exponent.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small counts"
)]
pub fn null_table(n_years: usize, rule: RangeRule) -> Vec<f64> {
    let count = n_series(n_years);
    let mut exponents: Vec<Vec<f64>> = vec![Vec::with_capacity(count); n_years + 1];
    let mut noise = Noise {
        state: SEED,
        spare: None,
    };
    for _ in 0..count {
        let series: Vec<f64> = (0..n_years).map(|_| noise.normal()).collect();
        for (n, exponent) in exponents_of_beginnings(&series, rule)
            .into_iter()
            .enumerate()
        {
            exponents[n].extend(exponent);
        }
    }
    let mut table = vec![0.0; (n_years + 1) * (N_QUANTILES + 1)];
    for (n, sorted) in exponents
        .iter_mut()
        .enumerate()
        .filter(|(_, sorted)| sorted.len() > 1)
    {
        sorted.sort_unstable_by(f64::total_cmp);
        // Linear between the order statistics, as numpy does it.
        let quantile = |q: f64| {
            let position = q * (sorted.len() - 1) as f64;
            let (low, part) = (position.floor() as usize, position.fract());
            sorted[low] + part * (sorted[(low + 1).min(sorted.len() - 1)] - sorted[low])
        };
        for i in 0..N_QUANTILES {
            table[n * N_QUANTILES + i] = quantile(i as f64 / (N_QUANTILES - 1) as f64);
        }
        table[(n_years + 1) * N_QUANTILES + n] = quantile(0.95);
    }
    table
}

/// The exponent of the first `n` values for n = 0..=len, none where there are fewer than two
/// ranges.
#[expect(clippy::cast_precision_loss, reason = "years are few")]
fn exponents_of_beginnings(series: &[f64], rule: RangeRule) -> Vec<Option<f64>> {
    let mut exponents = vec![None; series.len() + 1];
    let [mut m, mut l, mut q, mut ll, mut lq] = [0.0; 5];
    for tau in rule.tau_min..=series.len() {
        let first = &series[..tau];
        let mean = first.iter().sum::<f64>() / tau as f64;
        let [mut sum, mut low, mut high, mut square] = [0.0_f64; 4];
        for x in first {
            sum += x - mean;
            low = low.min(sum);
            high = high.max(sum);
            square += (x - mean) * (x - mean);
        }
        let x = (tau as f64).ln();
        let y = ((high - low) / (square / tau as f64).sqrt()).ln() - rule.shift(tau);
        m += 1.0;
        l += x;
        q += y;
        ll += x * x;
        lq += x * y;
        exponents[tau] = (m > 1.5).then(|| (lq - l * q / m) / (ll - l * l / m));
    }
    exponents
}

/// White noise that is the same everywhere.
struct Noise {
    state: u64,
    spare: Option<f64>,
}

impl Noise {
    /// Uniform in 0..1 (`SplitMix64`: Steele, Lea & Flood 2014).
    #[expect(clippy::cast_precision_loss, reason = "53 bits")]
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal, by the polar method of Marsaglia & Bray (1964).
    fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let [x, y] = [0; 2].map(|_| 2.0 * self.uniform() - 1.0);
            let s = x * x + y * y;
            if s > 0.0 && s < 1.0 {
                let factor = (-2.0 * s.ln() / s).sqrt();
                self.spare = Some(y * factor);
                return x * factor;
            }
        }
    }
}

/// The share of white noise of `n` valid years with an exponent of at least `h`, from the quantiles
/// that start at `table_at`; never less than one in the number of series.
#[inline(always)]
#[must_use]
pub fn share_above<R: Real>(
    pixel: &Pixel<'_, '_, R>,
    table_at: usize,
    n: R,
    h: R,
    n_series: usize,
) -> R {
    let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
    let first = R::of(table_at as f64) + n * R::of(N_QUANTILES as f64);
    // The last quantile that is not over h, by halving.
    let mut low = zero;
    let mut step = R::of(N_QUANTILES as f64 / 2.0);
    for _ in 0..N_HALVINGS {
        let is_over = h.lt(pixel.table_at(first + low + step));
        low = R::select(is_over, low, low + step);
        step = step * half;
    }
    let last = R::of(N_QUANTILES as f64 - 1.0);
    let next = (low + one).min(last);
    let [here, there] = [low, next].map(|index| pixel.table_at(first + index));
    let is_wide = here.lt(there);
    let part = R::select(
        is_wide,
        (h - here) / R::select(is_wide, there - here, one),
        zero,
    )
    .max(zero)
    .min(one);
    let below = ((low + part) / last).min(one);
    let count = R::of(n_series as f64);
    ((one - below) * count + one) / (count + one)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/science/trends.md#hurst`: 4000 series of twenty years, to 2 %.
    #[test]
    fn white_noise_is_as_in_the_worked_example() {
        let mut noise = Noise {
            state: SEED,
            spare: None,
        };
        let exponents = |noise: &mut Noise, rule: RangeRule| -> Vec<f64> {
            let one = |noise: &mut Noise| {
                let series: Vec<f64> = (0..20).map(|_| noise.normal()).collect();
                exponents_of_beginnings(&series, rule)[20].unwrap_or(f64::NAN)
            };
            (0..20_000).map(|_| one(noise)).collect()
        };
        let h = exponents(&mut noise, RangeRule::default());
        let mean = h.iter().sum::<f64>() / 20_000.0;
        let sd = (h.iter().map(|h| (h - mean) * (h - mean)).sum::<f64>() / 20_000.0).sqrt();
        let above_half = h.iter().filter(|h| **h > 0.5).count() as f64 / 20_000.0;
        assert!((mean / 0.641 - 1.0).abs() < 0.02, "{mean}");
        assert!((sd / 0.118 - 1.0).abs() < 0.02, "{sd}");
        assert!((above_half / 0.884 - 1.0).abs() < 0.02, "{above_half}");
        let p95 = null_table(20, RangeRule::default())[21 * N_QUANTILES + 20];
        assert!((p95 / 0.838 - 1.0).abs() < 0.02, "{p95}");
        let from_3 = exponents(
            &mut noise,
            RangeRule {
                tau_min: 3,
                sample_sd: false,
            },
        );
        let mean = from_3.iter().sum::<f64>() / 20_000.0;
        assert!((mean / 0.625 - 1.0).abs() < 0.02, "{mean}");
    }

    #[test]
    fn the_noise_is_normal() {
        let mut noise = Noise {
            state: 1,
            spare: None,
        };
        let x: Vec<f64> = (0..100_000).map(|_| noise.normal()).collect();
        let moment = |k: i32| x.iter().map(|x| x.powi(k)).sum::<f64>() / 100_000.0;
        // Standard errors: 0.003, 0.0045, 0.012, 0.031.
        for (k, expected, allowed) in [
            (1, 0.0, 0.012),
            (2, 1.0, 0.018),
            (3, 0.0, 0.05),
            (4, 3.0, 0.12),
        ] {
            assert!(
                (moment(k) - expected).abs() < allowed,
                "moment {k}: {}",
                moment(k)
            );
        }
    }
}
