//! The largest t of the search where there is nothing to find: straight lines with noise that lasts
//! from year to year.
//!
//! ```text
//! e_0 = z_0,   e_t = r e_{t−1} + √(1 − r²) z_t
//! ```
//!
//! `z` are standard normal deviates that depend on the number of the replicate, the year and the seed
//! alone, so that all series have the same ones on any number of threads. The noise goes on through
//! gaps, which only hide it. Its line and its size do not matter: every window has a line of its own, and
//! t no unit.

use crate::kernels::lib::random::{normal_deviate, random_bits};

use super::windows::{Products, Windows};

/// Replicates side by side.
const LANES: usize = 8;

/// Windows after which it is seen whether all replicates are through.
const WINDOWS_AT_ONCE: usize = 12;

/// The normal deviates of all replicates.
#[derive(Clone, Debug)]
pub(super) struct Deviates {
    n_years: usize,
    replicates: u32,
    /// `[block][year][lane]`; the last block has lanes to spare.
    values: Vec<[f64; LANES]>,
}

impl Deviates {
    pub(super) fn new(n_years: usize, replicates: u32, seed: u32) -> Self {
        let firsts = (0..replicates).step_by(LANES);
        let years = 0..u32::try_from(n_years).unwrap_or(0);
        let of_year = |first: u32, year: u32| {
            let mut lane = first;
            [0.0; LANES].map(|_: f64| {
                let bits = random_bits(lane, year, seed);
                lane = lane.wrapping_add(1);
                normal_deviate::<f64>(|_| bits)
            })
        };
        let values = firsts.flat_map(|first| years.clone().map(move |year| of_year(first, year)));
        Self {
            n_years,
            replicates,
            values: values.collect(),
        }
    }

    /// In how many replicates the largest t over all windows reaches a given one.
    ///
    /// # Arguments
    ///
    /// * `lag1` - correlation of the noise from one year to the next, −1..1.
    /// * `score` - the given t, as t |t|.
    pub(super) fn count_at_least(&self, windows: &Windows, lag1: f64, score: f64) -> u32 {
        let fresh = (1.0 - lag1 * lag1).sqrt();
        let mut noise = vec![[0.0; LANES]; self.n_years];
        let mut products = Products::new(self.n_years);
        let mut count = 0;
        let mut left = self.replicates as usize;
        for deviates in self.values.chunks_exact(self.n_years.max(1)) {
            let mut last = deviates[0];
            noise[0] = last;
            for (e, z) in noise.iter_mut().zip(deviates).skip(1) {
                for (last, z) in last.iter_mut().zip(z) {
                    *last = lag1 * *last + fresh * z;
                }
                *e = last;
            }
            windows.products(&noise, &mut products);
            let above = most_above(windows, &products, score);
            count += above
                .iter()
                .take(left)
                .map(|above| u32::from(*above >= 0.0))
                .sum::<u32>();
            left = left.saturating_sub(LANES);
        }
        count
    }
}

/// How far the largest t of some series over all windows is above a given one, at least 0 where it reaches it:
/// `t |t| SSE − score SSE`, so that nothing is divided.
#[inline]
fn most_above(windows: &Windows, products: &Products<LANES>, score: f64) -> [f64; LANES] {
    let mut most = [f64::NEG_INFINITY; LANES];
    for some in windows.all.chunks(WINDOWS_AT_ONCE) {
        for window in some {
            let (p1, p2) = (&products.hinges[window.c1], &products.hinges[window.c2]);
            for lane in 0..LANES {
                let (x, sse) = window.parts(p1[lane], p2[lane], products.square[lane]);
                let above = x * x.abs() * window.df - score * sse;
                most[lane] = if above > most[lane] {
                    above
                } else {
                    most[lane]
                };
            }
        }
        if most.iter().all(|above| *above >= 0.0) {
            break;
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::tests::support::{case, numbers};

    /// 40,000 series in R, and 40,000 of ours.
    #[test]
    fn the_largest_t_of_a_straight_line_is_distributed_as_in_r() {
        let case = case("phase_null");
        let windows = Windows::new(&[true; 20], 3..=10);
        let deviates = Deviates::new(20, 40_000, 1);
        let lag1 = numbers(&case["inputs"]["lag1"]).into_iter().flatten();
        for (lag1, expected) in lag1.zip(case["expected"]["quantiles"].as_array().unwrap()) {
            let at_least = |t: f64| deviates.count_at_least(&windows, lag1, t * t);
            let expected = numbers(expected).into_iter().flatten();
            let tolerances = numbers(&case["atol"]).into_iter().flatten();
            // So many of the replicates are above the quantiles .50, .90, .95 and .99.
            for ((n_above, t), atol) in [20_000, 4_000, 2_000, 400]
                .into_iter()
                .zip(expected)
                .zip(tolerances)
            {
                let (least, most) = (at_least(t + atol), at_least(t - atol));
                assert!(
                    least <= n_above && n_above <= most,
                    "{lag1}: {t} {least} {most}"
                );
            }
        }
    }

    #[test]
    fn a_replicate_does_not_depend_on_how_many_there_are() {
        let windows = Windows::new(&[true; 12], 3..=6);
        let count =
            |n, seed, t: f64| Deviates::new(12, n, seed).count_at_least(&windows, 0.4, t * t);
        let by_number: Vec<u32> = (0..=40).map(|n| count(n, 7, 2.5)).collect();
        let is_one_or_none = |pair: &[u32]| pair[1] == pair[0] || pair[1] == pair[0] + 1;
        assert!(by_number.windows(2).all(is_one_or_none), "{by_number:?}");
        assert!(by_number[40] > 5 && by_number[40] < 35, "{by_number:?}");
        let by_t = |seed| [2.0, 2.5, 3.0, 3.5, 4.0].map(|t| count(40, seed, t));
        assert_ne!(by_t(7), by_t(8));
        assert_eq!(count(40, 7, 0.0), 40);
    }

    #[test]
    fn no_replicate_and_no_year_do_no_harm() {
        let windows = Windows::new(&[], 3..=6);
        assert_eq!(Deviates::new(0, 5, 1).count_at_least(&windows, 0.0, 1.0), 0);
        let windows = Windows::new(&[true; 9], 3..=6);
        assert_eq!(Deviates::new(9, 0, 1).count_at_least(&windows, 0.0, 1.0), 0);
    }
}
