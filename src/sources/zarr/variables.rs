//! Which arrays of a store are rasters, and the axes of arrays.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::sources::zarr::array::{ChunkedArray, kind_of};
use crate::sources::zarr::attributes::{number, text};
use crate::sources::zarr::error::ZarrError;
use crate::sources::zarr::names::parts_of;
use crate::sources::zarr::tree::{ArrayNode, StoreTree};

/// A longer dimension is no axis of a raster that is read.
const MAX_AXIS: usize = 1 << 24;
/// Attributes that name arrays which describe others.
const DESCRIBING: [&str; 5] = [
    "bounds",
    "climatology",
    "coordinates",
    "grid_mapping",
    "cell_measures",
];

/// A dimension of an array.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StoredAxis {
    /// Empty if it has none.
    pub(crate) name: String,
    /// The numbers of the array of its name; none if there is no such array.
    pub(crate) values: Vec<f64>,
    /// Empty if none is stated.
    pub(crate) unit: String,
}

/// The paths of the arrays that are rasters: those of two dimensions and more that describe no other.
pub(crate) fn rasters(tree: &StoreTree) -> Vec<String> {
    let mut describing = BTreeSet::new();
    for array in tree.arrays.values() {
        let named = DESCRIBING
            .iter()
            .filter_map(|key| text(&array.attributes, key));
        let words = named.flat_map(str::split_whitespace);
        let found = words.filter_map(|word| tree.seen_from(array.group(), word));
        describing.extend(found.map(|array| array.path.clone()));
    }
    let is_raster = |array: &&ArrayNode| {
        array.shape.len() > 1 && kind_of(array).is_ok() && !describing.contains(&array.path)
    };
    tree.arrays
        .values()
        .filter(is_raster)
        .map(|array| array.path.clone())
        .collect()
}

/// The array that a study names: by its path, or by its name where no other array has it.
pub(crate) fn named<'a>(tree: &'a StoreTree, variable: &str) -> Option<&'a ArrayNode> {
    let variable = variable.trim_start_matches('/');
    let has_sides = |array: &&ArrayNode| array.shape.len() > 1;
    if let Some(array) = tree.arrays.get(variable).filter(has_sides) {
        return Some(array);
    }
    let mut found = tree
        .arrays
        .values()
        .filter(has_sides)
        .filter(|array| array.name() == variable);
    found.next().filter(|_| found.next().is_none())
}

/// The array that an axis of an array has its numbers from.
pub(crate) fn axis_array<'a>(
    tree: &'a StoreTree,
    of: &ArrayNode,
    dimension: usize,
) -> Option<&'a ArrayNode> {
    let (name, n) = (of.dimensions.get(dimension)?, *of.shape.get(dimension)?);
    let array = tree
        .seen_from(of.group(), name)
        .filter(|_| !name.is_empty())?;
    (array.shape == [n] && n <= MAX_AXIS).then_some(array)
}

/// The axes of an array, in the order in which it is stored. One whose array has no numbers, such as names, has none.
///
/// # Errors
///
/// An axis that is damaged or cannot be read.
pub(crate) fn axes_of(tree: &StoreTree, of: &ArrayNode) -> Result<Vec<StoredAxis>, ZarrError> {
    let axis = |dimension: usize| {
        let array = axis_array(tree, of, dimension);
        let unit = array.and_then(|array| text(&array.attributes, "units"));
        let values = match array {
            Some(array) if kind_of(array).is_ok() => numbers_of(tree, array)?,
            _ => Vec::new(),
        };
        Ok(StoredAxis {
            name: of.dimensions[dimension].clone(),
            values,
            unit: unit.unwrap_or_default().to_owned(),
        })
    };
    (0..of.dimensions.len()).map(axis).collect()
}

/// Whether rows are stored from south to north, as their axis tells where columns have one too: else a transform counts,
/// which goes by the rows as they are stored.
pub(crate) fn is_south_up(axes: &[StoredAxis]) -> bool {
    match axes {
        [.., rows, columns] if !columns.values.is_empty() => {
            matches!(rows.values.as_slice(), [first, .., last] if first < last)
        }
        _ => false,
    }
}

/// The numbers of an array of one or two dimensions, unpacked.
fn numbers_of(tree: &StoreTree, array: &ArrayNode) -> Result<Vec<f64>, ZarrError> {
    let stored = ChunkedArray::open(tree, array)?.all()?;
    let scale = number(&array.attributes, "scale_factor").unwrap_or(1.0);
    let offset = number(&array.attributes, "add_offset").unwrap_or(0.0);
    Ok(stored
        .into_iter()
        .map(|number| number * scale + offset)
        .collect())
}

/// The axes of a variable of the store at a path; none if they cannot be read, of which opening the
/// variable has made an error.
pub(crate) fn axes(path: &Path, variable: &str) -> Vec<StoredAxis> {
    let (store, _) = parts_of(path);
    let found = || {
        let tree = StoreTree::open(&store).ok()?;
        axes_of(&tree, tree.arrays.get(variable)?).ok()
    };
    found().unwrap_or_default()
}

/// The numbers of an array that is no raster, such as `time_bnds` or `/data/time_bnds`, if it has this shape.
pub(crate) fn numbers(path: &Path, name: &str, shape: &[usize]) -> Option<Vec<f64>> {
    let (store, _) = parts_of(path);
    let tree = StoreTree::open(&store).ok()?;
    let array = tree.arrays.get(name.trim_start_matches('/'))?;
    if array.shape != shape || shape.len() > 2 || shape.iter().product::<usize>() > MAX_AXIS {
        return None;
    }
    numbers_of(&tree, array).ok()
}

/// The reference system that an array names, as WKT, and the transform that stands beside it.
pub(crate) fn reference_of(tree: &StoreTree, of: &ArrayNode) -> (Option<String>, Option<[f64; 6]>) {
    // GDAL writes it into the array itself.
    let of_gdal = of
        .attributes
        .get("_CRS")
        .and_then(|crs| crs.get("wkt"))
        .and_then(Value::as_str);
    if let Some(wkt) = of_gdal {
        return (Some(wkt.to_owned()), None);
    }
    // `crs: x y` names axes too; rioxarray takes `spatial_ref` where none is named.
    let named = text(&of.attributes, "grid_mapping").unwrap_or("spatial_ref");
    let named = named.split([':', ' ']).next().unwrap_or(named);
    let Some(mapping) = tree.seen_from(of.group(), named) else {
        return (None, None);
    };
    let wkt = ["crs_wkt", "spatial_ref"]
        .iter()
        .find_map(|key| text(&mapping.attributes, key));
    let stated = text(&mapping.attributes, "GeoTransform").and_then(|text| {
        let numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
        numbers.collect::<Vec<f64>>().try_into().ok()
    });
    (wkt.map(str::to_owned), stated)
}
