//! Grids: where the cells of an input are on the study grid.

pub(crate) mod axes;
pub(crate) mod cells;
pub(crate) mod cells_of_tiles;
pub(crate) mod code_raster;
pub(crate) mod comparison;
pub(crate) mod crs;
pub(crate) mod error;
pub(crate) mod georeference;
pub(crate) mod lattice;
pub(crate) mod locate;
pub(crate) mod mask;
pub(crate) mod mask_cells;
pub(crate) mod mask_polygons;
pub(crate) mod outline;
pub(crate) mod placement;
pub(crate) mod points;
pub(crate) mod positions;
pub(crate) mod same_grid;
pub(crate) mod store_raster;
pub(crate) mod study_grid;
