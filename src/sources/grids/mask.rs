//! Which pixels are inside the mask.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use crate::gdal_calls::text_of;
use crate::grid::{Grid, Window};
use crate::sources::error::SourceError;
use crate::sources::files::archive::{in_archive, to_open};
use crate::sources::files::dataset::{reason_of, without_side_files};
use crate::sources::files::error::FileError;
use crate::sources::files::limits::{check_blocks, check_length, check_openable, check_transform};
use crate::sources::files::listing::is_there;
use crate::sources::files::reach::{check_reach, outside_of};
use crate::sources::grids::cells::SourceGrid;
use crate::sources::grids::error::GridError;
use crate::sources::grids::georeference::grid_of;
use crate::sources::grids::mask_cells::{CellFile, nearest_values};
use crate::sources::grids::mask_polygons::{
    MaskPart, Polygon, check_meets, inside_polygons, polygons,
};
use crate::sources::grids::placement::{FileOnGrid, place};
use crate::sources::grids::store_raster::of_store;
use crate::tile::Resampling;

/// A mask on the study grid.
#[derive(Clone, Debug)]
pub(crate) enum Mask {
    /// Non-zero and valid is inside; on a grid of its own, by the cell that holds the pixel's
    /// centre.
    Raster(PathBuf, Option<Box<SourceGrid>>),
    /// A pixel is inside if a polygon holds its centre.
    Polygons(PathBuf, Arc<Vec<Polygon>>),
}

impl Mask {
    /// Opens a raster on any grid, or a vector that is reprojected to the study's.
    ///
    /// # Arguments
    ///
    /// * `part` – the layer and features of a vector.
    /// * `most_block_bytes` – bytes that one decoded block may take; `None` for any.
    /// * `notes` – gets what the user should know.
    pub(crate) fn open(
        (path, part): (&Path, MaskPart<'_>),
        study: &Grid,
        most_block_bytes: Option<u64>,
        notes: &mut Vec<String>,
    ) -> Result<Self, SourceError> {
        let path = &to_open(path);
        if !is_there(&path.to_string_lossy()) {
            return Err(SourceError::mask(path, "there is no such file"));
        }
        let path = &in_archive(path).map_err(|reason| SourceError::mask(path, &reason))?;
        if let Err(SourceError::File(FileError::Open { reason, .. })) = check_openable("mask", path)
        {
            return Err(SourceError::mask(path, &reason));
        }
        check_reach("mask", path, false)
            .map_err(|error| SourceError::mask(path, &outside_of(&error)))?;
        let options = || DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_RASTER
                | GdalOpenFlags::GDAL_OF_VECTOR
                | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
            ..DatasetOptions::default()
        };
        let in_store = of_store(path).map_err(|reason| SourceError::mask(path, &reason))?;
        let opened = match in_store {
            Some(raster) => Ok(raster),
            None => without_side_files(path, || Dataset::open_ex(path, options())),
        };
        let dataset = opened.map_err(|error| SourceError::mask(path, &reason_of(path, &error)))?;
        if dataset.raster_count() == 0 {
            let polygons = polygons(&dataset, (path, part), study, notes)?;
            check_meets(path, &polygons, study)?;
            return Ok(Self::Polygons(path.to_owned(), Arc::new(polygons)));
        }
        if part != MaskPart::default() {
            let reason = "it is a raster, which has neither layers (grid.mask_layer) nor attributes (grid.mask_where)";
            return Err(SourceError::mask(path, reason));
        }
        check_transform("mask", path, &dataset)?;
        check_length("mask", path, &dataset)?;
        check_blocks("mask", most_block_bytes, path, &dataset)?;
        let grid = grid_of(&dataset, path).grid;
        let file = FileOnGrid {
            input: "mask",
            path,
            grid: &grid,
            resampling: Some(Resampling::Nearest),
            has_classes: true,
        };
        let (placement, _) = place(file, study).map_err(of_mask)?;
        let source = placement.cells.map(|cells| Box::new(cells.source));
        Ok(Self::Raster(path.to_owned(), source))
    }

    /// Whether each pixel of a window is inside, `[pixel]`.
    pub(crate) fn read(
        &self,
        grid: &Grid,
        window: Window,
        raster: &mut Option<Dataset>,
    ) -> Result<Vec<bool>, SourceError> {
        match self {
            Self::Raster(path, source) => {
                if raster.is_none() {
                    let in_store = of_store(path);
                    let opened =
                        match in_store.map_err(|reason| SourceError::mask(path, &reason))? {
                            Some(raster) => Ok(raster),
                            None => without_side_files(path, || Dataset::open(path)),
                        };
                    *raster =
                        Some(opened.map_err(|error| SourceError::mask(path, &text_of(&error)))?);
                }
                let opened = raster
                    .as_ref()
                    .ok_or_else(|| SourceError::mask(path, "it cannot be opened"))?;
                let nodata = opened
                    .rasterband(1)
                    .ok()
                    .and_then(|band| band.no_data_value());
                let mut inside = vec![false; window.n_pixels()];
                let file = CellFile {
                    input: "mask",
                    path,
                    source: source.as_deref(),
                };
                nearest_values(file, opened, grid, window, |pixel, value| {
                    inside[pixel] = value != 0.0 && !value.is_nan() && Some(value) != nodata;
                })?;
                Ok(inside)
            }
            Self::Polygons(path, polygons) => inside_polygons(path, polygons, grid, window),
        }
    }
}

/// The study has no key for the CRS of a mask, so the message gives another remedy.
fn of_mask(error: SourceError) -> SourceError {
    let SourceError::Grid(GridError::CannotPlace { path, reason, .. }) = error else {
        return error;
    };
    let reason = format!(
        "it cannot be resampled to the study grid: {reason}; if it has no CRS, write one into it: \
         gdal_edit.py -a_srs EPSG:..."
    );
    SourceError::Mask { path, reason }
}
