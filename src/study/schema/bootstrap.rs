//! `[bootstrap]`.

use super::row::{Fallback, Key, TableSpec, keys};
use super::shared;
use crate::study::formats::whole;
use crate::study::tables::BootstrapTable;

keys! {
    TABLE = TableSpec::header(
        "bootstrap",
        "[bootstrap] with replicates = 200",
        "optional: intervals of the raw and detrended attributions, from years drawn in blocks",
    )
    .commented();

    REPLICATES: i64 = Key::new(
        "replicates",
        whole("200"),
        Fallback::Value("0"),
        "number of replicates; 0 is no bootstrap",
    )
    .within("0 (no bootstrap) or 20 to 1000", |n| {
        let some = 20..=BootstrapTable::MAX_REPLICATES;
        *n == 0 || usize::try_from(*n).is_ok_and(|n| some.contains(&n))
    });

    BLOCK: i64 = Key::new(
        "block",
        whole("3"),
        Fallback::Words("3, or half of the years where that is less"),
        "neighbouring years that are drawn together",
    )
    .bounds("1 to half of the years of the study");

    SEED: i64 = shared::SEED;

    LEVEL: f64 = shared::level("level of the percentile intervals; it needs at least 2 / (1 - level) replicates");
}
