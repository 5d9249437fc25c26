//! The run that maps belong to: its name, its years, and where on the Earth it is.

use crate::grid::Grid;

/// The run that maps belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Name of the study.
    pub study: String,
    /// First and last year.
    pub years: [i32; 2],
    /// The grid of its maps.
    pub grid: Grid,
    /// Corners of the grid and points between them, longitude and latitude in degrees, around it and back to the first;
    /// `None` where they are not known.
    pub outline: Option<Vec<[f64; 2]>>,
    /// The reference system as PROJJSON, where there is one.
    pub projjson: Option<String>,
    /// Its series, in the order of the tables: names of maps begin with them.
    pub series: Vec<String>,
    /// Its sets of zones that have outlines.
    pub zone_sets: Vec<String>,
    /// Tables and other files beside the maps, by their paths under the output folder.
    pub tables: Vec<String>,
    /// The store of Zarr with the values of all maps, by its name under the output folder, where there is one.
    pub store: Option<&'static str>,
}

impl Place {
    /// Whether its reference system has a code of an authority, such as `EPSG:4326`.
    pub(super) fn has_code(&self) -> bool {
        let code = self.grid.crs_name.split_once(':');
        code.is_some_and(|(authority, code)| {
            let is_number = code.bytes().all(|digit| digit.is_ascii_digit());
            !authority.contains(' ') && !code.is_empty() && is_number
        })
    }
}
