//! Doline computes how much carbon a region takes up from stacks of annual and monthly rasters: soil
//! and heterotrophic respiration, net ecosystem production (NEP), their trends, and how they go with
//! climate. It computes on the GPU, and holds the GPU against the CPU.
//!
//! Most people use the command `doline`; this is the library under it.
//!
//! # From a study to its files
//!
//! A **study** is a TOML file: years, input rasters, a model of respiration, the trends and drivers
//! asked for. [`study`] reads it into checked types and reports all that is wrong with it at once.
//! [`units`] turns unit words into factors.
//!
//! A **plan** (`run::plan`) is what follows from it: `sources` opens the inputs and
//! brings bands to years and months, [`chain`] picks the kernels that make what was asked for from
//! what is there, [`tiling`] cuts the grid into tiles that the memory budget holds.
//!
//! A **run** (`run::run`) sends the tiles through the [`pipeline`]: a reader, one
//! [engine](engines), one writer (`sinks`). The area means of each year are gathered on the way
//! ([`tables`]). A run that does not finish leaves no file under its final name.
//!
//! # Arrays
//!
//! Whoever has series in memory needs no study and no file: [`arrays`] gives trends, drivers,
//! attribution and respiration of `ndarray` arrays. The Python package is made of it.
//!
//! # Kernels
//!
//! What is computed stands in [`kernels`]: for each kernel a WGSL shader and a twin in Rust of the
//! same stem, with the equation, its symbols and its source in the module's documentation. The
//! [`engines`] run the one or the other over the same [`chain::Chain`]:
//!
//! - [`engines::cpu`] runs the twins in `f64`, eight pixels at a time. It is the reference.
//! - `engines::gpu` runs the shaders in `f32` on Vulkan, Metal or DX12. Pixels whose class lies
//!   within rounding of a threshold are computed again in `f64` on the CPU.
//!
//! [`validate`] compares the two, layer by layer, against the tolerance that each kernel states;
//! `doline validate` does so on a user's own data and card. A missing value is a
//! validity bit next to the value, not NaN; see [`kernels::views`].
//!
//! # Features
//!
//! `gpu`, `gdal` and `cli`, all on by default. Without them kernels, CPU engine, [`synth`] and
//! [`validate`] remain, and nothing outside Rust is needed.
//!
//! # Example
//!
//! The trend of NDVI of two pixels, stored as 16-bit integers; no file, no device.
//!
//! ```
//! use doline::arrays::TrendsOf;
//! use doline::calendar::Years;
//! use doline::tile::Decoding;
//! use ndarray::array;
//!
//! // [year, y, x]: the first pixel rises by 0.01 a year, the second lacks two years.
//! let ndvi = array![[[4000_i16, 5100]], [[4100, -3000]], [[4200, 5300]], [[4300, -3000]], [[4400, 5200]]];
//! let mut trends = TrendsOf::new(Years { first: 2001, last: 2005 });
//! trends.decoding = Decoding { scale: vec![0.0001], nodata: vec![-3000.0], ..Decoding::identity() };
//! let found = trends.run(&ndvi.view(), &mut |_| true)?;
//!
//! let slope = found.map("slope").expect("least squares are a default");
//! assert!((slope[[0, 0]] - 0.01).abs() < 1e-7);
//! assert!(slope[[0, 1]].is_nan(), "three valid years are fewer than four");
//! assert_eq!(found.map("n").expect("with the slope")[[0, 1]], 3.0);
//! # Ok::<(), doline::arrays::ArraysError>(())
//! ```
//!
//! The same over a whole region, with its own kernels in their order, is a [`chain`] that an [engine](engines) runs tile after tile.

pub mod arrays;
pub mod bench;
pub mod calendar;
pub mod calibrate;
pub mod chain;
#[cfg(feature = "cli")]
pub mod cli;
pub mod comparison;
pub mod device;
#[cfg(feature = "gdal")]
pub mod draft;
pub mod effects;
pub mod engines;
pub mod error;
pub mod formats;
#[cfg(feature = "gdal")]
pub(crate) mod gdal_calls;
pub mod geodetector;
pub mod grid;
pub mod kernels;
#[cfg(feature = "gdal")]
pub(crate) mod machine;
#[cfg(feature = "gdal")]
pub(crate) mod open_files;
pub mod palette;
pub mod pipeline;
pub mod products;
#[cfg(feature = "gdal")]
pub mod report;
#[cfg(feature = "gdal")]
pub mod run;
pub mod servers;
#[cfg(feature = "gdal")]
pub mod sinks;
pub mod sites;
#[cfg(feature = "gdal")]
pub mod sources;
pub mod stages;
pub mod study;
#[cfg(feature = "gdal")]
pub mod styles;
pub mod synth;
pub mod tables;
pub mod tile;
pub mod tiling;
pub mod units;
pub mod validate;
pub(crate) mod words;
#[cfg(feature = "gdal")]
pub mod zones;
