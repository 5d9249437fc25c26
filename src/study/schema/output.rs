//! `[output]`.

use super::row::{Fallback, Key, Shown, TableSpec, keys};
use crate::study::choices::{Compress, Format, Layers};
use crate::study::formats::{ValueFormat, or_format, string, texts, word};

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
            expected: "\"all\" or a list of layer names",
            example: "[\"nep_slope\", \"nep_p\"]",
            parse: |value| {
                let named = || texts(value).map(Layers::Named);
                or_format((value.as_str() == Some("all")).then_some(Layers::All).or_else(named))
            },
        },
        Fallback::Value("\"all\""),
        "layers to write: \"all\" or a list of their names",
    )
    .shown(Shown::Stated("\"all\""));
}
