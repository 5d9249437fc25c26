//! Whether measure and control are alike in what may move NEP by itself.
//!
//! ```text
//! smd         = (x̄_m − x̄_c) / sd of x over all treated
//! smd_matched = Σ_s π_s (x̄_ms − x̄_cs) / sd of x over all treated
//! ```
//!
//! with means weighted by area, s the classes, and `π_s` the share of a class in the treated area of classes that hold
//! both sides.
//!
//! Source: Austin (2011), Multivar. Behav. Res. 46, 399-424.

use std::collections::BTreeMap;

use super::design::{Design, Measure};
use super::sums::NO_CLASS;
use super::text::{listed, quoted_label};

/// A standardised difference above this is told.
pub const MAX_SMD: f64 = 0.1;

/// Sums of one covariate over the pixels of one group in one class.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CovariateSums {
    /// Area, m².
    pub weight: f64,
    /// Number of pixels.
    pub pixels: f64,
    /// Σ w x.
    pub sum: f64,
    /// Σ w x².
    pub squares: f64,
}

impl CovariateSums {
    /// Of one pixel.
    #[must_use]
    pub fn of_pixel(weight: f64, x: f64) -> Self {
        Self {
            weight,
            pixels: 1.0,
            sum: weight * x,
            squares: weight * x * x,
        }
    }

    fn add(&mut self, other: &Self) {
        self.weight += other.weight;
        self.pixels += other.pixels;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    fn mean(&self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }

    /// Standard deviation over the area, of the sample of pixels.
    fn sd(&self) -> Option<f64> {
        let mean = self.mean()?;
        let variance = (self.squares / self.weight - mean * mean).max(0.0);
        (self.pixels > 1.5).then(|| (variance * self.pixels / (self.pixels - 1.0)).sqrt())
    }
}

/// Sums of some covariates by group and class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BalanceSums {
    n_covariates: usize,
    /// By group and class, `[covariate]`.
    cells: BTreeMap<(u32, u32), Vec<CovariateSums>>,
}

/// A side of a comparison by class.
type Side = BTreeMap<u32, CovariateSums>;

impl BalanceSums {
    /// Sums of so many covariates, without a pixel.
    #[must_use]
    pub fn new(n_covariates: usize) -> Self {
        Self {
            n_covariates,
            cells: BTreeMap::new(),
        }
    }

    /// Adds sums of a covariate to those of a group in a class; [`NO_CLASS`] is a class like the others here. What has
    /// no area or is no number is not added.
    pub fn add(&mut self, group: u32, class: u32, covariate: usize, sums: &CovariateSums) {
        let is_number = sums.sum.is_finite() && sums.squares.is_finite();
        if covariate < self.n_covariates && sums.weight > 0.0 && is_number {
            let n = self.n_covariates;
            let cell = self.cells.entry((group, class));
            cell.or_insert_with(|| vec![CovariateSums::default(); n])[covariate].add(sums);
        }
    }

    fn side(&self, groups: &[u32], covariate: usize) -> Side {
        let mut side = Side::new();
        for ((group, class), sums) in &self.cells {
            if groups.contains(group) {
                side.entry(*class).or_default().add(&sums[covariate]);
            }
        }
        side
    }
}

/// One covariate of a measure and its control.
#[derive(Clone, Debug, PartialEq)]
pub struct BalanceRow {
    /// Label of the measure.
    pub zone: String,
    /// The covariate.
    pub covariate: String,
    /// Mean over all treated.
    pub treated: Option<f64>,
    /// Mean over all control.
    pub control_mean: Option<f64>,
    /// Their difference in standard deviations of the treated.
    pub smd: Option<f64>,
    /// Mean of the control with the weights of the classes of the treated.
    pub control_matched: Option<f64>,
    /// Difference of the matched treated from it, in standard deviations of all treated.
    pub smd_matched: Option<f64>,
}

/// The balance of each measure in each covariate, and a warning where classes leave a difference.
///
/// # Arguments
///
/// * `names` - of the covariates, in the order of the sums
#[must_use]
pub fn balance(
    design: &Design,
    names: &[String],
    sums: &BalanceSums,
) -> (Vec<BalanceRow>, Vec<String>) {
    let control_groups = design.control_groups(design.main_variant());
    let mut rows = Vec::new();
    let mut controls = Vec::new();
    for covariate in 0..names.len().min(sums.n_covariates) {
        controls.push(sums.side(&control_groups, covariate));
    }
    let mut unlike = Vec::new();
    for measure in &design.measures {
        let groups: Vec<u32> = measure.cohorts.iter().map(|cohort| cohort.group).collect();
        let first = rows.len();
        for (covariate, (name, control)) in names.iter().zip(&controls).enumerate() {
            let treated = sums.side(&groups, covariate);
            rows.push(row(design, measure, name, &treated, control));
        }
        let is_unlike = |row: &&BalanceRow| row.smd_matched.is_some_and(|x| x.abs() > MAX_SMD);
        let of_measure = rows[first..].iter().filter(is_unlike);
        let found: Vec<String> = of_measure.map(|row| row.covariate.clone()).collect();
        if !found.is_empty() {
            let label = quoted_label(&measure.label);
            unlike.push(format!("{label} ({})", listed(&found)));
        }
    }
    let warning = (!unlike.is_empty()).then(|| {
        format!(
            "measures: matched measure and control still differ by more than {MAX_SMD} standard deviations: {}; match \
             on these, or with more classes",
            listed(&unlike)
        )
    });
    (rows, warning.into_iter().collect())
}

fn row(
    design: &Design,
    measure: &Measure,
    name: &str,
    treated: &Side,
    control: &Side,
) -> BalanceRow {
    let whole = |side: &Side| {
        let mut whole = CovariateSums::default();
        for sums in side.values() {
            whole.add(sums);
        }
        whole
    };
    let (all_treated, all_control) = (whole(treated), whole(control));
    let sd = all_treated.sd().filter(|sd| *sd > 0.0);
    let in_sds = |difference: Option<f64>| Some(difference? / sd?);
    let difference = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
    let (mut weight, mut of_treated, mut of_control) = (0.0, 0.0, 0.0);
    for (class, sums) in treated.iter().filter(|(class, _)| **class != NO_CLASS) {
        let in_control = control.get(class).and_then(CovariateSums::mean);
        if let (Some(control), Some(treated)) = (in_control, sums.mean()) {
            weight += sums.weight;
            of_treated += sums.weight * treated;
            of_control += sums.weight * control;
        }
    }
    let is_there = design.is_matched && weight > 0.0;
    let matched = |sum: f64| is_there.then(|| sum / weight);
    let (treated_mean, control_mean) = (all_treated.mean(), all_control.mean());
    BalanceRow {
        zone: measure.label.clone(),
        covariate: name.to_owned(),
        treated: treated_mean,
        control_mean,
        smd: in_sds(difference(treated_mean, control_mean)),
        control_matched: matched(of_control),
        smd_matched: in_sds(difference(matched(of_treated), matched(of_control))),
    }
}
