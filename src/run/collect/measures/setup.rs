//! What a comparison of measures is, in numbers of zone sets, series and steps.

use std::ops::Range;

use crate::effects::default_block_km;
use crate::effects::{Cohort, Contrast, Control, Design, Measure, Role, Squares, Stage, Variable};
use crate::grid::{Coordinates, Grid};
use crate::run::plan::Plan;
use crate::study::{MeasuresTable, PlaceBlocks, RankBy, Starts, Study};
use crate::zones::{NO_ZONE, ZoneSet};

/// The group of the control, and that of its pixels near a measure; cohorts of measures follow.
pub(super) const CONTROL: u32 = 0;
pub(super) const NEAR: u32 = 1;
const FIRST_COHORT: u32 = 2;
/// Covariates that every comparison has: mean and slope before the measures.
pub(super) const OWN_COVARIATES: [&str; 2] = ["pre_mean", "pre_slope"];
/// Kilometres in a degree of latitude, on the sphere of the Earth's mean radius.
const KM_PER_DEGREE: f64 = 111.195;

/// A comparison of the zones of a set with their control.
pub(super) struct Setup {
    pub(super) table: MeasuresTable,
    /// The zone set among those of the plan.
    pub(super) set: usize,
    /// The zone of the control.
    pub(super) control: u32,
    /// The series of each variable, effects first.
    pub(super) variables: Vec<usize>,
    roles: Vec<Role>,
    /// The years of the stage before the measures.
    pub(super) pre: Option<Range<usize>>,
    /// The zone sets to match, with their numbers of zones.
    pub(super) matching: Vec<(usize, u32)>,
    pub(super) blocks: Blocks,
    /// First years under a measure, where a field of the file has them.
    pub(super) starts: Option<(usize, Vec<Option<i32>>)>,
    /// Covariates after the mean and the slope before the measures: series, then static inputs.
    pub(super) series_to_balance: Vec<usize>,
    pub(super) covariates_to_balance: Vec<usize>,
    /// Why something that the study names is left out.
    pub(super) notes: Vec<String>,
}

/// Places that are drawn together.
pub(super) enum Blocks {
    /// The zones of a set.
    Zones(usize),
    /// Squares from the corner of the grid.
    Squares(Squares, f64),
}

impl Setup {
    /// The comparison that a table asks for; `None` where its zone set is not there.
    pub(super) fn new(study: &Study, plan: &Plan, table: &MeasuresTable) -> Option<Self> {
        let set = plan.zones.iter().position(|set| set.name == table.zones)?;
        let control = control_of(study, &plan.zones[set])?;
        let mut notes = Vec::new();
        let effects = effects_of(plan, table, &mut notes);
        let placebos = placebos_of(plan, table, &effects, &mut notes);
        let index_of = |name: &String| plan.zones.iter().position(|set| set.name == *name);
        let matching = table.matching.iter().filter_map(|name| {
            let set = index_of(name)?;
            let n = u32::try_from(plan.zones[set].labels.len()).ok()?;
            Some((set, n))
        });
        let (series, covariates) = balanced(plan, table, &placebos, &mut notes);
        Some(Self {
            set,
            control,
            roles: (effects.iter().map(|_| Role::Effect))
                .chain(placebos.iter().map(|_| Role::Placebo))
                .collect(),
            variables: [effects, placebos].concat(),
            pre: pre_of(study, table),
            matching: matching.collect(),
            blocks: blocks_of(plan, table),
            starts: starts_of(plan, table),
            series_to_balance: series,
            covariates_to_balance: covariates,
            table: table.clone(),
            notes,
        })
    }

    /// Names of the covariates of pixels.
    pub(super) fn covariates(&self, plan: &Plan) -> Vec<String> {
        let series = self.series_to_balance.iter();
        let series = series.map(|&index| plan.chain.series[index].name.clone());
        let statics = self.covariates_to_balance.iter();
        let statics = statics.map(|&index| plan.chain.covariates[index].name.clone());
        OWN_COVARIATES
            .map(str::to_owned)
            .into_iter()
            .chain(series)
            .chain(statics)
            .collect()
    }

    /// Starts that pixels of one zone may have; the last is none.
    fn n_starts(&self) -> u32 {
        let n = self.starts.as_ref().map_or(0, |(_, starts)| starts.len());
        u32::try_from(n).unwrap_or(0) + 1
    }

    /// The group of a treated pixel.
    pub(super) fn group_of(&self, zone: u32, start: u32) -> u32 {
        let last = self.n_starts() - 1;
        FIRST_COHORT + zone * self.n_starts() + if start == NO_ZONE { last } else { start }
    }

