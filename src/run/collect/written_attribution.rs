//! The attributions of a finished run over other zones, from the maps that it left.

use std::ops::Range;
use std::path::Path;

use crate::error::Error;
use crate::grid::{Grid, Window};
use crate::run::other_maps::WrittenAttribution;
use crate::run::record::AttributionRecord;
use crate::tables::{
    ALL_ZONE, AttributionMeans, AttributionRow, AttributionView, ZoneExtents, ZoneNames,
    attribution_csv,
};

use super::collector::Table;
use super::other_map::{OtherMap, path_of};
use super::places::TileZones;

/// Sums of the attributions of a finished run.
pub(super) struct AttributionAgain {
    of: WrittenAttribution,
    observed: OtherMap,
    /// The climate regime, and the places of precipitation and radiation among the drivers.
    regime: Option<(OtherMap, [usize; 2])>,
    by: Vec<BySensitivity>,
    extents: ZoneExtents,
    n_zones: usize,
}

/// The maps of one sensitivity.
struct BySensitivity {
    folder: String,
    climate: OtherMap,
    human: OtherMap,
    class: OtherMap,
    dominant: OtherMap,
    parts: Vec<OtherMap>,
    means: AttributionMeans,
}

impl AttributionAgain {
    /// Opens the maps of every sensitivity; `None` where no sensitivity has all of its maps.
    ///
    /// # Errors
    ///
    /// One cannot be read.
    pub(super) fn open(
        dir: &Path,
        of: &WrittenAttribution,
        grid: &Grid,
        n_zones: usize,
        notes: &mut Vec<String>,
    ) -> Result<Option<Self>, Error> {
        let is_there = |layer: &String| path_of(dir, layer).is_file();
        let open = |layer: &String| OtherMap::finished(dir, layer, grid);
        let observed = format!("maps/{}_slope", of.response);
        let mut by = Vec::new();
        for folder in &of.sensitivities {
            let layers = layers(folder, of);
            let needed = std::iter::once(&observed).chain(&layers);
            let lost: Vec<&String> = needed.filter(|layer| !is_there(layer)).collect();
            if let Some(first) = lost.first() {
                notes.push(format!(
                    "tables/attribution.csv has no rows of {folder}: {first}.tif is not there; write it with the run \
                     (output.layers)"
                ));
                continue;
            }
            let maps = layers.iter().map(open).collect::<Result<Vec<_>, _>>()?;
            by.extend(BySensitivity::new(folder, maps, of, n_zones));
        }
        if by.is_empty() {
            return Ok(None);
        }
        let driver = |name: &str| of.predictors.iter().position(|d| d == name);
        let wetness_and_light = driver("precipitation").zip(driver("radiation"));
        let regime = "maps/climate_regime".to_owned();
        let regime = match wetness_and_light.filter(|_| is_there(&regime)) {
            Some((wetness, light)) => Some((open(&regime)?, [wetness, light])),
            None => None,
        };
        Ok(Some(Self {
            observed: open(&observed)?,
            regime,
            by,
            extents: ZoneExtents::new(n_zones),
            of: of.clone(),
            n_zones,
        }))
    }

    /// Adds a tile.
    pub(super) fn add(&mut self, window: Window, zones: &TileZones) -> Result<(), Error> {
        self.extents.add(&zones.places);
        let observed = self.observed.read(window)?;
        let regime = match &self.regime {
            Some((map, drivers)) => Some((map.read(window)?, *drivers)),
            None => None,
        };
        for by in &mut self.by {
            let [climate, human, class, dominant] =
                [&by.climate, &by.human, &by.class, &by.dominant].map(|map| map.read(window));
            let (climate, human, class, dominant) = (climate?, human?, class?, dominant?);
            let parts = by.parts.iter().map(|map| map.read(window));
            let parts = parts.collect::<Result<Vec<_>, _>>()?;
            let view = AttributionView {
                observed: &observed,
                climate: &climate,
                human: &human,
                parts: parts.iter().map(Vec::as_slice).collect(),
                class: &class,
                dominant: &dominant,
                regime: regime
                    .as_ref()
                    .map(|(values, drivers)| (values.as_slice(), *drivers)),
            };
            by.means.add(&zones.places, &view);
        }
        Ok(())
    }

    fn rows(&self, zones: Range<usize>) -> Vec<AttributionRow> {
        let row = |by: &BySensitivity, zone: usize| by.means.row(&by.folder, zone);
        let by = self.by.iter();
        by.flat_map(|by| zones.clone().map(move |zone| row(by, zone)))
            .collect()
    }

    /// `tables/attribution.csv`.
    pub(super) fn table(&self, zones: &ZoneNames) -> Table {
        let mut rows = self.rows(0..self.n_zones);
        rows.retain(|row| !zones.is_left_out(row.zone, self.extents.area_km2(row.zone)));
        Table {
            name: "tables/attribution.csv",
            text: attribution_csv(&self.of.predictors, &rows, zones),
        }
    }

    /// The attributions over the region.
    pub(super) fn record(&self) -> AttributionRecord {
        AttributionRecord {
            response: self.of.response.clone(),
            unit: self.of.unit.clone(),
            predictors: self.of.predictors.clone(),
            by: self.rows(ALL_ZONE..ALL_ZONE + 1),
        }
    }
}

impl BySensitivity {
    /// From its maps in the order of [`layers`].
    fn new(
        folder: &str,
        maps: Vec<OtherMap>,
        of: &WrittenAttribution,
        n_zones: usize,
    ) -> Option<Self> {
        let mut maps = maps.into_iter();
        Some(Self {
            folder: folder.to_owned(),
            climate: maps.next()?,
            human: maps.next()?,
            class: maps.next()?,
            dominant: maps.next()?,
            parts: maps.collect(),
            means: AttributionMeans::new(of.predictors.len(), n_zones),
        })
    }
}

/// The maps of one sensitivity: climate, human part, class, dominant part, and the part of each driver.
fn layers(folder: &str, of: &WrittenAttribution) -> Vec<String> {
    let whole = ["slope_climate", "slope_human", "driver_class", "dominant"].map(str::to_owned);
    let parts = of.predictors.iter().map(|d| format!("slope_{d}"));
    let names = whole.into_iter().chain(parts);
    names
        .map(|name| format!("maps/{folder}/{}_{name}", of.response))
        .collect()
}
