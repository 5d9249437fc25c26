//! A run from a study to its files: study -> sources -> tiles -> kernels -> sinks -> tables.
//!
//! `plan` decides everything before the first tile, `execute` runs the plan, `collect` gathers tables while tiles pass,
//! `record` becomes `run.json`. `check` does all of this for a few tiles.

mod all_missing;
mod audit;
mod calibration;
mod check;
mod collect;
mod computing;
mod conversion;
mod cut;
mod draws;
mod execute;
mod false_discovery;
mod journal;
mod model_maker;
mod model_warnings;
mod models;
mod open_inputs;
mod options;
mod other_maps;
mod outlines;
mod outputs;
pub mod parts;
mod pixel_number;
mod plan;
mod probe;
mod problems;
mod recipe;
mod record;
mod room;
mod sample;
mod sites;
mod styles;
mod tables_again;
mod tile;
mod watched;
mod zones;

pub use crate::engines::open_engine;
pub use calibration::{CalibrationOptions, calibrate, noise_of, series_with_trends};
pub use check::{Checked, CheckedFile, CheckedZones, MemoryPlan, check};
pub use cut::DEFAULT_DEVICE_BYTES;
pub use execute::run;
pub use open_inputs::with_problems_of_inputs;
pub use options::{Event, RunOptions};
pub use other_maps::{ClassRaster, OtherMaps, WrittenAttribution, WrittenMaps};
pub use plan::{Plan, plan};
pub use probe::ExpectedTime;
pub use record::{
    AttributionRecord, AuditRecord, AuditedValue, ComparisonOfMeasure, FactorRecord,
    FalseDiscoveryRecord, FileRecord, FillRecord, InputRecord, LayerRecord, LevelRecord,
    MeasuresRecord, PartRecord, PhaseRecord, ProductRecord, RunRecord, Seconds, SeriesRecord,
    SitesRecord, StoreRecord, TablesRecord, ZoneSetRecord, ZoneSlope,
};
pub use sample::{SpreadSample, spread_sample};
pub use tables_again::{FinishedRun, TablesAgain};
