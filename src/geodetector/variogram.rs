//! How the difference of two pixels grows with their distance.

use rayon::prelude::*;

/// Rounds in which the weights follow the fitted model.
const ROUNDS: usize = 4;
/// Ranges that are tried, from a fraction of a step to a multiple of the farthest bin.
const N_RANGES: usize = 60;
const SHORTEST_STEPS: f64 = 0.25;
const LONGEST_BINS: f64 = 4.0;
/// Steps of the search between the neighbours of the best range; each leaves 0.62 of the interval.
const N_GOLDEN: usize = 25;

/// Pairs of points about as far apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Mean distance.
    pub distance: f64,
    /// Half the mean square of the difference of the values.
    pub gamma: f64,
    /// Pairs.
    pub pairs: f64,
}

/// An exponential variogram with a nugget.
///
/// ```text
/// γ(h) = nugget + sill (1 − exp(−h/range)),  h > 0
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variogram {
    /// What differs between neighbours already.
    pub nugget: f64,
    /// What distance adds.
    pub sill: f64,
    /// The distance at which the correlation of what distance adds has fallen to 1/e; `None` where it adds nothing.
    pub range: Option<f64>,
}

/// The bins of one step of `width` each, up to half the diagonal of the points' extent.
///
/// Parts of the pairs are added up in one order, whatever the threads.
pub(super) fn bins(positions: &[[f64; 2]], values: &[f64], width: f64) -> Vec<Bin> {
    let side = |axis: usize| {
        let of = positions.iter().map(|at| at[axis]);
        let (least, most) = of.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), x| {
            (least.min(x), most.max(x))
        });
        (most - least).max(0.0)
    };
    let n_bins = (0.5 * side(0).hypot(side(1)) / width + 0.5)
        .floor()
        .max(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "as many as a lattice has rows and columns"
    )]
    let n_bins = n_bins as usize;
    let of_point = |first: usize| pairs_of(first, positions, values, width, n_bins);
    let parts: Vec<Vec<Bin>> = (0..positions.len()).into_par_iter().map(of_point).collect();
    let mut bins = vec![Bin::default(); n_bins];
    for part in parts {
        for (bin, more) in bins.iter_mut().zip(part) {
            bin.distance += more.distance;
            bin.gamma += more.gamma;
            bin.pairs += more.pairs;
        }
    }
    bins.retain(|bin| bin.pairs > 0.0);
    for bin in &mut bins {
        bin.distance /= bin.pairs;
        bin.gamma /= 2.0 * bin.pairs;
    }
    bins
}

/// Sums over the pairs of a point with those behind it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a distance in steps, at least 0.5"
)]
fn pairs_of(
    first: usize,
    positions: &[[f64; 2]],
    values: &[f64],
    width: f64,
    n_bins: usize,
) -> Vec<Bin> {
    let mut bins = vec![Bin::default(); n_bins];
    let (at, value) = (positions[first], values[first]);
    let behind = positions.iter().zip(values).skip(first + 1);
    for (other, other_value) in behind {
        let distance = (other[0] - at[0]).hypot(other[1] - at[1]);
        let number = (distance / width + 0.5).max(1.0) as usize - 1;
        if let Some(bin) = bins.get_mut(number) {
            bin.distance += distance;
            bin.gamma += (other_value - value).powi(2);
            bin.pairs += 1.0;
        }
    }
    bins
}

impl Variogram {
    /// γ at a distance above 0.
    #[must_use]
    pub fn at(&self, distance: f64) -> f64 {
        self.nugget + self.sill * (1.0 - self.correlation(distance))
    }

    /// The correlation of what distance adds.
    #[must_use]
    pub fn correlation(&self, distance: f64) -> f64 {
        self.range.map_or(0.0, |range| (-distance / range).exp())
    }

    /// The variogram nearest to some bins by least squares with the weights `pairs/γ²`; γ is that of the bins first,
    /// then that of the fitted model. `None` where nothing differs.
    ///
    /// # Source
    ///
    /// Cressie (1985), Math. Geol. 17, 563-586, for the weights.
    #[must_use]
    pub fn fit(bins: &[Bin]) -> Option<Self> {
        let bins: Vec<Bin> = bins.iter().filter(|bin| bin.pairs > 0.0).copied().collect();
        let largest = bins.iter().map(|bin| bin.gamma).fold(0.0, f64::max);
        if largest <= 0.0 || !largest.is_finite() {
            return None;
        }
        // A bin without any difference must not have all the weight.
        let floor = 1e-6 * largest;
        let weight = |bin: &Bin, gamma: f64| bin.pairs / gamma.max(floor).powi(2);
        let mut weights: Vec<f64> = bins.iter().map(|bin| weight(bin, bin.gamma)).collect();
        let mut fitted = None;
        for _ in 0..ROUNDS {
            let model = nearest(&bins, &weights);
            let gammas = bins.iter().map(|bin| weight(bin, model.at(bin.distance)));
            weights = gammas.collect();
            fitted = Some(model);
        }
        fitted
    }
}

