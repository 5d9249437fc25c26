//! The phase in which a series rises fastest, found by a search over all windows and tested as what it
//! is: the largest of many.

mod null;
mod search;
mod settings;
mod windows;

pub use search::{Phase, PhaseOfSeries, PhaseSearch};
pub use settings::PhaseSettings;
