//! Numbers by period of one annual series: its trend with an interval, the change from stage to
//! stage, the phase of fastest rise, and the calendars of stages that studies share.
//!
//! A series is `&[Option<f64>]`, an entry a calendar year of the study, `None` where the year is
//! missing. A stage is a range of these entries. Nothing here knows where a series comes from.

mod change;
mod csv;
mod fill;
mod line;
mod phase;
mod power;
mod preset;
#[cfg(test)]
mod tests;
mod trend_detail;
mod trends;
mod words;

pub use change::{Stage, StageChange, changes_of_stages};
pub use csv::{SeriesName, TREND_COLUMNS, phases_csv, stages_csv, trend_cells};
pub use fill::Filler;
pub use phase::{Phase, PhaseOfSeries, PhaseSearch, PhaseSettings};
pub use power::power_line;
pub use preset::Preset;
pub use trend_detail::{TrendDetail, composition_shifts, trend_detail};
pub use trends::{Period, trends_csv};
pub use words::phase_words;
