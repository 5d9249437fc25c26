//! Opens a variable of a Zarr store.

use std::path::Path;

use crate::sources::error::SourceError;
use crate::sources::files::error::FileError;
use crate::sources::files::opened::OpenedVariable;

/// Opens the variable of a store that the study names, or its only one.
///
/// # Arguments
///
/// * `usual` - the variable to take if the store has several and the study names none.
///
/// # Errors
///
/// A store that cannot be read, or a variable that it does not hold.
#[cfg(feature = "zarr")]
pub(crate) fn open(
    input: &str,
    path: &Path,
    variable: Option<&str>,
    usual: Option<&str>,
) -> Result<OpenedVariable, SourceError> {
    use crate::sources::files::dataset::open_gdal;
    use crate::sources::files::opened::Chunks;
    use crate::sources::zarr::names::parts_of;
    use crate::sources::zarr::raster::ZarrRaster;
    use crate::sources::zarr::tree::StoreTree;
    use crate::sources::zarr::variables::{named, rasters};

    let refused = |reason: String| {
        SourceError::File(FileError::Open {
            input: input.to_owned(),
            path: path.to_owned(),
            reason,
        })
    };
    let (store, of_name) = parts_of(path);
    let tree = StoreTree::open(&store).map_err(|error| refused(error.to_string()))?;
    let rasters = rasters(&tree);
    let usual = usual.filter(|usual| rasters.iter().any(|name| name == usual));
    let asked = variable.or(of_name.as_deref()).or(usual);
    let variable = match (asked, rasters.as_slice()) {
        (Some(asked), _) => asked,
        (None, [only]) => only,
        (None, []) => {
            return Err(SourceError::File(FileError::NoBands {
                input: input.to_owned(),
                path: path.to_owned(),
            }));
        }
        (None, _) => {
            return Err(SourceError::File(FileError::WhichVariable {
                input: input.to_owned(),
                path: path.to_owned(),
                variables: rasters,
            }));
        }
    };
    if named(&tree, variable).is_none() {
        return Err(SourceError::File(FileError::NoSuchVariable {
            input: input.to_owned(),
            path: path.to_owned(),
            variable: variable.to_owned(),
            variables: rasters,
        }));
    }
    let raster = ZarrRaster::of(&tree, &store, variable);
    let raster = raster.map_err(|error| refused(error.to_string()))?;
    Ok(OpenedVariable {
        dataset: open_gdal(input, path, &raster.description)?,
        gdal_name: raster.name.clone(),
        chunks: Some(Chunks {
            depth: raster.depth(),
            block: raster.block_size(),
            bytes: raster.chunk_bytes(),
        }),
    })
}

/// Refuses a store: this build of the library reads none.
#[cfg(not(feature = "zarr"))]
pub(crate) fn open(
    input: &str,
    path: &Path,
    _: Option<&str>,
    _: Option<&str>,
) -> Result<OpenedVariable, SourceError> {
    Err(SourceError::File(FileError::Open {
        input: input.to_owned(),
        path: path.to_owned(),
        reason: "it is a Zarr store, which this program was built without; build it with the feature `zarr`, or write the \
                 data as netCDF or GeoTIFF"
            .to_owned(),
    }))
}