    /// Whether sums are by class.
    pub(super) fn is_matched(&self) -> bool {
        !self.matching.is_empty() || self.table.match_pre > 0
    }

    /// The design, with the cohorts among groups that occur.
    pub(super) fn design(
        &self,
        study: &Study,
        plan: &Plan,
        occurs: impl Fn(u32) -> bool,
    ) -> Design {
        let set = &plan.zones[self.set];
        let zones = (0..).zip(&set.labels);
        let measures = zones
            .filter(|(zone, _)| *zone != self.control)
            .map(|(zone, label)| Measure {
                label: label.clone(),
                cohorts: self.cohorts(zone, label, &occurs),
            });
        let series = self.variables.iter().zip(&self.roles);
        let step = |year: i32| usize::try_from(year - study.years.first).unwrap_or(0);
        let stage = |stage: &crate::study::Stage| Stage {
            name: stage.name.clone(),
            years: step(stage.years.first)..step(stage.years.last) + 1,
        };
        let is_pre = |stage: &&crate::study::Stage| Some(&stage.name) == self.table.pre.as_ref();
        let later = study.stages.iter().filter(|stage| !is_pre(stage));
        let MeasuresTable {
            rank_by,
            replicates,
            seed,
            level,
            buffer_km,
            ..
        } = &self.table;
        Design {
            zone_set: set.name.clone(),
            control: Control {
                label: set.labels[self.control as usize].clone(),
                group: CONTROL,
                near: (*buffer_km > 0.0).then_some(NEAR),
            },
            buffer_km: *buffer_km,
            measures: measures.collect(),
            variables: series
                .map(|(&series, &role)| Variable {
                    name: plan.chain.series[series].name.clone(),
                    unit: plan.chain.series[series].unit.clone(),
                    role,
                })
                .collect(),
            years: study.years,
            pre: study.stages.iter().find(is_pre).map(stage),
            stages: later.map(stage).collect(),
            is_matched: self.is_matched(),
            rank_by: match rank_by {
                RankBy::Slope => Contrast::Slope,
                RankBy::After => Contrast::After,
                RankBy::Did(stage) => Contrast::Did(stage.clone()),
            },
            replicates: u32::try_from(*replicates).unwrap_or(u32::MAX),
            seed: *seed,
            level: *level,
            block_words: match &self.blocks {
                Blocks::Zones(set) => format!("({})", plan.zones[*set].name),
                Blocks::Squares(_, side_km) => format!("of {} km", side_km.round()),
            },
        }
    }

    /// The cohorts of a zone: one, or one for each start of its pixels.
    fn cohorts(&self, zone: u32, label: &str, occurs: impl Fn(u32) -> bool) -> Vec<Cohort> {
        let stated = match &self.table.start {
            Starts::ByZone(starts) => starts.iter().find(|(name, _)| name == label),
            Starts::Unknown | Starts::Field(_) => None,
        };
        let Some((_, starts)) = &self.starts else {
            return vec![Cohort {
                group: self.group_of(zone, NO_ZONE),
                start: stated.map(|(_, year)| *year),
            }];
        };
        let of_field = (0..).zip(starts).map(|(number, start)| Cohort {
            group: self.group_of(zone, number),
            start: *start,
        });
        let unknown = Cohort {
            group: self.group_of(zone, NO_ZONE),
            start: None,
        };
        let all = of_field.chain([unknown]);
        all.filter(|cohort| occurs(cohort.group)).collect()
    }
}

/// Whether a group is one of a measure.
pub(super) fn is_treated(group: u32) -> bool {
    group >= FIRST_COHORT
}

/// The zone of the control of a set.
fn control_of(study: &Study, set: &ZoneSet) -> Option<u32> {
    let table = study.zones.iter().find(|table| table.name == set.name)?;
    let control = table.control.as_ref()?;
    u32::try_from(set.labels.iter().position(|label| label == control)?).ok()
}

/// The series of a name.
fn series_of(plan: &Plan, name: &str) -> Option<usize> {
    plan.chain
        .series
        .iter()
        .position(|series| series.name == name)
}

/// The series in which effects are looked for.
fn effects_of(plan: &Plan, table: &MeasuresTable, notes: &mut Vec<String>) -> Vec<usize> {
    let response = plan.chain.attribution.as_ref();
    let response = response.map_or("nep", |attribution| attribution.response.as_str());
    let Some(named) = &table.of else {
        let default = [response.to_owned(), format!("{response}_human")];
        let there: Vec<usize> = default
            .iter()
            .filter_map(|name| series_of(plan, name))
            .collect();
        // A stack of another name, such as NDVI, is what there is.
        let first = (!plan.chain.series.is_empty()).then_some(0);
        return if there.is_empty() {
            first.into_iter().collect()
        } else {
            there
        };
    };
    let found = named.iter().filter_map(|name| {
        let found = series_of(plan, name);
        if found.is_none() {
            notes.push(missing_series("measures.of", name));
        }
        found
    });
    found.collect()
}

