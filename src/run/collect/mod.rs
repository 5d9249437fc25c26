//! What a run gathers over the whole map while tiles pass: area means, areas of classes, attributions, counts.
//!
//! Each is a `Collector` in a file of its own and a line in `collectors`. [`SeenValues`] looks at inputs instead of
//! layers, before they are computed.

mod attribution;
mod beside_control;
mod class_areas;
mod collector;
mod collectors;
mod geodetector;
mod input_counts;
mod measures;
mod missing_counts;
mod other_map;
mod other_maps;
mod places;
mod samples;
mod seen_values;
mod series;
mod shown_values;
mod sites;
mod state;
mod written_attribution;

pub(super) use collector::LateWindow;
pub(super) use collectors::Collectors;
pub(super) use other_maps::OtherMapTables;
pub(super) use seen_values::{SeenState, SeenValues};
pub(super) use state::{StateError, loaded, saved};
