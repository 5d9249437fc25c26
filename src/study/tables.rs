//! The tables of a study file as checked types.

use crate::calendar::{Season, Steps, Time, Years};
use crate::chain::{Correlation, FalseDiscovery, Sensitivity, TrendTest};
use crate::grid::Area;
use crate::kernels::models::{FRACTION, ModelEntry, POWER};
use crate::kernels::settings::{DaysOfMonth, Denominator, PowerUnit};
use crate::products::Preset;
use crate::tile::Resampling;

use super::choices::{Aggregate, Compress, Device, Format, HurstSd, Layers, OnError};

/// `[grid]`: the grid that every input is brought to.
#[derive(Clone, Debug, PartialEq)]
pub struct GridTable {
    /// The input whose grid it is: as stated, else npp, else the first input.
    pub like: String,
    /// Coordinate reference system in place of that of `like`.
    pub crs: Option<String>,
    /// Width and height of a pixel in place of those of `like`, both positive.
    pub resolution: Option<[f64; 2]>,
    /// `xmin`, `ymin`, `xmax`, `ymax` in place of those of `like`.
    pub bounds: Option<[f64; 4]>,
    /// Raster or vector file of the mask, relative to the study.
    pub mask: Option<String>,
    /// Layer of a vector file that is the mask.
    pub mask_layer: Option<String>,
    /// Features of a vector file that are the mask, as GDAL filters by attributes.
    pub mask_where: Option<String>,
    /// What the area of a pixel is.
    pub area: Area,
}

/// `[inputs.NAME]`: one stack of rasters.
#[derive(Clone, Debug, PartialEq)]
pub struct InputTable {
    /// Its name.
    pub name: String,
    /// File names, patterns or globs as written; never empty.
    pub files: Vec<String>,
    /// Its product, whose scale, unit, fill values and steps hold where the study states none.
    pub product: Option<Preset>,
    /// Variable or subdataset inside the files.
    pub variable: Option<String>,
    /// Unit in place of the files' own; checked to be convertible.
    pub units: Option<String>,
    /// Scale in place of the files' own.
    pub scale: Option<f64>,
    /// Offset in place of the files' own.
    pub offset: Option<f64>,
    /// Further nodata values, in stored numbers.
    pub nodata: Vec<f64>,
    /// Stored numbers outside are missing.
    pub valid_range: Option<[f64; 2]>,
    /// How it is brought to the grid; default by its kind.
    pub resampling: Option<Resampling>,
    /// Its reference system, instead of the files'.
    pub crs: Option<String>,
    /// How often it has a value; `None` where only the files tell.
    pub steps: Option<Steps>,
    /// Years and months that are known to have no file or band, each once, inside the study.
    pub missing: Vec<Time>,
    /// How its months become a year; by default the mean of temperature, the sum of all else.
    pub aggregate: Option<Aggregate>,
    /// The months that make a year, and by how many years they are earlier than the year that they stand for.
    pub season: Season,
    /// The years whose mean is taken off each month or year; `None` for values as they are.
    pub baseline: Option<Years>,
    /// Whether values that cannot be the quantity are an error.
    pub check_range: bool,
    /// Whether files that only describe where their pixels are may reach outside their folder.
    pub allow_external: bool,
    /// Whether tiles that other times have may be missing.
    pub allow_missing_tiles: bool,
}

/// A model of heterotrophic respiration as a study chooses it.
#[derive(Clone, Debug, PartialEq)]
pub struct RhChoice {
    /// The model.
    pub model: ModelEntry,
    /// Coefficients that the choice itself states, as `{ fraction = 0.55 }` does.
    pub stated: Vec<(String, f64)>,
    /// The unit of the power law; no other model reads it.
    pub power_unit: PowerUnit,
}

impl RhChoice {
    /// A fixed part of Rs, 0 to 1.
    #[must_use]
    pub fn fraction(fraction: f64) -> Self {
        let symbol = FRACTION.word().to_owned();
        Self {
            stated: vec![(symbol, fraction)],
            ..Self::from(FRACTION)
        }
    }

    /// The power law in this unit.
    #[must_use]
    pub fn power(power_unit: PowerUnit) -> Self {
        Self {
            power_unit,
            ..Self::from(POWER)
        }
    }

    /// The word of the model with what distinguishes the choice from others of this word, as in `fraction 0.6`.
    #[must_use]
    pub fn name(&self) -> String {
        let mut words = vec![self.model.word().to_owned()];
        words.extend(self.stated.iter().map(|(_, value)| value.to_string()));
        if self.power_unit != PowerUnit::default() {
            words.push(self.power_unit.to_string());
        }
        words.join(" ")
    }
}

impl From<ModelEntry> for RhChoice {
    fn from(model: ModelEntry) -> Self {
        Self {
            model,
            stated: Vec::new(),
            power_unit: PowerUnit::default(),
        }
    }
}

/// `respiration.ensemble`: models of Rs and of Rh, of which every pair is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct EnsembleTable {
    /// Models of soil respiration, each once; never empty.
    pub models: Vec<ModelEntry>,
    /// Models of heterotrophic respiration, each once; never empty.
    pub heterotrophic: Vec<RhChoice>,
}

