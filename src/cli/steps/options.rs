//! Options that several step commands share.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;

use crate::chain::Correlation;
use crate::grid::Area;
use crate::study::{Compress, FalseDiscovery, Format, TrendTest};

use super::draft::{Draft, Stack};
use super::names;
use super::reading::Reading;
use super::values::years;
use crate::cli::console::Console;
use crate::cli::failure::Failure;
use crate::cli::local_folder::local_folder;

/// What all step commands take.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is computed and written")]
pub(super) struct Common {
    /// First and last year, as in 1982-2013; default: all complete years of the files.
    #[arg(long, value_name = "FIRST-LAST", value_parser = years)]
    pub(in crate::cli::steps) years: Option<[i32; 2]>,

    /// Valid years that a pixel needs; default: three quarters of the years, at least 4.
    #[arg(long, value_name = "N")]
    pub(in crate::cli::steps) min_years: Option<u32>,

    #[command(flatten)]
    pub(in crate::cli::steps) mask: MaskOptions,

    /// What computes: auto, gpu, cpu, or a part of an adapter's name. gpu never falls back to cpu.
    #[arg(short, long, value_name = "DEVICE")]
    pub(in crate::cli::steps) device: Option<String>,

    /// Folder of the outputs.
    #[arg(short, long, value_name = "DIR", default_value = "out", value_parser = local_folder())]
    pub(in crate::cli::steps) out: PathBuf,

    /// Format of the maps.
    #[arg(long, value_parser = words_of(Format::WORDS))]
    pub(in crate::cli::steps) format: Option<String>,

    /// Compression of the maps.
    #[arg(long, value_parser = words_of(Compress::WORDS))]
    pub(in crate::cli::steps) compress: Option<String>,

    /// Write only these layers, separated by commas; default: all.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub(in crate::cli::steps) layers: Vec<String>,

    /// Memory limit for host and device, as in 4GiB; default: 2GiB. No result depends on it.
    #[arg(long, value_name = "BYTES")]
    pub(in crate::cli::steps) memory: Option<String>,
}

/// What is inside, and how large a pixel is.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct MaskOptions {
    /// Raster (non-zero is inside) or polygons; pixels outside are missing in every map.
    #[arg(id = "mask_file", long = "mask", value_name = "FILE")]
    pub(in crate::cli::steps) file: Option<String>,

    /// The layer of a vector file with several that is the mask.
    #[arg(
        id = "mask_layer",
        long = "mask-layer",
        value_name = "NAME",
        requires = "mask_file"
    )]
    pub(in crate::cli::steps) layer: Option<String>,

    /// The features of a vector file that are the mask, as in "NAME = 'Guangxi'".
    #[arg(
        id = "mask_where",
        long = "mask-where",
        value_name = "FILTER",
        requires = "mask_file"
    )]
    pub(in crate::cli::steps) filter: Option<String>,

    /// Area of a pixel on a projected grid: nominal, or ellipsoid for the true one; default: nominal.
    #[arg(long, value_parser = words_of(Area::WORDS))]
    pub(in crate::cli::steps) area: Option<String>,
}

/// Which tests of trend.
#[derive(Debug, clap::Args)]
pub(super) struct Tests {
    /// Tests and estimates of trend; default: ols,sen,mk.
    #[arg(long = "tests", value_name = "TESTS", value_delimiter = ',', value_parser = words_of(TrendTest::WORDS))]
    pub(in crate::cli::steps) named: Vec<String>,

    /// Level of significance of texts and shares; default: 0.05.
    #[arg(long, value_name = "P")]
    pub(in crate::cli::steps) alpha: Option<f64>,

    /// Maps of q, p adjusted for the number of pixels, and classes on q: benjamini-hochberg (--fdr alone) or
    /// benjamini-yekutieli.
    #[arg(
        long, value_name = "RULE", num_args = 0..=1, require_equals = true,
        default_missing_value = "benjamini-hochberg", value_parser = words_of(FalseDiscovery::WORDS)
    )]
    pub(in crate::cli::steps) fdr: Option<String>,

    /// Measure false alarms and power of the tests on series like these; tables/calibration.csv.
    #[arg(long)]
    pub(in crate::cli::steps) calibrate: bool,
}

/// The response and its drivers.
#[derive(Debug, clap::Args)]
pub(super) struct ResponseAndDrivers {
    /// Rasters of what is explained; annual, or monthly.
    #[arg(long, required = true, num_args = 1.., value_name = "FILES")]
    pub(in crate::cli::steps) response: Vec<String>,

    /// A driver and its rasters, annual or monthly; once for each, at most eight.
    #[arg(long, required = true, num_args = 1.., value_name = "NAME=FILES")]
    pub(in crate::cli::steps) driver: Vec<String>,

    /// Partial correlation of the values, pearson, or of their ranks, spearman; default: pearson.
    #[arg(long, value_parser = words_of(Correlation::WORDS))]
    pub(in crate::cli::steps) method: Option<String>,

    /// Name of the response, used to name the maps; default: guessed from the file names.
    #[arg(long, value_name = "NAME", value_parser = names::check)]
    pub(in crate::cli::steps) name: Option<String>,
}

/// The words that an option takes, for messages and completions.
pub(super) fn words_of<T: Copy>(words: &[(&'static str, T)]) -> PossibleValuesParser {
    PossibleValuesParser::new(words.iter().map(|(word, _)| *word).collect::<Vec<_>>())
}

impl Tests {
    pub(super) fn apply(&self, draft: &mut Draft) {
        if !self.named.is_empty() {
            draft.set("trend", "tests", self.named.clone());
        }
        if let Some(alpha) = self.alpha {
            draft.set("trend", "alpha", alpha);
        }
        if let Some(rule) = &self.fdr {
            draft.set("trend", "fdr", rule.clone());
        }
        if self.calibrate {
            draft.set("trend", "calibrate", true);
        }
    }
}

impl ResponseAndDrivers {
    /// The study of a response and its drivers, and their names.
    pub(super) fn draft(
        &self,
        title: &str,
        reading: &Reading,
        console: Console,
    ) -> Result<(Draft, String, Vec<String>), Failure> {
        let response = names::of(
            self.name.as_deref(),
            &self.response,
            &reading.variable,
            console,
        )?;
        let drivers = names::drivers(&self.driver)?;
        if drivers.iter().any(|driver| driver.name == response) {
            return Err(Failure::Usage(format!(
                "--driver {response}=...: the response is called {response} too; give it another name with --name"
            )));
        }
        let names: Vec<String> = drivers.iter().map(|driver| driver.name.clone()).collect();
        let stacks = std::iter::once(Stack::new(&response, &self.response))
            .chain(drivers)
            .collect();
        let mut draft = Draft::new(&format!("{title} of {response}"), stacks);
        draft.subject = Some(response.clone());
        draft.set("grid", "like", response.as_str());
        draft.set("drivers", "response", response.as_str());
        draft.set("drivers", "predictors", names.clone());
        if let Some(method) = &self.method {
            draft.set("drivers", "method", method.as_str());
        }
        draft.set(
            "trend",
            "of",
            std::iter::once(response.clone())
                .chain(names.clone())
                .collect::<Vec<_>>(),
        );
        Ok((draft, response, names))
    }
}
