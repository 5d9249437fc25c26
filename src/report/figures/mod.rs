//! Figures for papers: the maps and charts of the page as SVG and as PNG of 300 dpi, at the width of a column.
//!
//! The SVG is written here, shape by shape: a library of charts brings its own look, and text that is measured with the
//! fonts of the machine. The PNG is that SVG drawn by `resvg`, with a font of the program, so that machines agree.

mod attribution;
mod axis;
mod calibration;
mod captions;
mod events;
mod graticule;
mod intervals;
mod key;
mod layout;
mod map;
mod numbers;
mod panel;
mod ranking;
mod raster;
mod series;
mod sites;
mod stages;
mod svg;
mod text;
mod width;
mod write;

pub use raster::DOTS_PER_INCH;
pub use width::ColumnWidth;
pub use write::{FOLDER, FigureOptions, WrittenFigures, write_figures};
