//! Zarr stores of format 2 and 3: in folders, in archives and on servers.
//!
//! ```text
//! names        which paths are stores
//! storage      files of a store                      ──► zarrs
//! tree         its groups and arrays, their attributes and dimensions
//! variables    which of its arrays are rasters, and the axes of these
//! description  a raster without pixels, as GDAL would describe the same variable of a netCDF file
//! raster       its pixels, chunk by chunk
//! ```

#[cfg(feature = "zarr")]
mod array;
#[cfg(feature = "zarr")]
mod attributes;
#[cfg(feature = "zarr")]
pub(crate) mod description;
#[cfg(feature = "zarr")]
pub(crate) mod error;
pub(crate) mod names;
#[cfg(feature = "zarr")]
mod numbers;
#[cfg(feature = "zarr")]
pub(crate) mod raster;
#[cfg(feature = "zarr")]
mod storage;
#[cfg(feature = "zarr")]
pub(crate) mod tree;
#[cfg(feature = "zarr")]
pub(crate) mod variables;
#[cfg(feature = "zarr")]
mod zip;
