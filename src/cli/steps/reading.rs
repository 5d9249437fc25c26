//! Options of how the files of a stack are read.

/// How the files of a stack are read. Each may be given more than once.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How files are read")]
pub(super) struct Reading {
    /// A product whose scale, unit, fill values and steps apply unless given: MOD17A3HGF, ...
    /// (`doline products` lists them).
    #[arg(long, value_name = "[STACK=]PRODUCT")]
    pub(in crate::cli::steps) product: Vec<String>,

    /// Variable of netCDF, HDF and Zarr files.
    #[arg(long, value_name = "[STACK=]NAME")]
    pub(in crate::cli::steps) variable: Vec<String>,

    /// Unit, instead of the file's own.
    #[arg(long, value_name = "[STACK=]UNIT")]
    pub(in crate::cli::steps) units: Vec<String>,

    /// Factor on stored numbers, instead of the file's own.
    #[arg(long, value_name = "[STACK=]NUMBER", allow_hyphen_values = true)]
    pub(in crate::cli::steps) scale: Vec<String>,

    /// Added after the factor, instead of the file's own.
    #[arg(long, value_name = "[STACK=]NUMBER", allow_hyphen_values = true)]
    pub(in crate::cli::steps) offset: Vec<String>,

    /// Stored numbers that mean missing, besides the file's own.
    #[arg(long, value_name = "[STACK=]NUMBER,...", allow_hyphen_values = true)]
    pub(in crate::cli::steps) nodata: Vec<String>,

    /// Least and largest valid stored number; outside is missing.
    #[arg(long, value_name = "[STACK=]LOW,HIGH", allow_hyphen_values = true)]
    pub(in crate::cli::steps) valid_range: Vec<String>,

    /// annual or monthly, instead of what the files state.
    #[arg(long, value_name = "[STACK=]STEPS")]
    pub(in crate::cli::steps) steps: Vec<String>,

    /// Years and months without a file or band, treated as missing data: 2003,2005-07.
    #[arg(long, value_name = "[STACK=]TIME,...")]
    pub(in crate::cli::steps) missing: Vec<String>,

    /// How months become a year: mean or sum.
    #[arg(long, value_name = "[STACK=]HOW")]
    pub(in crate::cli::steps) aggregate: Vec<String>,

    /// Months that make a year of a monthly stack, first and last: 4-10; 11-3 crosses the new year and belongs to the
    /// year in which it ends.
    #[arg(long, value_name = "[STACK=]FIRST-LAST")]
    pub(in crate::cli::steps) months: Vec<String>,

    /// Of a driver: years by which its values are earlier than the response.
    #[arg(long, value_name = "[STACK=]YEARS")]
    pub(in crate::cli::steps) lag: Vec<String>,

    /// Departures in place of values: from the mean of the same month, or of the years, over all years or those of a
    /// baseline, as in all or 2001-2010.
    #[arg(long, value_name = "[STACK=]YEARS")]
    pub(in crate::cli::steps) anomaly: Vec<String>,

    /// Reference system of the rasters, instead of the files' own, such as EPSG:32648.
    #[arg(long, value_name = "[STACK=]CRS")]
    pub(in crate::cli::steps) raster_crs: Vec<String>,

    /// Accept implausible values, such as a temperature of 290 degC.
    #[arg(long)]
    pub(in crate::cli::steps) no_check_range: bool,

    /// Let files that only describe where their pixels are (VRT, WMS ...) reach outside their folder.
    #[arg(long)]
    pub(in crate::cli::steps) allow_external: bool,

    /// Let tiles that other times have be missing, and their pixels with them.
    #[arg(long)]
    pub(in crate::cli::steps) allow_missing_tiles: bool,

    /// What becomes of blocks that cannot be read: stop, or skip to let them be missing and count them.
    #[arg(long, value_name = "WHAT", value_parser = ["stop", "skip"])]
    pub(in crate::cli::steps) on_error: Option<String>,
}

impl Reading {
    /// The options that are stated.
    pub(super) fn stated(&self) -> impl Iterator<Item = &'static str> {
        let options = [
            ("--product", self.product.is_empty()),
            ("--variable", self.variable.is_empty()),
            ("--units", self.units.is_empty()),
            ("--scale", self.scale.is_empty()),
            ("--offset", self.offset.is_empty()),
            ("--nodata", self.nodata.is_empty()),
            ("--valid-range", self.valid_range.is_empty()),
            ("--steps", self.steps.is_empty()),
            ("--missing", self.missing.is_empty()),
            ("--aggregate", self.aggregate.is_empty()),
            ("--months", self.months.is_empty()),
            ("--lag", self.lag.is_empty()),
            ("--anomaly", self.anomaly.is_empty()),
            ("--raster-crs", self.raster_crs.is_empty()),
            ("--no-check-range", !self.no_check_range),
            ("--allow-external", !self.allow_external),
            ("--allow-missing-tiles", !self.allow_missing_tiles),
            ("--on-error", self.on_error.is_none()),
        ];
        options
            .into_iter()
            .filter(|(_, is_empty)| !is_empty)
            .map(|(option, _)| option)
    }
}
