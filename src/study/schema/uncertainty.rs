//! `[uncertainty]` and the tables inside it.

use super::row::{Entry, Fallback, Key, Shown, TableSpec, keys};
use crate::study::formats::{finite, numbers, whole};
use crate::study::tables::UncertaintyTable;

keys! {
    TABLE = TableSpec::header(
        "uncertainty",
        "[uncertainty] with draws = 200",
        "optional: NEP with random coefficients, its sd and the probability of a sink",
    )
    .commented();

    DRAWS: i64 = Key::new(
        "draws",
        whole("200"),
        Fallback::Value("200"),
        "number of random sets of coefficients",
    )
    .within("2 to 2000", |n| {
        usize::try_from(*n).is_ok_and(|n| (2..=UncertaintyTable::MAX_DRAWS).contains(&n))
    });

    SEED: i64 = Key::new(
        "seed",
        whole("1"),
        Fallback::Value("1"),
        "seed of the random numbers",
    )
    .within("0 or more", |n| *n >= 0);
}

keys! {
    /// The uncertain coefficients.
    PARAMETERS = TableSpec::header(
        "uncertainty.parameters",
        "[uncertainty.parameters] with R0 = { sd = 0.06 }",
        "the uncertain coefficients, at least one, with the names of respiration.parameters; a \
         draw holds for the whole region",
    )
    .commented()
    .entries(&[
        Entry {
            name: "R0",
            value: "{ sd = 0.06 }",
            comment: "normal around the value; also { relative_sd = 0.1 }",
        },
        Entry {
            name: "M",
            value: "{ range = [0.1, 0.13] }",
            comment: "uniform",
        },
    ]);
}

keys! {
    /// How one coefficient is distributed.
    DISTRIBUTION = TableSpec::inline(
        "uncertainty.parameters.SYMBOL",
        "{ sd = 0.06 }, { relative_sd = 0.1 } or { range = [0.1, 0.13] }",
        "how one coefficient is distributed: one of these keys",
    );

    SD: f64 = Key::new(
        "sd",
        finite("0.06"),
        Fallback::Required("{ sd = 0.06 }, { relative_sd = 0.1 } or { range = [0.1, 0.13] }"),
        "normal around the value, with this standard deviation",
    )
    .within("above 0", |sd| *sd > 0.0)
    .shown(Shown::Inside);

    RELATIVE_SD: f64 = Key::new(
        "relative_sd",
        finite("0.1"),
        Fallback::Words("another distribution"),
        "normal around the value, with this part of it as standard deviation",
    )
    .within("above 0", |sd| *sd > 0.0)
    .shown(Shown::Inside);

    RANGE: [f64; 2] = Key::new(
        "range",
        numbers("the least and the largest value", "[0.1, 0.13]"),
        Fallback::Words("another distribution"),
        "uniform between these two",
    )
    .within("the least value first", |[low, high]| low < high)
    .shown(Shown::Inside);
}
