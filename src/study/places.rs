//! The tables of a study file about places and periods, as checked types.

use std::fmt;
use std::ops::RangeInclusive;

use crate::calendar::Years;
use crate::grid::CellRule;
use crate::sites::{CellWindow, Merge, SiteColumns, When};
use crate::stages::Preset;

use super::choices::PixelWeight;

/// As many simulated series, draws of places or surrogate maps as a p or an interval may rest on.
pub const SIMULATIONS: RangeInclusive<usize> = 99..=100_000;

/// One stage: an entry of `[stages]`, or one of its preset cut to the years of the study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name, fit for file names; that of a preset is its years, such as `2006-2011`.
    pub name: String,
    /// Its years, inside the study.
    pub years: Years,
}

impl Stage {
    /// The fewest years of a stage: its slope needs as many valid ones.
    pub const MIN_YEARS: usize = Preset::MIN_YEARS;
}

/// `[phase]`: the search for the years in which a series rises fastest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhaseTable {
    /// Steps from year to year of the shortest phase, at least 1.
    pub min_steps: usize,
    /// Steps of the longest phase, from `min_steps` to those of the study.
    pub max_steps: usize,
    /// Simulated straight lines that p is read from, of [`SIMULATIONS`].
    pub replicates: usize,
    /// Seed of the random numbers.
    pub seed: u32,
}

impl PhaseTable {
    /// The shortest phase where the file does not say.
    pub const DEFAULT_MIN_STEPS: usize = 3;

    /// The longest phase where the file does not say: half of the study's steps, rounded up.
    #[must_use]
    pub fn default_max_steps(n_years: usize) -> usize {
        n_years.saturating_sub(1).div_ceil(2)
    }
}

/// `[zones.NAME]`: one set of zones.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneTable {
    /// Its name, fit for file names.
    pub name: String,
    /// What its zones are made of.
    pub source: ZonesFrom,
    /// How pixels count: as stated; a cross is fractional where one of its sets is.
    pub cells: CellRule,
    /// The zone that the others are compared with.
    pub control: Option<String>,
}

impl ZoneTable {
    /// As many sets as one cross is made of.
    pub const MAX_CROSSED: usize = 8;
}

/// What the zones of a set are made of.
#[derive(Clone, Debug, PartialEq)]
pub enum ZonesFrom {
    /// A vector file, a raster of codes, or a raster of a quantity.
    File(ZonesFile),
    /// Every combination of the zones of these sets: two or more of the study, each once, none of which is made of
    /// this one. At most one set behind them is fractional.
    Cross(Vec<String>),
}

/// A file of zones. At most one of `field`, `labels` and `breaks` is stated.
#[derive(Clone, Debug, PartialEq)]
pub struct ZonesFile {
    /// Vector or raster file, relative to the study.
    pub file: String,
    /// Layer of a vector file.
    pub layer: Option<String>,
    /// Features of a vector file that are read, as GDAL filters by attributes.
    pub filter: Option<String>,
    /// Field of a vector file that names the zones.
    pub field: Option<String>,
    /// Labels of the codes of a raster file, in file order, no code 0, each code and label once; empty where none are
    /// stated.
    pub labels: Vec<(i64, String)>,
    /// Lower bounds of the classes of a quantity but the lowest, rising; empty where the file has codes.
    pub breaks: Vec<f64>,
}

