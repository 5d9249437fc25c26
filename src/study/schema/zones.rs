//! `[zones.NAME]`.

use toml::Table;

use super::row::{Fallback, Key, Sample, Shown, TableSpec, keys};
use crate::grid::CellRule;
use crate::study::formats::{finite_numbers, string, strings, table, word};
use crate::study::places::ZoneTable;

keys! {
    TABLE = TableSpec::header(
        "zones.NAME",
        "[zones.county] with file = \"counties.gpkg\"",
        "optional: sets of zones, any number of them",
    )
    .named("measure")
    .samples(&[
        Sample {
            name: "county",
            comment: "another vector file",
            values: &[
                (&FILE.row, "\"zones/counties.gpkg\"", ""),
                (&FIELD.row, "\"name\"", ""),
            ],
        },
        Sample {
            name: "landcover",
            comment: "a raster of codes",
            values: &[
                (&FILE.row, "\"zones/landcover.tif\"", ""),
                (&LABELS_ROW.row, "{ 1 = \"forest\", 2 = \"shrub\", 3 = \"crop\" }", ""),
            ],
        },
        Sample {
            name: "elevation",
            comment: "a raster of a quantity",
            values: &[
                (&FILE.row, "\"zones/elevation.tif\"", ""),
                (&BREAKS.row, "[300, 600]", "zones \"<300\", \"300-600\", \">=600\""),
            ],
        },
        Sample {
            name: "cover_by_height",
            comment: "combinations of other sets",
            values: &[(
                &CROSS.row,
                "[\"landcover\", \"elevation\"]",
                "zones such as \"forest x <300\"",
            )],
        },
    ]);

    FILE: String = Key::new(
        "file",
        string("\"zones/measures.gpkg\""),
        Fallback::Required("file = \"zones/measures.gpkg\""),
        "vector file (with `field`), integer raster (with `labels`) or raster of a quantity (with `breaks`); a set \
         with `cross` has none",
    )
    .stated();

    LAYER: String = Key::new(
        "layer",
        string("\"measures\""),
        Fallback::Words("the only layer of the file"),
        "layer of the vector file",
    );

    WHERE: String = Key::new(
        "where",
        string("\"PROVINCE = 'Guangxi'\""),
        Fallback::Words("all features"),
        "features of the vector file that are read, as GDAL filters by attributes",
    )
    .shown(Shown::Inside);

    FIELD: String = Key::new(
        "field",
        string("\"measure\""),
        Fallback::Words("none, for a raster"),
        "field of the vector file that names the zones",
    )
    .stated();

    LABELS_ROW: Table = Key::new(
        "labels",
        table("{ 1 = \"karst\" }"),
        Fallback::Words("every code is a zone named by its number, but 0 and nodata"),
        "labels of the codes of a raster file; other codes are no zone",
    )
    .shown(Shown::Inside);

    BREAKS: Vec<f64> = Key::new(
        "breaks",
        finite_numbers("[300, 600]"),
        Fallback::Words("none, for codes"),
        "bounds of classes of a quantity: the zones \"<300\", \"300-600\" and \">=600\"; a class has its lower bound",
    )
    .within("numbers that rise", |breaks| breaks.windows(2).all(|two| two[0] < two[1]))
    .shown(Shown::Inside);

    CROSS: Vec<String> = Key::new(
        "cross",
        strings("[\"landcover\", \"elevation\"]"),
        Fallback::Words("none"),
        "zone sets of which every combination that occurs is a zone, such as \"forest x <300\"",
    )
    .within("2 to 8 zone sets", |sets| (2..=ZoneTable::MAX_CROSSED).contains(&sets.len()))
    .shown(Shown::Inside);

    CELLS: CellRule = Key::new(
        "cells",
        word("\"centre\""),
        Fallback::Value("\"centre\""),
        "which pixels a zone has",
    )
    .words::<CellRule>();

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
