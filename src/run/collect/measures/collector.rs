//! Gathers pixels of measures and their control, and writes the tables of effects.

use std::io;
use std::path::{Path, PathBuf};

use crate::chain::describe_unit_of_slope;
use crate::effects::{
    Assessment, BalanceRow, Design, Runs, assess, balance, balance_csv, effects_csv, events_csv,
    ranking_csv, small_blocks, unreliable,
};
use crate::error::Error;
use crate::grid::Window;
use crate::run::collect::collector::{Collector, Table};
use crate::run::collect::places::TileZones;
use crate::run::collect::state::{StateError, loaded, saved};
use crate::run::plan::Plan;
use crate::run::record::{Gathered, MeasuresRecord};
use crate::run::tile::TileView;
use crate::sinks::SinkError;
use crate::stages::{
    PhaseOfSeries, PhaseSearch, PhaseSettings, SeriesName, phase_words, phases_csv,
};
use crate::study::Study;
use crate::tables::ZoneNames;

use super::near::near_measures;
use super::pixels::Picked;
use super::seen::Seen;
use super::setup::{Blocks, Setup};
use super::spool::{Spool, SpoolState};
use super::sums::Sums;

/// Every comparison of measures of a study.
pub(in crate::run::collect) struct Measures {
    study: Study,
    /// Folder of files that are needed until the end of the run.
    scratch: PathBuf,
    all: Vec<One>,
}

/// One comparison.
struct One {
    setup: Setup,
    seen: Option<Seen>,
    /// Without classes of the mean before the measures pixels are summed as they come,
    sums: Option<Sums>,
    /// and with them when all are known.
    spool: Option<Spool>,
    failed: Option<io::Error>,
    found: Option<Found>,
}

/// What is found out after the last tile.
struct Found {
    design: Design,
    assessment: Assessment,
    balance: Vec<BalanceRow>,
    phases: Vec<PhaseOfSeries>,
    warnings: Vec<String>,
    reliability: Option<f64>,
}

impl Measures {
    /// No tile yet.
    pub(in crate::run::collect) fn new(study: &Study, plan: &Plan, scratch: &Path) -> Self {
        let tables = study.measures.iter();
        let setups = tables.filter_map(|table| Setup::new(study, plan, table));
        let one = |setup: Setup| {
            let n_covariates = setup.covariates(plan).len();
            let sums = Sums::new(&setup, plan.chain.years.count(), n_covariates);
            One {
                seen: Some(Seen::new(&setup)),
                sums: Some(sums),
                setup,
                spool: None,
                failed: None,
                found: None,
            }
        };
        Self {
            study: study.clone(),
            scratch: scratch.to_owned(),
            all: setups
                .filter(|setup| !setup.variables.is_empty())
                .map(one)
                .collect(),
        }
    }
}

impl One {
    fn take(
        &mut self,
        plan: &Plan,
        tile: &TileView<'_>,
        zones: &TileZones,
        spool: &Path,
        min_years: usize,
    ) {
        let Setup {
            set,
            control,
            table,
            starts,
            ..
        } = &self.setup;
        let window = tile.window();
        let starts = starts.as_ref().map(|(number, _)| {
            let (mut codes, mut parts) = (Vec::new(), Vec::new());
            plan.starts[*number].read(window, &mut codes, &mut parts);
            codes
        });
        let near = near_measures(
            &plan.zones[*set],
            *control,
            &plan.grid,
            window,
            table.buffer_km,
        );
        let (seen, sums, kept) = (&mut self.seen, &mut self.sums, &mut self.spool);
        let setup = &self.setup;
        let mut keep = |picked: &Picked| {
            if let Some(seen) = seen {
                seen.look(picked);
            }
            if setup.table.match_pre == 0 {
                if let Some(sums) = sums {
                    sums.add(setup, picked, &[]);
                }
                return Ok(());
            }
            if kept.is_none() {
                *kept = Some(Spool::create(spool)?);
            }
            kept.as_mut().map_or(Ok(()), |kept| kept.push(picked))
        };
        let failed = &mut self.failed;
        self.setup.pick(
            tile,
            zones,
            starts.as_deref(),
            near.as_deref(),
            min_years,
            |picked| {
                if failed.is_none() {
                    *failed = keep(picked).err();
                }
            },
        );
    }

