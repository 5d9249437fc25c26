//! What is made: size, seed, storage.

/// The code for missing in packed temperature, precipitation and radiation.
pub(super) const CLIMATE_NODATA: [f64; 3] = [-32_768.0, 65_535.0, 65_535.0];

/// Units of one step of the packed temperature, precipitation and radiation.
pub(super) const CLIMATE_SCALES: [f64; 3] = [0.1, 1.0, 1.0];

/// How climate is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClimateType {
    /// Whole steps of 0.1 degC, 1 mm and 1 MJ m-2 in 16 bits, as gridded climatologies have them.
    #[default]
    Packed,
    /// The same numbers in degC, mm and MJ m-2 as 32-bit floats; NaN is missing.
    Float32,
}

/// How files are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// DEFLATE level 1: fast, for benchmarks.
    #[default]
    Fast,
    /// DEFLATE level 9: small, for files that are kept.
    Small,
}

/// What to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SynthOptions {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Two studies with the same seed and size are the same.
    pub seed: u64,
    /// How climate is stored.
    pub climate: ClimateType,
    /// How files are compressed.
    pub compress: Compression,
}

impl Default for SynthOptions {
    /// The sample that ships with the program.
    fn default() -> Self {
        Self {
            width: 160,
            height: 120,
            seed: 3,
            climate: ClimateType::default(),
            compress: Compression::default(),
        }
    }
}
