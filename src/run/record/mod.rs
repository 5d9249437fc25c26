//! The record of a run, which becomes `run.json`.

mod audit;
mod inputs;
mod places;
mod results;
mod run;

pub use audit::{AuditRecord, AuditedValue};
pub(super) use inputs::input_records;
pub use inputs::{FileRecord, FillRecord, InputRecord, ProductRecord};
pub use places::{
    ComparisonOfMeasure, FactorRecord, MeasuresRecord, PhaseRecord, SitesRecord, TablesRecord,
    ZoneSetRecord, ZoneSlope,
};
pub(super) use results::Gathered;
pub use results::{
    AttributionRecord, FalseDiscoveryRecord, LayerRecord, LevelRecord, SeriesRecord, StoreRecord,
};
pub(super) use run::{EngineRecord, Parts, gdal_version, labels};
pub use run::{PartRecord, RunRecord, Seconds};
