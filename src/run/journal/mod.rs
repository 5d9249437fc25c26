//! What lets a run that was interrupted go on: who it is, when its state is kept, and how the next one takes it up.
//!
//! ```text
//! identity   study, version, device, tiles and inputs: only the same run goes on
//! keeper     when a checkpoint is worth its time, and what is in it
//! begin      claims the output folder, anew or from where another run ended
//! ```

mod begin;
mod identity;
mod keeper;

pub(super) use begin::{Begun, begin};
pub(super) use identity::{Difference, Identity};
pub(super) use keeper::{Keeper, RunState};
