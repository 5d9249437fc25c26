//! How monthly climate of the synthetic region is stored, as an option.

use crate::synth::ClimateType;

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Climate {
    /// 16-bit integers with a scale.
    Packed,
    /// 32-bit floats.
    Float32,
}

impl From<Climate> for ClimateType {
    fn from(climate: Climate) -> Self {
        match climate {
            Climate::Packed => Self::Packed,
            Climate::Float32 => Self::Float32,
        }
    }
}
