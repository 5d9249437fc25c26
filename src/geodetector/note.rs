//! What could not be computed, and why.

use std::fmt;

/// Why cells of a row are empty, or a row is missing; a line of the record of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeodetectorNote {
    /// No pixel is valid in the layer and in a zone of each of the factors.
    NoPixel {
        /// The layer.
        of: String,
        /// The factors.
        factors: String,
    },
    /// The layer has one value in all of these pixels.
    Constant {
        /// The layer.
        of: String,
        /// The factors.
        factors: String,
    },
    /// All pixels are in one stratum.
    OneStratum {
        /// The layer.
        of: String,
        /// The factors.
        factors: String,
    },
    /// Each pixel is in a stratum of its own.
    NoTest {
        /// The layer.
        of: String,
        /// The factors.
        factors: String,
    },
    /// The layer has too few points on its lattice for a variogram, or they do not vary.
    NoVariogram {
        /// The layer.
        of: String,
        /// Points.
        points: usize,
        /// As many are needed.
        least: usize,
    },
    /// The points of the lattice are all in one stratum, or each in its own.
    NoNull {
        /// The layer.
        of: String,
        /// The factors.
        factors: String,
        /// Pixels from one point to the next.
        step: usize,
    },
}

impl fmt::Display for GeodetectorNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPixel { of, factors } => write!(
                f,
                "geodetector: no pixel of {of} is in a zone of {factors}; the row is left out"
            ),
            Self::Constant { of, factors } => write!(
                f,
                "geodetector: {of} has one value in all zones of {factors}; there is no q"
            ),
            Self::OneStratum { of, factors } => write!(
                f,
                "geodetector: all pixels of {of} are in one zone of {factors}, so that q is 0 and there is no F; the row \
                 says nothing"
            ),
            Self::NoTest { of, factors } => write!(
                f,
                "geodetector: each pixel of {of} is in a zone of {factors} of its own; there is no F"
            ),
            Self::NoVariogram { of, points, least } => write!(
                f,
                "geodetector: {of} has {points} points on its lattice; random maps need {least} that differ"
            ),
            Self::NoNull { of, factors, step } => write!(
                f,
                "geodetector: of every {step}th pixel of {of} all are in one zone of {factors}, or each in its own; \
                 there is no null"
            ),
        }
    }
}
