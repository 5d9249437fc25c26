//! `[attribution]`.

use toml::Value;

use super::row::{Fallback, Key, Shown, TableSpec, keys};
use crate::calendar::Years;
use crate::chain::Sensitivity;
use crate::study::formats::{list, years};

keys! {
    TABLE = TableSpec::header(
        "attribution",
        "[attribution]",
        "how much of a trend is due to climate, and how much to humans",
    );

    SENSITIVITY: Vec<Value> = Key::new(
        "sensitivity",
        list(
            "a list with at least one sensitivity",
            "[\"raw\", \"detrended\"]",
        ),
        Fallback::Value("[\"raw\", \"detrended\"]"),
        "how the sensitivity to climate is estimated; each gives a full set of layers; also \
         { baseline = [2001, 2005] }",
    )
    .words::<Sensitivity>()
    .stated();
}

keys! {
    /// A sensitivity with years.
    BASELINE_TABLE = TableSpec::inline(
        "attribution.sensitivity",
        "{ baseline = [2001, 2005] }",
        "a sensitivity with years, an entry of the list",
    );

    BASELINE: Years = Key::new(
        "baseline",
        years("[2001, 2005]"),
        Fallback::Required("{ baseline = [2001, 2005] }"),
        "from these years alone",
    )
    .bounds("at least 3 years of the study")
    .shown(Shown::Inside);
}
