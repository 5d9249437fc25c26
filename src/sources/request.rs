//! An input as the study asks for it.

use crate::calendar::{Season, Steps, Time};
use crate::products::Preset;
use crate::tile::Resampling;

/// An input as the study file writes it, its paths joined to the study's folder.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of the study file or follows from one, independent of the others"
)]
pub struct InputRequest {
    /// Name in the study file.
    pub name: String,
    /// Paths, globs, patterns with `{year}` and `{month}`.
    pub files: Vec<String>,
    /// The product that it is; it gives what is not stated here.
    pub product: Option<Preset>,
    /// Variable inside a netCDF, HDF4, HDF5 or Zarr file.
    pub variable: Option<String>,
    /// Instead of the file's scale.
    pub scale: Option<f64>,
    /// Instead of the file's offset.
    pub offset: Option<f64>,
    /// Stored numbers that mean missing, in addition to the file's own.
    pub nodata: Vec<f64>,
    /// Stored numbers outside are missing.
    pub valid_range: Option<[f64; 2]>,
    /// How often it has a value; `None` leaves it to the files.
    pub steps: Option<Steps>,
    /// Its unit, instead of the file's.
    pub unit_word: Option<String>,
    /// Bytes that one decoded block of a file may take; `None` for any.
    pub most_block_bytes: Option<u64>,
    /// How it is resampled to the study grid, instead of the default.
    pub resampling: Option<Resampling>,
    /// Its CRS, instead of that of the files.
    pub crs: Option<String>,
    /// Whether files that only describe where their pixels are may reach outside their folder.
    pub allow_external: bool,
    /// Whether tiles that other times have may be missing.
    pub allow_missing_tiles: bool,
    /// Whether blocks that cannot be read are missing; else they are an error.
    pub skip_unreadable: bool,
    /// Years and months that are known to have no file or band.
    pub missing: Vec<Time>,
    /// The months that make a year of it, and by how many years they are earlier.
    pub season: Season,
    /// Whether something reads its months outside the season too.
    pub all_months: bool,
}

impl InputRequest {
    /// The scale to use instead of the file's: the study's, else the product's.
    pub(crate) fn scale(&self) -> Option<f64> {
        self.scale.or_else(|| self.product?.layer.scale)
    }

    /// The unit to use instead of the files': the study's, else the product's.
    pub(crate) fn stated_unit(&self) -> Option<&str> {
        self.unit_word
            .as_deref()
            .or_else(|| self.product?.layer.unit)
    }

    /// The valid range: the study's, else the product's.
    pub(crate) fn valid_range(&self) -> Option<[f64; 2]> {
        self.valid_range.or_else(|| self.product?.layer.valid_range)
    }

    /// Codes that mean missing in addition to the file's: the study's, and those of the product
    /// that are inside the valid range.
    pub(crate) fn nodata(&self) -> Vec<f64> {
        let range = self.valid_range();
        let passes = |code: &f64| range.is_none_or(|[low, high]| (low..=high).contains(code));
        let of_product = self
            .product
            .iter()
            .flat_map(|preset| preset.layer.fill)
            .map(|fill| fill.code);
        self.nodata
            .iter()
            .copied()
            .chain(of_product.filter(passes))
            .collect()
    }
}
