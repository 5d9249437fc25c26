//! A run in parts, on any number of machines that share a folder.
//!
//! ```text
//! OUT/.parts/
//!   plan.json                      what is computed, in how many parts, and which blocks each has
//!   0007-HOST-PID-N.tmp/           a process at work on a part; `worker.json` says who, and its time is that of a heartbeat
//!   0007/                          a part that is whole
//!   0007.failed                    why the last process at work on a part failed
//! ```
//!
//! A part is some blocks of the outputs that follow each other, computed like a run of fewer tiles: their compressed blocks,
//! and one checkpoint after the last tile. `join` puts the blocks of all parts behind each other, adds up what was gathered,
//! and does what any run does after its last tile.

mod attempt;
mod cut;
mod folder;
mod host;
mod join;
mod joined;
mod part;
mod plan_file;
mod run_part;
mod split;
mod state;
mod status;

pub use join::{JoinOptions, join, remove_parts};
pub use joined::joined;
pub use part::Part;
pub use plan_file::{PartsPlan, planned_overrides};
pub use run_part::{Computed, run_part};
pub use split::split;
pub use status::{ComputingPart, FailedPart, PartsStatus, parts_status};
