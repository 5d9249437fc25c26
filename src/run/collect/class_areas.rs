//! Areas of the classes of every map of classes, in every zone.

use std::path::Path;

use rayon::prelude::*;

use crate::chain::Chain;
use crate::run::plan::Plan;
use crate::run::tile::TileView;
use crate::tables::{ClassAreas, ClassTable, ZoneNames, classes_csv};

use super::collector::{Collector, LateWindow, Table};
use super::places::TileZones;
use super::state::{StateError, loaded, saved};

/// Areas of the classes of every map of classes.
pub(super) struct ClassMaps {
    /// The index of the file, and the areas of its classes.
    areas: Vec<(usize, ClassAreas)>,
}

impl ClassMaps {
    /// No tile yet.
    pub(super) fn new(chain: &Chain, n_zones: usize) -> Self {
        let files = chain.files.iter().enumerate();
        let of_classes = files.filter(|(_, file)| file.kind.classes().is_some());
        Self {
            areas: of_classes
                .map(|(index, _)| (index, ClassAreas::new(n_zones)))
                .collect(),
        }
    }
}

impl Collector for ClassMaps {
    fn take(&mut self, _plan: &Plan, tile: &TileView<'_>, zones: &TileZones) {
        self.areas.par_iter_mut().for_each(|(index, areas)| {
            if let Some(values) = tile.file(&tile.chain.files[*index]) {
                areas.add(&zones.places, values);
            }
        });
    }

    fn counts_missing(&self) -> bool {
        false
    }

    fn state(&mut self, _is_durable: bool) -> Result<Vec<u8>, StateError> {
        saved(&self.areas)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.areas = loaded(state)?;
        Ok(())
    }

    fn merge(&mut self, state: &[u8], _files: &Path) -> Result<(), StateError> {
        let areas: Vec<(usize, ClassAreas)> = loaded(state)?;
        for ((_, ours), (_, theirs)) in self.areas.iter_mut().zip(&areas) {
            ours.merge(theirs);
        }
        Ok(())
    }

    fn take_late(&mut self, late: &LateWindow<'_>, zones: &TileZones) {
        for (_, areas) in self.areas.iter_mut().filter(|(file, _)| *file == late.file) {
            areas.add(&zones.places, late.values);
        }
    }

    fn tables(&self, plan: &Plan, zones: &ZoneNames) -> Vec<Table> {
        let maps = self.areas.iter();
        let tables: Vec<ClassTable<'_>> = maps
            .filter_map(|(index, areas)| {
                let file = &plan.chain.files[*index];
                Some(ClassTable {
                    layer: file.path.strip_prefix("maps/").unwrap_or(&file.path),
                    labels: file.kind.classes()?,
                    areas,
                })
            })
            .collect();
        if tables.is_empty() {
            return Vec::new();
        }
        vec![Table {
            name: "tables/classes.csv",
            text: classes_csv(&tables, zones),
        }]
    }
}
