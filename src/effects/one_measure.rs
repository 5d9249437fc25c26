//! The rows of one measure: its effects, its events and what they rest on.

use super::contrast::{se_years, weights};
use super::design::{Contrast, Design, Measure, Role, Variant};
use super::difference::{Comparison, Totals};
use super::interval::{Form, Interval, MAX_DROPPED, band, share_dropped};
use super::notes::Notes;
use super::replicates::Drawn;
use super::rows::{Assessment, ComparisonRecord, Difference, EffectRow, EventRow, RowRole};
use super::statistics::{Kind, Plan, Statistic, dot, mean_of_terms};

/// What is compared with what, and the totals that the estimates come from.
pub(super) struct Estimates<'a> {
    pub(super) design: &'a Design,
    pub(super) variants: Vec<Variant>,
    /// `[variable]`.
    pub(super) totals: Vec<Totals>,
}

/// A measure with its replicates.
pub(super) struct OneMeasure<'a> {
    pub(super) estimates: &'a Estimates<'a>,
    pub(super) measure: &'a Measure,
    pub(super) plan: &'a Plan,
    pub(super) drawn: &'a Drawn,
    /// Its place among the measures that were drawn.
    pub(super) place: usize,
}

impl OneMeasure<'_> {
    /// Its rows in every variant and variable.
    pub(super) fn rows(&self, assessment: &mut Assessment, notes: &mut Notes) {
        let design = self.estimates.design;
        for (v, variant) in self.estimates.variants.iter().enumerate() {
            for (variable, totals) in self.estimates.totals.iter().enumerate() {
                let compare = |groups: &Vec<u32>| totals.compare(design, *variant, groups);
                let units: Vec<Comparison> = self.plan.units.iter().map(compare).collect();
                let Some(pooled) = units.first() else {
                    continue;
                };
                let form = Form::new([pooled.treated_blocks, pooled.control_blocks], design.level);
                let at = [self.place, v, variable];
                let of = Of {
                    at,
                    variant: *variant,
                    units: &units,
                    form,
                };
                self.effects(&of, assessment);
                let is_main = *variant == design.main_variant();
                let is_effect = design.variables[variable].role == Role::Effect;
                if is_effect && variant.has_buffer == design.has_buffer() {
                    self.events(&of, assessment);
                    let series = pooled.difference.clone();
                    assessment
                        .differences
                        .extend(series.map(|series| Difference {
                            zone: self.measure.label.clone(),
                            variable: design.variables[variable].name.clone(),
                            is_matched: variant.is_matched,
                            series,
                        }));
                }
                if variable == 0 {
                    let record = self.record(&of);
                    if is_main {
                        notes.about_comparison(design, &record);
                    }
                    assessment.comparisons.push(record);
                }
            }
        }
    }

    /// A statistic of the totals.
    fn estimate(statistic: &Statistic, units: &[Comparison]) -> Option<f64> {
        mean_of_terms(&statistic.terms, |term| {
            let unit = units.get(term.unit)?;
            let difference = unit.difference.as_ref()?;
            Some((unit.matched, dot(&term.weights, difference)))
        })
    }

    fn effects(&self, of: &Of<'_>, assessment: &mut Assessment) {
        let design = self.estimates.design;
        let variable = &design.variables[of.at[2]];
        let pooled = &of.units[0];
        for (i, statistic) in self.plan.statistics[..self.plan.n_contrasts]
            .iter()
            .enumerate()
        {
            let Kind::Contrast(contrast) = &statistic.kind else {
                continue;
            };
            let effect = Self::estimate(statistic, of.units);
            let replicates = self.drawn.of(of.at, i);
            let interval = effect.and_then(|effect| of.form?.interval(effect, replicates));
            assessment.effects.push(EffectRow {
                zone: self.measure.label.clone(),
                variable: variable.name.clone(),
                contrast: contrast.clone(),
                is_matched: of.variant.is_matched,
                buffer_km: design.buffer_km_of(of.variant),
                effect,
                interval,
                df: of.form.map(|form| form.df),
                p_holm: None,
                se_years: self.se_years(contrast, statistic, of.units),
                treated_km2: pooled.treated * 1e-6,
                control_km2: pooled.control * 1e-6,
                treated_blocks: pooled.treated_blocks,
                control_blocks: pooled.control_blocks,
                matched_share: share(pooled.matched, pooled.treated),
                filled_share: pooled.filled_share,
                role: match (variable.role, contrast) {
                    (Role::Placebo, _) => RowRole::Placebo,
                    (Role::Effect, Contrast::PreSlope) => RowRole::PreTrend,
                    (Role::Effect, _) => RowRole::Effect,
                },
            });
        }
    }

    /// What the years add to the error. Cohorts share a control, so a mean of several has none.
    fn se_years(
        &self,
        contrast: &Contrast,
        statistic: &Statistic,
        units: &[Comparison],
    ) -> Option<f64> {
        let [term] = &statistic.terms[..] else {
            return None;
        };
        let design = self.estimates.design;
        let starts = self
            .measure
            .cohorts
            .iter()
            .filter_map(|cohort| cohort.start);
        let start = starts
            .filter(|start| weights(design, contrast, Some(*start)).as_ref() == Some(&term.weights))
            .min();
        se_years(
            design,
            contrast,
            start,
            units.get(term.unit)?.difference.as_ref()?,
        )
    }

    fn events(&self, of: &Of<'_>, assessment: &mut Assessment) {
        let design = self.estimates.design;
        let first = self.plan.n_contrasts;
        let statistics = &self.plan.statistics[first..];
        let estimates: Vec<Option<f64>> = statistics
            .iter()
            .map(|statistic| Self::estimate(statistic, of.units))
            .collect();
        let replicates: Vec<&[f64]> = (first..first + statistics.len())
            .map(|i| self.drawn.of(of.at, i))
            .collect();
        let intervals: Vec<Option<Interval>> = estimates
            .iter()
            .zip(&replicates)
            .map(|(effect, replicates)| of.form?.interval((*effect)?, replicates))
            .collect();
        let band = of
            .form
            .and_then(|form| band(&estimates, &intervals, &replicates, form.t, design.level));
        for (i, statistic) in statistics.iter().enumerate() {
            let Kind::Event {
                year,
                since_start,
                is_before,
            } = statistic.kind
            else {
                continue;
            };
            assessment.events.push(EventRow {
                zone: self.measure.label.clone(),
                variable: design.variables[of.at[2]].name.clone(),
                is_matched: of.variant.is_matched,
                year,
                since_start,
                effect: estimates[i],
                interval: intervals[i],
                band: band
                    .zip(intervals[i])
                    .zip(estimates[i])
                    .map(|((c, interval), effect)| {
                        [effect - c * interval.se, effect + c * interval.se]
                    }),
                is_before,
            });
        }
    }

    fn record(&self, of: &Of<'_>) -> ComparisonRecord {
        let pooled = &of.units[0];
        let dropped = share_dropped(self.drawn.of(of.at, 0));
        ComparisonRecord {
            zone: self.measure.label.clone(),
            is_matched: of.variant.is_matched,
            buffer_km: self.estimates.design.buffer_km_of(of.variant),
            treated_blocks: pooled.treated_blocks,
            control_blocks: pooled.control_blocks,
            dropped_share: dropped,
            treated_km2: pooled.treated * 1e-6,
            control_km2: pooled.control * 1e-6,
            unmatched_km2: (pooled.treated - pooled.matched) * 1e-6,
            matched_share: share(pooled.matched, pooled.treated),
            control_effective_km2: pooled.control_effective * 1e-6,
            has_interval: of.form.is_some() && dropped <= MAX_DROPPED,
        }
    }
}

/// One measure in one variant and variable.
struct Of<'a> {
    /// Places of measure, variant and variable.
    at: [usize; 3],
    variant: Variant,
    units: &'a [Comparison],
    form: Option<Form>,
}

fn share(part: f64, all: f64) -> Option<f64> {
    (all > 0.0).then(|| part / all)
}
