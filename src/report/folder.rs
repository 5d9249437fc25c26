//! The folder of a finished run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::sinks::FinishedRaster;

use super::record::Record;
use super::table::Table;

/// The record of a run.
const RECORD: &str = "run.json";

/// The record of tables that were made again by other zones or stages; that of the run stays.
pub const TABLES_AGAIN: &str = "tables/zonal.json";

/// Outlines of zones.
const OUTLINES: &str = "tables/zones.geojson";

/// A finished run: its record, and its tables but the largest.
#[derive(Debug)]
pub(super) struct Folder {
    dir: PathBuf,
    pub(super) record: Record,
    pub(super) study: toml::Table,
    tables: Vec<Table>,
    /// The outlines of zones as `GeoJSON`.
    pub(super) outlines: Option<serde_json::Value>,
}

impl Folder {
    /// Reads the record and the tables of the run in a folder.
    ///
    /// # Errors
    ///
    /// No run has finished there, or a file that its record lists is not there or cannot be read.
    pub(super) fn open(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(RECORD);
        if !path.is_file() {
            return Err(Error::NotReadable {
                path: dir.to_owned(),
                reason: "is no folder of a finished run, since it has no run.json; name the folder that `doline run` wrote, \
                         or let the run finish first (--resume goes on with one that was interrupted)"
                    .to_owned(),
            });
        }
        let failed = |reason: String| Error::NotReadable {
            path: path.clone(),
            reason,
        };
        let text = fs::read_to_string(&path)
            .map_err(|error| failed(format!("cannot be read: {error}")))?;
        let mut record: Record = serde_json::from_str(&text).map_err(|error| {
            failed(format!(
                "is no record of a run: {error}; run the study again"
            ))
        })?;
        let mut study = record.study_table();
        if let Some(again) = tables_again(dir)? {
            record.take_tables_of(again, &mut study);
        }
        if record.size.contains(&0) {
            return Err(failed(
                "has a grid without pixels; run the study again".to_owned(),
            ));
        }
        let (mut tables, mut outlines) = (Vec::new(), None);
        for name in &record.tables.files {
            let text = read_listed(dir, name)?;
            let unreadable = |reason: String| Error::NotReadable {
                path: dir.join(name),
                reason: format!("{reason}; run the study again"),
            };
            if name == OUTLINES {
                let read = serde_json::from_str(&text);
                outlines =
                    Some(read.map_err(|error| unreadable(format!("is no GeoJSON: {error}")))?);
            } else {
                tables.push(Table::of_text(name, &text).map_err(unreadable)?);
            }
        }
        Ok(Self {
            dir: dir.to_owned(),
            study,
            record,
            tables,
            outlines,
        })
    }

    /// The table of a file `tables/NAME.csv`; none where the run has none.
    pub(super) fn table(&self, name: &str) -> Option<&Table> {
        let path = format!("tables/{name}.csv");
        self.tables.iter().find(|table| table.path == path)
    }

    /// A raster of the run by its path without ending; `None` where the file is not there any more.
    ///
    /// # Errors
    ///
    /// It cannot be read, or has another size than the run.
    pub(super) fn raster(&self, layer: &str) -> Result<Option<FinishedRaster>, Error> {
        let path = self.dir.join(format!("{layer}.tif"));
        if !path.is_file() {
            return Ok(None);
        }
        let raster = FinishedRaster::open(&path).map_err(|error| self.unreadable(layer, &error))?;
        let [width, height] = self.record.size;
        if raster.size() != (width, height) {
            let (other_width, other_height) = raster.size();
            let reason = format!(
                "has {other_width} columns and {other_height} rows, and the run has {width} and {height}; run the study again"
            );
            return Err(Error::NotReadable { path, reason });
        }
        Ok(Some(raster))
    }

    /// The error of a raster that cannot be read.
    pub(super) fn unreadable(&self, layer: &str, error: &dyn std::fmt::Display) -> Error {
        Error::NotReadable {
            path: self.dir.join(format!("{layer}.tif")),
            reason: format!("cannot be read: {error}; run the study again"),
        }
    }

    /// A number of the study, by its table and key.
    pub(super) fn study_number(&self, table: &str, key: &str) -> Option<f64> {
        let value = self.study.get(table)?.get(key)?;
        #[expect(clippy::cast_precision_loss, reason = "settings are small numbers")]
        let whole = value.as_integer().map(|n| n as f64);
        value.as_float().or(whole)
    }

    /// The level of the tests of trend.
    pub(super) fn alpha(&self) -> f64 {
        self.study_number("trend", "alpha").unwrap_or(0.05)
    }
}

/// The record of tables that were made again; none where they are those of the run.
fn tables_again(dir: &Path) -> Result<Option<Record>, Error> {
    let path = dir.join(TABLES_AGAIN);
    if !path.is_file() {
        return Ok(None);
    }
    let read = fs::read_to_string(&path).map_err(|error| error.to_string());
    let read = read.and_then(|text| serde_json::from_str(&text).map_err(|e| e.to_string()));
    read.map(Some).map_err(|reason| Error::NotReadable {
        path,
        reason: format!(
            "is no record of tables: {reason}; make them again with doline zonal, or run the study again"
        ),
    })
}

/// The text of a file that the record lists.
fn read_listed(dir: &Path, name: &str) -> Result<String, Error> {
    let path = dir.join(name);
    fs::read_to_string(&path).map_err(|error| Error::NotReadable {
        path,
        reason: format!("is listed in run.json and cannot be read: {error}; run the study again"),
    })
}
