//! `[sites]`.

use toml::Table;

use super::row::{Fallback, Key, Shown, TableSpec, keys};
use crate::sites::{Merge, When};
use crate::study::formats::{cells, string, table, whole, word};

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
        "table with the columns lon, lat, year, variable (rs, rh, npp or nep), value, or those of `columns`",
    )
    .stated();

    COLUMNS_ROW: Table = Key::new(
        "columns",
        table("{ lon = \"Longitude\", lat = \"Latitude\", year = \"Study_midyear\", rs = \"Rs_annual\" }"),
        Fallback::Words("the names of the table"),
        "names of the columns",
    );

    FILTERS_ROW: Table = Key::new(
        "where",
        table("{ Manipulation = \"None\" }"),
        Fallback::Words("every row"),
        "rows that are used: those with these texts in these columns",
    );

    UNITS: String = Key::new(
        "units",
        string("\"gC m-2 yr-1\""),
        Fallback::Value("\"gC m-2 yr-1\""),
        "unit of the measurements",
    );

    WHEN: When = Key::new(
        "when",
        word("\"year\""),
        Fallback::Value("\"year\""),
        "what a measurement is compared with",
    )
    .words::<When>();

    WINDOW: i64 = Key::new(
        "window",
        whole("3"),
        Fallback::Value("1"),
        "1: the pixel of the site; 3: the mean of the valid pixels of 3 x 3 around it",
    )
    .within("1 or 3", |side| matches!(side, 1 | 3));

    MERGE: Merge = Key::new(
        "merge",
        word("\"none\""),
        Fallback::Value("\"none\""),
        "what becomes of several measurements in one pixel",
    )
    .words::<Merge>();

    CRS: String = Key::new(
        "crs",
        string("\"EPSG:4326\""),
        Fallback::Value("\"EPSG:4326\""),
        "coordinate reference system of the coordinates",
    );
}

keys! {
    /// The columns of the table of measurements.
    COLUMNS = TableSpec::inline(
        "sites.columns",
        "columns = { lon = \"Longitude\", lat = \"Latitude\" }",
        "columns of the table by what they mean",
    );

    LON: String = Key::new(
        "lon",
        string("\"Longitude\""),
        Fallback::Value("\"lon\""),
        "longitude, or the first coordinate in `crs`",
    )
    .shown(Shown::Inside);

    LAT: String = Key::new(
        "lat",
        string("\"Latitude\""),
        Fallback::Value("\"lat\""),
        "latitude, or the second coordinate",
    )
    .shown(Shown::Inside);

    YEAR: String = Key::new(
        "year",
        string("\"Study_midyear\""),
        Fallback::Value("\"year\""),
        "year; of 2008.5 it is 2008",
    )
    .shown(Shown::Inside);

    VARIABLE: String = Key::new(
        "variable",
        string("\"quantity\""),
        Fallback::Value("\"variable\""),
        "what was measured: rs, rh, npp or nep",
    )
    .shown(Shown::Inside);

    VALUE: String = Key::new(
        "value",
        string("\"flux\""),
        Fallback::Value("\"value\""),
        "the measurement",
    )
    .shown(Shown::Inside);

    RS: String = Key::new(
        "rs",
        string("\"Rs_annual\""),
        Fallback::Words("none"),
        "soil respiration, in place of variable and value",
    )
    .shown(Shown::Inside);

    RH: String = Key::new(
        "rh",
        string("\"Rh_annual\""),
        Fallback::Words("none"),
        "heterotrophic respiration, in place of variable and value",
    )
    .shown(Shown::Inside);

    NPP: String = Key::new(
        "npp",
        string("\"NPP\""),
        Fallback::Words("none"),
        "net primary production, in place of variable and value",
    )
    .shown(Shown::Inside);

    NEP: String = Key::new(
        "nep",
        string("\"NEP\""),
        Fallback::Words("none"),
        "net ecosystem production, in place of variable and value",
    )
    .shown(Shown::Inside);
}

keys! {
    /// What rows must have to be used.
    FILTERS = TableSpec::inline(
        "sites.where",
        "where = { Manipulation = \"None\" }",
        "rows of the table that are used",
    );

    FILTER: Vec<String> = Key::new(
        "COLUMN",
        cells("\"None\""),
        Fallback::Words("any text"),
        "text that the column must have, letter by letter, or a list of such texts",
    )
    .shown(Shown::Inside);
}
