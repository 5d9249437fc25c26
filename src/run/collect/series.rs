//! Area means of every series over every zone, their trends, changes from stage to stage, and phases of fastest rise.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::OnceLock;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::calendar::Years;
use crate::chain::{Chain, describe_unit_of_slope};
use crate::kernels::statistics::MIN_YEARS_OF_STAGE;
use crate::run::plan::Plan;
use crate::run::record::{Gathered, PhaseRecord, SeriesRecord, ZoneSetRecord, ZoneSlope};
use crate::run::tile::TileView;
use crate::stages::{
    Period, PhaseOfSeries, PhaseSearch, PhaseSettings, SeriesName, Stage, StageChange,
    changes_of_stages, composition_shifts, phase_words, phases_csv, power_line, stages_csv,
    trend_detail, trends_csv,
};
use crate::study::Study;
use crate::tables::series_trend::series_trend;
use crate::tables::{
    ALL_ZONE, FilledMeans, SeriesTable, ZoneExtents, ZoneMeans, ZoneNames, ZoneSeries, series_csv,
};
use crate::zones::ZoneSet;

use super::beside_control::{PixelSlopes, SetBeside};
use super::collector::{Collector, Table};
use super::places::TileZones;
use super::state::{StateError, loaded, saved};

/// So many series are searched for a phase; of more the search would take longer than the run.
const MOST_SEARCHED: usize = 100_000;

/// Area means of every series of the chain, year by year.
pub(super) struct SeriesMeans {
    extents: ZoneExtents,
    /// By series.
    means: Vec<OneSeries>,
    slopes: PixelSlopes,
    /// The label of the control of each zone set.
    controls: Vec<Option<String>>,
    /// The study and its stages.
    periods: Vec<Period>,
    /// 1 less the level of intervals.
    alpha: f64,
    years: Years,
    search: PhaseSettings,
    found: OnceLock<Found>,
    n_zones: usize,
}

/// The means of one series.
#[derive(serde::Serialize, serde::Deserialize)]
struct OneSeries {
    means: ZoneMeans,
    filled: FilledMeans,
}

/// What is made of the means after the last tile.
struct Found {
    series: Vec<SeriesTable>,
    /// Zone, series and phase.
    phases: Vec<(usize, usize, PhaseOfSeries)>,
    /// Zone, series and the changes of its stages.
    changes: Vec<(usize, usize, Vec<StageChange>)>,
}

impl SeriesMeans {
    /// No tile yet.
    pub(super) fn new(study: &Study, chain: &Chain, n_zones: usize) -> Self {
        let (n_years, min_years) = (chain.years.count(), study.trend.min_years);
        let means = |_| OneSeries {
            means: ZoneMeans::new(n_years, n_zones),
            filled: FilledMeans::new(n_years, min_years, n_zones),
        };
        Self {
            extents: ZoneExtents::new(n_zones),
            means: chain.series.iter().map(means).collect(),
            slopes: PixelSlopes::new(chain, n_zones),
            controls: study
                .zones
                .iter()
                .map(|table| table.control.clone())
                .collect(),
            periods: periods(study),
            alpha: study.trend.alpha,
            years: study.years,
            search: PhaseSettings {
                min_steps: study.phase.min_steps,
                max_steps: study.phase.max_steps,
                replicates: u32::try_from(study.phase.replicates).unwrap_or(u32::MAX),
                seed: study.phase.seed,
                min_years,
            },
            found: OnceLock::new(),
            n_zones,
        }
    }

    fn found(&self, plan: &Plan, zones: &ZoneNames) -> &Found {
        self.found.get_or_init(|| {
            let series = self.series(plan);
            let rows: Vec<(usize, usize)> = (0..self.n_zones)
                .filter(|&zone| !zones.is_left_out(zone, self.extents.area_km2(zone)))
                .flat_map(|zone| (0..series.len()).map(move |index| (zone, index)))
                .collect();
            let means = |&(zone, index): &(usize, usize)| series[index].zones[zone].means();
            let stages = self.stages();
            let changes = rows.par_iter().map(|row| {
                let changes = changes_of_stages(&means(row), &stages);
                (row.0, row.1, changes)
            });
            let changes = changes.collect();
            let searched = &rows[..rows.len().min(MOST_SEARCHED)];
            let search = PhaseSearch::new(self.years, self.search);
            let found = search.find_all(&searched.iter().map(means).collect::<Vec<_>>());
            let phases = searched.iter().zip(found);
            let phases = phases.map(|(&(zone, index), found)| (zone, index, found));
            Found {
                phases: phases.collect(),
                changes,
                series,
            }
        })
    }

