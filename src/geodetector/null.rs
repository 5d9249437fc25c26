//! What q is on maps that only look like a layer.

use super::lattice::Lattice;
use super::settings::Settings;
use super::surrogates::surrogates;
use super::variogram::{Variogram, bins};
use crate::tables::uncertainty::quantile;

/// Fewer points have no variogram.
pub(super) const MIN_POINTS: usize = 30;

/// Random maps with the variogram of a layer, on the points of its lattice.
pub(super) struct Null {
    weights: Vec<f64>,
    /// The layer itself, about its mean.
    values: Vec<f64>,
    /// `[point][map]`.
    maps: Vec<f64>,
    n_maps: usize,
    /// Range of the variogram in km.
    pub(super) range_km: Option<f64>,
}

/// The q of random maps beside that of the layer, all on the same points and with the same strata.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NullOfQ {
    /// Median of the random maps.
    pub(super) median: f64,
    /// Their 95th percentile.
    pub(super) high: f64,
    /// Share of the random maps with a q no smaller than that of the layer, which counts as one of them.
    pub(super) p: f64,
}

impl Null {
    /// `None` where the layer has too few points, or all of one value.
    pub(super) fn new(lattice: &Lattice, settings: &Settings) -> Option<Self> {
        if lattice.len() < MIN_POINTS {
            return None;
        }
        let positions = lattice.positions(settings.pixel_km);
        #[expect(clippy::cast_precision_loss, reason = "rows and points are few")]
        let (step, n) = (lattice.step() as f64, lattice.len() as f64);
        let width = step * (settings.pixel_km[0] * settings.pixel_km[1]).sqrt();
        let mut values = lattice.values();
        let mean = values.iter().sum::<f64>() / n;
        for value in &mut values {
            *value -= mean;
        }
        let variogram = Variogram::fit(&bins(&positions, &values, width))?;
        let n_maps = settings.surrogates;
        Some(Self {
            maps: surrogates(&positions, &variogram, n_maps, settings.seed)?,
            weights: lattice.weights(),
            values,
            n_maps,
            range_km: variogram.range,
        })
    }

    /// The q of the random maps with these strata of the points; `None` where the points are in fewer than two strata
    /// or each in its own.
    pub(super) fn of(&self, strata: &[Option<usize>]) -> Option<NullOfQ> {
        let n_strata = strata.iter().flatten().max()? + 1;
        let n_points = strata.iter().flatten().count();
        if n_strata < 2 || n_points <= n_strata || self.n_maps == 0 {
            return None;
        }
        let q = *q_of_maps(&self.weights, &self.values, 1, strata).first()?;
        let mut all = q_of_maps(&self.weights, &self.maps, self.n_maps, strata);
        let n_above = all.iter().filter(|of_map| **of_map >= q).count();
        all.sort_unstable_by(f64::total_cmp);
        #[expect(clippy::cast_precision_loss, reason = "maps are few")]
        let p = (1 + n_above) as f64 / (1 + self.n_maps) as f64;
        q.is_finite().then(|| NullOfQ {
            median: quantile(&all, 0.5),
            high: quantile(&all, 0.95),
            p,
        })
    }
}

/// q of each map of `[point][map]`; NaN for one that does not vary.
fn q_of_maps(weights: &[f64], maps: &[f64], n_maps: usize, strata: &[Option<usize>]) -> Vec<f64> {
    let n_strata = strata.iter().flatten().max().map_or(0, |last| last + 1);
    let mut sums = vec![0.0; n_strata * n_maps];
    let mut weights_of = vec![0.0; n_strata];
    let mut squares = vec![0.0; n_maps];
    for ((stratum, weight), values) in strata.iter().zip(weights).zip(maps.chunks(n_maps)) {
        let Some(stratum) = *stratum else { continue };
        weights_of[stratum] += weight;
        let sums = &mut sums[stratum * n_maps..][..n_maps];
        for ((sum, square), value) in sums.iter_mut().zip(&mut squares).zip(values) {
            *sum += weight * value;
            *square += weight * value * value;
        }
    }
    let weight_of_all: f64 = weights_of.iter().sum();
    let of_map = |(map, squares): (usize, &f64)| {
        let of_strata = sums.iter().skip(map).step_by(n_maps).zip(&weights_of);
        let (mut between, mut sum) = (0.0, 0.0);
        for (part, weight) in of_strata.filter(|(_, weight)| **weight > 0.0) {
            between += part * part / weight;
            sum += part;
        }
        let of_mean = sum * sum / weight_of_all;
        (between - of_mean) / (squares - of_mean)
    };
    squares.iter().enumerate().map(of_map).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two maps on four points: of 0, 1, 4, 5 in two strata of two q is 1 − 1/17; the other is constant within them.
    #[test]
    fn q_of_maps_is_q_by_hand() {
        let strata = [Some(0), Some(0), Some(1), Some(1), None];
        let maps = [0.0, 3.0, 1.0, 3.0, 4.0, 7.0, 5.0, 7.0, 99.0, -99.0];
        let q = q_of_maps(&[1.0; 5], &maps, 2, &strata);
        assert!((q[0] - 16.0 / 17.0).abs() < 1e-15 && q[1] == 1.0, "{q:?}");
    }
}
