//! Area means of every series, and their trends.

use rayon::prelude::*;

use crate::chain::Chain;
use crate::run::plan::Plan;
use crate::run::record::{Gathered, SeriesRecord};
use crate::run::tile::TileView;
use crate::tables::{AreaMeans, SeriesTable, series_csv, trends_csv};

use super::collector::{Collector, Table};

/// Area means of every series of the chain, year by year.
pub(super) struct SeriesMeans {
    /// By series.
    means: Vec<AreaMeans>,
    /// Valid years that a trend needs.
    min_years: usize,
}

impl SeriesMeans {
    /// No tile yet.
    pub(super) fn new(chain: &Chain, min_years: usize) -> Self {
        let means = |_| AreaMeans::new(chain.years.count());
        Self {
            means: chain.series.iter().map(means).collect(),
            min_years,
        }
    }

    fn series(&self, plan: &Plan) -> Vec<SeriesTable> {
        let series = plan.chain.series.iter().zip(&self.means);
        series
            .map(|(series, means)| SeriesTable {
                variable: series.name.clone(),
                unit: series.unit.clone(),
                years: means.means(),
            })
            .collect()
    }
}

impl Collector for SeriesMeans {
    fn take(&mut self, tile: &TileView<'_>) {
        let means = self.means.par_iter_mut().enumerate();
        means.for_each(|(index, means)| means.add(tile.grid, tile.output, tile.series(index)));
    }

    fn counts_missing(&self) -> bool {
        false
    }

    fn tables(&self, plan: &Plan) -> Vec<Table> {
        let series = self.series(plan);
        vec![
            Table {
                name: "tables/series.csv",
                text: series_csv(plan.chain.years, &series),
            },
            Table {
                name: "tables/trends.csv",
                text: trends_csv(&series, self.min_years),
            },
        ]
    }

    fn record(&self, plan: &Plan, gathered: &mut Gathered) {
        let series = self.series(plan);
        let records = series.iter();
        gathered
            .series
            .extend(records.map(|table| SeriesRecord::new(table, self.min_years)));
    }
}
