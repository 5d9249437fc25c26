//! Where stored numbers come from: rasters of the study, opened once and read window by window.
//!
//! ```text
//! InputRequest                         what the study asks for
//!   │ files::pattern, files::scan      find the files, scan what each states
//! ScannedInput
//!   │ times, values                    which band is which step, how numbers are stored
//! ArrangedInput
//!   │ grids                            where its cells are on the study grid
//! OpenedInput, together in Stacks
//!   │ Stacks::reader_of                with file handles of its own
//! GdalReader ──window──► Tile
//! ```

mod cell_cache;
mod error;
mod files;
mod grids;
mod input;
mod inspect;
mod lists;
mod open;
mod reader;
mod reader_state;
mod request;
mod sampling;
mod source;
mod stacks;
mod times;
mod values;
mod windows;
mod zarr;

pub use crate::calendar::Time;
pub use crate::gdal_calls::{quiet_gdal, set_gdal_config};
pub use error::SourceError;
pub use files::error::{FileError, MissingFile};
pub use files::input_file::InputFile;
pub(crate) use files::on_server::bytes_on_server;
pub use files::pattern::{FoundFile, expand};
pub use files::stamp::FileStamp;
pub(crate) use files::stamp::file_on_disk;
pub(crate) use grids::cells::{CellWindow, SourceGrid};
pub(crate) use grids::code_raster::{CodeRaster, RasterOnGrid, open_any};
pub use grids::crs::projjson_of;
pub(crate) use grids::crs::{check_proj, crs_of_wkt, kind_of_wkt};
pub use grids::error::GridError;
pub(crate) use grids::locate::Locator;
pub(crate) use grids::mask_polygons::keep;
pub use grids::outline::outline_in_degrees;
pub use grids::placement::Placement;
pub use grids::points::points_on_grid;
pub use grids::study_grid::GridRequest;
pub use input::{Layout, OpenedInput};
pub use inspect::{
    Extent, Inspected, InspectedRaster, Orientation, TimeAxis, ValueSample, Variable, VectorLayer,
    inspect,
};
pub use reader::GdalReader;
pub use reader_state::ReaderState;
pub use request::InputRequest;
pub use source::Source;
pub use stacks::{Block, Stacks};
pub use times::error::TimesError;
pub use times::found_times::{FoundTimes, times_of};
pub use times::labels::times_of_labels;
pub use times::steps::Timing;
pub use times::time_axis::time_of_axis;
pub use values::fill_counts::{FillCount, SuspectZeros};
pub use values::packing::Packing;
pub use values::suspects::Suspect;
pub use windows::left_out::UnreadableBlocks;
