//! `[phase]`.

use super::row::{Fallback, Key, TableSpec, keys};
use super::shared;
use crate::study::formats::whole;

keys! {
    TABLE = TableSpec::header(
        "phase",
        "[phase] with min_steps = 3",
        "optional: the search for the years in which a series rises fastest",
    )
    .commented();

    MIN_STEPS: i64 = Key::new(
        "min_steps",
        whole("3"),
        Fallback::Words("3, or the steps of the study where those are fewer"),
        "steps from year to year of the shortest phase",
    )
    .bounds("1 to the steps of the study, which are its years less one");

    MAX_STEPS: i64 = Key::new(
        "max_steps",
        whole("10"),
        Fallback::Words("half of the steps of the study, rounded up, but no fewer than min_steps"),
        "steps of the longest phase",
    )
    .bounds("min_steps to the steps of the study");

    REPLICATES: i64 = shared::simulations(
        "replicates",
        "999",
        "simulated straight lines that the p of a phase is read from",
    );

    SEED: i64 = shared::SEED;
}