    fn finish(&mut self, study: &Study, plan: &Plan) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let (Some(seen), Some(mut sums)) = (self.seen.take(), self.sums.take()) else {
            return Ok(());
        };
        if seen.is_empty() {
            return Ok(());
        }
        let setup = &self.setup;
        let design = setup.design(study, plan, |group| seen.has(group));
        if let Some(mut spool) = self.spool.take() {
            let cuts = seen.cuts(&mut spool)?;
            spool.read(|picked| sums.add(setup, picked, &cuts))?;
        }
        let summed = sums.finish(setup);
        let names = setup.covariates(plan);
        let classes = summed.classes.iter().map(|&(place, zone)| {
            let set = &plan.zones[setup.matching[place].0];
            format!("{}={}", set.name, set.labels[zone as usize])
        });
        let names: Vec<String> = names.into_iter().chain(classes).collect();
        let (balance, mut warnings) = balance(&design, &names, &summed.balance);
        // Variables and years of the sums are those of the design.
        let assessment = assess(&design, summed.blocks).unwrap_or_default();
        let reliability = summed.reliability.reliability();
        if setup.table.match_pre > 0 {
            warnings.extend(unreliable(reliability));
        }
        warnings.extend(self.small_blocks(plan));
        let settings = PhaseSettings {
            min_steps: study.phase.min_steps,
            max_steps: study.phase.max_steps,
            replicates: u32::try_from(study.phase.replicates).unwrap_or(u32::MAX),
            seed: study.phase.seed,
            min_years: study.trend.min_years,
        };
        let differences = assessment.differences.iter();
        let series: Vec<Vec<Option<f64>>> = differences
            .map(|difference| difference.series.iter().copied().map(Some).collect())
            .collect();
        self.found = Some(Found {
            phases: PhaseSearch::new(study.years, settings).find_all(&series),
            design,
            assessment,
            balance,
            warnings,
            reliability,
        });
        Ok(())
    }

    /// A warning where blocks are smaller than the patches of measures.
    fn small_blocks(&self, plan: &Plan) -> Option<String> {
        let Blocks::Squares(squares, _) = &self.setup.blocks else {
            return None;
        };
        let set = &plan.zones[self.setup.set];
        let mut runs = Runs::new(set.labels.len());
        let (mut codes, mut parts) = (Vec::new(), Vec::new());
        for row in 0..plan.grid.height {
            let window = Window {
                row,
                col: 0,
                height: 1,
                width: plan.grid.width,
            };
            set.read(window, &mut codes, &mut parts);
            runs.add_row(&codes);
        }
        let labels = set.labels.iter().enumerate();
        let measures = labels.filter(|(zone, _)| u32::try_from(*zone) != Ok(self.setup.control));
        let runs: Vec<(String, f64)> = measures
            .filter_map(|(zone, label)| Some((label.clone(), runs.mean(zone)?)))
            .collect();
        small_blocks(squares.side, &runs)
    }
}

/// The file that keeps the pixels of a comparison.
fn spool_of(scratch: &Path, number: usize) -> PathBuf {
    scratch.join(format!("measures-{number}"))
}

impl Collector for Measures {
    fn take(&mut self, plan: &Plan, tile: &TileView<'_>, zones: &TileZones) {
        let min_years = self.study.trend.min_years;
        for (number, one) in self.all.iter_mut().enumerate() {
            let spool = spool_of(&self.scratch, number);
            one.take(plan, tile, zones, &spool, min_years);
        }
    }

    fn counts_missing(&self) -> bool {
        false
    }

