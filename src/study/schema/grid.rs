//! `[grid]`.

use super::row::{Fallback, Key, TableSpec, keys};
use crate::grid::Area;
use crate::study::formats::{numbers, string, word};

keys! {
    TABLE = TableSpec::header("grid", "[grid]", "the grid that every input is brought to");

    LIKE: String = Key::new(
        "like",
        string("\"npp\""),
        Fallback::Words("the npp input, else the first input"),
        "the input whose grid it is; the next three keys override it one by one",
    )
    .stated();

    CRS: String = Key::new(
        "crs",
        string("\"EPSG:32648\""),
        Fallback::Words("that of `like`"),
        "coordinate reference system",
    );

    RESOLUTION: [f64; 2] = Key::new(
        "resolution",
        numbers("width and height of a pixel", "[500.0, 500.0]"),
        Fallback::Words("that of `like`"),
        "width and height of a pixel, in the unit of the CRS",
    )
    .within("two numbers above 0", |size| size.iter().all(|n| *n > 0.0));

    BOUNDS: [f64; 4] = Key::new(
        "bounds",
        numbers("xmin, ymin, xmax, ymax", "[104.0, 20.9, 112.1, 26.4]"),
        Fallback::Words("those of `like`"),
        "edges of the grid, in the unit of the CRS",
    )
    .within(
        "[xmin, ymin, xmax, ymax] with xmin < xmax and ymin < ymax",
        |b| b[0] < b[2] && b[1] < b[3],
    );

    MASK: String = Key::new(
        "mask",
        string("\"karst.tif\""),
        Fallback::Words("no mask"),
        "file of the mask: a raster (inside is not zero) or a vector file (inside its polygons)",
    );

    MASK_LAYER: String = Key::new(
        "mask_layer",
        string("\"karst\""),
        Fallback::Words("the only layer of the mask with polygons"),
        "layer of a vector file with several that is the mask",
    );

    MASK_WHERE: String = Key::new(
        "mask_where",
        string("\"NAME = 'Guangxi'\""),
        Fallback::Words("all features of the mask"),
        "features of a vector file that are the mask, as GDAL filters by attributes",
    );

    AREA: Area = Key::new(
        "area",
        word("\"nominal\""),
        Fallback::Value("\"nominal\""),
        "area of a pixel of a projected grid",
    )
    .words::<Area>();
}
