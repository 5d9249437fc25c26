//! A raster that is open to read its pixels: GDAL's, or a variable of a Zarr store.

use std::path::Path;

use gdal::Dataset;
use gdal::errors::GdalError;

use crate::sources::error::SourceError;
use crate::sources::files::dataset::open_gdal;
#[cfg(feature = "zarr")]
use crate::sources::files::error::FileError;
#[cfg(feature = "zarr")]
use crate::sources::zarr::raster::ZarrRaster;

/// An open raster.
#[derive(Debug)]
pub(crate) enum OpenRaster {
    /// Read by GDAL.
    Gdal(Dataset),
    /// A variable of a Zarr store.
    #[cfg(feature = "zarr")]
    Zarr(Box<ZarrRaster>),
}

/// Columns and rows.
type Size = (usize, usize);

impl OpenRaster {
    /// Opens what is called `name`, the file `path` or a part of it.
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub(crate) fn open(input: &str, path: &Path, name: &str) -> Result<Self, SourceError> {
        #[cfg(feature = "zarr")]
        if name.starts_with("ZARR:") {
            let opened = ZarrRaster::open(Path::new(name));
            return opened
                .map(|raster| Self::Zarr(Box::new(raster)))
                .map_err(|error| {
                    SourceError::File(FileError::Open {
                        input: input.to_owned(),
                        path: path.to_owned(),
                        reason: error.to_string(),
                    })
                });
        }
        open_gdal(input, path, name).map(Self::Gdal)
    }

    /// The size of a block of a band, counted from 1, and that of the raster.
    ///
    /// # Errors
    ///
    /// It has no such band.
    pub(crate) fn sizes(&self, band: usize) -> Result<(Size, Size), GdalError> {
        match self {
            Self::Gdal(dataset) => {
                let band = dataset.rasterband(band)?;
                Ok((band.block_size(), band.size()))
            }
            #[cfg(feature = "zarr")]
            Self::Zarr(array) => Ok((array.block_size(), array.size())),
        }
    }

    /// Bytes of a decoded chunk of a store; `None` for any other raster.
    pub(crate) fn chunk_bytes(&self) -> Option<u64> {
        match self {
            Self::Gdal(_) => None,
            #[cfg(feature = "zarr")]
            Self::Zarr(array) => Some(array.chunk_bytes()),
        }
    }

    /// Gives memory back that is kept from one read to the next.
    pub(crate) fn forget(&self) {
        match self {
            Self::Gdal(_) => {}
            #[cfg(feature = "zarr")]
            Self::Zarr(array) => array.forget(),
        }
    }
}
