//! Small rasters made by GDAL for these tests.

use std::path::{Path, PathBuf};

use doline::calendar::Years;
use doline::run::Plan;
use doline::sources::{InputRequest, Source, Stacks};
use doline::tile::{Decoding, Stored, Tile};
use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager, Metadata};

/// The years of most tests.
pub(crate) const YEARS: Years = Years {
    first: 2001,
    last: 2003,
};

/// A raster to be made: `bands[band][pixel]`, 0.1 degree from 105 E, 25 N unless said otherwise.
pub(crate) struct Made<'a, T> {
    pub(crate) size: (usize, usize),
    pub(crate) bands: Vec<Vec<T>>,
    pub(crate) nodata: Option<f64>,
    pub(crate) scale_offset: Option<(f64, f64)>,
    pub(crate) unit: &'a str,
    pub(crate) transform: [f64; 6],
    pub(crate) crs: &'a str,
    /// Metadata of the dataset.
    pub(crate) items: Vec<(String, String)>,
}

impl<T> Default for Made<'_, T> {
    fn default() -> Self {
        Self {
            size: (6, 5),
            bands: Vec::new(),
            nodata: None,
            scale_offset: None,
            unit: "",
            transform: [105.0, 0.1, 0.0, 25.0, 0.0, -0.1],
            crs: "EPSG:4326",
            items: Vec::new(),
        }
    }
}

impl<T: GdalType + Copy> Made<'_, T> {
    /// The raster in memory.
    pub(crate) fn dataset(&self) -> Dataset {
        let (width, height) = self.size;
        let driver = DriverManager::get_driver_by_name("MEM").unwrap();
        let mut dataset = driver
            .create_with_band_type::<T, _>("", width, height, self.bands.len())
            .unwrap();
        dataset.set_geo_transform(&self.transform).unwrap();
        if !self.crs.is_empty() {
            dataset
                .set_spatial_ref(&SpatialRef::from_definition(self.crs).unwrap())
                .unwrap();
        }
        for (key, value) in &self.items {
            dataset.set_metadata_item(key, value, "").unwrap();
        }
        for (index, values) in self.bands.iter().enumerate() {
            let mut band = dataset.rasterband(index + 1).unwrap();
            if self.nodata.is_some() {
                band.set_no_data_value(self.nodata).unwrap();
            }
            if let Some((scale, offset)) = self.scale_offset {
                band.set_scale(scale).unwrap();
                band.set_offset(offset).unwrap();
            }
            if !self.unit.is_empty() {
                band.set_metadata_item("units", self.unit, "").unwrap();
            }
            band.write(
                (0, 0),
                self.size,
                &mut Buffer::new(self.size, values.clone()),
            )
            .unwrap();
        }
        dataset
    }

    /// The raster as a file of a driver.
    pub(crate) fn save(&self, driver: &str, path: &Path, options: &[&str]) {
        let options: RasterCreationOptions = options.iter().copied().collect();
        let driver = DriverManager::get_driver_by_name(driver).unwrap();
        self.dataset()
            .create_copy(&driver, path, &options)
            .unwrap()
            .close()
            .unwrap();
    }

    /// The raster as GeoTIFF.
    pub(crate) fn tif(&self, path: &Path) {
        self.save("GTiff", path, &[]);
    }

    /// The raster as netCDF with a time axis, one value a band.
    pub(crate) fn netcdf(mut self, path: &Path, times: &[f64], units: &str, calendar: &str) {
        let values: Vec<String> = times.iter().map(ToString::to_string).collect();
        let mut items = vec![
            ("NETCDF_DIM_EXTRA", "{time}".to_owned()),
            ("NETCDF_DIM_time_DEF", format!("{{{},6}}", times.len())),
            (
                "NETCDF_DIM_time_VALUES",
                format!("{{{}}}", values.join(",")),
            ),
            ("time#units", units.to_owned()),
            ("time#axis", "T".to_owned()),
        ];
        if !calendar.is_empty() {
            items.push(("time#calendar", calendar.to_owned()));
        }
        self.items.extend(
            items
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value)),
        );
        self.save("netCDF", path, &[]);
    }
}

/// `n` bands of 30 pixels, each of one number.
pub(crate) fn constant<T: Copy>(numbers: impl IntoIterator<Item = T>) -> Vec<Vec<T>> {
    numbers.into_iter().map(|number| vec![number; 30]).collect()
}

pub(crate) fn request(name: &str, files: &[PathBuf]) -> InputRequest {
    let files = files
        .iter()
        .map(|file| file.to_string_lossy().into_owned())
        .collect();
    InputRequest {
        name: name.to_owned(),
        files,
        ..InputRequest::default()
    }
}

pub(crate) fn open(request: &InputRequest) -> Result<Stacks, String> {
    open_in(request, YEARS)
}

pub(crate) fn open_in(request: &InputRequest, years: Years) -> Result<Stacks, String> {
    Stacks::open(std::slice::from_ref(request), years, None, None)
        .map_err(|error| error.to_string())
}

/// How a plan decodes an input, the conversion of units included.
pub(crate) fn decoding_in(plan: &Plan, name: &str) -> Decoding {
    let spec = plan.chain.inputs.iter().find(|spec| spec.name == name);
    spec.unwrap().decoding.clone()
}

pub(crate) fn read(stacks: &Stacks) -> Tile {
    let names: Vec<String> = stacks
        .inputs()
        .iter()
        .map(|input| input.name.clone())
        .collect();
    stacks
        .reader(&names)
        .unwrap()
        .read(stacks.grid().window())
        .unwrap()
}

/// The stored numbers of an input, `[step][pixel]`.
pub(crate) fn numbers(stored: &Stored) -> Vec<f64> {
    match stored {
        Stored::U8(v) => v.iter().map(|&x| f64::from(x)).collect(),
        Stored::I16(v) => v.iter().map(|&x| f64::from(x)).collect(),
        Stored::U16(v) => v.iter().map(|&x| f64::from(x)).collect(),
        Stored::F32(v) => v.iter().map(|&x| f64::from(x)).collect(),
    }
}

/// The first pixel of each step.
pub(crate) fn first_of_steps(stacks: &Stacks) -> Vec<f64> {
    let n = stacks.grid().window().n_pixels();
    numbers(&read(stacks).inputs[0])
        .chunks(n)
        .map(|step| step[0])
        .collect()
}

/// Holds what a message must say.
#[track_caller]
pub(crate) fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "no {part:?} in: {message}");
    }
}
