//! What a Zarr store holds.

use std::path::Path;

use crate::sources::error::SourceError;
use crate::sources::files::error::FileError;
use crate::sources::inspect::found::Inspected;

/// What a store holds, but for its raster.
///
/// # Errors
///
/// It cannot be read.
#[cfg(feature = "zarr")]
pub(crate) fn of_store(input: &str, path: &Path) -> Result<Inspected, SourceError> {
    use crate::sources::inspect::found::Variable;
    use crate::sources::zarr::description::layers_of;
    use crate::sources::zarr::names::parts_of;
    use crate::sources::zarr::tree::StoreTree;
    use crate::sources::zarr::variables::{named, rasters};

    let (store, _) = parts_of(path);
    let tree = StoreTree::open(&store).map_err(|error| {
        SourceError::File(FileError::Open {
            input: input.to_owned(),
            path: path.to_owned(),
            reason: error.to_string(),
        })
    })?;
    let variable = |name: String| {
        let array = named(&tree, &name)?;
        let [.., height, width] = array.shape.as_slice() else {
            return None;
        };
        let sides: Vec<String> = array.shape.iter().map(usize::to_string).collect();
        Some(Variable {
            description: format!("[{}] ({})", sides.join("x"), array.dimensions.join(", ")),
            width: *width,
            height: *height,
            bands: layers_of(&array.shape),
            name,
        })
    };
    let mut variables: Vec<Variable> = rasters(&tree).into_iter().filter_map(variable).collect();
    if variables.len() == 1 {
        variables.clear();
    }
    Ok(Inspected {
        path: path.to_string_lossy().into_owned(),
        driver: "Zarr".to_owned(),
        format: format!("Zarr, format {}", tree.format),
        bytes: 0,
        raster: None,
        variables,
        layers: Vec::new(),
        warnings: Vec::new(),
        unreadable: None,
    })
}

/// Refuses a store: this build of the library reads none.
#[cfg(not(feature = "zarr"))]
pub(crate) fn of_store(input: &str, path: &Path) -> Result<Inspected, SourceError> {
    use crate::sources::files::of_store;

    match of_store::open(input, path, None, None) {
        Err(error) => Err(error),
        Ok(_) => Err(SourceError::File(FileError::NoBands {
            input: input.to_owned(),
            path: path.to_owned(),
        })),
    }
}
