//! What is found out, row by row.

use super::design::Contrast;
use super::interval::Interval;

/// What a row of effects is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowRole {
    /// The effect of the measure.
    Effect,
    /// The difference of trends before the measures, which an effect should not have.
    PreTrend,
    /// A contrast of what no measure can move.
    Placebo,
}

impl RowRole {
    /// Its word in tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Effect => "effect",
            Self::PreTrend => "pre-trend",
            Self::Placebo => "placebo",
        }
    }
}

/// One contrast of one measure.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectRow {
    /// Label of the measure.
    pub zone: String,
    /// The variable.
    pub variable: String,
    /// The contrast.
    pub contrast: Contrast,
    /// Whether it is within classes.
    pub is_matched: bool,
    /// Control pixels nearer than this to a measure are left out, km.
    pub buffer_km: f64,
    /// The effect, in the unit of the variable, for slopes per year.
    pub effect: Option<f64>,
    /// Its interval over places.
    pub interval: Option<Interval>,
    /// Degrees of freedom of the interval.
    pub df: Option<usize>,
    /// p over all measures of the contrast, variable and way to compare.
    pub p_holm: Option<f64>,
    /// Standard error if other years had been drawn at the same places.
    pub se_years: Option<f64>,
    /// Area of the treated, in classes where it is compared within classes.
    pub treated_km2: f64,
    /// Area of the control.
    pub control_km2: f64,
    /// Blocks with treated that have a control.
    pub treated_blocks: usize,
    /// Blocks with control of the treated.
    pub control_blocks: usize,
    /// Share of the treated area in classes that hold control.
    pub matched_share: Option<f64>,
    /// Share of pixel-years that stand on the pixel's own line.
    pub filled_share: Option<f64>,
    /// What the row is there for.
    pub role: RowRole,
}

impl EffectRow {
    /// Two-sided p.
    #[must_use]
    pub fn p(&self) -> Option<f64> {
        self.interval.and_then(|interval| interval.p)
    }

    /// Whether the interval is all on one side of 0.
    #[must_use]
    pub fn excludes_zero(&self) -> bool {
        let is_off = |interval: Interval| interval.low > 0.0 || interval.high < 0.0;
        self.interval.is_some_and(is_off)
    }
}

/// The effect of one measure in one year, or so many years after its start.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Label of the measure.
    pub zone: String,
    /// The variable.
    pub variable: String,
    /// Whether it is within classes.
    pub is_matched: bool,
    /// Calendar year; `None` where cohorts with several starts are put together.
    pub year: Option<i32>,
    /// Years since the start, where it is known.
    pub since_start: Option<i32>,
    /// The difference less its mean before the measure, in the unit of the variable.
    pub effect: Option<f64>,
    /// Its interval over places, of this year alone.
    pub interval: Option<Interval>,
    /// Ends of the band that holds all years at once.
    pub band: Option<[f64; 2]>,
    /// Whether the year is before the measure.
    pub is_before: bool,
}

/// A measure among the others.
#[derive(Clone, Debug, PartialEq)]
pub struct RankRow {
    /// Label of the measure.
    pub zone: String,
    /// The variable.
    pub variable: String,
    /// The contrast.
    pub contrast: Contrast,
    /// Whether it is within classes.
    pub is_matched: bool,
    /// The effect.
    pub effect: f64,
    /// Its interval over places.
    pub interval: Option<Interval>,
    /// Place by effect, from 1.
    pub rank: usize,
    /// Best place that the replicates allow.
    pub rank_low: usize,
    /// Worst place that they allow.
    pub rank_high: usize,
    /// Share of replicates in which it is first.
    pub p_best: Option<f64>,
    /// Whether it is surely below the one with the largest effect.
    pub is_below_first: bool,
}

/// A measure less its control, year by year.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Label of the measure.
    pub zone: String,
    /// The variable.
    pub variable: String,
    /// Whether it is within classes.
    pub is_matched: bool,
    /// `D_mt` of each year of the study, in the unit of the variable.
    pub series: Vec<f64>,
}

/// What a comparison rests on, for the record of a run; of the first variable.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonRecord {
    /// Label of the measure.
    pub zone: String,
    /// Whether it is within classes.
    pub is_matched: bool,
    /// Control pixels nearer than this to a measure are left out, km.
    pub buffer_km: f64,
    /// Blocks with treated that have a control.
    pub treated_blocks: usize,
    /// Blocks with control of the treated.
    pub control_blocks: usize,
    /// Share of replicates that lack a side.
    pub dropped_share: f64,
    /// Area of the treated.
    pub treated_km2: f64,
    /// Area of the control.
    pub control_km2: f64,
    /// Area of the treated that has no control in its class.
    pub unmatched_km2: f64,
    /// Share of the treated area that has.
    pub matched_share: Option<f64>,
    /// Area of control that would tell as much with equal weights.
    pub control_effective_km2: f64,
    /// Whether there is an interval.
    pub has_interval: bool,
}

/// All that is found out about the measures of a design.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assessment {
    /// Blocks of places that hold a pixel of a measure or of the control.
    pub n_blocks: usize,
    /// Contrasts.
    pub effects: Vec<EffectRow>,
    /// Effects by year.
    pub events: Vec<EventRow>,
    /// Ranks, by place: within classes, then without.
    pub ranking: Vec<RankRow>,
    /// Measure less control, of variables that effects are looked for in, with the buffer if there is one.
    pub differences: Vec<Difference>,
    /// What each comparison rests on.
    pub comparisons: Vec<ComparisonRecord>,
    /// The answer in words; `None` where no measure can be compared.
    pub sentence: Option<String>,
    /// What makes a number doubtful.
    pub warnings: Vec<String>,
    /// Why cells are empty.
    pub notes: Vec<String>,
}
