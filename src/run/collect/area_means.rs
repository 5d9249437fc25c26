//! Area means of every series over every zone, and their trends.

use rayon::prelude::*;

use crate::chain::Chain;
use crate::kernels::statistics::MIN_YEARS_OF_STAGE;
use crate::run::plan::Plan;
use crate::run::record::{Gathered, SeriesRecord};
use crate::run::tile::TileView;
use crate::study::Study;
use crate::tables::{
    ALL_ZONE, FilledMeans, Period, SeriesTable, TilePlaces, ZoneExtents, ZoneMeans, ZoneNames,
    ZoneSeries, series_csv, trends_csv,
};

use super::collector::{Collector, Table};

/// Area means of every series of the chain, year by year.
pub(super) struct SeriesMeans {
    extents: ZoneExtents,
    /// By series.
    means: Vec<OneSeries>,
    /// The study and its stages.
    periods: Vec<Period>,
    n_zones: usize,
}

/// The means of one series.
struct OneSeries {
    means: ZoneMeans,
    filled: FilledMeans,
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
            periods: periods(study),
            n_zones,
        }
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
    fn take(&mut self, tile: &TileView<'_>, places: &TilePlaces) {
        self.extents.add(places);
        if tile.is_one_for_all() {
            return;
        }
        let means = self.means.par_iter_mut().enumerate();
        means.for_each(|(index, OneSeries { means, filled })| {
            means.add(places, tile.series(index));
            filled.add(places, tile.series(index));
        });
    }

    /// The area of a zone is that of its pixels, whether they have values or not.
    fn counts_missing(&self) -> bool {
        true
    }

    fn tables(&self, plan: &Plan, zones: &ZoneNames) -> Vec<Table> {
        let series = self.series(plan);
        vec![
            Table {
                name: "tables/series.csv",
                text: series_csv(plan.chain.years, &series, zones),
            },
            Table {
                name: "tables/trends.csv",
                text: trends_csv(&series, &self.periods, zones),
            },
        ]
    }

    fn record(&self, plan: &Plan, gathered: &mut Gathered) {
        let min_years = self.periods[0].min_years;
        let series = self.series(plan);
        let records = series.iter();
        gathered
            .series
            .extend(records.map(|table| SeriesRecord::new(table, ALL_ZONE, min_years)));
    }
}
