//! The tables of a finished run made again, by other zones or stages, from what the run left.
//!
//! `finished` reads the record of the run. `study` makes a study of it whose inputs are the stacks of the run, and those
//! inputs of the run that are series themselves; `compared` keeps what the run compared. It writes tables alone. What the run's maps give is read by
//! `collect`.

mod compared;
mod finished;
mod study;

pub use finished::FinishedRun;
pub use study::TablesAgain;
