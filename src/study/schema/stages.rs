//! `[stages]`.

use super::row::{Entry, Fallback, Key, Shown, TableSpec, keys};
use crate::calendar::Years;
use crate::study::formats::years;

keys! {
    TABLE = TableSpec::header(
        "stages",
        "[stages] with \"first\" = [2001, 2005]",
        "optional: parts of the study, which may overlap",
    )
    .entries(&[
        Entry {
            name: "\"first\"",
            value: "[2001, 2005]",
            comment: "",
        },
        Entry {
            name: "\"second\"",
            value: "[2006, 2011]",
            comment: "",
        },
    ]);

    STAGE: Years = Key::new(
        "NAME",
        years("[2001, 2020]"),
        Fallback::Words("no stage"),
        "first and last year of the stage",
    )
    .bounds("at least 3 years of the study")
    .shown(Shown::Inside);
}
