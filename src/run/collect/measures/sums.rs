//! Sums of picked pixels by block, group and class.
//!
//! A pixel's weight times value is rounded to a whole number of a quantum that leaves room for all pixels in 62 bits;
//! whole numbers are added, so that the order of pixels changes no bit. An error is below 2^-35 of the largest product
//! for a hundred million pixels.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;

use rayon::prelude::*;

use crate::effects::{
    BalanceSums, BlockSums, Cell, CovariateSums, NO_CLASS, PassedOnce, Quanta, ReliabilitySums,
    WholeSums, class_of,
};
use crate::tables::BinnedSum;

use super::pixels::Picked;
use super::setup::{CONTROL, NEAR, Setup};
use super::spool::Spool;

/// What is seen of the pixels while they are kept.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Seen {
    /// Pixels so far.
    n: u64,
    /// The largest weight.
    weight_m2: f64,
    /// The largest weight times value of each variable.
    products: Vec<f64>,
    pre_means: PassedOnce,
    groups: BTreeSet<u32>,
}

impl Seen {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            n: 0,
            weight_m2: 0.0,
            products: vec![0.0; setup.variables.len()],
            pre_means: PassedOnce::new(setup.table.match_pre.max(1)),
            groups: BTreeSet::new(),
        }
    }

    pub(super) fn look(&mut self, picked: &Picked, n_years: usize) {
        let n = picked.len();
        self.n += n as u64;
        self.groups.extend(&picked.group);
        self.weight_m2 = picked
            .weight_m2
            .iter()
            .copied()
            .fold(self.weight_m2, f64::max);
        let products = self.products.par_iter_mut().enumerate();
        products.for_each(|(variable, largest)| {
            for year in picked.variable(variable, n_years).chunks_exact(n.max(1)) {
                for (value, weight) in year.iter().zip(&picked.weight_m2) {
                    *largest = largest.max((f64::from(*value) * weight).abs());
                }
            }
        });
        let treated = picked.group.iter().zip(&picked.covariates);
        for (group, pre_mean) in treated {
            if is_treated(*group) {
                self.pre_means.add(*pre_mean);
            }
        }
    }

    /// Whether a group has a pixel.
    pub(super) fn has(&self, group: u32) -> bool {
        self.groups.contains(&group)
    }
}

fn is_treated(group: u32) -> bool {
    group != CONTROL && group != NEAR
}

/// A quantum in which `n` numbers up to `largest` add up to less than 2^62: a power of two.
fn quantum(n: u64, largest: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a bound")]
    let bound = largest * n.max(1) as f64;
    if bound > 0.0 && bound.is_finite() {
        2_f64.powf(bound.log2().ceil() - 61.0)
    } else {
        1.0
    }
}

/// The sums of all pixels.
pub(super) struct Summed {
    pub(super) blocks: BlockSums,
    pub(super) balance: BalanceSums,
    /// The names of its covariates after those of pixels: `SET=CLASS`, as set among those to match and zone.
    pub(super) classes: Vec<(usize, u32)>,
    pub(super) reliability: ReliabilitySums,
}

/// Adds up all pixels of a spool.
pub(super) fn add_up(
    setup: &Setup,
    seen: Seen,
    spool: &mut Spool,
    n_years: usize,
    n_covariates: usize,
) -> io::Result<Summed> {
    let quantum_of_weight = quantum(seen.n, seen.weight_m2);
    let quanta: Vec<Quanta> = seen
        .products
        .iter()
        .map(|&largest| Quanta {
            weight: quantum_of_weight,
            value: quantum(seen.n, largest),
        })
        .collect();
    let cuts = cuts(setup, seen.pre_means, spool)?;
    let mut sums = Sums::new(setup, n_years, n_covariates);
    spool.read(|picked| sums.add(setup, picked, &cuts, &quanta))?;
    Ok(sums.finish(setup, &quanta))
}

/// Where the classes of the mean before the measures end.
fn cuts(setup: &Setup, pre_means: PassedOnce, spool: &mut Spool) -> io::Result<Vec<f32>> {
    if setup.table.match_pre == 0 {
        return Ok(Vec::new());
    }
    let mut second = pre_means.next_pass();
    spool.read(|picked| {
        for (group, pre_mean) in picked.group.iter().zip(&picked.covariates) {
            if is_treated(*group) {
                second.add(*pre_mean);
            }
        }
    })?;
    Ok(second.cuts())
}

/// Sums that are being made.
struct Sums {
    n_years: usize,
    cells: HashMap<Cell, usize>,
    /// By variable.
    variables: Vec<OfVariable>,
    beside: Beside,
}