    fn series(&self, plan: &Plan) -> Vec<SeriesTable> {
        let series = plan.chain.series.iter().zip(&self.means);
        series
            .map(|(series, OneSeries { means, filled })| SeriesTable {
                variable: series.name.clone(),
                unit: series.unit.clone(),
                zones: (0..self.n_zones)
                    .map(|zone| ZoneSeries {
                        years: means.means(zone),
                        filled: filled.means(zone, means),
                        area_km2: self.extents.area_km2(zone),
                    })
                    .collect(),
            })
            .collect()
    }

    /// The stages, without the study itself.
    fn stages(&self) -> Vec<Stage> {
        let stages = self.periods.iter().skip(1);
        stages
            .map(|period| Stage {
                name: period.name.clone(),
                steps: period.steps.clone(),
            })
            .collect()
    }

    /// A sentence on each variable whose trend in the study gaps move.
    fn shifts<'a>(&'a self, found: &'a Found) -> impl Iterator<Item = String> + 'a {
        let min_years = self.periods[0].min_years;
        found.series.iter().filter_map(move |table| {
            let series = &table.zones[ALL_ZONE];
            let slope = series_trend(&series.means(), min_years).slope?;
            let filled = series_trend(&series.filled_means(), min_years).slope?;
            let se = trend_detail(&series.means(), min_years, self.alpha).se?;
            composition_shifts(slope, filled, se).then(|| {
                format!(
                    "{}: gaps move the trend of the area mean from {filled} to {slope}, because other pixels are \
                     missing in other years; slope_filled in tables/trends.csv is of the same pixels every year",
                    table.variable
                )
            })
        })
    }
}

impl SeriesMeans {
    /// Each zone set beside its control.
    fn sets_beside<'a>(&'a self, plan: &Plan) -> Vec<SetBeside<'a>> {
        let mut first = ALL_ZONE + 1;
        let beside = |(set, control): (&ZoneSet, &'a Option<String>)| {
            let zones = first..first + set.labels.len();
            first = zones.end;
            let position = |label: &String| set.labels.iter().position(|known| known == label);
            SetBeside {
                control: control
                    .as_ref()
                    .and_then(position)
                    .map(|zone| zones.start + zone),
                control_label: control.as_deref().unwrap_or_default(),
                zones,
            }
        };
        plan.zones.iter().zip(&self.controls).map(beside).collect()
    }

    /// Each zone set with the zones of the steepest trends of the first series.
    fn zone_sets(&self, plan: &Plan, names: &ZoneNames, found: &Found) -> Vec<ZoneSetRecord> {
        let mut first = ALL_ZONE + 1;
        let record = |set: &ZoneSet| {
            let zones = first..first + set.labels.len();
            first = zones.end;
            let mut slopes: Vec<ZoneSlope> = zones
                .filter_map(|zone| self.slope_of(found.series.first()?, zone, names))
                .collect();
            slopes.sort_by(|a, b| a.slope.total_cmp(&b.slope));
            let steepest_rise = slopes.last().filter(|zone| zone.slope > 0.0).cloned();
            let steepest_fall = slopes.first().filter(|zone| zone.slope < 0.0).cloned();
            let notes = &set.notes;
            ZoneSetRecord {
                name: set.name.clone(),
                sha256: notes.path.as_deref().and_then(sha256_of_file),
                file: notes.path.clone(),
                features: notes.features,
                zones: set.labels.len(),
                zones_without_pixels: notes.without_pixels().count(),
                pixels_claimed_twice: notes.claimed_twice,
                outlines_mended: notes.mended,
                steepest_rise,
                steepest_fall,
            }
        };
        plan.zones.iter().map(record).collect()
    }

    /// The trend of a series in a zone over the study.
    fn slope_of(&self, table: &SeriesTable, zone: usize, names: &ZoneNames) -> Option<ZoneSlope> {
        let trend = series_trend(&table.zones[zone].means(), self.periods[0].min_years);
        Some(ZoneSlope {
            zone: names.of(zone).zone.clone(),
            variable: table.variable.clone(),
            slope: trend.slope?,
            unit: describe_unit_of_slope(&table.unit),
            p: trend.p,
        })
    }
}

