//! A synthetic karst region of any size, with known trends.
//!
//! It looks like Guangxi (relief, monsoon climate, soil, MOD17 NPP with its gaps, patches of restoration
//! measures on the worst land), but nothing in it was measured: it serves tests, benchmarks and the
//! sample that ships with the program. Every value is a function of the seed, the place in the
//! region and the step alone. So any tile can be made on its own, and a small and a large grid
//! show the same region.
//!
//! - [`tile`] and [`input_specs`]: inputs in memory, as the engines take them.
//! - [`write()`]: a whole study in files (feature `gdal`).

mod climate;
mod counties;
#[cfg(feature = "gdal")]
mod county_names;
#[cfg(feature = "gdal")]
mod field_data;
mod fields;
#[cfg(feature = "gdal")]
mod files;
mod landscape;
mod measures;
mod mosaic;
mod noise;
mod options;
mod patches;
mod piece;
mod region;
mod respiration;
mod series;
mod site;
mod stream;
#[cfg(feature = "gdal")]
mod text;
mod tile;
#[cfg(feature = "gdal")]
mod truth;
#[cfg(feature = "gdal")]
mod truth_text;
mod year_noise;

#[cfg(feature = "gdal")]
pub use files::{SynthError, SynthSummary, write};
pub use measures::MEASURES;
pub use options::{ClimateType, Compression, SynthOptions};
pub use region::YEARS;
pub use tile::{grid, input_specs, tile};
#[cfg(feature = "gdal")]
pub use truth::ZoneTruth;

#[cfg(test)]
mod tests;
