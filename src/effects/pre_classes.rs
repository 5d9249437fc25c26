//! Classes of the mean before the measures: equal shares of the treated pixels, and whether that mean is worth
//! matching on.

/// Buckets of the upper, and of the lower, half of the bits of a value.
const BUCKETS: usize = 1 << 16;

/// Quantiles of as many values as there are, exact, in two passes that add values in any order.
///
/// The first pass counts values by the upper half of their bits; the second counts the lower half in the buckets where
/// a quantile is.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PassedOnce {
    n_classes: usize,
    counts: Vec<u64>,
}

/// [`PassedOnce`] after the first pass.
#[derive(Clone, Debug, PartialEq)]
pub struct PassedTwice {
    /// Bucket of each quantile, and how many values it is behind those of lower buckets.
    wanted: Vec<(u16, u64)>,
    /// Counts of the lower half in each bucket that has a quantile.
    counts: Vec<(u16, Vec<u64>)>,
}

/// Bits that are ordered as the values are.
fn ordered_bits(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits >> 31 == 1 {
        !bits
    } else {
        bits | 1 << 31
    }
}

fn value_of(bits: u32) -> f32 {
    f32::from_bits(if bits >> 31 == 1 {
        bits & !(1 << 31)
    } else {
        !bits
    })
}

#[expect(clippy::cast_possible_truncation, reason = "halves of the bits")]
fn halves(value: f32) -> [u16; 2] {
    let bits = ordered_bits(value);
    [(bits >> 16) as u16, bits as u16]
}

impl PassedOnce {
    /// For so many classes.
    #[must_use]
    pub fn new(n_classes: usize) -> Self {
        Self {
            n_classes,
            counts: vec![0; BUCKETS],
        }
    }

    /// Adds the value of a treated pixel in the first pass; a missing one (NaN) does not count.
    pub fn add(&mut self, value: f32) {
        if !value.is_nan() {
            self.counts[usize::from(halves(value)[0])] += 1;
        }
    }

    /// Adds the values of other pixels.
    pub fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *ours += theirs;
        }
    }

    /// Ends the first pass.
    #[must_use]
    pub fn next_pass(self) -> PassedTwice {
        let n: u64 = self.counts.iter().sum();
        let n_classes = self.n_classes as u64;
        let mut wanted = Vec::new();
        for k in 1..n_classes {
            // The least value with k/n of all values up to it.
            let place = (u128::from(n) * u128::from(k)).div_ceil(u128::from(n_classes));
            let mut left = u64::try_from(place).unwrap_or(u64::MAX);
            let bucket = self.counts.iter().position(|count| {
                let is_here = left <= *count;
                if !is_here {
                    left -= count;
                }
                is_here
            });
            let bucket = bucket.and_then(|bucket| u16::try_from(bucket).ok());
            wanted.extend(bucket.filter(|_| n > 0).map(|bucket| (bucket, left)));
        }
        let mut buckets: Vec<u16> = wanted.iter().map(|(bucket, _)| *bucket).collect();
        buckets.dedup();
        PassedTwice {
            wanted,
            counts: buckets.into_iter().map(|b| (b, vec![0; BUCKETS])).collect(),
        }
    }
}

impl PassedTwice {
    /// Adds the same values in the second pass.
    pub fn add(&mut self, value: f32) {
        let [upper, lower] = halves(value);
        let found = self
            .counts
            .binary_search_by_key(&upper, |(bucket, _)| *bucket);
        if let (Ok(place), false) = (found, value.is_nan()) {
            self.counts[place].1[usize::from(lower)] += 1;
        }
    }

    /// The upper ends of all classes but the last, in order; none where there was no value.
    #[must_use]
    pub fn cuts(&self) -> Vec<f32> {
        let cut = |(bucket, place): &(u16, u64)| {
            let found = self
                .counts
                .binary_search_by_key(bucket, |(bucket, _)| *bucket);
            let (_, counts) = self.counts.get(found.ok()?)?;
            let mut left = *place;
            let lower = counts.iter().position(|count| {
                let is_here = left <= *count;
                left = left.saturating_sub(*count);
                is_here
            })?;
            let lower = u32::try_from(lower).ok()?;
            Some(value_of(u32::from(*bucket) << 16 | lower))
        };
        self.wanted.iter().filter_map(cut).collect()
    }
}

/// The class of a value between cuts; a cut belongs to the class below it.
#[must_use]
pub fn class_of(cuts: &[f32], value: f32) -> usize {
    cuts.partition_point(|cut| *cut < value)
}

/// A reliability below this is reported.
pub const MIN_RELIABILITY: f64 = 0.8;

/// Sums over the pixels of the control, from which the reliability of their mean before the measures follows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReliabilitySums {
    /// Area, m².
    pub weight: f64,
    /// Σ w x, x the mean of a pixel over the years of `pre`.
    pub mean: f64,
    /// Σ w x².
    pub squares: f64,
    /// Σ w v, v the [`noise_variance`] of that mean.
    pub noise: f64,
}

