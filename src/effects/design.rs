//! What is compared with what.

use std::ops::Range;

use crate::calendar::Years;

/// A stage of the study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Its years, counted from the first of the study.
    pub years: Range<usize>,
}

/// Pixels that came under a measure in one year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// Their group in the sums.
    pub group: u32,
    /// The first year under the measure, where it is known.
    pub start: Option<i32>,
}

/// A zone that is compared with the control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Label of the zone.
    pub label: String,
    /// Its pixels: one cohort, or one for each year in which parts of it began.
    pub cohorts: Vec<Cohort>,
}

/// The zone that the others are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Label of the zone.
    pub label: String,
    /// The group of its pixels in the sums; with a buffer, of those outside of it.
    pub group: u32,
    /// The group of its pixels that are nearer to a measure than the buffer.
    pub near: Option<u32>,
}

/// What a variable is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// To see the effect in it.
    Effect,
    /// No measure can move it.
    Placebo,
}

/// A variable of the sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name, such as `nep`.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What it is there for.
    pub role: Role,
}

/// A contrast of years: what is made of the difference of a measure and its control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contrast {
    /// Slope of the difference over the study.
    Slope,
    /// Mean over the stage of this name less the mean over `pre`.
    Did(String),
    /// Slope within `pre`: the test of parallel trends.
    PreSlope,
    /// Mean from the start on less the mean before it.
    After,
}

impl Contrast {
    /// The contrast of this word; `did_` is followed by the name of a stage.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "slope" => Some(Self::Slope),
            "pre_slope" => Some(Self::PreSlope),
            "after" => Some(Self::After),
            _ => word
                .strip_prefix("did_")
                .map(|stage| Self::Did(stage.to_owned())),
        }
    }

    /// Its word in tables.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Slope => "slope".to_owned(),
            Self::PreSlope => "pre_slope".to_owned(),
            Self::After => "after".to_owned(),
            Self::Did(stage) => format!("did_{stage}"),
        }
    }

    /// Whether its unit is that of the variable per year.
    #[must_use]
    pub fn is_slope(&self) -> bool {
        matches!(self, Self::Slope | Self::PreSlope)
    }
}

/// How measures are compared with the control.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// The zone set.
    pub zone_set: String,
    /// The control.
    pub control: Control,
    /// The buffer around measures that `control.near` lies in, in km; 0 without one.
    pub buffer_km: f64,
    /// The measures.
    pub measures: Vec<Measure>,
    /// The variables, in the order of the sums.
    pub variables: Vec<Variable>,
    /// The years of the study.
    pub years: Years,
    /// The stage before the measures.
    pub pre: Option<Stage>,
    /// The stages that are compared with `pre`.
    pub stages: Vec<Stage>,
    /// Whether the classes of the sums are there to compare within; else everything is one class.
    pub is_matched: bool,
    /// The contrast by which measures are ranked.
    pub rank_by: Contrast,
    /// How often blocks are drawn.
    pub replicates: u32,
    /// Seed of the draws.
    pub seed: u32,
    /// Level of the intervals, such as 0.95.
    pub level: f64,
    /// What blocks are, in words that follow "41 blocks": `of 50 km` or `(county)`.
    pub block_words: String,
}

/// Which pixels of the control a comparison uses, and whether it compares within classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Within classes.
    pub is_matched: bool,
    /// Without the control near to measures.
    pub has_buffer: bool,
}

impl Variant {
    /// The word of the column `matched`.
    #[must_use]
    pub fn matched_word(self) -> &'static str {
        if self.is_matched { "classes" } else { "none" }
    }
}

impl Design {
    /// The comparisons that are made of each measure, the plain one last where others are asked for.
    #[must_use]
    pub fn variants(&self) -> Vec<Variant> {
        let mut variants = Vec::new();
        for is_matched in [true, false] {
            for has_buffer in [true, false] {
                if (self.is_matched || !is_matched) && (self.has_buffer() || !has_buffer) {
                    variants.push(Variant {
                        is_matched,
                        has_buffer,
                    });
                }
            }
        }
        variants
    }

    /// Whether part of the control is left out for being near to a measure.
    #[must_use]
    pub fn has_buffer(&self) -> bool {
        self.control.near.is_some() && self.buffer_km > 0.0
    }

    /// The comparison that the design asks for: with its classes and its buffer.
    #[must_use]
    pub fn main_variant(&self) -> Variant {
        Variant {
            is_matched: self.is_matched,
            has_buffer: self.has_buffer(),
        }
    }

    /// The groups of the control in a comparison.
    #[must_use]
    pub fn control_groups(&self, variant: Variant) -> Vec<u32> {
        let near = self.control.near.filter(|_| !variant.has_buffer);
        std::iter::once(self.control.group).chain(near).collect()
    }

    /// The buffer of a comparison, in km.
    #[must_use]
    pub fn buffer_km_of(&self, variant: Variant) -> f64 {
        if variant.has_buffer {
            self.buffer_km
        } else {
            0.0
        }
    }

    /// The contrasts of a measure, in the order of the table.
    #[must_use]
    pub fn contrasts(&self, measure: &Measure) -> Vec<Contrast> {
        let dids = self.stages.iter().filter(|_| self.pre.is_some());
        let has_start = measure.cohorts.iter().any(|cohort| cohort.start.is_some());
        std::iter::once(Contrast::Slope)
            .chain(self.pre.iter().map(|_| Contrast::PreSlope))
            .chain(dids.map(|stage| Contrast::Did(stage.name.clone())))
            .chain(has_start.then_some(Contrast::After))
            .collect()
    }

    /// Years before a start, if there are two of them and at least one after.
    #[must_use]
    pub fn years_before(&self, start: i32) -> Option<usize> {
        let n = usize::try_from(start.checked_sub(self.years.first)?).ok()?;
        (n >= 2 && n < self.years.count()).then_some(n)
    }
}
