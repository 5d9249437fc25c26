//! Read, compute, write: bounded, in order, in one direction.
//!
//! ```text
//!     ┌────────────(used tile)─────────────┐
//!     ▼                                    │
//! reader 0 ──┐                             │
//! reader 1 ──┼──(Tile)──► compute: started, finished ──(result)──► write
//! ...        ┘               ▲                                       │
//!                            └──────────────(used result)────────────┘
//! ```
//!
//! Reader `k % n` reads tile `k`, so that tiles arrive in their order and each reader is at most one tile ahead.
//! `compute` has several tiles on their way at a time if it can. Alive are at most one tile a reader and those on
//! their way, and [`results_alive`] results; the memory budget is divided by that. A tile that is computed goes back to
//! the readers and a result that is written goes back to `compute`: after the first few, no tile needs new memory.

mod compute;
mod ending;
mod flow;
mod recycling;
mod stages;
#[cfg(test)]
mod tests;

pub use compute::Compute;
pub use flow::{Busy, Ended, MAX_IN_FLIGHT, results_alive, run, tiles_alive};
