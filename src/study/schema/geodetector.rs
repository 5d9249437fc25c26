//! `[geodetector]`.

use super::row::{Fallback, Key, TableSpec, keys};
use super::shared;
use crate::study::choices::PixelWeight;
use crate::study::formats::{strings, word};

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

    SURROGATES: i64 = shared::simulations(
        "surrogates",
        "199",
        "surrogate maps that q is compared with",
    );

    SEED: i64 = shared::SEED;
}
