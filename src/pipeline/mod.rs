//! Read, compute, write: bounded, in order, in one direction.
//!
//! ```text
//!   ┌──────────(used tile)──────────┐
//!   ▼                               │
//! reader ──(Tile)──► compute: started, finished ──(result)──► write
//!                       ▲                                       │
//!                       └──────────────(used result)────────────┘
//! ```
//!
//! There is one reader, which decodes a tile on all cores: several tiles would need more memory and be ready no sooner. It
//! is at most one tile ahead. `compute` has several tiles on their way at a time if it can. Alive are at most
//! [`tiles_alive`] tiles and [`results_alive`] results; the memory budget is divided by that. A tile that is computed goes
//! back to the reader and a result that is written goes back to `compute`: after the first few, no tile needs new memory.

mod compute;
mod ending;
mod flow;
mod stages;
#[cfg(test)]
mod tests;

pub use compute::Compute;
pub use flow::{Busy, Ended, MAX_IN_FLIGHT, results_alive, run, tiles_alive};
