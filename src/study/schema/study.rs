//! `[study]`.

use super::row::{Fallback, Key, TableSpec, keys};
use crate::calendar::Years;
use crate::study::formats::{string, years};

keys! {
    TABLE = TableSpec::header("study", "[study]", "what the study is called, and its years");

    NAME: String = Key::new(
        "name",
        string("\"Karst Guangxi, 2001-2020\""),
        Fallback::Words("the name of the study file"),
        "title of the study",
    )
    .stated();

    YEARS: Years = Key::new(
        "years",
        years("[2001, 2020]"),
        Fallback::Required("the first and the last year, such as years = [2001, 2020]"),
        "first and last year, both included",
    )
    .bounds("4 to 1000 years")
    .stated();
}
