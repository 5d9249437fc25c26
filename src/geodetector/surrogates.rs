//! Random maps on the points of a lattice that have a given variogram.

use rayon::prelude::*;

use super::cholesky::{dot, factorise};
use super::variogram::Variogram;
use crate::kernels::lib::random::{normal_deviate, random_bits};

/// What is added to the variance of each point, as a share of it: far more than rounding, far less than noise.
const JITTER: f64 = 1e-9;
/// Rows of the factor that are taken together, so that the deviates of a map are read once for all.
const ROWS: usize = 16;

/// Normal random maps of mean 0, `[point][map]`; `None` where their covariance has no factor.
///
/// Map `m` has at point `i` the deviate of `random_bits(m, i, seed)` before it is correlated, so that more maps do
/// not change the first ones.
pub(super) fn surrogates(
    positions: &[[f64; 2]],
    variogram: &Variogram,
    n_maps: usize,
    seed: u32,
) -> Option<Vec<f64>> {
    let n = positions.len();
    let mut factor = covariance(positions, variogram);
    if !factorise(&mut factor, n) {
        return None;
    }
    let number = |k: usize| u32::try_from(k).unwrap_or(u32::MAX);
    let deviates: Vec<f64> = (0..n_maps * n)
        .into_par_iter()
        .map(|k| normal_deviate::<f64>(|_| random_bits(number(k / n), number(k % n), seed)))
        .collect();
    let mut maps = vec![0.0; n * n_maps];
    let blocks = maps.par_chunks_mut((ROWS * n_maps).max(1)).enumerate();
    blocks.for_each(|(block, values)| {
        for (map, deviates) in deviates.chunks(n.max(1)).enumerate() {
            for (k, value) in values.iter_mut().skip(map).step_by(n_maps).enumerate() {
                let i = block * ROWS + k;
                *value = dot(&factor[i * n..=i * n + i], &deviates[..=i]);
            }
        }
    });
    Some(maps)
}

/// The lower half of the covariance of the points, `[row][col]`.
fn covariance(positions: &[[f64; 2]], variogram: &Variogram) -> Vec<f64> {
    let n = positions.len();
    let variance = (variogram.nugget + variogram.sill) * (1.0 + JITTER);
    let mut matrix = vec![0.0; n * n];
    let rows = matrix.par_chunks_mut(n.max(1)).enumerate();
    rows.for_each(|(i, row)| {
        let at = positions[i];
        for (value, other) in row.iter_mut().zip(&positions[..i]) {
            let distance = (other[0] - at[0]).hypot(other[1] - at[1]);
            *value = variogram.sill * variogram.correlation(distance);
        }
        row[i] = variance;
    });
    matrix
}

#[cfg(test)]
mod tests {
    use super::super::variogram::{Bin, bins};
    use super::*;

    fn square(side: u32) -> Vec<[f64; 2]> {
        let at = |k: u32| [f64::from(k / side), f64::from(k % side)];
        (0..side * side).map(at).collect()
    }

    /// The mean variogram of 100 maps is the one that they were made with; its standard error is some 2 %.
    #[test]
    fn maps_have_the_variogram_that_they_are_made_with() {
        let positions = square(18);
        let truth = Variogram {
            nugget: 0.5,
            sill: 2.0,
            range: Some(3.0),
        };
        let maps = surrogates(&positions, &truth, 100, 7).expect("a covariance");
        let bins_of = |map: usize| {
            let values: Vec<f64> = maps.iter().skip(map).step_by(100).copied().collect();
            bins(&positions, &values, 1.0)
        };
        let maps: Vec<Vec<Bin>> = (0..100).map(bins_of).collect();
        for k in 0..6 {
            let mean = maps.iter().map(|bins| bins[k].gamma).sum::<f64>() / 100.0;
            let expected = truth.at(maps[0][k].distance);
            assert!((mean - expected).abs() < 0.15, "{k}: {mean} {expected}");
        }
    }

    #[test]
    fn more_maps_leave_the_first_ones_as_they_are() {
        let positions = square(9);
        let variogram = Variogram {
            nugget: 0.0,
            sill: 1.0,
            range: Some(2.0),
        };
        let [few, many] = [3, 20].map(|n| surrogates(&positions, &variogram, n, 1).expect("maps"));
        for point in 0..81 {
            assert_eq!(few[point * 3..][..3], many[point * 20..][..3]);
        }
    }
}
