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
//! Whoever has series in memory needs no study and no file: [`arrays`] gives trends, drivers and
//! attribution of `ndarray` arrays.
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
//! use std::sync::Arc;
//!
//! use doline::calendar::{Steps, Years};
//! use doline::chain::{Recipe, build};
//! use doline::engines::{Engine, cpu::CpuEngine};
//! use doline::grid::Window;
//! use doline::tile::{DataType, Decoding, Geometry, InputSpec, Stored, Tile};
//!
//! let years = Years { first: 2001, last: 2005 };
//! let ndvi = InputSpec {
//!     name: "ndvi".to_owned(),
//!     unit: "1".to_owned(),
//!     steps: Steps::Annual,
//!     n_steps: years.count(),
//!     data_type: DataType::I16,
//!     decoding: Decoding { scale: vec![0.0001], nodata: vec![-3000.0], ..Decoding::identity() },
//!     geometry: Geometry::StudyGrid,
//! };
//! let chain = Arc::new(build(&Recipe {
//!     trend_of: Some(vec!["ndvi".to_owned()]),
//!     ..Recipe::of_series(years, vec![ndvi])
//! })?);
//!
//! // [step][pixel]: the first pixel rises by 0.01 a year, the second lacks two years.
//! let values = vec![4000, 5100, 4100, -3000, 4200, 5300, 4300, -3000, 4400, 5200];
//! let window = Window { row: 0, col: 0, height: 1, width: 2 };
//! let tile = Tile { window, inputs: vec![Stored::I16(values)], inside: None };
//! let output = CpuEngine::new(Arc::clone(&chain)).run(&tile)?;
//!
//! let layer = |name: &str| {
//!     let layer = chain.layers.iter().position(|layer| layer.name == name)?;
//!     Some(&output.layers[chain.index_of_layer(layer)?])
//! };
//! let slope = layer("ndvi_slope").expect("asked for");
//! assert!((slope[0] - 0.01).abs() < 1e-7);
//! assert!(slope[1].is_nan(), "three valid years are fewer than four");
//! assert_eq!(layer("ndvi_n").expect("asked for"), &[5.0, 3.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