    fn state(&mut self, is_durable: bool) -> Result<Vec<u8>, StateError> {
        let mut states = Vec::with_capacity(self.all.len());
        for one in &mut self.all {
            if let Some(error) = one.failed.take() {
                return Err(error.into());
            }
            let spool = one.spool.as_mut().map(|spool| spool.state(is_durable));
            states.push((&one.seen, &one.sums, spool.transpose()?));
        }
        saved(&states)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StateError> {
        let states: Vec<(Option<Seen>, Option<Sums>, Option<SpoolState>)> = loaded(state)?;
        for (number, (one, (seen, sums, spool))) in self.all.iter_mut().zip(states).enumerate() {
            let path = spool_of(&self.scratch, number);
            (one.seen, one.sums) = (seen, sums);
            one.spool = spool.map(|state| Spool::resume(&path, state)).transpose()?;
        }
        Ok(())
    }

    fn merge(&mut self, state: &[u8], files: &Path) -> Result<(), StateError> {
        let states: Vec<(Option<Seen>, Option<Sums>, Option<SpoolState>)> = loaded(state)?;
        for (number, (one, (seen, sums, spool))) in self.all.iter_mut().zip(states).enumerate() {
            if let (Some(ours), Some(theirs)) = (&mut one.seen, &seen) {
                ours.merge(theirs);
            }
            if let (Some(ours), Some(theirs)) = (&mut one.sums, &sums) {
                ours.merge(theirs);
            }
            let Some(state) = spool else { continue };
            let ours = match &mut one.spool {
                Some(ours) => ours,
                None => one
                    .spool
                    .insert(Spool::create(&spool_of(&self.scratch, number))?),
            };
            ours.append(&spool_of(files, number), state)?;
        }
        Ok(())
    }

    fn finish(&mut self, plan: &Plan) -> Result<(), Error> {
        for one in &mut self.all {
            one.finish(&self.study, plan)
                .map_err(|error| SinkError::Folder {
                    dir: self.scratch.clone(),
                    reason: error.to_string(),
                })?;
        }
        Ok(())
    }

    fn tables(&self, _plan: &Plan, _zones: &ZoneNames) -> Vec<Table> {
        let found = self.all.iter().filter_map(|one| one.found.as_ref());
        found.flat_map(Found::tables).collect()
    }

    fn record(&self, _plan: &Plan, _zones: &ZoneNames, gathered: &mut Gathered) {
        for one in &self.all {
            gathered.notes.extend(one.setup.notes.iter().cloned());
            let Some(found) = &one.found else {
                gathered.notes.push(format!(
                    "zones.{}: no pixel of a measure or of its control has values, so that there are no effects",
                    one.setup.table.zones
                ));
                continue;
            };
            let is_default = !self.study.is_stated("measures");
            gathered.warnings.extend(found.warnings.iter().cloned());
            gathered
                .warnings
                .extend(found.assessment.warnings.iter().cloned());
            gathered
                .notes
                .extend(found.assessment.notes.iter().cloned());
            if is_default {
                gathered.notes.push(format!(
                    "zones.{}: compared with its control by the defaults; nothing was matched, so that the difference \
                     contains whatever else differs between the places ([measures] with `match`)",
                    found.design.zone_set
                ));
            }
            gathered
                .measures
                .push(found.record(&one.setup, self.study.trend.alpha));
        }
    }
}

impl Found {
    fn tables(&self) -> Vec<Table> {
        let differences = self.assessment.differences.iter().zip(&self.phases);
        let phases: Vec<(SeriesName<'_>, PhaseOfSeries)> = differences
            .filter(|(difference, _)| difference.is_matched == self.design.is_matched)
            .map(|(difference, phase)| {
                let name = SeriesName {
                    zone_set: &self.design.zone_set,
                    zone: &difference.zone,
                    variable: &difference.variable,
                };
                (name, *phase)
            })
            .collect();
        let minus_control: Vec<String> = phases
            .iter()
            .map(|(name, _)| format!("{}_minus_control", name.variable))
            .collect();
        let phases: Vec<(SeriesName<'_>, PhaseOfSeries)> = phases
            .into_iter()
            .zip(&minus_control)
            .map(|((name, phase), variable)| (SeriesName { variable, ..name }, phase))
            .collect();
        let table = |name: &'static str, text: String| Table { name, text };
        let (design, assessment) = (&self.design, &self.assessment);
        vec![
            table("tables/phases.csv", phases_csv(&phases)),
            table("tables/effects.csv", effects_csv(design, assessment)),
            table("tables/events.csv", events_csv(design, assessment)),
            table("tables/balance.csv", balance_csv(design, &self.balance)),
            table("tables/ranking.csv", ranking_csv(design, assessment)),
        ]
    }

    /// The phase of the measure that ranks first, less its control, in words.
    fn phase_of_first(&self, alpha: f64) -> Option<String> {
        let first = self
            .assessment
            .ranking
            .iter()
            .find(|row| row.rank == 1 && row.is_matched == self.design.is_matched)?;
        let differences = self.assessment.differences.iter();
        let place = differences.into_iter().position(|difference| {
            difference.zone == first.zone
                && difference.variable == first.variable
                && difference.is_matched == first.is_matched
        })?;
        let variables = self.design.variables.iter();
        let variable = variables.into_iter().find(|v| v.name == first.variable)?;
        let unit = describe_unit_of_slope(&variable.unit);
        let words = phase_words(self.phases.get(place)?, &unit, alpha);
        Some(format!(
            "{} less {}: {words}",
            first.zone, self.design.control.label
        ))
    }

    fn record(&self, setup: &Setup, alpha: f64) -> MeasuresRecord {
        MeasuresRecord {
            zones: self.design.zone_set.clone(),
            control: self.design.control.label.clone(),
            sentence: self.assessment.sentence.clone(),
            phase: self.phase_of_first(alpha),
            blocks: self.assessment.n_blocks,
            block_words: self.design.block_words.clone(),
            replicates: self.design.replicates,
            seed: self.design.seed,
            reliability: (setup.table.match_pre > 0)
                .then_some(self.reliability)
                .flatten(),
            comparisons: self.assessment.comparisons.iter().map(Into::into).collect(),
        }
    }
}
