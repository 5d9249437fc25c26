//! Sums of picked pixels by block, group and class.
//!
//! The pixels of one cell in one patch of neighbours are summed in `f64`, in the order of their places; what comes of it
//! is added to sums that do not depend on the order of patches: so neither tiles nor threads change a bit.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use crate::effects::{
    BalanceSums, BlockSums, Cell, CovariateSums, NO_CLASS, PlacedSums, ReliabilitySums,
    Sums as SumsOfCell, class_of,
};
use crate::tables::BinnedSum;

use super::pixels::Picked;
use super::setup::{Setup, is_treated};

/// Years that are summed side by side, so that the processor does not wait for one addition after the other.
const YEARS_AT_ONCE: usize = 8;

/// The sums of all pixels.
pub(super) struct Summed {
    pub(super) blocks: BlockSums,
    pub(super) balance: BalanceSums,
    /// The names of its covariates after those of pixels: `SET=CLASS`, as set among those to match and zone.
    pub(super) classes: Vec<(usize, u32)>,
    pub(super) reliability: ReliabilitySums,
}

/// Sums that are being made.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Sums {
    n_years: usize,
    /// The number of each cell.
    cells: BTreeMap<Cell, usize>,
    /// By variable.
    variables: Vec<OfVariable>,
    beside: Beside,
}

/// Sums of what is known of pixels beside their series.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Beside {
    n_covariates: usize,
    /// Area, sum and squares of each covariate, by group and class.
    balance: BTreeMap<(u32, u32), Vec<OfCovariate>>,
    reliability: [BinnedSum; 4],
}

/// Sums of a variable, by cell.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct OfVariable {
    weight: PlacedSums,
    pixels: Vec<u64>,
    filled_years: Vec<u64>,
    /// `[cell][year]`.
    years: PlacedSums,
}

#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
struct OfCovariate {
    pixels: u64,
    weight: BinnedSum,
    sum: BinnedSum,
    squares: BinnedSum,
}

/// The pixels of one cell in one patch.
struct Run {
    cell: Cell,
    /// The number of the cell.
    number: usize,
    /// Their places among the pixels in the order of runs.
    places: Range<usize>,
}

impl Sums {
    pub(super) fn new(setup: &Setup, n_years: usize, n_covariates: usize) -> Self {
        let variables = setup.variables.iter();
        Self {
            n_years,
            cells: BTreeMap::new(),
            variables: variables.map(|_| OfVariable::default()).collect(),
            beside: Beside {
                n_covariates,
                balance: BTreeMap::new(),
                reliability: [BinnedSum::default(); 4],
            },
        }
    }

    /// Adds some pixels.
    ///
    /// # Arguments
    ///
    /// * `cuts` - where the classes of the mean before the measures end.
    pub(super) fn add(&mut self, setup: &Setup, picked: &Picked, cuts: &[f32]) {
        let (order, runs) = self.runs(setup, picked, cuts);
        let (n_cells, n_years) = (self.cells.len(), self.n_years);
        let variables = self.variables.par_iter_mut().enumerate();
        let beside = &mut self.beside;
        rayon::join(
            || {
                variables.for_each(|(variable, sums)| {
                    sums.make_room(n_cells, n_years);
                    let series = picked.variable(variable, n_years);
                    let valid_years = &picked.valid_years[variable * picked.len()..];
                    let mut pixels = Vec::new();
                    for run in &runs {
                        pixels.clear();
                        let of_run = order[run.places.clone()].iter().copied();
                        pixels.extend(of_run.filter(|&pixel| !series[pixel].is_nan()));
                        let weights = &picked.weight_m2;
                        sums.add(run.number, &pixels, weights, series, valid_years, n_years);
                    }
                });
            },
            || {
                for run in &runs {
                    let pixels = &order[run.places.clone()];
                    beside.add_balance(picked, run.cell, pixels);
                    beside.add_reliability(picked, run.cell, pixels);
                }
            },
        );
    }

