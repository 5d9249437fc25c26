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

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::kernels::lib::random::{normal_deviate, random_bits};

use super::windows::{Products, ROUNDING, Windows};

/// Replicates side by side.
const LANES: usize = 8;

/// Of so many years and persistences the largest t are kept: 8 MB of 1,000 replicates.
const MOST_KEPT: usize = 1000;

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

    /// The largest t over all windows of each replicate, as t |t|, from the smallest up.
    ///
    /// # Arguments
    ///
    /// * `lag1` - correlation of the noise from one year to the next, −1..1.
    pub(super) fn largest(&self, windows: &Windows, lag1: f64) -> Vec<f64> {
        let fresh = (1.0 - lag1 * lag1).sqrt();
        let mut noise = vec![[0.0; LANES]; self.n_years];
        let mut products = Products::new(self.n_years);
        let mut largest = Vec::with_capacity(self.values.len() / self.n_years.max(1) * LANES);
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
            largest.extend(largest_of(windows, &products));
        }
        largest.truncate(self.replicates as usize);
        largest.sort_unstable_by(f64::total_cmp);
        largest
    }
}

/// The largest t of some series over all windows, as t |t|.
#[inline]
fn largest_of(windows: &Windows, products: &Products<LANES>) -> [f64; LANES] {
    let mut largest = [f64::NEG_INFINITY; LANES];
    for window in &windows.all {
        let (p1, p2) = (&products.hinges[window.c1], &products.hinges[window.c2]);
        for lane in 0..LANES {
            let square = products.square[lane];
            let (x, sse) = window.parts(p1[lane], p2[lane], square);
            let score = x * x.abs() * window.df / sse.max(ROUNDING * square);
            largest[lane] = if score > largest[lane] {
                score
            } else {
                largest[lane]
            };
        }
    }
    largest
}

/// The largest t of all replicates, once they are made.
type Slot = Arc<OnceLock<Vec<f64>>>;

/// What straight lines with noise of any persistence have as their largest t, made once for all series with the same
/// valid years. The persistence is that of the nearest hundredth: its own error is some twenty of them.
#[derive(Debug)]
pub(super) struct Nulls {
    deviates: Deviates,
    /// By valid years and hundredths of the persistence.
    known: Mutex<HashMap<(Vec<bool>, u32), Slot>>,
}

impl Nulls {
    /// Those of a study.
    pub(super) fn new(n_years: usize, replicates: u32, seed: u32) -> Self {
        Self {
            deviates: Deviates::new(n_years, replicates, seed),
            known: Mutex::default(),
        }
    }

    /// In how many replicates the largest t over all windows reaches a given one.
    ///
    /// # Arguments
    ///
    /// * `is_valid` - the years of `windows`.
    /// * `lag1` - correlation of the noise from one year to the next, 0..1.
    /// * `score` - the given t, as t |t|.
    pub(super) fn count_at_least(
        &self,
        is_valid: &[bool],
        windows: &Windows,
        lag1: f64,
        score: f64,
    ) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 100"
        )]
        let hundredths = (100.0 * lag1).round() as u32;
        let make = || {
            self.deviates
                .largest(windows, f64::from(hundredths) / 100.0)
        };
        let count = |largest: &[f64]| {
            let above = largest.len() - largest.partition_point(|x| *x < score);
            u32::try_from(above).unwrap_or(u32::MAX)
        };
        match self.slot(is_valid, hundredths) {
            Some(slot) => count(slot.get_or_init(make)),
            None => count(&make()),
        }
    }

    /// Where the numbers are kept; `None` where as many are kept as may be.
    fn slot(&self, is_valid: &[bool], hundredths: u32) -> Option<Slot> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (is_valid.to_vec(), hundredths);
        if known.len() >= MOST_KEPT && !known.contains_key(&key) {
            return None;
        }
        Some(Arc::clone(known.entry(key).or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::tests::support::{case, numbers};

    /// How many reach a t.
    fn count(largest: &[f64], t: f64) -> u32 {
        let above = largest.iter().filter(|score| **score >= t * t);
        u32::try_from(above.count()).unwrap()
    }

    /// Between two hundredths the nearest counts, and what is kept is what is made.
    #[test]
    fn numbers_that_are_kept_are_those_that_are_made() {
        let is_valid = [true; 12];
        let windows = Windows::new(&is_valid, 3..=6);
        let nulls = Nulls::new(12, 40, 7);
        for lag1 in [0.0, 0.396, 0.4, 0.404, 0.9] {
            let made = nulls
                .deviates
                .largest(&windows, (100.0_f64 * lag1).round() / 100.0);
            for t in [2.0, 2.5, 3.0] {
                for _ in 0..2 {
                    let kept = nulls.count_at_least(&is_valid, &windows, lag1, t * t);
                    assert_eq!(kept, count(&made, t), "{lag1} {t}");
                }
            }
        }
        assert_eq!(nulls.known.lock().unwrap().len(), 3);
    }

    /// 40,000 series in R, and 40,000 of ours.
    #[test]
    fn the_largest_t_of_a_straight_line_is_distributed_as_in_r() {
        let case = case("phase_null");
        let windows = Windows::new(&[true; 20], 3..=10);
        let deviates = Deviates::new(20, 40_000, 1);
        let lag1 = numbers(&case["inputs"]["lag1"]).into_iter().flatten();
        for (lag1, expected) in lag1.zip(case["expected"]["quantiles"].as_array().unwrap()) {
            let largest = deviates.largest(&windows, lag1);
            let at_least = |t: f64| count(&largest, t);
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
        let largest = |n, seed| Deviates::new(12, n, seed).largest(&windows, 0.4);
        let count = |n, seed, t: f64| count(&largest(n, seed), t);
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
        assert_eq!(Deviates::new(0, 5, 1).largest(&windows, 0.0).len(), 0);
        let windows = Windows::new(&[true; 9], 3..=6);
        assert_eq!(Deviates::new(9, 0, 1).largest(&windows, 0.0).len(), 0);
    }
}
