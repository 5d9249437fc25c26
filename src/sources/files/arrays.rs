//! Arrays of netCDF files and Zarr stores as they are stored, with their dimensions and the axes of these.

use std::path::{Path, PathBuf};

use gdal::cpl::CslStringList;
use gdal::raster::{Dimension, Group};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata};

use crate::gdal_calls::quiet_hdf5_on_this_thread;

/// A longer dimension is no axis of a raster that is read.
const MAX_AXIS: usize = 1 << 24;

/// A dimension of an array.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Axis {
    pub(crate) name: String,
    /// The numbers of the array of its name; none if there is no such array.
    pub(crate) values: Vec<f64>,
    /// Empty if none is stated.
    pub(crate) unit: String,
}

impl Axis {
    /// Whether it counts times.
    pub(crate) fn is_time(&self) -> bool {
        let name = self.name.to_lowercase();
        self.unit.contains(" since ") || matches!(name.as_str(), "time" | "year" | "month" | "date")
    }

    /// Whether its name or its unit is that of longitudes.
    pub(crate) fn is_longitude(&self) -> bool {
        let name = self.name.to_lowercase();
        let is_named = matches!(name.as_str(), "lon" | "long" | "longitude" | "longitudes");
        is_named || is_degrees("east", &self.unit)
    }

    /// Whether its name or its unit is that of latitudes.
    pub(crate) fn is_latitude(&self) -> bool {
        let name = self.name.to_lowercase();
        let is_named = matches!(name.as_str(), "lat" | "latitude" | "latitudes");
        is_named || is_degrees("north", &self.unit)
    }

    /// Whether its numbers are places of columns, by its name or its unit.
    pub(crate) fn is_of_columns(&self) -> bool {
        let name = self.name.to_lowercase();
        let is_named = matches!(name.as_str(), "x" | "easting" | "eastings");
        self.is_longitude() || is_named && !self.values.is_empty()
    }

    /// Whether its numbers are places of rows, by its name or its unit.
    pub(crate) fn is_of_rows(&self) -> bool {
        let name = self.name.to_lowercase();
        let is_named = matches!(name.as_str(), "y" | "northing" | "northings");
        self.is_latitude() || is_named && !self.values.is_empty()
    }
}

/// Whether a unit is one of those that the CF conventions have for degrees east or north.
pub(crate) fn is_degrees(direction: &str, unit: &str) -> bool {
    let unit = unit.trim();
    let Some(rest) = unit.strip_prefix("degree") else {
        return false;
    };
    let rest = rest.strip_prefix('s').unwrap_or(rest);
    let rest = rest.strip_prefix('_').unwrap_or(rest);
    let letter = direction[..1].to_uppercase();
    rest == direction || rest == letter
}

/// The dimensions of the array that a data set shows, in the order in which it is stored; none for other formats.
pub(crate) fn dimensions_of(dataset: &Dataset, path: &Path) -> Vec<Axis> {
    #[cfg(feature = "zarr")]
    if let Some(array) = crate::sources::zarr::description::array_of(dataset) {
        let axes = crate::sources::zarr::variables::axes(path, &array).into_iter();
        return axes
            .map(|axis| Axis {
                name: axis.name,
                values: axis.values,
                unit: axis.unit,
            })
            .collect();
    }
    let found = || {
        let array = array_of(dataset)?;
        let store = open_store(path)?;
        let root = store.root_group().ok()?;
        let array = root.open_md_array(&array, CslStringList::new()).ok()?;
        let dimensions = array.dimensions().ok()?;
        Some(dimensions.iter().map(|of| axis(&root, of)).collect())
    };
    found().unwrap_or_default()
}

/// Whether a raster is a variable of a Zarr store.
pub(crate) fn is_of_store(dataset: &Dataset) -> bool {
    dataset.metadata_item("ARRAY", "ZARR").is_some()
}

/// Whether the rows of the stored array start in the north, by its axes.
pub(crate) fn goes_north_down(dataset: &Dataset, path: &Path) -> bool {
    match dimensions_of(dataset, path).as_slice() {
        [.., y, _] => matches!(y.values.as_slice(), [first, .., last] if first > last),
        _ => false,
    }
}

/// Rows that are compared at most.
const MAX_ROWS: usize = 16;

