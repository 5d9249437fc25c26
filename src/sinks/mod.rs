//! Where results go: rasters and texts that appear under their names only when all are complete.

mod error;
mod geotiff;
mod spool;

pub use error::SinkError;
pub use geotiff::{
    CLASS_NODATA, Compress, FLAGS_NODATA, FileWritten, RasterFile, RasterFormat, RasterKind,
    RasterOptions, RasterRead, RasterSink, WrittenRaster,
};
