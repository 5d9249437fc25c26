//! The page of a finished run: `report.html`, one file that needs nothing else.
//!
//! It is made from the folder that a run leaves alone, so that it can be made again. Everything is there without script:
//! maps are images with texts, charts are tables. The script of `assets/report.js` draws the charts and shows values.

mod cells;
mod charts;
mod choice;
mod equations;
#[cfg(feature = "figures")]
mod figures;
mod folder;
mod frame;
mod headline;
mod html;
mod html_table;
mod image;
mod map;
mod methods;
mod number;
mod options;
mod page;
mod picture;
mod pixel_series;
mod provenance;
mod record;
mod table;
mod write;

#[cfg(feature = "figures")]
pub use figures::{
    ColumnWidth, DOTS_PER_INCH, FOLDER as FIGURES, FigureOptions, WrittenFigures, write_figures,
};
pub use folder::TABLES_AGAIN;
pub use options::PageOptions;
pub use page::{MOST_BYTES, page};
pub use write::{NAME, Written, write};
