//! Area means of each member of an ensemble and of each draw of a Monte Carlo run.

use std::path::Path;

use crate::chain::Chain;
use crate::run::plan::Plan;
use crate::run::tile::TileView;
use crate::tables::uncertainty::{draws_csv, ensemble_csv, uncertainty_csv};
use crate::tables::{ALL_ZONE, ZoneMeans, ZoneNames};

use super::collector::{Collector, Table};
use super::places::TileZones;
use super::state::{StateError, loaded, saved};

/// Area means of members and draws.
pub(super) struct SampleMeans {
    /// By sample of the chain; a year of the means is a member.
    means: Vec<ZoneMeans>,
}

impl SampleMeans {
    /// No tile yet.
    pub(super) fn new(chain: &Chain) -> Self {
        let samples = chain.samples.iter();
        Self {
            means: samples
                .map(|sample| ZoneMeans::new(sample.members.len(), 1))
                .collect(),
        }
    }
}

impl Collector for SampleMeans {
    fn take(&mut self, _plan: &Plan, tile: &TileView<'_>, zones: &TileZones) {
        if self.means.is_empty() {
            return;
        }
        let places = &zones.places.of_all();
        for (sample, means) in tile.chain.samples.iter().zip(&mut self.means) {
            means.add(places, tile.layer(sample.layer));
        }
    }

    fn counts_missing(&self) -> bool {
        false
    }

    fn state(&mut self, _is_durable: bool) -> Result<Vec<u8>, StateError> {
        saved(&self.means)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.means = loaded(state)?;
        Ok(())
    }

    fn merge(&mut self, state: &[u8], _files: &Path) -> Result<(), StateError> {
        let means: Vec<ZoneMeans> = loaded(state)?;
        for (ours, theirs) in self.means.iter_mut().zip(&means) {
            ours.merge(theirs);
        }
        Ok(())
    }

    fn tables(&self, plan: &Plan, _zones: &ZoneNames) -> Vec<Table> {
        let mut tables = Vec::new();
        for (sample, means) in plan.chain.samples.iter().zip(&self.means) {
            let means = means.means(ALL_ZONE);
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