/// `[measures]`: the zones of one set beside its control.
///
/// A study without this table has one with the defaults for each zone set with a control.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuresTable {
    /// The zone set; it has a control.
    pub zones: String,
    /// Variables that are compared; `None` for the response of the drivers, and that without its climate part, as
    /// far as the study makes them.
    pub of: Option<Vec<String>>,
    /// The stage before the measures; `None` in a study without stages, which has no contrast of stages.
    pub pre: Option<String>,
    /// When the measures began.
    pub start: Starts,
    /// Zone sets within whose combined zones is compared, each once, none of them fractional.
    pub matching: Vec<String>,
    /// Classes of the mean of the first variable in `pre`, within which is compared too; 0 for none.
    pub match_pre: usize,
    /// Inputs whose balance is shown beside the defaults.
    pub balance: Vec<String>,
    /// Places that are drawn together.
    pub blocks: PlaceBlocks,
    /// Control pixels nearer to a measure are left out, in km; 0 or more.
    pub buffer_km: f64,
    /// Inputs that no measure can move; `None` for the predictors.
    pub placebo: Option<Vec<String>>,
    /// The contrast that measures are ranked by.
    pub rank_by: RankBy,
    /// Draws of blocks, of [`SIMULATIONS`]; at least one of them is beyond `level`.
    pub replicates: usize,
    /// Seed of the random numbers.
    pub seed: u32,
    /// Level of intervals, such as 0.95.
    pub level: f64,
}

impl MeasuresTable {
    /// As many classes of the mean before the measures as are made.
    pub const MAX_MATCH_PRE: usize = 100;

    /// The comparison of a zone set by the defaults, in a study with these stages: nothing is matched.
    #[must_use]
    pub fn of_set(zones: &str, stages: &[Stage]) -> Self {
        Self {
            zones: zones.to_owned(),
            of: None,
            pre: stages.first().map(|stage| stage.name.clone()),
            start: Starts::Unknown,
            matching: Vec::new(),
            match_pre: 0,
            balance: Vec::new(),
            blocks: PlaceBlocks::Squares(None),
            buffer_km: 0.0,
            placebo: None,
            rank_by: RankBy::Slope,
            replicates: 999,
            seed: 1,
            level: 0.95,
        }
    }
}

/// When measures began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Starts {
    /// The study does not say.
    Unknown,
    /// The first year under the measure by zone, inside the study; never empty, never the control. Only the files
    /// show whether the zones exist.
    ByZone(Vec<(String, i32)>),
    /// In this field of the zone set's vector file.
    Field(String),
}

/// Places that are drawn together, so that neighbours do not count as independent.
#[derive(Clone, Debug, PartialEq)]
pub enum PlaceBlocks {
    /// The zones of this set, which is not fractional.
    Zones(String),
    /// Squares from the corner of the grid, with sides of so many km, above 0; `None` for the default.
    Squares(Option<f64>),
}

/// The contrast that measures are ranked by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RankBy {
    /// The slope over the study.
    Slope,
    /// This stage less the stage before the measures.
    Did(String),
    /// The years from the start of a measure on less those before.
    After,
}

impl fmt::Display for RankBy {
    /// Its name in the tables, such as `did_second`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slope => f.write_str("slope"),
            Self::Did(stage) => write!(f, "did_{stage}"),
            Self::After => f.write_str("after"),
        }
    }
}

/// `[geodetector]`: how much of a map zone sets explain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeodetectorTable {
    /// Layers under `maps/`; `None` for slope and mean of the response, as far as the study makes them.
    pub of: Option<Vec<String>>,
    /// Zone sets, each once, none of them fractional; never empty.
    pub factors: Vec<String>,
    /// What a pixel counts.
    pub weights: PixelWeight,
    /// Surrogate maps that each q is compared with, of [`SIMULATIONS`].
    pub surrogates: usize,
    /// Seed of the random numbers.
    pub seed: u32,
}

/// `[sites]`: field data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SitesTable {
    /// Table of measurements, relative to the study.
    pub file: String,
    /// Which of its columns mean what; no column has two meanings.
    pub columns: SiteColumns,
    /// Columns, each with the texts of which a row must have one there to be used; never without a text.
    pub filters: Vec<(String, Vec<String>)>,
    /// Unit of the measurements; checked to be convertible to that of NPP.
    pub units: String,
    /// What a measurement is compared with.
    pub when: When,
    /// The pixels around a site whose mean is compared.
    pub window: CellWindow,
    /// What becomes of several measurements in one pixel.
    pub merge: Merge,
    /// Reference system of the coordinates.
    pub crs: String,
}