impl ReliabilitySums {
    /// Share of the variance of the mean between pixels that is not noise of single years, at least 0; `None` where all
    /// pixels are alike.
    #[must_use]
    pub fn reliability(&self) -> Option<f64> {
        let mean = self.mean / self.weight;
        let variance = self.squares / self.weight - mean * mean;
        (self.weight > 0.0 && variance > 0.0)
            .then(|| (1.0 - self.noise / self.weight / variance).clamp(0.0, 1.0))
    }
}

/// Variance of the mean of a pixel over `n_pre` valid years: that of its years around its own line over the study,
/// divided by these years. `None` with fewer than three valid years, or without one in `pre`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "years are few")]
pub fn noise_variance(series: &[Option<f64>], n_pre: usize) -> Option<f64> {
    let points = || {
        let years = series.iter().enumerate();
        years.filter_map(|(t, y)| y.map(|y| (t as f64, y)))
    };
    let n = points().count();
    if n < 3 || n_pre == 0 {
        return None;
    }
    let t_mean = points().map(|(t, _)| t).sum::<f64>() / n as f64;
    let y_mean = points().map(|(_, y)| y).sum::<f64>() / n as f64;
    let sum_tt: f64 = points().map(|(t, _)| (t - t_mean).powi(2)).sum();
    let sum_ty: f64 = points().map(|(t, y)| (t - t_mean) * (y - y_mean)).sum();
    let slope = sum_ty / sum_tt;
    let residual = |(t, y): (f64, f64)| (y - y_mean - slope * (t - t_mean)).powi(2);
    Some(points().map(residual).sum::<f64>() / (n as f64 - 2.0) / n_pre as f64)
}

/// A warning if the mean before the measures is too noisy to match on.
#[must_use]
pub fn unreliable(reliability: Option<f64>) -> Option<String> {
    let low = reliability.filter(|reliability| *reliability < MIN_RELIABILITY)?;
    Some(format!(
        "measures: the mean before the measures is noise to {:.0} % (reliability {low:.2}), and matching on it pulls both \
         sides to their own means; match on what does not change, such as relief or land cover",
        100.0 * (1.0 - low)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts_of(values: &[f32], n_classes: usize) -> Vec<f32> {
        let mut first = PassedOnce::new(n_classes);
        for value in values {
            first.add(*value);
        }
        let mut second = first.next_pass();
        for value in values.iter().rev() {
            second.add(*value);
        }
        second.cuts()
    }

    /// The least value with k/n of all values up to it, by sorting.
    #[test]
    fn cuts_are_those_of_sorted_values() {
        let values: Vec<f32> = (0..997_u16)
            .map(|i| (f32::from(i * 37 % 499) - 200.0) * 0.731)
            .collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        for n_classes in [2, 5, 10] {
            let expected: Vec<f32> = (1..n_classes)
                .map(|k| sorted[(values.len() * k).div_ceil(n_classes) - 1])
                .collect();
            assert_eq!(cuts_of(&values, n_classes), expected);
        }
    }

    #[test]
    fn a_cut_belongs_below_and_missing_values_do_not_count() {
        let cuts = cuts_of(&[1.0, f32::NAN, 2.0, 3.0, 4.0], 2);
        assert_eq!(cuts, [2.0]);
        assert_eq!([2.0, 2.1].map(|x| class_of(&cuts, x)), [0, 1]);
        assert_eq!(cuts_of(&[f32::NAN], 4), [0.0; 0]);
        assert_eq!(cuts_of(&[7.0, 7.0], 4), [7.0; 3]);
    }

    /// Pixels 10 and 20 with a noise variance of 5 each, between-pixel variance 25: 1 - 5/25.
    #[test]
    fn reliability_is_the_share_that_is_not_noise() {
        let sums = ReliabilitySums {
            weight: 2.0,
            mean: 30.0,
            squares: 500.0,
            noise: 10.0,
        };
        assert_eq!(sums.reliability(), Some(0.8));
        assert_eq!(unreliable(sums.reliability()), None);
        assert!(unreliable(Some(0.5)).is_some_and(|line| line.contains("0.50")));
        assert_eq!(ReliabilitySums::default().reliability(), None);
    }

    /// 1, -1, 1, -1 around a line through 0..4 with a gap: residuals by hand.
    #[test]
    fn noise_is_what_is_left_around_the_own_line() {
        let series = [Some(0.0), Some(2.0), None, Some(6.0), Some(8.0)];
        assert_eq!(noise_variance(&series, 2), Some(0.0));
        // Residuals of 0, 0, 3 around their line: 0.5, -1, 0.5.
        let series = [Some(0.0), Some(0.0), Some(3.0)];
        assert!(noise_variance(&series, 3).is_some_and(|v| (v - 0.5).abs() < 1e-12));
        assert_eq!(noise_variance(&series[..2], 2), None);
        assert_eq!(noise_variance(&series, 0), None);
    }
}
