//! Keys that several tables have.

use super::row::{Fallback, Key};
use crate::study::formats::{finite, whole};
use crate::study::places::SIMULATIONS;

/// `seed`.
pub(super) const SEED: Key<i64> = Key::new(
    "seed",
    whole("1"),
    Fallback::Value("1"),
    "seed of the random numbers",
)
.within("0 to 4294967295", |n| u32::try_from(*n).is_ok());

/// A number of simulations or draws: its name, its example and default, its meaning.
pub(super) const fn simulations(
    name: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Key<i64> {
    Key::new(name, whole(default), Fallback::Value(default), meaning).within("99 to 100000", |n| {
        usize::try_from(*n).is_ok_and(|n| SIMULATIONS.contains(&n))
    })
}

/// `level` of intervals.
pub(super) const fn level(meaning: &'static str) -> Key<f64> {
    Key::new("level", finite("0.95"), Fallback::Value("0.95"), meaning)
        .within("0.5 to 0.999", |level| (0.5..=0.999).contains(level))
}