/// SHA-256 of a file in lower case; `None` where it cannot be read as one.
fn sha256_of_file(path: &Path) -> Option<String> {
    let (mut file, mut hash) = (File::open(path).ok()?, Sha256::new());
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).ok()? {
            0 => break,
            n => hash.update(&buffer[..n]),
        }
    }
    let bytes = hash.finalize();
    Some(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// The study and its stages.
fn periods(study: &Study) -> Vec<Period> {
    let step = |year: i32| usize::try_from(year - study.years.first).unwrap_or(0);
    let stages = study.stages.iter().map(|stage| Period {
        name: stage.name.clone(),
        steps: step(stage.years.first)..step(stage.years.last) + 1,
        min_years: MIN_YEARS_OF_STAGE as usize,
    });
    let whole = Period {
        name: "study".to_owned(),
        steps: 0..study.years.count(),
        min_years: study.trend.min_years,
    };
    std::iter::once(whole).chain(stages).collect()
}

impl Collector for SeriesMeans {
    fn take(&mut self, _plan: &Plan, tile: &TileView<'_>, zones: &TileZones) {
        self.extents.add(&zones.places);
        if tile.is_one_for_all() {
            return;
        }
        if self.n_zones > 1 {
            self.slopes.take(tile, zones);
        }
        let means = self.means.par_iter_mut().enumerate();
        means.for_each(|(index, OneSeries { means, filled })| {
            means.add(&zones.places, tile.series(index));
            filled.add(&zones.places, tile.series(index));
        });
    }

    /// The area of a zone is that of its pixels, whether they have values or not.
    fn counts_missing(&self) -> bool {
        true
    }

    fn state(&mut self, _is_durable: bool) -> Result<Vec<u8>, StateError> {
        saved(&(&self.extents, &self.means, &self.slopes))
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StateError> {
        (self.extents, self.means, self.slopes) = loaded(state)?;
        Ok(())
    }

    fn merge(&mut self, state: &[u8], _files: &Path) -> Result<(), StateError> {
        let (extents, means, slopes): (ZoneExtents, Vec<OneSeries>, PixelSlopes) = loaded(state)?;
        self.extents.merge(&extents);
        for (ours, theirs) in self.means.iter_mut().zip(&means) {
            ours.means.merge(&theirs.means);
            ours.filled.merge(&theirs.filled);
        }
        self.slopes.merge(&slopes);
        Ok(())
    }

    fn tables(&self, plan: &Plan, zones: &ZoneNames) -> Vec<Table> {
        let found = self.found(plan, zones);
        let name = |zone: usize, index: usize| SeriesName {
            zone_set: &zones.of(zone).set,
            zone: &zones.of(zone).zone,
            variable: &found.series[index].variable,
        };
        let phases = found.phases.iter();
        let phases: Vec<(SeriesName<'_>, PhaseOfSeries)> = phases
            .map(|(zone, index, phase)| (name(*zone, *index), *phase))
            .collect();
        let mut tables = vec![
            Table {
                name: "tables/series.csv",
                text: series_csv(plan.chain.years, &found.series, zones),
            },
            Table {
                name: "tables/trends.csv",
                text: trends_csv(&found.series, &self.periods, zones, self.alpha),
            },
            Table {
                name: "tables/phases.csv",
                text: phases_csv(&phases),
            },
        ];
        if let Some(first) = found.series.first().filter(|_| self.n_zones > 1) {
            let sets = self.sets_beside(plan);
            tables.push(Table {
                name: "tables/zones.csv",
                text: self.slopes.csv(first, &self.periods, &sets, zones),
            });
        }
        let stages = self.stages();
        if stages.len() > 1 {
            let changes = found.changes.iter();
            let changes: Vec<(SeriesName<'_>, Vec<StageChange>)> = changes
                .map(|(zone, index, changes)| (name(*zone, *index), changes.clone()))
                .collect();
            tables.push(Table {
                name: "tables/stages.csv",
                text: stages_csv(&stages, &changes),
            });
        }
        tables
    }

    fn record(&self, plan: &Plan, zones: &ZoneNames, gathered: &mut Gathered) {
        let min_years = self.periods[0].min_years;
        let found = self.found(plan, zones);
        let records = found.series.iter();
        gathered
            .series
            .extend(records.map(|table| SeriesRecord::new(table, ALL_ZONE, min_years)));
        let of_study = found.phases.iter().filter(|(zone, ..)| *zone == ALL_ZONE);
        gathered.phases.extend(of_study.map(|(_, index, phase)| {
            let SeriesTable { variable, unit, .. } = &found.series[*index];
            PhaseRecord {
                variable: variable.clone(),
                words: phase_words(phase, &describe_unit_of_slope(unit), self.alpha),
            }
        }));
        gathered.zone_sets = self.zone_sets(plan, zones, found);
        gathered.warnings.extend(self.shifts(found));
        let changes = found.changes.iter().flat_map(|(_, _, changes)| changes);
        gathered.notes.extend(power_line(&self.stages(), changes));
        if found.changes.len() > found.phases.len() {
            gathered.notes.push(format!(
                "tables/phases.csv has the first {MOST_SEARCHED} of {} series: the search for phases would take longer \
                 than the run",
                found.changes.len()
            ));
        }
    }
}