/// Sums of what is known of pixels beside their series.
struct Beside {
    n_covariates: usize,
    /// Area, sum and squares of each covariate, by group and class.
    balance: BTreeMap<(u32, u32), Vec<OfCovariate>>,
    reliability: [BinnedSum; 4],
}

/// Whole sums of a variable, by cell.
#[derive(Default)]
struct OfVariable {
    weight: Vec<i64>,
    pixels: Vec<u64>,
    filled_years: Vec<u64>,
    /// `[cell][year]`.
    years: Vec<i64>,
}

#[derive(Clone, Copy, Default)]
struct OfCovariate {
    pixels: u64,
    weight: BinnedSum,
    sum: BinnedSum,
    squares: BinnedSum,
}

impl Sums {
    fn new(setup: &Setup, n_years: usize, n_covariates: usize) -> Self {
        Self {
            n_years,
            cells: HashMap::new(),
            variables: setup
                .variables
                .iter()
                .map(|_| OfVariable::default())
                .collect(),
            beside: Beside {
                n_covariates,
                balance: BTreeMap::new(),
                reliability: [BinnedSum::default(); 4],
            },
        }
    }

    fn add(&mut self, setup: &Setup, picked: &Picked, cuts: &[f32], quanta: &[Quanta]) {
        let n = picked.len();
        let classes: Vec<u32> = (0..n)
            .map(|pixel| class(setup, picked, cuts, pixel))
            .collect();
        let cells: Vec<usize> = (0..n)
            .map(|pixel| {
                let cell = Cell {
                    class: classes[pixel],
                    group: picked.group[pixel],
                    block: picked.block[pixel],
                };
                let next = self.cells.len();
                *self.cells.entry(cell).or_insert(next)
            })
            .collect();
        let (n_cells, n_years) = (self.cells.len(), self.n_years);
        let variables = self.variables.par_iter_mut().zip(quanta).enumerate();
        let beside = &mut self.beside;
        rayon::join(
            || {
                variables.for_each(|(variable, (sums, quanta))| {
                    sums.make_room(n_cells, n_years);
                    sums.add(picked, variable, &cells, n_years, *quanta);
                });
            },
            || {
                beside.add_balance(picked, &classes);
                beside.add_reliability(picked);
            },
        );
    }

    fn finish(self, setup: &Setup, quanta: &[Quanta]) -> Summed {
        let mut blocks = BlockSums::new(self.variables.len(), self.n_years);
        for (&cell, &number) in &self.cells {
            for (variable, (sums, quanta)) in self.variables.iter().zip(quanta).enumerate() {
                if let Some(sums) = sums.of_cell(number, self.n_years) {
                    blocks.add_whole(cell, variable, &sums, *quanta);
                }
            }
        }
        let classes: Vec<(usize, u32)> = (setup.matching.iter().enumerate())
            .flat_map(|(place, &(_, n))| (0..n).map(move |zone| (place, zone)))
            .collect();
        let n_covariates = self.beside.n_covariates;
        let mut balance = BalanceSums::new(n_covariates + classes.len());
        for (&(group, class), covariates) in &self.beside.balance {
            for (covariate, sums) in covariates.iter().enumerate().take(n_covariates) {
                balance.add(group, class, covariate, &sums.as_numbers());
            }
            let area = covariates[n_covariates].as_numbers();
            for (number, &(place, zone)) in classes.iter().enumerate() {
                let is_in = zone_in_class(setup, class, place) == Some(zone);
                let share = if is_in { 1.0 } else { 0.0 };
                let sums = CovariateSums {
                    sum: share * area.weight,
                    squares: share * area.weight,
                    ..area
                };
                balance.add(group, class, n_covariates + number, &sums);
            }
        }
        let [weight, mean, squares, noise] = self
            .beside
            .reliability
            .map(|sum| sum.value().unwrap_or(f64::NAN));
        Summed {
            blocks,
            balance,
            classes,
            reliability: ReliabilitySums {
                weight,
                mean,
                squares,
                noise,
            },
        }
    }
}

impl Beside {
    fn add_balance(&mut self, picked: &Picked, classes: &[u32]) {
        let n = picked.len();
        for (pixel, &class) in classes.iter().enumerate() {
            let key = (picked.group[pixel], class);
            let n_covariates = self.n_covariates;
            let of_cell = self.balance.entry(key);
            let of_cell = of_cell.or_insert_with(|| vec![OfCovariate::default(); n_covariates + 1]);
            let weight = picked.weight_m2[pixel];
            for (covariate, sums) in of_cell.iter_mut().enumerate() {
                // The last one is the area itself.
                let value = picked.covariates.get(covariate * n + pixel);
                let value = if covariate < n_covariates {
                    value.copied()
                } else {
                    Some(1.0)
                };
                let Some(value) = value.map(f64::from).filter(|value| !value.is_nan()) else {
                    continue;
                };
                sums.pixels += 1;
                sums.weight.add(weight);
                sums.sum.add(weight * value);
                sums.squares.add(weight * value * value);
            }
        }
    }

