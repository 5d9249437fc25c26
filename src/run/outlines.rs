//! The outlines of zones beside the tables.

use crate::study::Study;
use crate::zones::{self, Outlines, ZoneSpec};

use super::plan::Plan;
use super::zones::spec;

/// The file of the outlines of zones.
pub(super) const OUTLINES: &str = "tables/zones.geojson";

/// A page holds the outlines whole.
const MOST_BYTES: usize = 1_000_000;

/// The text of [`OUTLINES`], and what is left out of it.
pub(super) fn outlines(study: &Study, plan: &Plan) -> Outlines {
    let specs: Vec<ZoneSpec> = study.zones.iter().map(|table| spec(study, table)).collect();
    zones::outlines(&specs, &plan.zones, &plan.grid, MOST_BYTES)
}
