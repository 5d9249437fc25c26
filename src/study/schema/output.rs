//! `[output]`.

use super::row::{Fallback, Key, Shown, TableSpec, keys};
use crate::study::choices::{Compress, Format, Layers};
use crate::study::formats::{ValueFormat, flag, or_format, string, texts, word};

keys! {
    TABLE = TableSpec::header("output", "[output]", "what is written, and where");

    DIR: String = Key::new(
        "dir",
        string("\"out\""),
        Fallback::Value("\"out\""),
        "output folder",
    )
    .stated();

    FORMAT: Format = Key::new(
        "format",
        word("\"gtiff\""),
        Fallback::Value("\"gtiff\""),
        "format of the maps",
    )
    .words::<Format>()
    .stated();

    COMPRESS: Compress = Key::new(
        "compress",
        word("\"deflate\""),
        Fallback::Value("\"deflate\""),
        "compression of the maps; Doline chooses the predictor and a fast level",
    )
    .words::<Compress>()
    .stated();

    LAYERS: Layers = Key::new(
        "layers",
        ValueFormat {
            expected: "\"all\", \"none\" or a list of layer names",
            example: "[\"nep_slope\", \"nep_p\"]",
            parse: |value| {
                or_format(match value.as_str() {
                    Some("all") => Some(Layers::All),
                    Some("none") => Some(Layers::Named(Vec::new())),
                    _ => texts(value).map(Layers::Named),
                })
            },
        },
        Fallback::Value("\"all\""),
        "layers to write: \"all\", a list of their names, or \"none\" for tables alone",
    )
    .shown(Shown::Stated("\"all\""));

    REPORT: bool = Key::new(
        "report",
        flag("true"),
        Fallback::Value("true"),
        "whether `doline run` leaves report.html, a page with maps, charts, tables and methods",
    );
}
