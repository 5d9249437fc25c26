//! `[zones.NAME]`.

use super::row::{Fallback, Key, Shown, TableSpec, keys};
use crate::study::formats::string;

keys! {
    TABLE = TableSpec::header(
        "zones.NAME",
        "[zones.county] with file = \"counties.gpkg\"",
        "optional: sets of zones, any number of them",
    )
    .named("measure");

    FILE: String = Key::new(
        "file",
        string("\"zones/measures.gpkg\""),
        Fallback::Required("file = \"zones/measures.gpkg\""),
        "vector file (with `field`) or integer raster (with `labels`)",
    )
    .stated();

    FIELD: String = Key::new(
        "field",
        string("\"measure\""),
        Fallback::Words("none, for a raster"),
        "field of the vector file that names the zones",
    )
    .stated();

    CONTROL: String = Key::new(
        "control",
        string("\"none\""),
        Fallback::Words("no comparison"),
        "the zone that the others are compared with",
    )
    .stated();
}

keys! {
    /// The labels of raster codes.
    LABELS = TableSpec::inline(
        "zones.NAME.labels",
        "labels = { 1 = \"karst\" }",
        "labels of the codes of a raster file",
    );

    LABEL: String = Key::new(
        "CODE",
        string("\"karst\""),
        Fallback::Words("none, for a vector file"),
        "label of a code, which is a whole number other than 0",
    )
    .shown(Shown::Inside);
}