/// How sure a coefficient is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Uncertain {
    /// Normal around its value, with this standard deviation, above 0.
    Sd(f64),
    /// Normal around its value, with this part of it as standard deviation, above 0.
    RelativeSd(f64),
    /// Uniform between these two, the least first.
    Range([f64; 2]),
}

/// `[uncertainty]`: a Monte Carlo run over coefficients of model and law.
#[derive(Clone, Debug, PartialEq)]
pub struct UncertaintyTable {
    /// Number of draws, 2 to [`UncertaintyTable::MAX_DRAWS`].
    pub draws: usize,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Coefficients by name, as in `respiration.parameters`; the models check the names.
    pub parameters: Vec<(String, Uncertain)>,
}

impl UncertaintyTable {
    /// The draws where the file does not say.
    pub const DEFAULT_DRAWS: usize = 200;
    /// As many draws as a run takes.
    pub const MAX_DRAWS: usize = 2000;
}

/// `[respiration]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RespirationTable {
    /// The model of soil respiration.
    pub model: ModelEntry,
    /// The model of heterotrophic respiration.
    pub heterotrophic: RhChoice,
    /// The denominator of GSMSR.
    pub denominator: Denominator,
    /// How many days a monthly rate stands for.
    pub days: DaysOfMonth,
    /// Months a year needs, 1 to 12.
    pub min_months: usize,
    /// Coefficients by name, finite, `pei.a` for the `a` of a model of Rh that the model of Rs has too; the models
    /// check the names.
    pub parameters: Vec<(String, f64)>,
    /// Models whose spread is asked for.
    pub ensemble: Option<EnsembleTable>,
}

/// `[trend]`.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendTable {
    /// Quantities with a trend; `None` for whatever the inputs allow.
    pub of: Option<Vec<String>>,
    /// Years a pixel needs; from [`TrendTable::MIN_YEARS`] to the years of the study.
    pub min_years: usize,
    /// Tests, each once; never empty.
    pub tests: Vec<TrendTest>,
    /// Whether the file states the tests.
    pub tests_stated: bool,
    /// Level of shares, hatching and texts; between 0 and 1.
    pub alpha: f64,
    /// How p are adjusted over the map, for classes and maps of q; `None` for classes on p.
    pub fdr: Option<FalseDiscovery>,
    /// Hamed and Rao, Yue and Wang multiply the variance by no less; 0 or more.
    pub min_variance_factor: f64,
    /// The standard deviation in rescaled ranges.
    pub hurst_sd: HurstSd,
    /// The shortest beginning of a series whose rescaled range counts, 2 or 3 years.
    pub hurst_tau_min: usize,
    /// Whether false alarms and power of the tests are measured on series like these.
    pub calibrate: bool,
}

impl TrendTable {
    /// The fewest years that a trend or a mean is ever taken of.
    pub const MIN_YEARS: usize = 4;

    /// The years a pixel needs where the file does not say: three quarters, rounded up.
    #[must_use]
    pub fn default_min_years(n_years: usize) -> usize {
        (3 * n_years).div_ceil(4).max(Self::MIN_YEARS)
    }
}

/// `[drivers]`.
#[derive(Clone, Debug, PartialEq)]
pub struct DriversTable {
    /// What is explained: nep, another computed quantity or an input.
    pub response: String,
    /// Inputs that explain it, 1 to [`DriversTable::MAX_PREDICTORS`]; `None` for those that the
    /// inputs allow.
    pub predictors: Option<Vec<String>>,
    /// Which partial correlation.
    pub method: Correlation,
}

impl DriversTable {
    /// As many predictors as a regression takes.
    pub const MAX_PREDICTORS: usize = 8;
}

/// `[attribution]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributionTable {
    /// Sensitivities, each once; never empty.
    pub sensitivity: Vec<Sensitivity>,
}

/// `[bootstrap]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BootstrapTable {
    /// Replicates; 0 is no bootstrap.
    pub replicates: usize,
    /// Neighbouring years that are drawn together.
    pub block: usize,
    /// Seed of the random numbers.
    pub seed: u32,
    /// Part of the replicates inside an interval, such as 0.95.
    pub level: f64,
}

impl BootstrapTable {
    /// As many replicates as a run takes.
    pub const MAX_REPLICATES: usize = 1000;
}

impl Default for BootstrapTable {
    fn default() -> Self {
        Self {
            replicates: 0,
            block: 3,
            seed: 1,
            level: 0.95,
        }
    }
}

/// `[output]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputTable {
    /// Folder, relative to the study.
    pub dir: String,
    /// Format of the maps.
    pub format: Format,
    /// Compression of the maps.
    pub compress: Compress,
    /// Layers written.
    pub layers: Layers,
    /// Whether the command leaves a page beside the maps.
    pub report: bool,
}

/// `[engine]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineTable {
    /// Where a run computes.
    pub device: Device,
    /// Host and device budget of a run; never 0.
    pub memory_bytes: u64,
    /// What becomes of blocks of inputs that cannot be read.
    pub on_error: OnError,
}

impl EngineTable {
    /// The budget where the file does not say: 2 GiB.
    pub const DEFAULT_MEMORY_BYTES: u64 = 2 << 30;
}
