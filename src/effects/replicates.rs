//! Every number of some measures in every replicate.
//!
//! Blocks are drawn with replacement, as many as there are; the same draws serve all measures, variables,
//! contrasts and years. A draw depends on the replicate, its place in it and the seed alone, so that the
//! number of threads changes nothing.
//!
//! Source: Cameron, Gelbach & Miller (2008), Rev. Econ. Stat. 90, 414-427 (clusters are drawn whole).

use std::borrow::Cow;

use rayon::prelude::*;

use crate::kernels::lib::random::random_bits;

use super::design::{Design, Role, Variant};
use super::difference::add_class;
use super::statistics::{Plan, Statistic, Term, dot, mean_of_terms};
use super::strips::{Columns, Strip, Strips};
use super::sums::NO_CLASS;

/// Replicates that are computed together.
const CHUNK: usize = 128;

/// What replicates are made of.
pub(super) struct Replicates<'a> {
    pub(super) design: &'a Design,
    pub(super) columns: &'a Columns,
    pub(super) strips: &'a Strips,
    pub(super) variants: &'a [Variant],
}

/// The numbers of some measures in every replicate, NaN where a replicate lacks a side.
pub(super) struct Drawn {
    /// The first slot of each measure, variant and variable.
    first: Vec<usize>,
    n_variants: usize,
    n_variables: usize,
    n_replicates: usize,
    /// `[slot][replicate]`.
    values: Vec<f64>,
}

impl Drawn {
    /// The replicates of a statistic by its place in the plan; empty if it is not computed.
    pub(super) fn of(&self, [measure, variant, variable]: [usize; 3], statistic: usize) -> &[f64] {
        let place = (measure * self.n_variants + variant) * self.n_variables + variable;
        let slots = self.first.get(place..=place + 1);
        let slot = slots.and_then(|slots| (slots[0]..slots[1]).nth(statistic));
        let n = self.n_replicates;
        slot.and_then(|slot| self.values.get(slot * n..(slot + 1) * n))
            .unwrap_or_default()
    }
}

/// How many statistics of a plan are computed of a variable.
pub(super) fn n_statistics(plan: &Plan, role: Role) -> usize {
    match role {
        Role::Effect => plan.statistics.len(),
        Role::Placebo => plan.n_contrasts,
    }
}

/// The groups that some measures need, with the units and controls as places among them.
struct Groups {
    needed: Vec<u32>,
    /// `[measure][unit]`.
    units: Vec<Vec<Vec<usize>>>,
    /// `[variant]`.
    controls: Vec<Vec<usize>>,
}

/// `[replicate][column]` of each group, where it is there.
type ByGroup = Vec<Option<Vec<f64>>>;

/// A difference that is gathered, `[replicate][column]`: weights in the columns of areas.
type Gathered = Vec<f64>;

