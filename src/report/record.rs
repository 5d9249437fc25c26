//! What the page reads of `run.json`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::engines::cpu::without_threads;

/// The record of a run. What a run has not is absent.
#[derive(Debug, Deserialize)]
pub(super) struct Record {
    pub(super) doline: String,
    #[serde(default)]
    pub(super) gdal: String,
    pub(super) study: String,
    #[serde(default)]
    pub(super) study_file: String,
    #[serde(default)]
    pub(super) study_sha256: String,
    #[serde(default)]
    pub(super) overrides: Vec<String>,
    study_toml: Option<String>,
    arguments_as_study: Option<String>,
    pub(super) years: [i32; 2],
    #[serde(default)]
    pub(super) coefficients: BTreeMap<String, f64>,
    #[serde(default)]
    pub(super) device: String,
    #[serde(default)]
    pub(super) device_reason: String,
    #[serde(default)]
    pub(super) device_losses: Vec<String>,
    #[serde(default)]
    pub(super) crs: String,
    pub(super) transform: [f64; 6],
    pub(super) size: [usize; 2],
    #[serde(default)]
    pub(super) pixels_inside: u64,
    pub(super) series: Vec<Series>,
    pub(super) attribution: Option<Attribution>,
    #[serde(default)]
    pub(super) phases: Vec<Phase>,
    #[serde(default)]
    pub(super) zones: Vec<ZoneSet>,
    #[serde(default)]
    pub(super) measures: Vec<Measures>,
    pub(super) tables: Tables,
    pub(super) layers: Vec<Layer>,
    pub(super) audit: Audit,
    #[serde(default)]
    pub(super) inputs: Vec<Input>,
    #[serde(default)]
    pub(super) stages: Vec<String>,
    #[serde(default)]
    pub(super) warnings: Vec<String>,
}

impl Record {
    /// What computed, each device once and without the number of its threads, which change no number of the page.
    pub(super) fn devices(&self) -> String {
        let mut devices: Vec<&str> = Vec::new();
        for device in self.device.split("; ").map(without_threads) {
            if !devices.contains(&device) {
                devices.push(device);
            }
        }
        devices.join(", ")
    }

    /// The study with its changes.
    pub(super) fn study_table(&self) -> toml::Table {
        let text = self
            .study_toml
            .as_ref()
            .or(self.arguments_as_study.as_ref());
        table_of(text.map(String::as_str))
    }

    /// Takes what is of tables from the record of tables that were made again of this run: the page is of those.
    ///
    /// # Arguments
    ///
    /// * `study` - the study of this run.
    pub(super) fn take_tables_of(&mut self, again: Self, study: &mut toml::Table) {
        let is_made = |name: &str| again.tables.files.iter().any(|file| file == name);
        if is_made("tables/phases.csv") {
            self.phases = again.phases;
        }
        if is_made("tables/ranking.csv") {
            self.measures = again.measures;
        }
        let mut study_again = table_of(again.arguments_as_study.as_deref());
        for table in ["zones", "stages"] {
            match study_again.remove(table) {
                Some(stated) => study.insert(table.to_owned(), stated),
                None => study.remove(table),
            };
        }
        self.zones = again.zones;
        for file in again.tables.files {
            if !self.tables.files.contains(&file) {
                self.tables.files.push(file);
            }
        }
        for note in again.tables.notes {
            if !self.tables.notes.contains(&note) {
                self.tables.notes.push(note);
            }
        }
    }

    /// Whether it has a layer of this path, such as `maps/nep_slope`.
    pub(super) fn has_layer(&self, path: &str) -> bool {
        self.layers.iter().any(|layer| layer.path == path)
    }

    /// The 2 % and the 98 % point of a layer, between which the colours of its style go too.
    pub(super) fn central_range(&self, path: &str) -> Option<[f64; 2]> {
        let layer = self.layers.iter().find(|layer| layer.path == path)?;
        layer.central_range
    }
}

/// The tables of a text; none where it is no TOML.
fn table_of(text: Option<&str>) -> toml::Table {
    let table = text.and_then(|text| toml::from_str(text).ok());
    table.unwrap_or_default()
}

/// The area mean of a series and its trend.
#[derive(Debug, Deserialize)]
pub(super) struct Series {
    pub(super) variable: String,
    pub(super) unit: String,
    pub(super) slope_unit: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Attribution {
    pub(super) response: String,
    pub(super) unit: String,
    pub(super) predictors: Vec<String>,
    pub(super) by: Vec<Sensitivity>,
}

/// The parts of the trend by one sensitivity.
#[derive(Debug, Deserialize)]
pub(super) struct Sensitivity {
    #[serde(rename = "sensitivity")]
    pub(super) name: String,
    pub(super) slope_observed: Option<f64>,
    pub(super) slope_climate: Option<f64>,
    pub(super) slope_human: Option<f64>,
    pub(super) human_share_over50: Option<f64>,
    pub(super) human_share_only: Option<f64>,
    intervals: Option<Intervals>,
}

impl Sensitivity {
    /// The interval of the share that people dominate.
    pub(super) fn interval_of_share(&self) -> Option<[f64; 2]> {
        self.intervals.as_ref()?.human_share_over50
    }
}

#[derive(Debug, Deserialize)]
struct Intervals {
    human_share_over50: Option<[f64; 2]>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Phase {
    pub(super) variable: String,
    pub(super) words: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct ZoneSet {
    pub(super) name: String,
    #[serde(default)]
    pub(super) file: String,
    #[serde(default)]
    pub(super) sha256: String,
    #[serde(default)]
    pub(super) zones: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Measures {
    pub(super) control: String,
    pub(super) sentence: Option<String>,
    pub(super) phase: Option<String>,
    #[serde(default)]
    pub(super) blocks: u64,
    #[serde(default)]
    pub(super) block_words: String,
    #[serde(default)]
    pub(super) replicates: u64,
    #[serde(default)]
    pub(super) seed: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tables {
    #[serde(default)]
    pub(super) notes: Vec<String>,
    #[serde(default)]
    pub(super) files: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Layer {
    pub(super) path: String,
    #[serde(default)]
    pub(super) missing: u64,
    central_range: Option<[f64; 2]>,
}

/// The run's own audit.
#[derive(Debug, Deserialize)]
pub(super) struct Audit {
    pub(super) pixels: u64,
    pub(super) layers: u64,
    pub(super) values: u64,
    pub(super) decided: u64,
    pub(super) class_flips: u64,
    pub(super) missing_differs: u64,
    pub(super) worst: Option<Worst>,
    #[serde(default)]
    pub(super) over: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Worst {
    pub(super) layer: String,
    pub(super) unit: String,
    pub(super) row: u64,
    pub(super) col: u64,
    pub(super) value: Option<f64>,
    pub(super) reference: Option<f64>,
    pub(super) share: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) product: Option<Product>,
    pub(super) unit: String,
    pub(super) steps: String,
    pub(super) time: String,
    pub(super) grid: String,
    #[serde(default)]
    pub(super) fill_codes: Vec<FillCode>,
    pub(super) unreadable: Option<Unreadable>,
    pub(super) files: Vec<InputFile>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Product {
    pub(super) name: String,
    pub(super) version: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct FillCode {
    pub(super) code: Option<f64>,
    pub(super) meaning: String,
    pub(super) count: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Unreadable {
    pub(super) blocks: u64,
    pub(super) values: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct InputFile {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) modified_unix_s: Option<u64>,
}
