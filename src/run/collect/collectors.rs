//! The list of all that a run gathers.

use std::path::Path;

use rayon::prelude::*;

use crate::error::Error;
use crate::run::plan::Plan;
use crate::run::record::Gathered;
use crate::run::tile::TileView;
use crate::study::Study;

use super::attribution::Attributions;
use super::class_areas::ClassMaps;
use super::collector::{Collector, LateWindow, Table};
use super::geodetector::Patterns;
use super::input_counts::InputCounts;
use super::measures::Measures;
use super::missing_counts::MissingCounts;
use super::other_maps::OtherMapTables;
use super::places::Places;
use super::samples::SampleMeans;
use super::series::SeriesMeans;
use super::shown_values::ShownValues;
use super::sites::SiteValues;
use super::state::StateError;

/// All that a run gathers.
pub(in crate::run) struct Collectors {
    places: Places,
    all: Vec<Box<dyn Collector>>,
}

impl Collectors {
    /// The collectors of a run, without a tile. What each adds to the record comes in this order.
    ///
    /// # Arguments
    ///
    /// * `scratch` - folder of files that are needed until the end of the run.
    /// * `other_maps` - those of maps that the run does not make, where there are any.
    pub(in crate::run) fn new(
        study: &Study,
        plan: &Plan,
        scratch: &Path,
        other_maps: Option<OtherMapTables>,
    ) -> Self {
        let chain = &plan.chain;
        let places = Places::new(plan);
        let n_zones = places.names().count();
        let mut all: Vec<Box<dyn Collector>> = vec![
            Box::new(SeriesMeans::new(study, chain, n_zones)),
            Box::new(SampleMeans::new(chain)),
            Box::new(Attributions::new(chain, n_zones)),
            Box::new(ClassMaps::new(chain, n_zones)),
            Box::new(Measures::new(study, plan, scratch)),
            Box::new(MissingCounts::new(chain)),
            // After the files are listed.
            Box::new(ShownValues::new(chain, &plan.grid)),
            Box::new(InputCounts),
        ];
        let patterns = Patterns::new(study, plan);
        all.extend(patterns.map(|patterns| Box::new(patterns) as Box<dyn Collector>));
        let sites = SiteValues::new(plan);
        all.extend(sites.map(|sites| Box::new(sites) as Box<dyn Collector>));
        all.extend(other_maps.map(|maps| Box::new(maps) as Box<dyn Collector>));
        Self { places, all }
    }

    /// Adds a tile to all of them.
    pub(in crate::run) fn take(&mut self, plan: &Plan, tile: &TileView<'_>) {
        let inside = tile.output.inside.as_deref();
        let zones = self.places.of(plan, tile.window(), inside);
        let collectors = self.all.par_iter_mut();
        collectors
            .filter(|one| !tile.is_one_for_all() || one.counts_missing())
            .for_each(|one| one.take(plan, tile, &zones));
    }

    /// What each of them has gathered from tiles; see [`Collector::state`].
    pub(in crate::run) fn state(&mut self, is_durable: bool) -> Result<Vec<Vec<u8>>, StateError> {
        let collectors = self.all.iter_mut();
        collectors.map(|one| one.state(is_durable)).collect()
    }

    /// Goes on from what they had gathered; see [`Collector::restore`].
    pub(in crate::run) fn restore(&mut self, states: &[Vec<u8>]) -> Result<(), StateError> {
        self.check_number(states)?;
        let both = self.all.iter_mut().zip(states);
        both.into_iter()
            .try_for_each(|(one, state)| one.restore(state))
    }

    /// Adds what those of another run have gathered; see [`Collector::merge`].
    pub(in crate::run) fn merge(
        &mut self,
        states: &[Vec<u8>],
        files: &Path,
    ) -> Result<(), StateError> {
        self.check_number(states)?;
        let both = self.all.iter_mut().zip(states);
        both.into_iter()
            .try_for_each(|(one, state)| one.merge(state, files))
    }

    fn check_number(&self, states: &[Vec<u8>]) -> Result<(), StateError> {
        let (found, expected) = (states.len(), self.all.len());
        if found == expected {
            return Ok(());
        }
        Err(StateError::Parts { found, expected })
    }

    /// Adds a window of a map that is made after the last tile.
    pub(in crate::run) fn take_late(&mut self, plan: &Plan, late: &LateWindow<'_>) {
        // Outside the mask the values are missing.
        let zones = self.places.of(plan, late.window, None);
        self.all
            .iter_mut()
            .for_each(|one| one.take_late(late, &zones));
    }

    /// Does what needs every pixel.
    ///
    /// # Errors
    ///
    /// See [`Collector::finish`].
    pub(in crate::run) fn finish(&mut self, plan: &Plan) -> Result<(), Error> {
        self.all.iter_mut().try_for_each(|one| one.finish(plan))
    }

    /// Every table.
    pub(in crate::run) fn tables(&self, plan: &Plan) -> Vec<Table> {
        let zones = self.places.names();
        let mut tables: Vec<Table> = Vec::new();
        for table in self.all.iter().flat_map(|one| one.tables(plan, zones)) {
            match tables.iter_mut().find(|known| known.name == table.name) {
                Some(known) => {
                    let rows = table.text.split_once('\n').map_or("", |(_, rows)| rows);
                    known.text.push_str(rows);
                }
                None => tables.push(table),
            }
        }
        tables
    }

    /// What all of them add to the record.
    pub(in crate::run) fn gathered(&self, plan: &Plan) -> Gathered {
        let mut gathered = Gathered::default();
        let zones = self.places.names();
        self.all
            .iter()
            .for_each(|one| one.record(plan, zones, &mut gathered));
        gathered
    }
}
