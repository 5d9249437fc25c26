//! Measures beside their control: pixels are kept in a file while tiles pass, and summed by blocks of places after the
//! last one, because classes of the mean before the measures are known only then.
//!
//! ```text
//! setup     what the study asks for, in numbers of zone sets and series
//! pixels    the treated and the control pixels of a tile, with filled series
//! near      control pixels near a measure
//! spool     the file that keeps them
//! sums      sums by block, group and class, in whole numbers
//! ```

mod collector;
mod near;
mod pixels;
mod setup;
mod spool;
mod sums;

pub(super) use collector::Measures;
