//! Measures beside their control: pixels are summed by blocks of places while tiles pass. Where they are matched by
//! classes of the mean before the measures, which are known after the last tile only, a file keeps them until then.
//!
//! ```text
//! setup     what the study asks for, in numbers of zone sets and series
//! pixels    the treated and the control pixels of a tile, with filled series
//! near      control pixels near a measure
//! seen      groups and classes of what passes
//! spool     the file that keeps them
//! sums      sums by block, group and class
//! ```

mod collector;
mod near;
mod pixels;
mod seen;
mod setup;
mod spool;
mod sums;

pub(super) use collector::Measures;