    fn add_reliability(&mut self, picked: &Picked) {
        for pixel in 0..picked.len() {
            let (mean, noise) = (
                f64::from(picked.covariates[pixel]),
                f64::from(picked.noise[pixel]),
            );
            if is_treated(picked.group[pixel]) || mean.is_nan() || noise.is_nan() {
                continue;
            }
            let weight = picked.weight_m2[pixel];
            let terms = [weight, weight * mean, weight * mean * mean, weight * noise];
            for (sum, term) in self.reliability.iter_mut().zip(terms) {
                sum.add(term);
            }
        }
    }
}

impl OfVariable {
    fn make_room(&mut self, n_cells: usize, n_years: usize) {
        self.weight.resize(n_cells, 0);
        self.pixels.resize(n_cells, 0);
        self.filled_years.resize(n_cells, 0);
        self.years.resize(n_cells * n_years, 0);
    }

    fn add(
        &mut self,
        picked: &Picked,
        variable: usize,
        cells: &[usize],
        n_years: usize,
        quanta: Quanta,
    ) {
        let n = picked.len();
        let series = picked.variable(variable, n_years);
        let valid_years = &picked.valid_years[variable * n..][..n];
        for (pixel, &cell) in cells.iter().enumerate() {
            if series.get(pixel).is_none_or(|first| first.is_nan()) {
                continue;
            }
            self.weight[cell] += whole(picked.weight_m2[pixel] / quanta.weight);
            self.pixels[cell] += 1;
            let n_filled = n_years - usize::from(valid_years[pixel]).min(n_years);
            self.filled_years[cell] += n_filled as u64;
        }
        for (year, values) in series.chunks_exact(n.max(1)).enumerate() {
            for (pixel, &cell) in cells.iter().enumerate() {
                let product = f64::from(values[pixel]) * picked.weight_m2[pixel];
                if !product.is_nan() {
                    self.years[cell * n_years + year] += whole(product / quanta.value);
                }
            }
        }
    }

    fn of_cell(&self, number: usize, n_years: usize) -> Option<WholeSums<'_>> {
        let pixels = *self.pixels.get(number)?;
        (pixels > 0).then(|| WholeSums {
            weight: self.weight[number],
            pixels,
            filled_years: self.filled_years[number],
            years: &self.years[number * n_years..][..n_years],
        })
    }
}

impl OfCovariate {
    #[expect(clippy::cast_precision_loss, reason = "pixels are below 2^53")]
    fn as_numbers(&self) -> CovariateSums {
        let number = |sum: &BinnedSum| sum.value().unwrap_or(f64::NAN);
        CovariateSums {
            weight: number(&self.weight),
            pixels: self.pixels as f64,
            sum: number(&self.sum),
            squares: number(&self.squares),
        }
    }
}

/// The nearest whole number, or one beside it where numbers are too large for halves.
#[expect(clippy::cast_possible_truncation, reason = "quanta leave room")]
fn whole(x: f64) -> i64 {
    (x + 0.5_f64.copysign(x)) as i64
}

/// The class of a pixel: that of its zones, and of its mean before the measures.
fn class(setup: &Setup, picked: &Picked, cuts: &[f32], pixel: usize) -> u32 {
    let of_zones = picked.class[pixel];
    if !setup.is_matched() {
        return 0;
    }
    let n = u32::try_from(setup.table.match_pre).unwrap_or(u32::MAX);
    if n == 0 || of_zones == NO_CLASS {
        return of_zones;
    }
    let pre_mean = picked.covariates[pixel];
    if pre_mean.is_nan() {
        return NO_CLASS;
    }
    let of_mean = u32::try_from(class_of(cuts, pre_mean)).unwrap_or(0);
    let class = of_zones
        .checked_mul(n)
        .and_then(|class| class.checked_add(of_mean));
    class.unwrap_or(NO_CLASS)
}

/// The zone that a class has in a set to match, by its place among them.
fn zone_in_class(setup: &Setup, class: u32, place: usize) -> Option<u32> {
    if class == NO_CLASS {
        return None;
    }
    let n = u32::try_from(setup.table.match_pre.max(1)).unwrap_or(u32::MAX);
    let mut left = class / n;
    for (at, &(_, n)) in setup.matching.iter().enumerate().rev() {
        let zone = left % n.max(1);
        left /= n.max(1);
        if at == place {
            return Some(zone);
        }
    }
    None
}
