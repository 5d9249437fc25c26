//! Area means of each member of an ensemble and of each draw of a Monte Carlo run.

use crate::chain::Chain;
use crate::run::plan::Plan;
use crate::run::tile::TileView;
use crate::tables::AreaMeans;
use crate::tables::uncertainty::{draws_csv, ensemble_csv, uncertainty_csv};

use super::collector::{Collector, Table};

/// Area means of members and draws.
pub(super) struct SampleMeans {
    /// By sample of the chain; a year of the means is a member.
    means: Vec<AreaMeans>,
}

impl SampleMeans {
    /// No tile yet.
    pub(super) fn new(chain: &Chain) -> Self {
        let samples = chain.samples.iter();
        Self {
            means: samples
                .map(|sample| AreaMeans::new(sample.members.len()))
                .collect(),
        }
    }
}

impl Collector for SampleMeans {
    fn take(&mut self, tile: &TileView<'_>) {
        for (sample, means) in tile.chain.samples.iter().zip(&mut self.means) {
            means.add(tile.grid, tile.output, tile.layer(sample.layer));
        }
    }

    fn counts_missing(&self) -> bool {
        false
    }

    fn tables(&self, plan: &Plan) -> Vec<Table> {
        let mut tables = Vec::new();
        for (sample, means) in plan.chain.samples.iter().zip(&self.means) {
            let means = means.means();
            if sample.name == "ensemble" {
                tables.push(Table {
                    name: "tables/ensemble.csv",
                    text: ensemble_csv(&sample.members, &means),
                });
                continue;
            }
            let drawn = plan.drawn.clone().unwrap_or_default();
            tables.push(Table {
                name: "tables/uncertainty.csv",
                text: uncertainty_csv(&means),
            });
            tables.push(Table {
                name: "tables/uncertainty_draws.csv",
                text: draws_csv(&drawn, &means),
            });
        }
        tables
    }
}