/// The best of all ranges with these weights.
fn nearest(bins: &[Bin], weights: &[f64]) -> Variogram {
    let shortest = bins.first().map_or(1.0, |bin| bin.distance) * SHORTEST_STEPS;
    let longest = bins.last().map_or(1.0, |bin| bin.distance) * LONGEST_BINS;
    let error = |log_range: f64| of_range(bins, weights, log_range.exp()).1;
    let step = (longest / shortest).max(1.0).ln() / f64::from(u32::try_from(N_RANGES).unwrap_or(1));
    let logs = (0..=N_RANGES).scan(shortest.ln() - step, |log, _| {
        *log += step;
        Some(*log)
    });
    let best = logs
        .map(|log| (error(log), log))
        .min_by(|a, b| a.0.total_cmp(&b.0));
    let best = best.map_or_else(|| shortest.ln(), |(_, log)| log);
    let (mut low, mut high) = (best - step, best + step);
    let share = 0.5 * (5.0_f64.sqrt() - 1.0);
    for _ in 0..N_GOLDEN {
        let (a, b) = (high - share * (high - low), low + share * (high - low));
        if error(a) <= error(b) {
            high = b;
        } else {
            low = a;
        }
    }
    of_range(bins, weights, f64::midpoint(low, high).exp()).0
}

/// The best nugget and sill, neither below 0, for a range, and their weighted sum of squares.
fn of_range(bins: &[Bin], weights: &[f64], range: f64) -> (Variogram, f64) {
    let mut sums = [0.0; 5];
    for (bin, w) in bins.iter().zip(weights) {
        let x = 1.0 - (-bin.distance / range).exp();
        let terms = [1.0, x, x * x, bin.gamma, x * bin.gamma];
        sums.iter_mut()
            .zip(terms)
            .for_each(|(sum, term)| *sum += w * term);
    }
    let [n, x, xx, y, xy] = sums;
    let determinant = n * xx - x * x;
    let [both_nugget, both_sill] = if determinant > 1e-12 * n * xx {
        [
            (xx * y - x * xy) / determinant,
            (n * xy - x * y) / determinant,
        ]
    } else {
        [0.0, -1.0]
    };
    let candidates = if both_nugget >= 0.0 && both_sill >= 0.0 {
        [[both_nugget, both_sill]; 2]
    } else {
        [[y / n, 0.0], [0.0, xy / xx.max(f64::MIN_POSITIVE)]]
    };
    let models = candidates.map(|[nugget, sill]| Variogram {
        nugget,
        sill,
        range: (sill > 0.0).then_some(range),
    });
    let error = |model: &Variogram| -> f64 {
        let squares = bins.iter().zip(weights);
        let square = |(bin, w): (&Bin, &f64)| w * (bin.gamma - model.at(bin.distance)).powi(2);
        squares.map(square).sum()
    };
    let [first, second] = models.map(|model| (model, error(&model)));
    if first.1 <= second.1 { first } else { second }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_of_a_line_are_those_by_hand() {
        let positions: Vec<[f64; 2]> = (0..5).map(|k| [0.0, 2.0 * f64::from(k)]).collect();
        let values = [1.0, 2.0, 4.0, 4.0, 0.0];
        let bins = bins(&positions, &values, 2.0);
        // Differences of neighbours: 1, 2, 0, -4; of the next but one: 3, 2, -4.
        let expected = [(2.0, 21.0 / 8.0, 4.0), (4.0, 29.0 / 6.0, 3.0)];
        assert_eq!(bins.len(), 2, "up to half the extent");
        for (bin, (distance, gamma, pairs)) in bins.iter().zip(expected) {
            assert_eq!((bin.distance, bin.pairs), (distance, pairs));
            assert!((bin.gamma - gamma).abs() < 1e-15);
        }
    }

    #[test]
    fn a_variogram_is_found_again() {
        let is = |truth: Variogram| {
            let bins: Vec<Bin> = (1..=20)
                .map(f64::from)
                .map(|distance| Bin {
                    distance,
                    gamma: truth.at(distance),
                    pairs: 100.0 - distance,
                })
                .collect();
            let found = Variogram::fit(&bins).expect("values differ");
            let close = |ours: f64, theirs: f64| (ours - theirs).abs() < 1e-5 * (1.0 + theirs);
            assert!(
                close(found.nugget, truth.nugget)
                    && close(found.sill, truth.sill)
                    && close(found.range.unwrap_or(0.0), truth.range.unwrap_or(0.0)),
                "{found:?} {truth:?}"
            );
        };
        let of = |nugget, sill, range| Variogram {
            nugget,
            sill,
            range,
        };
        is(of(0.4, 2.0, Some(3.7)));
        is(of(0.0, 5.0, Some(11.0)));
        is(of(1.5, 0.0, None));
    }

    #[test]
    fn nothing_differs() {
        let bin = Bin {
            distance: 1.0,
            gamma: 0.0,
            pairs: 3.0,
        };
        assert_eq!(Variogram::fit(&[bin]), None);
        assert_eq!(Variogram::fit(&[]), None);
    }
}
