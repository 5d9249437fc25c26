//! A map as far as a style needs to know it.

use crate::formats::FileKind;

/// What the values of a map are like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ValuesSeen {
    /// The 2 % and the 98 % point of its values; none where all are missing, or for classes and flags.
    pub central: Option<[f64; 2]>,
    /// Its lowest and its highest value.
    pub extremes: Option<[f32; 2]>,
    /// The sums of bits that a map of flags has, in order.
    pub flags: Vec<u16>,
    /// Per cent of its values that are not missing.
    pub valid_percent: f64,
}

/// A map of a run with what a style shows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StyledMap {
    /// Path under the output folder without its ending, such as `maps/nep_slope`.
    pub path: String,
    /// Its ending, such as `tif`.
    pub ending: &'static str,
    /// What it shows, in a sentence.
    pub description: String,
    /// Unit of its values.
    pub unit: String,
    /// A name for each band: the years, or one name.
    pub bands: Vec<String>,
    /// What its values are.
    pub kind: FileKind,
    /// The kernel that made it.
    pub made_by: Option<String>,
    /// What its values are like.
    pub values: ValuesSeen,
}

impl StyledMap {
    /// Its file under the output folder.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}.{}", self.path, self.ending)
    }

    /// Its name without folders.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The unit, for a reader; empty for plain numbers.
    pub(super) fn unit_shown(&self) -> &str {
        if self.unit == "1" { "" } else { &self.unit }
    }

    /// The years of its bands; `None` where they are something else.
    pub(super) fn years(&self) -> Option<Vec<i32>> {
        let is_stack = self.path.starts_with("stacks/");
        let years = self.bands.iter().map(|band| band.parse().ok());
        years.collect::<Option<Vec<i32>>>().filter(|_| is_stack)
    }
}
