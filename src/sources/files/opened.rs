//! What opening a file gives.

use gdal::Dataset;

/// An opened file or part of one.
pub(crate) struct OpenedVariable {
    /// The raster; of a variable of a Zarr store, a description without pixels.
    pub(crate) dataset: Dataset,
    /// The name by which it is opened again.
    pub(crate) gdal_name: String,
    /// How the pixels of a variable of a Zarr store are laid out; `None` for any other raster.
    pub(crate) chunks: Option<Chunks>,
}

/// How a variable of a Zarr store is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "zarr"),
    expect(dead_code, reason = "only stores have chunks")
)]
pub(crate) struct Chunks {
    /// Layers that are decoded together.
    pub(crate) depth: usize,
    /// Columns and rows that are decoded together; GDAL's description has no block that is narrower than 32.
    pub(crate) block: (usize, usize),
    /// Bytes of what is decoded together.
    pub(crate) bytes: u64,
}
