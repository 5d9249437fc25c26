//! How far a result may be from the reference.

/// The rule for one output of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub enum Tolerance {
    /// `|x − reference| <= absolute + relative · magnitude`.
    Relative {
        /// Part of the magnitude, see [`Twin::error_scale`](super::twin::Twin::error_scale).
        relative: f64,
        /// In the unit of the output.
        absolute: f64,
    },
    /// 1e-5 absolute, and 1e-3 of `p`, or of 1e-6 where `p` is less.
    PValue,
    /// Equal.
    Exact,
    /// Classes of another output: equal, except where that output is within rounding of a
    /// threshold.
    Class {
        /// The output that is classed.
        of: usize,
        /// Its thresholds.
        thresholds: &'static [f64],
        /// How near counts as rounding.
        within: f64,
    },
}

impl Tolerance {
    /// `relative` of the magnitude.
    #[must_use]
    pub const fn relative(relative: f64) -> Self {
        Self::Relative {
            relative,
            absolute: 0.0,
        }
    }

    /// The largest allowed difference from a reference of this magnitude.
    #[must_use]
    pub fn allowed(&self, magnitude: f64) -> f64 {
        match self {
            Self::Relative { relative, absolute } => absolute + relative * magnitude,
            Self::PValue => (1e-3 * magnitude.max(1e-6)).min(1e-5),
            Self::Exact | Self::Class { .. } => 0.0,
        }
    }

    /// The rule in a few words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Relative { relative, absolute } if *relative == 0.0 => {
                format!("{absolute:e} abs")
            }
            Self::Relative { relative, absolute } if *absolute > 0.0 => {
                format!("{relative:e} rel + {absolute:e} abs")
            }
            Self::Relative { relative, .. } => format!("{relative:e} rel"),
            Self::PValue => "1e-5 abs, 1e-3 rel".to_owned(),
            Self::Exact => "equal".to_owned(),
            Self::Class { within, .. } => format!("equal but within {within:.0e} of a threshold"),
        }
    }
}