/// Whether GDAL gives the rows of an array in the order in which they are stored; `None` where the rows do not tell.
pub(crate) fn rows_are_as_stored(dataset: &Dataset, path: &Path) -> Option<bool> {
    let (width, height) = dataset.raster_size();
    let band = dataset.rasterband(1).ok()?;
    let store = open_store(path)?;
    let root = store.root_group().ok()?;
    let array = array_of(dataset)?;
    let array = root.open_md_array(&array, CslStringList::new()).ok()?;
    let n = array.num_dimensions();
    let stored = |row: usize| {
        let mut start = vec![0; n];
        let mut count = vec![1; n];
        *start.get_mut(n.checked_sub(2)?)? = row as u64;
        *count.last_mut()? = width;
        array.read_as::<f64>(start, count).ok()
    };
    let is_same = |a: &[f64], b: &[f64]| {
        a.len() == b.len()
            && a.iter()
                .zip(b)
                .all(|(a, b)| a == b || a.is_nan() && b.is_nan())
    };
    for row in 0..MAX_ROWS.min(height / 2) {
        let at = isize::try_from(row).ok()?;
        let read = band.read_as::<f64>((0, at), (width, 1), (width, 1), None);
        let read = read.ok()?;
        let [same, turned] =
            [stored(row)?, stored(height - 1 - row)?].map(|stored| is_same(read.data(), &stored));
        if same != turned {
            return Some(same);
        }
    }
    None
}

/// The name of the array in the file.
fn array_of(dataset: &Dataset) -> Option<String> {
    if dataset.driver().short_name() != "netCDF" {
        return None;
    }
    let band = dataset.rasterband(1).ok()?;
    band.metadata_item("NETCDF_VARNAME", "")
}

fn axis(root: &Group<'_>, dimension: &Dimension<'_>) -> Axis {
    let (name, n) = (dimension.name(), dimension.size());
    let read = || {
        let array = root.open_md_array(&name, CslStringList::new()).ok()?;
        let is_axis = array.dimensions().ok()?.len() == 1 && n <= MAX_AXIS;
        let values = is_axis.then(|| array.read_as::<f64>(vec![0], vec![n]).ok())??;
        let stated = || Some(array.attribute("units").ok()?.read_as_string());
        let unit = Some(array.unit()).filter(|unit| !unit.is_empty());
        Some((values, unit.or_else(stated).unwrap_or_default()))
    };
    let (values, unit) = read().unwrap_or_default();
    Axis { name, values, unit }
}

/// Opens the arrays of a file.
fn open_store(path: &Path) -> Option<Dataset> {
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_MULTIDIM_RASTER | GdalOpenFlags::GDAL_OF_READONLY,
        ..DatasetOptions::default()
    };
    quiet_hdf5_on_this_thread();
    Dataset::open_ex(file_of(path), options).ok()
}

/// The file of a name such as `NETCDF:"t.nc":tas`.
fn file_of(path: &Path) -> PathBuf {
    let named = || path.to_str()?.strip_prefix("NETCDF:");
    named().map_or_else(
        || path.to_owned(),
        |name| {
            let quoted = name
                .strip_prefix('"')
                .and_then(|rest| rest.split_once('"'))
                .map(|(file, _)| file);
            let plain = name.rsplit_once(':').map(|(file, _)| file);
            PathBuf::from(quoted.or(plain).unwrap_or(name))
        },
    )
}

/// The numbers of an array of a file that is not one of its rasters; `name` may have the groups that it is in, such as
/// `/data/time_bnds`.
pub(crate) fn numbers_of_array(
    path: &Path,
    name: &str,
    start: Vec<u64>,
    count: Vec<usize>,
) -> Option<Vec<f64>> {
    #[cfg(feature = "zarr")]
    if crate::sources::zarr::names::is_store(path) {
        // Whole arrays are asked for.
        return crate::sources::zarr::variables::numbers(path, name, &count);
    }
    let store = open_store(path)?;
    let (groups, name) = name.rsplit_once('/').unwrap_or(("", name));
    let mut group = store.root_group().ok()?;
    for inner in groups.split('/').filter(|inner| !inner.is_empty()) {
        group = group.open_group(inner, CslStringList::new()).ok()?;
    }
    let array = group.open_md_array(name, CslStringList::new()).ok()?;
    let sizes: Vec<usize> = array
        .dimensions()
        .ok()?
        .iter()
        .map(Dimension::size)
        .collect();
    if sizes.len() != count.len() || sizes.iter().zip(&count).any(|(size, count)| size < count) {
        return None;
    }
    array.read_as::<f64>(start, count).ok()
}
