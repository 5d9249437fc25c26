//! Where results go: rasters and texts that get their names only when all of them are complete.
//!
//! [`Sink`] is what a run needs. [`RasterSink`] is the one that there is, inside an output folder that keeps all files or
//! none; [`OutputFolder`] keeps other runs out, and keeps what a run that was interrupted left. The format of a raster
//! (`geotiff`, `cog`) makes a TIFF without blocks and brings it to its final form once it is complete; between the two the
//! sink decides which files are open, compresses blocks and puts them in, whatever the format. A new format made of TIFF is
//! a file beside these, a word of [`Format`] and a line in `choice`. `zarr_store` makes one store of all finished rasters.

mod block_file;
mod block_log;
mod checksum;
mod choice;
mod cog;
mod constant_blocks;
mod creation;
mod deflate;
mod element;
mod encoder;
mod error;
mod finished_part;
mod folder_lock;
mod format;
mod geotiff;
mod huffman;
mod in_memory;
mod journal;
mod layout;
mod output_folder;
mod parts;
mod predictor;
mod raster;
mod raster_sink;
mod read_back;
mod restored;
mod sink;
mod sink_state;
mod store_folder;
mod tiff;
mod tile_jobs;
mod wave;
#[cfg(feature = "zarr")]
mod zarr_store;

pub use crate::formats::{Compress, FileKind, Format};
pub(crate) use checksum::{Checksum, Summed};
pub use choice::check_formats;
pub use error::SinkError;
pub use finished_part::FinishedPart;
pub use output_folder::{FileWritten, OutputFolder, Unfinished};
pub use raster::{CLASS_NODATA, FLAGS_NODATA, RasterFile, RasterOptions};
pub use raster_sink::RasterSink;
pub use read_back::{FinishedRaster, RasterRead};
pub use sink::{ReadBack, Sink};
pub use store_folder::{STORE, StoreWritten, check_store};