    /// Adds the sums of other pixels, of the same variables, years and covariates.
    pub(super) fn merge(&mut self, other: &Self) {
        let mut numbers = vec![0; other.cells.len()];
        for (&cell, &number) in &other.cells {
            let next = self.cells.len();
            numbers[number] = *self.cells.entry(cell).or_insert(next);
        }
        let (n_cells, n_years) = (self.cells.len(), self.n_years);
        for (ours, theirs) in self.variables.iter_mut().zip(&other.variables) {
            ours.make_room(n_cells, n_years);
            ours.merge(theirs, &numbers, n_years);
        }
        self.beside.merge(&other.beside);
    }

    /// The pixels in the order of their runs, and the runs.
    fn runs(&mut self, setup: &Setup, picked: &Picked, cuts: &[f32]) -> (Vec<usize>, Vec<Run>) {
        let cells: Vec<Cell> = (0..picked.len())
            .map(|pixel| Cell {
                class: class(setup, picked, cuts, pixel),
                group: picked.group[pixel],
                block: picked.block[pixel],
            })
            .collect();
        let mut order: Vec<usize> = (0..picked.len()).collect();
        let mut runs = Vec::new();
        for patch in picked.patches() {
            let order = &mut order[patch.clone()];
            order.sort_by_key(|&pixel| cells[pixel]);
            let mut first = patch.start;
            for alike in order.chunk_by(|&a, &b| cells[a] == cells[b]) {
                let cell = cells[alike[0]];
                let next = self.cells.len();
                runs.push(Run {
                    cell,
                    number: *self.cells.entry(cell).or_insert(next),
                    places: first..first + alike.len(),
                });
                first += alike.len();
            }
        }
        (order, runs)
    }

