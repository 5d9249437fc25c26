//! From TOML values to the tables of a study, each with what can be wrong in it.

mod attribution;
mod bootstrap;
mod drivers;
mod engine;
mod grid;
mod inputs;
mod output;
mod period;
mod product;
mod series;
mod sites;
mod stages;
mod study;
mod trend;
mod zones;

pub(super) use attribution::attribution;
pub(super) use bootstrap::bootstrap;
pub(super) use drivers::drivers;
pub(super) use engine::engine;
pub(super) use grid::grid;
pub(super) use inputs::inputs;
pub(super) use output::output;
pub(super) use sites::sites;
pub(super) use stages::stages;
pub(super) use study::study;
pub(super) use trend::trend;
pub(super) use zones::zones;