impl Replicates<'_> {
    /// The numbers of these measures.
    pub(super) fn draw(&self, plans: &[Plan]) -> Drawn {
        let mut first = vec![0];
        for plan in plans {
            for _ in self.variants {
                for variable in &self.design.variables {
                    let start = first.last().copied().unwrap_or(0);
                    first.push(start + n_statistics(plan, variable.role));
                }
            }
        }
        let n_slots = first.last().copied().unwrap_or(0);
        let n_replicates = self.design.replicates as usize;
        let groups = self.groups(plans);
        let starts: Vec<usize> = (0..n_replicates).step_by(CHUNK).collect();
        let chunks: Vec<Vec<f64>> = starts
            .par_iter()
            .map(|start| {
                let n = CHUNK.min(n_replicates - start);
                self.chunk(*start, n, plans, &groups)
            })
            .collect();
        let mut values = vec![f64::NAN; n_slots * n_replicates];
        for (start, chunk) in starts.iter().zip(&chunks) {
            let n = CHUNK.min(n_replicates - start);
            for (slot, of_slot) in chunk.chunks(n).enumerate() {
                values[slot * n_replicates + start..][..n].copy_from_slice(of_slot);
            }
        }
        Drawn {
            first,
            n_variants: self.variants.len(),
            n_variables: self.design.variables.len(),
            n_replicates,
            values,
        }
    }

    fn groups(&self, plans: &[Plan]) -> Groups {
        let of_variant = |variant: &Variant| self.design.control_groups(*variant);
        let controls: Vec<Vec<u32>> = self.variants.iter().map(of_variant).collect();
        let units = plans.iter().flat_map(|plan| plan.units.iter().flatten());
        let mut needed: Vec<u32> = units.chain(controls.iter().flatten()).copied().collect();
        needed.sort_unstable();
        needed.dedup();
        let places = |groups: &Vec<u32>| -> Vec<usize> {
            let places = groups.iter().map(|group| needed.binary_search(group));
            places.flatten().collect()
        };
        let of_plan = |plan: &Plan| plan.units.iter().map(places).collect();
        Groups {
            units: plans.iter().map(of_plan).collect(),
            controls: controls.iter().map(places).collect(),
            needed,
        }
    }

    /// `n` replicates from `start` on, `[slot][replicate]`.
    fn chunk(&self, start: usize, n: usize, plans: &[Plan], groups: &Groups) -> Vec<f64> {
        let counts = self.counts(start, n);
        let size = n * self.columns.width;
        let n_units = groups.units.iter().map(Vec::len).sum::<usize>();
        let mut gathered = vec![vec![0.0; size]; n_units * self.variants.len()];
        let mut all: ByGroup = vec![None; groups.needed.len()];
        let of_class = |a: &Strip, b: &Strip| a.class == b.class;
        for strips in self.strips.of_groups.chunk_by(of_class) {
            let mut by_group: ByGroup = vec![None; groups.needed.len()];
            for strip in strips {
                let Ok(place) = groups.needed.binary_search(&strip.group) else {
                    continue;
                };
                let out = strip.multiply(self.columns, &counts, self.strips.n_blocks);
                add_to(&mut all[place], &out);
                by_group[place] = Some(out);
            }
            if strips[0].class != NO_CLASS {
                self.gather(&by_group, groups, true, &mut gathered);
            }
        }
        self.gather(&all, groups, false, &mut gathered);
        self.evaluate(plans, groups, &gathered, n)
    }

    /// How often each block is drawn, `[replicate][block]`.
    fn counts(&self, start: usize, n: usize) -> Vec<f64> {
        let n_blocks = self.strips.n_blocks;
        let mut counts = vec![0.0; n * n_blocks];
        let seed = self.design.seed;
        for (replicate, counts) in (start..).zip(counts.chunks_mut(n_blocks.max(1))) {
            for draw in 0..n_blocks {
                let [replicate, draw] = [replicate, draw].map(|i| u32::try_from(i).unwrap_or(0));
                let bits = u64::from(random_bits(replicate, draw, seed));
                let block = usize::try_from((bits * n_blocks as u64) >> u32::BITS);
                counts[block.unwrap_or(0)] += 1.0;
            }
        }
        counts
    }

    /// Adds one class to the differences of the variants that compare within classes, or that do not.
    fn gather(
        &self,
        by_group: &ByGroup,
        groups: &Groups,
        is_matched: bool,
        gathered: &mut [Gathered],
    ) {
        for (v, variant) in self.variants.iter().enumerate() {
            if variant.is_matched != is_matched {
                continue;
            }
            let Some(control) = sum_of(by_group, &groups.controls[v]) else {
                continue;
            };
            for (u, unit) in groups.units.iter().flatten().enumerate() {
                if let Some(treated) = sum_of(by_group, unit) {
                    let gathered = &mut gathered[u * self.variants.len() + v];
                    self.add_to_difference(gathered, &treated, &control);
                }
            }
        }
    }

    fn add_to_difference(&self, gathered: &mut [f64], treated: &[f64], control: &[f64]) {
        let width = self.columns.width;
        let rows = gathered.chunks_mut(width);
        let sides = treated.chunks(width).zip(control.chunks(width));
        for (gathered, (treated, control)) in rows.zip(sides) {
            for (variable, offset) in self.columns.offsets.iter().enumerate() {
                let numbers = self.columns.numbers(variable);
                let (head, sums) = gathered.split_at_mut(numbers.start);
                add_class(
                    &mut head[*offset],
                    &mut sums[..numbers.len()],
                    (treated[*offset], &treated[numbers.clone()]),
                    (control[*offset], &control[numbers]),
                );
            }
        }
    }

    /// The statistics of each replicate, `[slot][replicate]`.
    fn evaluate(
        &self,
        plans: &[Plan],
        groups: &Groups,
        gathered: &[Gathered],
        n: usize,
    ) -> Vec<f64> {
        let mut values = Vec::new();
        let mut first_unit = 0;
        for (plan, units) in plans.iter().zip(&groups.units) {
            for v in 0..self.variants.len() {
                let of_unit =
                    |term: &Term| &gathered[(first_unit + term.unit) * self.variants.len() + v];
                for (variable, about) in self.design.variables.iter().enumerate() {
                    let n_statistics = n_statistics(plan, about.role);
                    for statistic in &plan.statistics[..n_statistics] {
                        self.replicates_of(statistic, variable, of_unit, n, &mut values);
                    }
                }
            }
            first_unit += units.len();
        }
        values
    }

    fn replicates_of<'a>(
        &self,
        statistic: &Statistic,
        variable: usize,
        of_unit: impl Fn(&Term) -> &'a Gathered,
        n: usize,
        values: &mut Vec<f64>,
    ) {
        let numbers = self.columns.numbers(variable);
        let offset = self.columns.offsets[variable];
        let contrasts = self.columns.contrasts[variable].as_ref();
        // The column of each term, where contrasts are kept and not years.
        let column = |term: &Term| contrasts?.iter().position(|c| *c == term.weights);
        let columns: Vec<Option<usize>> = statistic.terms.iter().map(column).collect();
        let width = self.columns.width;
        for replicate in 0..n {
            let mut columns = columns.iter();
            let value = mean_of_terms(&statistic.terms, |term| {
                let row = &of_unit(term)[replicate * width..][..width];
                let sums = &row[numbers.clone()];
                let sum = match columns.next().copied().flatten() {
                    Some(column) => sums[column],
                    None => dot(&term.weights, sums),
                };
                let weight = row[offset];
                (weight > 0.0).then(|| (weight, sum / weight))
            });
            values.push(value.unwrap_or(f64::NAN));
        }
    }
}

/// Adds `more` where there is something, else puts it there.
fn add_to(sum: &mut Option<Vec<f64>>, more: &[f64]) {
    match sum {
        None => *sum = Some(more.to_vec()),
        Some(sum) => sum
            .iter_mut()
            .zip(more)
            .for_each(|(sum, more)| *sum += more),
    }
}

/// The sum over some groups; `None` where none of them is there.
fn sum_of<'a>(by_group: &'a ByGroup, places: &[usize]) -> Option<Cow<'a, [f64]>> {
    let mut there = places.iter().filter_map(|place| by_group[*place].as_ref());
    let mut sum = Cow::Borrowed(there.next()?.as_slice());
    for more in there {
        let sum = sum.to_mut().iter_mut();
        sum.zip(more).for_each(|(sum, more)| *sum += more);
    }
    Some(sum)
}
