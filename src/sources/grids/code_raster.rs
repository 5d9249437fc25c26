//! A raster of codes or of a quantity whose cells are zones: on the study grid or on one of its own.

use std::path::{Path, PathBuf};

use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use crate::gdal_calls::{quiet_gdal, text_of};
use crate::grid::{Grid, Window};
use crate::sources::error::SourceError;
use crate::sources::files::archive::{in_archive, to_open};
use crate::sources::files::dataset::{reason_of as reason_of_gdal, without_side_files};
use crate::sources::files::error::FileError;
use crate::sources::files::folder::files_to_name;
use crate::sources::files::limits::{check_length, check_openable, check_transform};
use crate::sources::files::listing::is_there;
use crate::sources::files::reach::{check_reach, outside_of};
use crate::sources::grids::cells::{CellWindow, SourceGrid};
use crate::sources::grids::error::GridError;
use crate::sources::grids::georeference::grid_of;
use crate::sources::grids::mask_cells::{CellFile, nearest_values};
use crate::sources::grids::placement::{FileOnGrid, place};
use crate::sources::grids::store_raster::of_store;
use crate::tile::Resampling;

/// Opens a raster or a vector file; the error says why not.
pub(crate) fn open_any(path: &Path) -> Result<Dataset, String> {
    quiet_gdal();
    let path = &to_open(path);
    if !is_there(&path.to_string_lossy()) {
        return Err("there is no such file".to_owned());
    }
    let path = &in_archive(path)?;
    check_openable("zones", path).map_err(reason_of)?;
    check_reach("zones", path, false).map_err(|error| outside_of(&error))?;
    let options = || DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER
            | GdalOpenFlags::GDAL_OF_VECTOR
            | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        ..DatasetOptions::default()
    };
    if let Some(raster) = of_store(path)? {
        return Ok(raster);
    }
    let opened = without_side_files(path, || Dataset::open_ex(path, options()));
    opened.map_err(|error| files_to_name(path).unwrap_or_else(|| reason_of_gdal(path, &error)))
}

/// The reason of an error, without the name of the file: who reads it knows the file.
fn reason_of(error: SourceError) -> String {
    match error {
        SourceError::File(FileError::Open { reason, .. })
        | SourceError::Grid(GridError::CannotPlace { reason, .. }) => reason,
        other => other.to_string(),
    }
}

/// Where the cells of a raster are.
#[derive(Debug)]
pub(crate) enum RasterOnGrid {
    /// They are the pixels of the study.
    SameCells,
    /// On a grid of its own.
    OwnCells(Box<SourceGrid>),
    /// It does not overlap the study grid.
    Nowhere,
}

/// The first band of a raster, placed on the study grid.
#[derive(Debug)]
pub(crate) struct CodeRaster {
    input: String,
    path: PathBuf,
    dataset: Dataset,
    placed: RasterOnGrid,
    notes: Vec<String>,
    is_float: bool,
    nodata: Option<f64>,
    scale_and_offset: (f64, f64),
}

impl CodeRaster {
    /// Relates an opened raster to the study grid; the error says why that cannot be done.
    pub(crate) fn open(
        input: &str,
        path: &Path,
        dataset: Dataset,
        study: &Grid,
    ) -> Result<Self, String> {
        check_transform(input, path, &dataset).map_err(reason_of)?;
        check_length(input, path, &dataset).map_err(reason_of)?;
        let grid = grid_of(&dataset, path).grid;
        let file = FileOnGrid {
            input,
            path,
            grid: &grid,
            resampling: Some(Resampling::Nearest),
            has_classes: true,
        };
        let (placed, mut notes) = match place(file, study) {
            Ok((placement, notes)) => {
                let source = placement.cells.map(|cells| Box::new(cells.source));
                (
                    source.map_or(RasterOnGrid::SameCells, RasterOnGrid::OwnCells),
                    notes,
                )
            }
            Err(SourceError::Grid(GridError::NoOverlap { .. })) => {
                (RasterOnGrid::Nowhere, Vec::new())
            }
            Err(error) => return Err(reason_of(error)),
        };
        if dataset.raster_count() > 1 {
            let n = dataset.raster_count();
            notes.push(format!("the file has {n} bands, and the first is read"));
        }
        let (is_float, nodata, scale_and_offset) = {
            let band = dataset.rasterband(1).map_err(|error| text_of(&error))?;
            let scale_and_offset = (band.scale().unwrap_or(1.0), band.offset().unwrap_or(0.0));
            (
                band.band_type().is_floating(),
                band.no_data_value(),
                scale_and_offset,
            )
        };
        Ok(Self {
            input: input.to_owned(),
            path: path.to_owned(),
            dataset,
            placed,
            notes,
            is_float,
            nodata,
            scale_and_offset,
        })
    }

    pub(crate) fn placed(&self) -> &RasterOnGrid {
        &self.placed
    }

    /// What the user should know about its grid.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    pub(crate) fn is_float(&self) -> bool {
        self.is_float
    }

    pub(crate) fn nodata(&self) -> Option<f64> {
        self.nodata
    }

    /// A quantity is the stored number by the first, plus the second.
    pub(crate) fn scale_and_offset(&self) -> (f64, f64) {
        self.scale_and_offset
    }

    /// Gives the stored number of the cell that holds the centre of each pixel of a window, by its place.
    pub(crate) fn nearest(
        &self,
        study: &Grid,
        window: Window,
        take: impl FnMut(usize, f64),
    ) -> Result<(), String> {
        let source = match &self.placed {
            RasterOnGrid::SameCells => None,
            RasterOnGrid::OwnCells(source) => Some(source.as_ref()),
            RasterOnGrid::Nowhere => return Ok(()),
        };
        let file = CellFile {
            input: &self.input,
            path: &self.path,
            source,
        };
        nearest_values(file, &self.dataset, study, window, take).map_err(reason_of)
    }

    /// The stored numbers of some cells, row by row.
    pub(crate) fn read_cells(
        &self,
        window: CellWindow,
        values: &mut Vec<f64>,
    ) -> Result<(), String> {
        values.clear();
        values.resize(window.n_cells(), f64::NAN);
        let band = self
            .dataset
            .rasterband(1)
            .map_err(|error| text_of(&error))?;
        let mut read = Vec::new();
        for (at, piece) in window.pieces(self.dataset.raster_size().0) {
            read.resize(piece.n_pixels(), 0.0);
            let [row, col] = [piece.row, piece.col].map(usize::cast_signed);
            let size = (piece.width, piece.height);
            band.read_into_slice((col, row), size, size, &mut read, None)
                .map_err(|error| text_of(&error))?;
            for (row, read) in read.chunks(piece.width.max(1)).enumerate() {
                values[row * window.width + at..][..piece.width].copy_from_slice(read);
            }
        }
        Ok(())
    }
}
