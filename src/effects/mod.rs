//! Measures beside their control: how much more a variable changed under a measure than beside it, with intervals from
//! blocks of places, year by year, and ranked.
//!
//! All of it is made of [`BlockSums`]: sums over pixels by block, group and class. Nothing here reads a file or knows a
//! map. `docs/science/measures.md` has the method.

mod assess;
mod balance;
mod blocks;
mod contrast;
mod csv;
mod design;
mod difference;
mod interval;
mod notes;
mod one_measure;
mod placed_sums;
mod pre_classes;
mod ranking;
mod replicates;
mod rows;
mod sentence;
mod statistics;
mod strips;
mod student;
mod sums;
mod text;

pub use assess::{AssessError, assess};
pub use balance::{BalanceRow, BalanceSums, CovariateSums, MAX_SMD, balance};
pub use blocks::{Runs, Squares, default_block_km, small_blocks};
pub use csv::{balance_csv, effects_csv, events_csv, ranking_csv};
pub use design::{Cohort, Contrast, Control, Design, Measure, Role, Stage, Variable, Variant};
pub use interval::Interval;
pub use notes::MIN_MATCHED_SHARE;
pub use placed_sums::PlacedSums;
pub use pre_classes::{
    MIN_RELIABILITY, PassedOnce, PassedTwice, ReliabilitySums, class_of, noise_variance, unreliable,
};
pub use ranking::{MAX_RANKED, Ranks, rank};
pub use rows::{Assessment, ComparisonRecord, Difference, EffectRow, EventRow, RankRow, RowRole};
pub use student::{Sample, TTest, did_of_means, t_p, welch};
pub use sums::{BlockSums, Cell, NO_CLASS, Sums};
