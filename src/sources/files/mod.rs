//! Files: found by patterns, opened, scanned, joined side by side, and refused if they cannot be
//! read.

pub(crate) mod archive;
pub(crate) mod arrays;
pub(crate) mod band_metadata;
pub(crate) mod dataset;
pub(crate) mod dataset_pool;
pub(crate) mod error;
pub(crate) mod folder;
pub(crate) mod input_file;
pub(crate) mod lacking_tiles;
pub(crate) mod limits;
pub(crate) mod listing;
pub(crate) mod mosaic;
pub(crate) mod of_store;
pub(crate) mod on_server;
pub(crate) mod open_raster;
pub(crate) mod opened;
pub(crate) mod pattern;
pub(crate) mod reach;
pub(crate) mod scan;
pub(crate) mod stamp;
pub(crate) mod truncated;
pub(crate) mod variable_years;
pub(crate) mod variables;
pub(crate) mod vrt;
