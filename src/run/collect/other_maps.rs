//! Tables of maps that the run does not make: areas of their classes, and attributions, in every zone.

use std::path::Path;

use crate::error::Error;
use crate::grid::Window;
use crate::run::other_maps::{ClassRaster, OtherMaps, WrittenMaps};
use crate::run::plan::Plan;
use crate::run::record::Gathered;
use crate::run::tile::TileView;
use crate::tables::{ClassAreas, ClassTable, ZoneNames, classes_csv};

use super::collector::{Collector, Table};
use super::other_map::{OtherMap, path_of};
use super::places::TileZones;
use super::state::StateError;
use super::written_attribution::AttributionAgain;

/// Sums of maps that the run does not make.
pub(in crate::run) struct OtherMapTables {
    classes: Vec<ClassMap>,
    attribution: Option<AttributionAgain>,
    /// Why a number cannot be given again.
    notes: Vec<String>,
    failed: Option<Error>,
}

/// A map of classes with their areas.
struct ClassMap {
    layer: String,
    labels: Vec<(u8, String)>,
    map: OtherMap,
    areas: ClassAreas,
}

impl OtherMapTables {
    /// Opens the maps; `None` where there are none.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of them.
    pub(in crate::run) fn open(maps: &OtherMaps, plan: &Plan) -> Result<Option<Self>, Error> {
        if *maps == OtherMaps::default() {
            return Ok(None);
        }
        let sets = plan.zones.iter();
        let n_zones = 1 + sets.map(|set| set.labels.len()).sum::<usize>();
        let mut tables = Self {
            classes: Vec::new(),
            attribution: None,
            notes: Vec::new(),
            failed: None,
        };
        if let Some(written) = &maps.written {
            tables.add_written(written, plan, n_zones)?;
        }
        let (mut opened, mut errors) = (Vec::new(), Vec::new());
        for raster in &maps.classes {
            match OtherMap::classes(raster, &plan.grid) {
                Ok(map) => opened.push(class_map(raster, map, n_zones)),
                Err(error) => errors.push(error),
            }
        }
        tables.classes.extend(opened);
        Error::of(errors).map_or(Ok(Some(tables)), Err)
    }

    /// Adds the maps of a finished run that are still there.
    fn add_written(
        &mut self,
        written: &WrittenMaps,
        plan: &Plan,
        n_zones: usize,
    ) -> Result<(), Error> {
        for layer in &written.layers {
            if !path_of(&written.dir, layer).is_file() {
                self.notes.push(format!(
                    "{layer}.tif is not there any more; tables that need it lack its rows"
                ));
                continue;
            }
            let map = OtherMap::finished(&written.dir, layer, &plan.grid)?;
            let labels = map.labels()?;
            if !labels.is_empty() {
                self.classes.push(ClassMap {
                    layer: layer.strip_prefix("maps/").unwrap_or(layer).to_owned(),
                    labels,
                    map,
                    areas: ClassAreas::new(n_zones),
                });
            }
        }
        let Some(attribution) = &written.attribution else {
            return Ok(());
        };
        let (dir, grid) = (&written.dir, &plan.grid);
        self.attribution =
            AttributionAgain::open(dir, attribution, grid, n_zones, &mut self.notes)?;
        Ok(())
    }

    fn add(&mut self, window: Window, zones: &TileZones) -> Result<(), Error> {
        for one in &mut self.classes {
            one.areas.add(&zones.places, &one.map.read(window)?);
        }
        if let Some(attribution) = &mut self.attribution {
            attribution.add(window, zones)?;
        }
        Ok(())
    }
}

fn class_map(raster: &ClassRaster, map: OtherMap, n_zones: usize) -> ClassMap {
    let labels = raster.labels.iter().filter_map(|(code, label)| {
        let code = u8::try_from(*code).ok()?;
        Some((code, label.clone()))
    });
    ClassMap {
        layer: raster.name.clone(),
        labels: labels.collect(),
        map,
        areas: ClassAreas::new(n_zones),
    }
}

impl Collector for OtherMapTables {
    fn take(&mut self, _plan: &Plan, tile: &TileView<'_>, zones: &TileZones) {
        if self.failed.is_none() {
            self.failed = self.add(tile.window(), zones).err();
        }
    }

    /// The maps have values where the layers of the tile have none.
    fn counts_missing(&self) -> bool {
        true
    }

    fn state(&mut self, _is_durable: bool) -> Result<Vec<u8>, StateError> {
        // Only commands that read the maps of finished runs have these, and none of them can be resumed.
        Ok(Vec::new())
    }

    fn restore(&mut self, _state: &[u8]) -> Result<(), StateError> {
        Ok(())
    }

    fn merge(&mut self, _state: &[u8], _files: &Path) -> Result<(), StateError> {
        Ok(())
    }

    fn finish(&mut self, _plan: &Plan) -> Result<(), Error> {
        self.failed.take().map_or(Ok(()), Err)
    }

    fn tables(&self, _plan: &Plan, zones: &ZoneNames) -> Vec<Table> {
        let classes = self.classes.iter().map(|one| ClassTable {
            layer: &one.layer,
            labels: one.labels.clone(),
            areas: &one.areas,
        });
        let classes: Vec<ClassTable<'_>> = classes.collect();
        let mut tables = Vec::new();
        if !classes.is_empty() {
            tables.push(Table {
                name: "tables/classes.csv",
                text: classes_csv(&classes, zones),
            });
        }
        tables.extend(self.attribution.as_ref().map(|a| a.table(zones)));
        tables
    }

    fn record(&self, _plan: &Plan, _zones: &ZoneNames, gathered: &mut Gathered) {
        gathered.notes.extend(self.notes.iter().cloned());
        gathered.warnings.extend(self.notes.iter().cloned());
        if let Some(attribution) = &self.attribution {
            gathered.attribution = Some(attribution.record());
        }
    }
}