/// The series that no measure can move.
fn placebos_of(
    plan: &Plan,
    table: &MeasuresTable,
    effects: &[usize],
    notes: &mut Vec<String>,
) -> Vec<usize> {
    let predictors = plan
        .chain
        .attribution
        .as_ref()
        .map(|a| a.predictors.clone());
    let named = table.placebo.clone();
    let is_stated = named.is_some();
    let named = named.or(predictors).unwrap_or_default();
    let found = named.iter().filter_map(|name| {
        let found = series_of(plan, name);
        if found.is_none() && is_stated {
            notes.push(missing_series("measures.placebo", name));
        }
        found.filter(|index| !effects.contains(index))
    });
    found.collect()
}

fn missing_series(key: &str, name: &str) -> String {
    format!(
        "{key}: {name} is left out, because it is no series of this study; add it to `trend.of`"
    )
}

/// The series and the static inputs whose balance is shown.
fn balanced(
    plan: &Plan,
    table: &MeasuresTable,
    placebos: &[usize],
    notes: &mut Vec<String>,
) -> (Vec<usize>, Vec<usize>) {
    let (mut series, mut covariates) = (placebos.to_vec(), Vec::new());
    for name in &table.balance {
        let of_static = plan.chain.covariates.iter().position(|c| c.name == *name);
        match (series_of(plan, name), of_static) {
            (Some(index), _) if series.contains(&index) => {}
            (Some(index), _) => series.push(index),
            (None, Some(index)) => covariates.push(index),
            (None, None) => notes.push(missing_series("measures.balance", name)),
        }
    }
    (series, covariates)
}

fn pre_of(study: &Study, table: &MeasuresTable) -> Option<Range<usize>> {
    let name = table.pre.as_ref()?;
    let stage = study.stages.iter().find(|stage| stage.name == *name)?;
    let step = |year: i32| usize::try_from(year - study.years.first).unwrap_or(0);
    Some(step(stage.years.first)..step(stage.years.last) + 1)
}

fn blocks_of(plan: &Plan, table: &MeasuresTable) -> Blocks {
    let pixel_km = pixel_km(&plan.grid, plan.grid.height / 2);
    let squares = |side_km: f64| {
        let squares = Squares::new(side_km, pixel_km, plan.grid.width);
        Blocks::Squares(squares, side_km)
    };
    match &table.blocks {
        PlaceBlocks::Zones(name) => {
            let set = plan.zones.iter().position(|set| set.name == *name);
            set.map_or_else(|| squares(default_side_km(plan, pixel_km)), Blocks::Zones)
        }
        PlaceBlocks::Squares(side) => {
            squares(side.unwrap_or_else(|| default_side_km(plan, pixel_km)))
        }
    }
}

/// The side of blocks where the study does not say, of the whole grid.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn default_side_km(plan: &Plan, pixel_km: [f64; 2]) -> f64 {
    let area = plan.grid.height as f64 * pixel_km[0] * plan.grid.width as f64 * pixel_km[1];
    default_block_km(area, pixel_km)
}

/// The first years that a field of the set's file has, with the number of the set that was opened for them.
fn starts_of(plan: &Plan, table: &MeasuresTable) -> Option<(usize, Vec<Option<i32>>)> {
    let Starts::Field(_) = &table.start else {
        return None;
    };
    let (number, set) = plan
        .starts
        .iter()
        .enumerate()
        .find(|(_, set)| set.name == table.zones)?;
    let year = |label: &String| label.trim().parse().ok();
    Some((number, set.labels.iter().map(year).collect()))
}

/// Height and width of a pixel of a row, in km.
#[expect(clippy::cast_precision_loss, reason = "rows are far below 2^52")]
pub(super) fn pixel_km(grid: &Grid, row: usize) -> [f64; 2] {
    let [width, height] = grid.pixel_size();
    match grid.coordinates {
        Coordinates::Geographic => {
            let (_, latitude) = grid.coordinates_of(0.5, row as f64 + 0.5);
            let shrinks = latitude.to_radians().cos().max(1e-3);
            [height * KM_PER_DEGREE, width * KM_PER_DEGREE * shrinks]
        }
        Coordinates::Projected | Coordinates::Unknown => {
            [height, width].map(|side| side * grid.metres_per_unit / 1000.0)
        }
    }
}
