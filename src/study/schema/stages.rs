//! `[stages]`.

use super::row::{Entry, Fallback, Key, Shown, TableSpec, keys};
use crate::calendar::Years;
use crate::stages::Preset;
use crate::study::formats::{ValueFormat, one_of, or_format, text, years};

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

    PRESET: Preset = Key::new(
        "preset",
        ValueFormat {
            expected: "the name of a calendar",
            example: "\"monitoring-rounds\"",
            parse: |value| match or_format(text(value))?.as_str() {
                "monitoring" => Ok(Preset::MonitoringRounds),
                word => one_of(word),
            },
        },
        Fallback::Words("none"),
        "stages that many studies share, beside those stated here; each is cut to the years of the study and named \
         by its years, such as 2006-2011",
    )
    .words::<Preset>();

    STAGE: Years = Key::new(
        "NAME",
        years("[2001, 2020]"),
        Fallback::Words("no stage"),
        "first and last year of the stage",
    )
    .bounds("at least 3 years of the study")
    .shown(Shown::Inside);
}
