//! `[inputs.NAME]`.

use toml::Value;

use super::row::{Fallback, Key, Sample, Shown, TableSpec, keys};
use crate::calendar::{Steps, Time, Years};
use crate::study::choices::Aggregate;
use crate::study::formats::{
    ValueFormat, finite, flag, number, numbers, one_or_more, or_format, string, text, texts, whole,
    word, years,
};
use crate::tile::{Decoding, Resampling};

keys! {
    TABLE = TableSpec::header(
        "inputs.NAME",
        "[inputs.npp] with files = \"npp/npp_{year}.tif\"",
        "one table per input. The carbon chain knows npp, temperature, precipitation, radiation \
         and soc; any other name is a further driver",
    )
    .named("npp")
    .samples(&[
        Sample {
            name: "temperature",
            comment: "monthly, degC (K is converted)",
            values: &[(&FILES.row, "\"climate/tas.nc\"", "")],
        },
        Sample {
            name: "precipitation",
            comment: "monthly, mm month-1 (m, kg m-2 s-1 and mm d-1 are converted)",
            values: &[(
                &FILES.row,
                "\"climate/pr.tif\"",
                "a multi-band file: 12 bands a year in order, or bands with dates",
            )],
        },
        Sample {
            name: "radiation",
            comment: "monthly or annual, MJ m-2 per step (W m-2 is converted)",
            values: &[(&FILES.row, "\"climate/rsds_{year}.tif\"", "")],
        },
        Sample {
            name: "soc",
            comment: "static, kgC m-2, 0-20 cm",
            values: &[(&FILES.row, "\"soil/soc.tif\"", "")],
        },
    ]);

    FILES: Vec<String> = Key::new(
        "files",
        ValueFormat {
            expected: "a file name, a pattern or a list of them",
            example: "\"npp/npp_{year}.tif\"",
            parse: |value| or_format(text(value).map(|text| vec![text]).or_else(|| texts(value))),
        },
        Fallback::Required("files = \"npp/npp_{year}.tif\", a list, or one file with a time axis"),
        "a pattern with {year}, {month} (01..12 or 1..12) or {doy} (001..366), a glob, a list, or one file \
         with a time axis",
    )
    .stated();

    PRODUCT: String = Key::new(
        "product",
        string("\"MOD17A3HGF\""),
        Fallback::Words("none"),
        "a known product, which sets scale, unit, fill values and steps; keys that you set \
         yourself take precedence (`doline products` lists them)",
    );

    VARIABLE: String = Key::new(
        "variable",
        string("\"Npp_500m\""),
        Fallback::Words("the only variable of the file"),
        "variable (subdataset) of HDF4, HDF5, netCDF or Zarr files",
    )
    .stated();

    UNITS: String = Key::new(
        "units",
        string("\"kgC m-2 yr-1\""),
        Fallback::Words("the unit of the files, else that of the input's name"),
        "unit of the files, converted on reading",
    )
    .stated();

    SCALE: f64 = Key::new(
        "scale",
        finite("0.0001"),
        Fallback::Words("that of the files, else 1"),
        "scale of the raw values",
    )
    .within("a number other than 0", |n| *n != 0.0)
    .stated();

    OFFSET: f64 = Key::new(
        "offset",
        finite("-273.15"),
        Fallback::Words("that of the files, else 0"),
        "offset, added after the scale",
    )
    .shown(Shown::Commented("0.0"));

    NODATA: Vec<f64> = Key::new(
        "nodata",
        ValueFormat {
            expected: "a list of numbers",
            example: "[65535]",
            parse: |value| or_format(one_or_more(value, number)),
        },
        Fallback::Value("[]"),
        "further raw values that mean missing; the file's own always counts",
    )
    .within(
        "at most 7 numbers beside the file's own; use valid_range for more",
        |values| values.len() < Decoding::MAX_NODATA,
    )
    .stated();

    VALID_RANGE: [f64; 2] = Key::new(
        "valid_range",
        numbers("the least and the largest raw value", "[-30000, 32700]"),
        Fallback::Words("all values are valid"),
        "least and largest valid raw value, before the scale",
    )
    .within("the least number first", |[least, most]| least <= most)
    .stated();

    STEPS: Steps = Key::new(
        "steps",
        word("\"annual\""),
        Fallback::Words("by the input's name, else as the files show"),
        "how often the input has a value",
    )
    .words::<Steps>()
    .stated();

    MISSING: Vec<Time> = Key::new(
        "missing",
        ValueFormat {
            expected: "a list of years and months without a file or band",
            example: "[2003, \"2005-07\"]",
            parse: |value| or_format(one_or_more(value, time)),
        },
        Fallback::Value("[]"),
        "years and months known to have no file or band: missing data, no error",
    );

    AGGREGATE: Aggregate = Key::new(
        "aggregate",
        word("\"mean\""),
        Fallback::Words("the mean of temperature, the sum of all else"),
        "how the months become a year",
    )
    .words::<Aggregate>();

    MONTHS: [u32; 2] = Key::new(
        "months",
        ValueFormat {
            expected: "the first and the last month, 1 to 12",
            example: "[4, 10]",
            parse: |value| or_format(months(value)),
        },
        Fallback::Words("all, [1, 12]"),
        "the months of a monthly input that make its year; [11, 3] crosses the new year and belongs to the year in which \
         it ends",
    )
    .shown(Shown::Instead("[4, 10]"));

    LAG: i64 = Key::new(
        "lag",
        whole("1"),
        Fallback::Value("0"),
        "of a driver: the response of a year goes with the value so many years earlier",
    )
    .within("0 to 20 years", |n| (0..=20).contains(n))
    .shown(Shown::Commented("0"));

    ANOMALY: bool = Key::new(
        "anomaly",
        flag("true"),
        Fallback::Value("false"),
        "departures in place of values: of each month from the mean of that month over the years, of each year from the \
         mean of the years",
    )
    .shown(Shown::Commented("false"));

    BASELINE: Years = Key::new(
        "baseline",
        years("[2001, 2010]"),
        Fallback::Words("all years of the study"),
        "with `anomaly`: the years whose mean is taken off",
    )
    .bounds("at least 3 years of the study")
    .shown(Shown::Instead("[2001, 2010]"));

    RESAMPLING: Resampling = Key::new(
        "resampling",
        word("\"bilinear\""),
        Fallback::Words("what fits the size of its cells"),
        "how the input is brought to the study grid",
    )
    .words::<Resampling>()
    .stated();

    CRS: String = Key::new(
        "crs",
        string("\"EPSG:4326\""),
        Fallback::Words("that of the files"),
        "coordinate reference system, where the files name none or a wrong one",
    );

    CHECK_RANGE: bool = Key::new(
        "check_range",
        flag("true"),
        Fallback::Value("true"),
        "whether values that the quantity cannot have are an error",
    );

    ALLOW_EXTERNAL: bool = Key::new(
        "allow_external",
        flag("false"),
        Fallback::Value("false"),
        "whether files that only describe where their pixels are (VRT, WMS ...) may reach outside \
         their folder",
    );

    ALLOW_MISSING_TILES: bool = Key::new(
        "allow_missing_tiles",
        flag("false"),
        Fallback::Value("false"),
        "whether tiles that other times have may be missing, and their pixels with them",
    );
}

/// The first and the last of some months.
fn months(value: &Value) -> Option<[u32; 2]> {
    let [first, last] = value.as_array()?.as_slice() else {
        return None;
    };
    let month = |value: &Value| {
        let month = u32::try_from(value.as_integer()?).ok()?;
        (1..=12).contains(&month).then_some(month)
    };
    Some([month(first)?, month(last)?])
}

/// `2003`, `"2003"` or `"2005-07"`.
fn time(value: &Value) -> Option<Time> {
    if let Some(year) = value.as_integer() {
        return Some(Time {
            year: i32::try_from(year).ok()?,
            month: None,
        });
    }
    let text = value.as_str()?;
    let Some((year, month)) = text.split_once('-') else {
        return Some(Time {
            year: text.parse().ok()?,
            month: None,
        });
    };
    let month = month
        .parse()
        .ok()
        .filter(|month| (1..=12).contains(month))?;
    Some(Time {
        year: year.parse().ok()?,
        month: Some(month),
    })
}
