//! The coordinates of a store: centres of rows and columns, years, and the reference system.

use serde_json::{Map, Value, json};

use crate::calendar::days_since_1970;
use crate::grid::{Coordinates, Grid};
use crate::sinks::raster::RasterFile;

/// Name of the array that has the reference system as attributes, as rioxarray and GDAL call it.
pub(super) const GRID_MAPPING: &str = "spatial_ref";

/// The values of an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AxisValues {
    /// Centres of rows or columns.
    Centres(Vec<f64>),
    /// Whole numbers.
    Whole(Vec<i64>),
}

/// An axis, which is a dimension and the array of its values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) name: String,
    pub(super) values: AxisValues,
    pub(super) attributes: Map<String, Value>,
}

impl AxisValues {
    /// How many they are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Centres(values) => values.len(),
            Self::Whole(values) => values.len(),
        }
    }
}

fn attributes<const N: usize>(said: [(&str, &str); N]) -> Map<String, Value> {
    let said = said.into_iter();
    said.map(|(key, value)| (key.to_owned(), json!(value)))
        .collect()
}

/// Rows and columns.
pub(super) fn of_grid(grid: &Grid) -> [Axis; 2] {
    let t = grid.transform;
    [
        Axis {
            name: "y".to_owned(),
            values: AxisValues::Centres(centres(t[3], t[5], grid.height)),
            attributes: of_side(grid, "y"),
        },
        Axis {
            name: "x".to_owned(),
            values: AxisValues::Centres(centres(t[0], t[1], grid.width)),
            attributes: of_side(grid, "x"),
        },
    ]
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rows and columns are far below 2^52"
)]
fn centres(start: f64, step: f64, n: usize) -> Vec<f64> {
    (0..n).map(|i| start + (i as f64 + 0.5) * step).collect()
}

fn of_side(grid: &Grid, side: &str) -> Map<String, Value> {
    let is_x = side == "x";
    let axis = if is_x { "X" } else { "Y" };
    match grid.coordinates {
        Coordinates::Geographic if is_x => attributes([
            ("axis", axis),
            ("standard_name", "longitude"),
            ("long_name", "longitude of the centre of the pixel"),
            ("units", "degrees_east"),
        ]),
        Coordinates::Geographic => attributes([
            ("axis", axis),
            ("standard_name", "latitude"),
            ("long_name", "latitude of the centre of the pixel"),
            ("units", "degrees_north"),
        ]),
        Coordinates::Projected => {
            let unit = if grid.metres_per_unit == 1.0 {
                "m".to_owned()
            } else {
                format!("{} m", grid.metres_per_unit)
            };
            attributes([
                ("axis", axis),
                ("standard_name", &format!("projection_{side}_coordinate")),
                ("long_name", &format!("{side} of the centre of the pixel")),
                ("units", &unit),
            ])
        }
        Coordinates::Unknown => attributes([("axis", axis)]),
    }
}

/// What the array of the reference system says; `None` where the grid has none.
pub(super) fn of_reference_system(grid: &Grid) -> Option<Map<String, Value>> {
    if grid.crs_wkt.is_empty() {
        return None;
    }
    let transform = grid.transform.map(|number| number.to_string()).join(" ");
    let mut said = attributes([
        ("crs_wkt", &grid.crs_wkt),
        // Older readers look for this name.
        ("spatial_ref", &grid.crs_wkt),
        ("GeoTransform", &transform),
    ]);
    if grid.coordinates == Coordinates::Geographic {
        said.insert("grid_mapping_name".to_owned(), json!("latitude_longitude"));
    }
    Some(said)
}

/// The axes of rasters of several bands, each once, and which of them each raster has: `None` for one of a single band.
///
/// Rasters with the same years share the axis `time`. What has other years, or bands that are no years, gets an axis of its
/// own, with a number behind the name.
pub(super) fn of_bands(files: &[&RasterFile]) -> (Vec<Axis>, Vec<Option<usize>>) {
    let mut known: Vec<&[String]> = Vec::new();
    let mut which = Vec::new();
    for file in files {
        let bands = file.bands.as_slice();
        if bands.len() < 2 {
            which.push(None);
            continue;
        }
        let at = known.iter().position(|known| *known == bands);
        which.push(Some(at.unwrap_or(known.len())));
        if at.is_none() {
            known.push(bands);
        }
    }
    let mut axes: Vec<Axis> = Vec::new();
    for bands in known {
        let mut axis = of_years(bands).unwrap_or_else(|| of_names(bands));
        let alike = axes
            .iter()
            .filter(|other| other.name.starts_with(&axis.name));
        let n_alike = alike.count();
        if n_alike > 0 {
            axis.name = format!("{}_{}", axis.name, n_alike + 1);
        }
        axes.push(axis);
    }
    (axes, which)
}

/// A year is its 1 January; `None` where bands are no years.
fn of_years(bands: &[String]) -> Option<Axis> {
    let years = bands.iter().map(|band| band.parse().ok());
    let years: Vec<i32> = years.collect::<Option<_>>()?;
    Some(Axis {
        name: "time".to_owned(),
        values: AxisValues::Whole(years.into_iter().map(days_since_1970).collect()),
        attributes: attributes([
            ("axis", "T"),
            ("standard_name", "time"),
            ("long_name", "year, by its 1 January"),
            ("units", "days since 1970-01-01"),
            ("calendar", "proleptic_gregorian"),
        ]),
    })
}

fn of_names(bands: &[String]) -> Axis {
    let numbers = (1_i64..).take(bands.len()).collect();
    Axis {
        name: "band".to_owned(),
        values: AxisValues::Whole(numbers),
        attributes: attributes([("long_name", &bands.join(", "))]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::FileKind;

    fn file(bands: &[&str]) -> RasterFile {
        RasterFile {
            path: "stacks/a".to_owned(),
            description: String::new(),
            unit: String::new(),
            bands: bands.iter().map(|band| (*band).to_owned()).collect(),
            kind: FileKind::Values,
            metadata: Vec::new(),
        }
    }

    #[test]
    fn stacks_of_the_same_years_share_their_axis() {
        let files = [
            file(&["1970", "1971"]),
            file(&["slope"]),
            file(&["1970", "1971"]),
            file(&["2000", "2001"]),
            file(&["low", "high"]),
        ];
        let files: Vec<&RasterFile> = files.iter().collect();
        let (axes, which) = of_bands(&files);
        assert_eq!(which, [Some(0), None, Some(0), Some(1), Some(2)]);
        let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
        assert_eq!(names, ["time", "time_2", "band"]);
        assert_eq!(axes[0].values, AxisValues::Whole(vec![0, 365]));
        // By `date -u -d 2000-01-01 +%s`, divided by 86400; 2000 has 366 days.
        assert_eq!(axes[1].values, AxisValues::Whole(vec![10_957, 11_323]));
    }
}