    /// The sums of all that was added.
    pub(super) fn finish(&self, setup: &Setup) -> Summed {
        let mut blocks = BlockSums::new(self.variables.len(), self.n_years);
        let mut years = Vec::new();
        for (&cell, &number) in &self.cells {
            for (variable, sums) in self.variables.iter().enumerate() {
                if let Some(sums) = sums.of_cell(number, self.n_years, &mut years) {
                    blocks.add_sums(cell, variable, &sums);
                }
            }
        }
        let classes: Vec<(usize, u32)> = (setup.matching.iter().enumerate())
            .flat_map(|(place, &(_, n))| (0..n).map(move |zone| (place, zone)))
            .collect();
        let [weight, mean, squares, noise] = self
            .beside
            .reliability
            .map(|sum| sum.value().unwrap_or(f64::NAN));
        Summed {
            blocks,
            balance: self.beside.balance(setup, &classes),
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
    fn add_balance(&mut self, picked: &Picked, cell: Cell, pixels: &[usize]) {
        let n_covariates = self.n_covariates;
        let of_cell = self.balance.entry((cell.group, cell.class));
        let of_cell = of_cell.or_insert_with(|| vec![OfCovariate::default(); n_covariates + 1]);
        for (covariate, sums) in of_cell.iter_mut().enumerate() {
            // The last one is the area itself.
            let values = picked.covariates.get(covariate * picked.len()..);
            let values = values.filter(|_| covariate < n_covariates);
            let (mut n, mut terms) = (0, [0.0; 3]);
            for &pixel in pixels {
                let value = values.map_or(1.0, |values| f64::from(values[pixel]));
                if !value.is_nan() {
                    let weight = picked.weight_m2[pixel];
                    n += 1;
                    terms[0] += weight;
                    terms[1] += weight * value;
                    terms[2] += weight * value * value;
                }
            }
            sums.pixels += n;
            sums.weight.add(terms[0]);
            sums.sum.add(terms[1]);
            sums.squares.add(terms[2]);
        }
    }

    fn merge(&mut self, other: &Self) {
        for (key, theirs) in &other.balance {
            let none = || vec![OfCovariate::default(); theirs.len()];
            let ours = self.balance.entry(*key).or_insert_with(none);
            for (ours, theirs) in ours.iter_mut().zip(theirs) {
                ours.pixels += theirs.pixels;
                ours.weight.merge(&theirs.weight);
                ours.sum.merge(&theirs.sum);
                ours.squares.merge(&theirs.squares);
            }
        }
        for (ours, theirs) in self.reliability.iter_mut().zip(&other.reliability) {
            ours.merge(theirs);
        }
    }

    fn add_reliability(&mut self, picked: &Picked, cell: Cell, pixels: &[usize]) {
        if is_treated(cell.group) {
            return;
        }
        let mut terms = [0.0; 4];
        for &pixel in pixels {
            let (mean, noise) = (
                f64::from(picked.covariates[pixel]),
                f64::from(picked.noise[pixel]),
            );
            if mean.is_nan() || noise.is_nan() {
                continue;
            }
            let weight = picked.weight_m2[pixel];
            let more = [weight, weight * mean, weight * mean * mean, weight * noise];
            terms.iter_mut().zip(more).for_each(|(sum, x)| *sum += x);
        }
        for (sum, term) in self.reliability.iter_mut().zip(terms) {
            sum.add(term);
        }
    }

    /// The covariates of pixels, then whether these are in each of the `classes`.
    fn balance(&self, setup: &Setup, classes: &[(usize, u32)]) -> BalanceSums {
        let n_covariates = self.n_covariates;
        let mut balance = BalanceSums::new(n_covariates + classes.len());
        for (&(group, class), covariates) in &self.balance {
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
        balance
    }
}

impl OfVariable {
    fn make_room(&mut self, n_cells: usize, n_years: usize) {
        self.weight.resize(n_cells);
        self.pixels.resize(n_cells, 0);
        self.filled_years.resize(n_cells, 0);
        self.years.resize(n_cells * n_years);
    }

    /// Adds other sums; `numbers` are the numbers here of their cells.
    fn merge(&mut self, other: &Self, numbers: &[usize], n_years: usize) {
        for ((&number, pixels), filled) in
            numbers.iter().zip(&other.pixels).zip(&other.filled_years)
        {
            self.pixels[number] += pixels;
            self.filled_years[number] += filled;
        }
        self.weight.merge(&other.weight, |cell| numbers[cell]);
        let of_year = |at: usize| numbers[at / n_years] * n_years + at % n_years;
        self.years.merge(&other.years, of_year);
    }

    /// Adds pixels of a cell that have a series, `[year][pixel]`.
    fn add(
        &mut self,
        cell: usize,
        pixels: &[usize],
        weights_m2: &[f64],
        series: &[f32],
        valid_years: &[u16],
        n_years: usize,
    ) {
        if pixels.is_empty() {
            return;
        }
        self.pixels[cell] += pixels.len() as u64;
        let n_filled = |&pixel: &usize| n_years.saturating_sub(usize::from(valid_years[pixel]));
        self.filled_years[cell] += pixels.iter().map(n_filled).sum::<usize>() as u64;
        let weight = pixels.iter().map(|&pixel| weights_m2[pixel]).sum();
        self.weight.add(cell, &[weight]);
        let years: Vec<&[f32]> = series.chunks_exact(weights_m2.len()).collect();
        for (chunk, years) in years.chunks(YEARS_AT_ONCE).enumerate() {
            let mut sums = [0.0; YEARS_AT_ONCE];
            let sums = &mut sums[..years.len()];
            for &pixel in pixels {
                for (sum, year) in sums.iter_mut().zip(years) {
                    *sum += f64::from(year[pixel]) * weights_m2[pixel];
                }
            }
            self.years.add(cell * n_years + chunk * YEARS_AT_ONCE, sums);
        }
    }

    /// The sums of a cell, with those of years in `years`; `None` without a pixel.
    fn of_cell<'a>(
        &self,
        number: usize,
        n_years: usize,
        years: &'a mut Vec<f64>,
    ) -> Option<SumsOfCell<'a>> {
        let pixels = *self.pixels.get(number)?;
        years.clear();
        years.extend((0..n_years).map(|year| self.years.value(number * n_years + year)));
        (pixels > 0).then(|| SumsOfCell {
            weight: self.weight.value(number),
            pixels,
            filled_years: self.filled_years[number],
            years,
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
