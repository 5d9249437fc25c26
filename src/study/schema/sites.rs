//! `[sites]`.

use super::row::{Fallback, Key, TableSpec, keys};
use crate::study::formats::string;

keys! {
    TABLE = TableSpec::header(
        "sites",
        "[sites] with file = \"field.csv\"",
        "optional: field data",
    );

    FILE: String = Key::new(
        "file",
        string("\"field.csv\""),
        Fallback::Required("file = \"field.csv\""),
        "table with the columns lon, lat, year, variable (rs, rh, npp or nep), value",
    )
    .stated();
}
