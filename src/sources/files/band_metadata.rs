//! What a band states about its numbers.

use gdal::raster::{ColorInterpretation, RasterBand};
use gdal::{Dataset, Metadata};

use crate::sources::files::arrays::is_of_store;
use crate::sources::files::dataset::short_name;
use crate::sources::request::InputRequest;
use crate::sources::values::type_limits::limits_of;

/// The kind of monthly mean of ERA5 whose unit is of a day, which its unit does not say, and the units of such sums. A
/// unit that names a time itself, such as that of a mean rate, is as it stands.
const MEAN_OF_DAILY_SUMS: &str = "avgad";
const UNITS_OF_SUMS: [&str; 5] = ["m", "m of water equivalent", "J m**-2", "J m-2", "kg m**-2"];

/// What a band states about its numbers.
pub(crate) struct BandMetadata {
    pub(crate) scale: Option<f64>,
    pub(crate) offset: Option<f64>,
    pub(crate) unit: String,
    /// Codes that mean missing, none of them NaN.
    pub(crate) nodata: Vec<f64>,
    /// Stored numbers outside are missing. Of stores alone: GDAL makes what is outside missing itself where it knows of it.
    pub(crate) valid_range: Option<[f64; 2]>,
}

impl BandMetadata {
    /// From GDAL's own fields, else from the metadata of the format.
    pub(crate) fn of(dataset: &Dataset, band: &RasterBand<'_>) -> Self {
        let item = |key: &str| band.metadata_item(key, "");
        let number = |text: Option<String>| text.and_then(|text| text.trim().parse::<f64>().ok());
        let of_hdf5 = |what: &str| item_of_hdf5(dataset, band, what);
        let unit = [Some(band.unit()), item("GRIB_UNIT"), of_hdf5("units")];
        // GRIB has `[-]` for none.
        let is_unit = |unit: &String| !unit.is_empty() && unit != "[-]";
        let unit = unit.into_iter().flatten().find(is_unit).unwrap_or_default();
        let unit = unit.trim().trim_matches(['[', ']']);
        let step_type = item("GRIB_stepType");
        let is_of_a_day =
            step_type.as_deref() == Some(MEAN_OF_DAILY_SUMS) && UNITS_OF_SUMS.contains(&unit);
        // CF has two kinds of codes, and both mean missing; GDAL takes one of them.
        let codes = band.no_data_value().into_iter();
        let several = item("missing_value").unwrap_or_default();
        let codes = codes.chain(numbers(&several));
        let codes = codes.chain(number(of_hdf5("_FillValue")));
        let mut nodata: Vec<f64> = codes.filter(|code| !code.is_nan()).collect();
        nodata.dedup();
        let is_of_store = is_of_store(dataset);
        // The raster that describes a store has scale 1 and offset 0 where none is stated.
        let own = |key: &str, of_gdal: Option<f64>| {
            if is_of_store {
                numbers(&item(key)?).next()
            } else {
                of_gdal.or_else(|| number(of_hdf5(key)))
            }
        };
        Self {
            scale: own("scale_factor", band.scale()),
            offset: own("add_offset", band.offset()),
            valid_range: is_of_store.then(|| valid_range(band)).flatten(),
            unit: if is_of_a_day {
                format!("{unit} d-1")
            } else {
                unit.to_owned()
            },
            nodata,
        }
    }

    /// The first property in which another band differs, unless the study states it; with both
    /// values.
    pub(crate) fn differs(
        &self,
        other: &Self,
        request: &InputRequest,
    ) -> Option<(&'static str, [String; 2])> {
        let plain = |x: Option<f64>| x.map_or_else(|| "none".to_owned(), |x| x.to_string());
        if request.scale().is_none() && self.scale.unwrap_or(1.0) != other.scale.unwrap_or(1.0) {
            return Some(("scale", [plain(self.scale), plain(other.scale)]));
        }
        if request.offset.is_none() && self.offset.unwrap_or(0.0) != other.offset.unwrap_or(0.0) {
            return Some(("offset", [plain(self.offset), plain(other.offset)]));
        }
        let has_other_unit = request.stated_unit().is_none() && self.unit != other.unit;
        has_other_unit.then(|| {
            (
                "units",
                [&self.unit, &other.unit].map(|unit| format!("{unit:?}")),
            )
        })
    }
}

/// The stored numbers from `valid_min` to `valid_max`, or of `valid_range`; a side that is not stated is that of the type.
fn valid_range(band: &RasterBand<'_>) -> Option<[f64; 2]> {
    let stated = |key: &str| -> Vec<f64> {
        let text = band.metadata_item(key, "").unwrap_or_default();
        numbers(&text).collect()
    };
    let side = |key: &str| stated(key).first().copied();
    let (low, high) = match stated("valid_range")[..] {
        [low, high] => (Some(low), Some(high)),
        _ => (side("valid_min"), side("valid_max")),
    };
    let [low, high] = [low, high].map(|side| side.filter(|side| !side.is_nan()));
    low.or(high)?;
    let [lowest, highest] = limits_of(band.band_type(), false).unwrap_or([f64::MIN, f64::MAX]);
    let range = [
        low.unwrap_or(lowest).max(lowest),
        high.unwrap_or(highest).min(highest),
    ];
    // The wrong way round it says nothing.
    (range[0] <= range[1]).then_some(range)
}

/// The numbers of an attribute; GDAL writes several as `{-9999,-8888}`.
fn numbers(text: &str) -> impl Iterator<Item = f64> {
    let text = text.trim().trim_start_matches('{').trim_end_matches('}');
    text.split([',', ' '])
        .filter_map(|text| text.trim().parse().ok())
}

/// Whether bytes are signed, which GDAL before 3.7 says in metadata alone.
pub(crate) fn is_signed_byte(band: &RasterBand<'_>) -> bool {
    let kind = band.metadata_item("PIXELTYPE", "IMAGE_STRUCTURE");
    kind.as_deref() == Some("SIGNEDBYTE")
}

/// An attribute of the data set that GDAL's HDF5 driver shows as a raster. The driver keeps it in
/// the metadata, after the name of the data set.
fn item_of_hdf5(dataset: &Dataset, band: &RasterBand<'_>, what: &str) -> Option<String> {
    if dataset.driver().short_name() != "HDF5Image" {
        return None;
    }
    let name = dataset.description().unwrap_or_default();
    let end = format!("{}_{what}", short_name(&name));
    let mut items = [band.metadata_domain(""), dataset.metadata_domain("")]
        .into_iter()
        .flatten()
        .flatten();
    let value = |item: String| {
        let (key, value) = item.split_once('=')?;
        (key == end || key.ends_with(&format!("_{end}"))).then(|| value.trim().to_owned())
    };
    items.find_map(value)
}

/// Whether a mask marks missing pixels: inside the file, as in many COGs, in a `.msk` file, or in a band of transparency.
pub(crate) fn has_own_mask(band: &RasterBand<'_>) -> bool {
    band.mask_flags()
        .is_ok_and(|flags| flags.is_per_dataset() && !flags.is_nodata())
}

/// Whether a band is the transparency of the others, and no values. One that has a description of its own is values: GDAL
/// calls the fourth band of bytes transparency unless its maker says otherwise.
pub(crate) fn is_alpha(band: &RasterBand<'_>, number: usize) -> bool {
    let is_described = || {
        let description = band.description().unwrap_or_default().to_lowercase();
        !description.is_empty() && !description.contains("alpha")
    };
    number > 1 && band.color_interpretation() == ColorInterpretation::AlphaBand && !is_described()
}
