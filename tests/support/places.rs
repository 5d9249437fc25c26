//! Files of zones for tests: polygons, rasters, and the grid of a study.
#![allow(
    clippy::expect_used,
    unreachable_pub,
    reason = "a test stops at the first surprise, and shares this with others"
)]

use std::fs;
use std::path::PathBuf;

use doline::grid::{Coordinates, Grid};
use gdal::DriverManager;
use gdal::raster::{Buffer, GdalType};
use gdal::spatial_ref::SpatialRef;
use gdal::vector::Geometry;
use serde_json::json;

/// A grid of columns and rows in a reference system, or in none.
pub fn grid(crs: &str, transform: [f64; 6], [width, height]: [usize; 2]) -> Grid {
    let system = (!crs.is_empty()).then(|| SpatialRef::from_definition(crs).expect("known"));
    let coordinates = match &system {
        Some(system) if system.is_geographic() => Coordinates::Geographic,
        Some(_) => Coordinates::Projected,
        None => Coordinates::Unknown,
    };
    Grid {
        crs_wkt: system.map_or_else(String::new, |system| system.to_wkt().expect("WKT")),
        crs_name: crs.to_owned(),
        coordinates,
        metres_per_unit: 1.0,
        transform,
        width,
        height,
    }
}

/// Texts that are owned.
pub fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A folder that is removed at the end.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Features with the field `name`, in WKT. Without a reference system the file has none.
    pub fn polygons(&self, name: &str, crs: Option<&str>, shapes: &[(&str, &str)]) -> PathBuf {
        let feature = |(label, wkt): &(&str, &str)| {
            let shape = Geometry::from_wkt(wkt).expect("WKT").json().expect("JSON");
            let shape: serde_json::Value = serde_json::from_str(&shape).expect("JSON");
            json!({"type": "Feature", "properties": {"name": label}, "geometry": shape})
        };
        let features: Vec<_> = shapes.iter().map(feature).collect();
        let code = crs.map(|crs| crs.replace("EPSG:", "urn:ogc:def:crs:EPSG::"));
        let system = code.map(|code| json!({"type": "name", "properties": {"name": code}}));
        let text = json!({"type": "FeatureCollection", "name": name.split('.').next(), "crs": system,
            "features": features});
        let path = self.path(name);
        fs::write(&path, text.to_string()).expect("a file");
        path
    }

    /// The same as a table, which has no reference system.
    pub fn csv(&self, name: &str, shapes: &[(&str, &str)]) -> PathBuf {
        let rows: Vec<String> = shapes
            .iter()
            .map(|(label, wkt)| format!("{label},\"{wkt}\""))
            .collect();
        let path = self.path(name);
        fs::write(&path, format!("name,WKT\n{}\n", rows.join("\n"))).expect("a file");
        path
    }

    /// A raster of one band.
    pub fn raster<T: GdalType + Copy>(
        &self,
        name: &str,
        crs: &str,
        transform: [f64; 6],
        size: [usize; 2],
        values: &[T],
        nodata: Option<f64>,
    ) -> PathBuf {
        let path = self.path(name);
        let driver = DriverManager::get_driver_by_name("GTiff").expect("a driver");
        let mut dataset = driver
            .create_with_band_type::<T, _>(&path, size[0], size[1], 1)
            .expect("a raster");
        dataset.set_geo_transform(&transform).expect("a place");
        if !crs.is_empty() {
            let system = SpatialRef::from_definition(crs).expect("known");
            dataset
                .set_spatial_ref(&system)
                .expect("a reference system");
        }
        let mut band = dataset.rasterband(1).expect("a band");
        band.set_no_data_value(nodata).expect("nodata");
        let mut buffer = Buffer::new((size[0], size[1]), values.to_vec());
        band.write((0, 0), (size[0], size[1]), &mut buffer)
            .expect("written");
        dataset.close().expect("closed");
        path
    }
}
