//! `[geodetector]`.

use super::row::{Fallback, Key, TableSpec, keys};
use crate::study::choices::PixelWeight;
use crate::study::formats::{strings, whole, word};
use crate::study::places::SIMULATIONS;

keys! {
    TABLE = TableSpec::header(
        "geodetector",
        "[geodetector] with factors = [\"landcover\"]",
        "optional: how much of a map zone sets explain, beside maps that only look like it",
    )
    .commented();

    OF: Vec<String> = Key::new(
        "of",
        strings("[\"nep_slope\", \"nep_mean\"]"),
        Fallback::Words("slope and mean of the response"),
        "layers under maps/",
    );

    FACTORS: Vec<String> = Key::new(
        "factors",
        strings("[\"landcover\", \"elevation\"]"),
        Fallback::Words("all zone sets with cells = \"centre\" but measures.blocks"),
        "zone sets",
    );

    WEIGHTS: PixelWeight = Key::new(
        "weights",
        word("\"pixels\""),
        Fallback::Value("\"pixels\""),
        "what a pixel counts",
    )
    .words::<PixelWeight>();

    SURROGATES: i64 = Key::new(
        "surrogates",
        whole("199"),
        Fallback::Value("199"),
        "surrogate maps that q is compared with",
    )
    .within("99 to 100000", |n| usize::try_from(*n).is_ok_and(|n| SIMULATIONS.contains(&n)));

    SEED: i64 = Key::new(
        "seed",
        whole("1"),
        Fallback::Value("1"),
        "seed of the random numbers",
    )
    .within("0 to 4294967295", |n| u32::try_from(*n).is_ok());
}
