//! Numbers from outside, and what the search finds in simulated series.

mod golden;
mod simulated;
pub(super) mod support;
