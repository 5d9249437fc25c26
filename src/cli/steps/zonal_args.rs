//! The arguments of `doline zonal`.

use std::path::PathBuf;

use super::names;
use super::options::{Common, MaskOptions};
use super::reading::Reading;
use super::values::years;
use super::zone_options::ZoneOptions;
use crate::cli::local_folder::local_folder;

/// Arguments of `zonal`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = ZONAL_EXAMPLES)]
pub(in crate::cli) struct ZonalArgs {
    /// Rasters: one a year or month, or one with all of them; globs and patterns with {year} and
    /// {month} as well. Or the folder of a finished run, whose tables are made again.
    #[arg(required = true, value_name = "FILES")]
    pub(super) files: Vec<String>,

    /// Name of the quantity in the tables; default: guessed from the file names.
    #[arg(long, value_name = "NAME", value_parser = names::check)]
    pub(super) name: Option<String>,

    #[command(flatten)]
    pub(super) zones: ZoneOptions,

    #[command(flatten)]
    pub(super) reading: Reading,

    #[command(flatten)]
    pub(super) tables: TableOptions,

    /// One less the level of intervals; default: 0.05.
    #[arg(long, value_name = "P", help_heading = "What is computed and written")]
    pub(super) alpha: Option<f64>,
}

/// What is computed and written.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is computed and written")]
pub(super) struct TableOptions {
    /// First and last year, as in 1982-2013; default: all complete years of the files.
    #[arg(long, value_name = "FIRST-LAST", value_parser = years)]
    pub(super) years: Option<[i32; 2]>,

    /// Valid years that a trend needs; default: three quarters of the years, at least 4.
    #[arg(long, value_name = "N")]
    pub(super) min_years: Option<u32>,

    #[command(flatten)]
    pub(super) mask: MaskOptions,

    /// What computes: auto, gpu, cpu, or a part of an adapter's name. gpu never falls back to cpu.
    #[arg(short, long, value_name = "DEVICE")]
    pub(super) device: Option<String>,

    /// Folder of the outputs; default: out, and of a finished run its own folder.
    #[arg(short, long, value_name = "DIR", value_parser = local_folder())]
    pub(super) out: Option<PathBuf>,

    /// Memory limit for host and device, as in 4GiB; default: 2GiB. No result depends on it.
    #[arg(long, value_name = "BYTES")]
    pub(super) memory: Option<String>,
}

const ZONAL_EXAMPLES: &str = "\
Without NAME= an option is of the only set of zones.

Examples:
  doline zonal ndvi_*.tif --zones counties.gpkg --field name -o out
  doline zonal 'gpp_{year}.tif' --zones rock=karst.tif --labels rock=1=karst,2=other
  doline zonal lai.nc --zones karst.tif --zones height=dem.tif --breaks height=300,600
  doline zonal lai.nc --stage first=2001-2005 --stage second=2006-2011
  doline zonal out --zones basins.gpkg --field name";

impl TableOptions {
    /// The same as options of a command that writes maps.
    pub(super) fn common(&self) -> Common {
        Common {
            years: self.years,
            min_years: self.min_years,
            mask: self.mask.clone(),
            device: self.device.clone(),
            out: self.out.clone().unwrap_or_else(|| PathBuf::from("out")),
            format: None,
            compress: None,
            layers: Vec::new(),
            memory: self.memory.clone(),
        }
    }
}
