//! The difference of a measure and its control, class by class.
//!
//! ```text
//! μ_mst = Σ_b S_bmst / Σ_b W_bms
//! π_s   = W_ms / Σ_s W_ms                     over classes that hold both sides
//! D_mt  = Σ_s π_s (μ_mst − μ_cst)
//! ```
//!
//! with `W`, `S` of [`BlockSums`](super::BlockSums), m the measure and c the control. It is the effect
//! on the treated by coarsened exact matching.
//!
//! Source: Iacus, King & Porro (2012), Polit. Anal. 20, 1-24.

use std::collections::BTreeMap;

use super::design::{Design, Variant};
use super::sums::{BlockSums, NO_CLASS};

/// Adds one class to a difference that is gathered: `sums` over classes of `W_m (μ_m − μ_c)`, and the
/// `weight` to divide it by in the end. A class without one of the sides adds nothing.
pub(super) fn add_class(
    weight: &mut f64,
    sums: &mut [f64],
    (treated_weight, treated): (f64, &[f64]),
    (control_weight, control): (f64, &[f64]),
) -> bool {
    let has_both = treated_weight > 0.0 && control_weight > 0.0;
    if has_both {
        *weight += treated_weight;
        let per_control = treated_weight / control_weight;
        for ((sum, treated), control) in sums.iter_mut().zip(treated).zip(control) {
            *sum += treated - per_control * control;
        }
    }
    has_both
}

/// Sums of one group in one class over all blocks.
#[derive(Clone, Debug, Default)]
struct Total {
    weight: f64,
    pixels: f64,
    filled_years: f64,
    years: Vec<f64>,
    /// Places in the list of blocks.
    blocks: Vec<u32>,
}

impl Total {
    fn add(&mut self, other: &Self) {
        self.weight += other.weight;
        self.pixels += other.pixels;
        self.filled_years += other.filled_years;
        self.add_years(&other.years);
        self.blocks.extend(&other.blocks);
    }

    fn add_years(&mut self, years: &[f64]) {
        self.years.resize(years.len(), 0.0);
        for (sum, more) in self.years.iter_mut().zip(years) {
            *sum += more;
        }
    }
}

/// Totals of one variable over all blocks, by group and class.
pub(super) struct Totals {
    n_blocks: usize,
    n_years: usize,
    by_group: BTreeMap<u32, BTreeMap<u32, Total>>,
}

/// A measure beside its control, in one variable.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    /// `D_mt`, `[year]`; `None` where no class holds both sides.
    pub(super) difference: Option<Vec<f64>>,
    /// Area of the treated that have a class, in m².
    pub(super) treated: f64,
    /// Area of the control that has a class, in m².
    pub(super) control: f64,
    /// Area of the treated in classes that hold both sides, in m².
    pub(super) matched: f64,
    /// Area of as much control as tells as much if all of it had one weight, in m².
    pub(super) control_effective: f64,
    /// Blocks with treated in classes that hold both sides.
    pub(super) treated_blocks: usize,
    /// Blocks with control in classes that hold both sides.
    pub(super) control_blocks: usize,
    /// Share of the years of all pixels that are on the pixel's own line.
    pub(super) filled_share: Option<f64>,
}

impl Totals {
    /// Of a variable.
    pub(super) fn of(sums: &BlockSums, variable: usize) -> Self {
        let blocks = sums.blocks();
        let mut by_group: BTreeMap<u32, BTreeMap<u32, Total>> = BTreeMap::new();
        for ((class, group), strip) in sums.strips() {
            let mut total = Total::default();
            for row in sums.rows(strip, variable).filter(|row| row.weight > 0.0) {
                total.weight += row.weight;
                total.pixels += row.pixels;
                total.filled_years += row.filled_years;
                total.add_years(row.years);
                let place = blocks.binary_search(&row.block).ok();
                total
                    .blocks
                    .extend(place.and_then(|place| u32::try_from(place).ok()));
            }
            if total.weight > 0.0 {
                by_group.entry(group).or_default().insert(class, total);
            }
        }
        Self {
            n_blocks: blocks.len(),
            n_years: sums.n_years(),
            by_group,
        }
    }

    /// Totals of some groups by class, or all in one class.
    fn side(&self, groups: &[u32], is_matched: bool) -> BTreeMap<u32, Total> {
        let mut side: BTreeMap<u32, Total> = BTreeMap::new();
        for (class, total) in groups
            .iter()
            .filter_map(|group| self.by_group.get(group))
            .flatten()
        {
            if !is_matched {
                side.entry(0).or_default().add(total);
            } else if *class != NO_CLASS {
                side.entry(*class).or_default().add(total);
            }
        }
        side
    }

    /// Some groups beside the control of a design.
    pub(super) fn compare(&self, design: &Design, variant: Variant, groups: &[u32]) -> Comparison {
        let treated = self.side(groups, variant.is_matched);
        let control = self.side(&design.control_groups(variant), variant.is_matched);
        let mut weight = 0.0;
        let mut sums = vec![0.0; self.n_years];
        let mut blocks = [vec![false; self.n_blocks], vec![false; self.n_blocks]];
        let (mut pixels, mut filled, mut squares) = (0.0, 0.0, 0.0);
        for (class, of_treated) in &treated {
            let Some(of_control) = control.get(class) else {
                continue;
            };
            let sides = [of_treated, of_control];
            let [first, second] = sides.map(|total| (total.weight, &total.years[..]));
            if !add_class(&mut weight, &mut sums, first, second) {
                continue;
            }
            squares += of_treated.weight * of_treated.weight / of_control.weight;
            for (marks, total) in blocks.iter_mut().zip(sides) {
                pixels += total.pixels;
                filled += total.filled_years;
                for block in &total.blocks {
                    marks[*block as usize] = true;
                }
            }
        }
        let [treated_blocks, control_blocks] =
            blocks.map(|marks| marks.iter().filter(|is_there| **is_there).count());
        for sum in &mut sums {
            *sum /= weight;
        }
        #[expect(clippy::cast_precision_loss, reason = "years are few")]
        let pixel_years = pixels * self.n_years as f64;
        Comparison {
            difference: (weight > 0.0).then_some(sums),
            treated: treated.values().map(|total| total.weight).sum(),
            control: control.values().map(|total| total.weight).sum(),
            matched: weight,
            control_effective: if squares > 0.0 {
                weight * weight / squares
            } else {
                0.0
            },
            treated_blocks,
            control_blocks,
            filled_share: (pixel_years > 0.0).then(|| filled / pixel_years),
        }
    }
}
