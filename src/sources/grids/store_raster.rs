//! A mask or zones in a Zarr store, as a raster of GDAL in memory: cells of it are read again and again, in any order.

use std::path::Path;

use gdal::Dataset;

/// The first layer of the only raster of a store; `None` for any path that is no store.
///
/// # Errors
///
/// Why it cannot be used, and what to do.
#[cfg(feature = "zarr")]
pub(crate) fn of_store(path: &Path) -> Result<Option<Dataset>, String> {
    use crate::sources::zarr::names::is_store;

    if !is_store(path) {
        return Ok(None);
    }
    read::whole(path).map(Some)
}

/// Refuses a store: this build of the library reads none.
#[cfg(not(feature = "zarr"))]
pub(crate) fn of_store(path: &Path) -> Result<Option<Dataset>, String> {
    use crate::sources::files::of_store;
    use crate::sources::zarr::names::is_store;

    if !is_store(path) {
        return Ok(None);
    }
    let opened = of_store::open("", path, None, None);
    opened.map(|_| None).map_err(|error| error.to_string())
}

#[cfg(feature = "zarr")]
mod read {
    use std::path::Path;

    use gdal::errors::GdalError;
    use gdal::raster::{Buffer, GdalDataType};
    use gdal::spatial_ref::SpatialRef;
    use gdal::{Dataset, DriverManager};

    use crate::gdal_calls::text_of;
    use crate::grid::Window;
    use crate::sources::grids::georeference::grid_of;
    use crate::sources::zarr::names::parts_of;
    use crate::sources::zarr::raster::ZarrRaster;
    use crate::sources::zarr::tree::StoreTree;
    use crate::sources::zarr::variables::rasters;

    /// More pixels are not held in memory at once.
    const MOST_PIXELS: usize = 1 << 27;
    /// Pixels that are decoded at a time.
    const PIXELS_AT_A_TIME: usize = 1 << 22;
    /// Whole numbers past these are no codes of zones.
    const CODES: std::ops::RangeInclusive<f64> = -2_147_483_648.0..=2_147_483_647.0;
    /// What is missing, in place of a code past those.
    const MISSING: f64 = -2_147_483_648.0;

    /// Reads the only raster of a store whole.
    pub(super) fn whole(path: &Path) -> Result<Dataset, String> {
        let (store, variable) = parts_of(path);
        let tree = StoreTree::open(&store).map_err(|error| error.to_string())?;
        let variable = match (variable, rasters(&tree).as_slice()) {
            (Some(variable), _) => variable,
            (None, [only]) => only.clone(),
            (None, several) => {
                return Err(format!(
                    "it is a Zarr store of {} rasters ({}), and one is needed; name it, as in ZARR:\"{}\":/{}",
                    several.len(),
                    several.join(", "),
                    store.display(),
                    several.first().map_or("name", String::as_str)
                ));
            }
        };
        let raster = ZarrRaster::of(&tree, &store, &variable).map_err(|error| error.to_string())?;
        let (width, height) = raster.size();
        if width.saturating_mul(height) > MOST_PIXELS {
            return Err(format!(
                "it is a Zarr store of {height} x {width} pixels, too many to be held in memory; write it as GeoTIFF, with \
                 rioxarray by .rio.to_raster(\"name.tif\", tiled=True)"
            ));
        }
        let described =
            Dataset::open(Path::new(&raster.description)).map_err(|error| text_of(&error))?;
        let n_layers = described.raster_count();
        if n_layers > 1 {
            return Err(format!(
                "`{variable}` of the Zarr store has {n_layers} layers, and one is needed; select it, in xarray by .isel() \
                 or .sel(), and write that"
            ));
        }
        let mut made = empty(&described, path, &raster).map_err(|error| text_of(&error))?;
        copy(&raster, code_of_missing(&described), &mut made)?;
        Ok(made)
    }

    /// What a raster states for missing.
    fn code_of_missing(described: &Dataset) -> Option<f64> {
        described.rasterband(1).ok()?.no_data_value()
    }

    /// A raster in memory with the grid and the codes of another; [`MISSING`] where that has a code past those of 32 bits.
    fn empty(described: &Dataset, path: &Path, raster: &ZarrRaster) -> Result<Dataset, GdalError> {
        let (width, height) = raster.size();
        let memory = DriverManager::get_driver_by_name("MEM")?;
        let mut made = if raster.is_float() {
            memory.create_with_band_type::<f64, _>("", width, height, 1)?
        } else {
            memory.create_with_band_type::<i32, _>("", width, height, 1)?
        };
        let grid = grid_of(described, path).grid;
        made.set_geo_transform(&grid.transform)?;
        if !grid.crs_wkt.is_empty() {
            made.set_spatial_ref(&SpatialRef::from_wkt(&grid.crs_wkt)?)?;
        }
        let stated = described.rasterband(1)?;
        let mut band = made.rasterband(1)?;
        let has_code = |code: &f64| raster.is_float() || CODES.contains(code);
        let code = stated.no_data_value();
        band.set_no_data_value(code.map(|code| if has_code(&code) { code } else { MISSING }))?;
        if let Some(scale) = stated.scale() {
            band.set_scale(scale)?;
        }
        if let Some(offset) = stated.offset() {
            band.set_offset(offset)?;
        }
        Ok(made)
    }

    fn copy(raster: &ZarrRaster, missing: Option<f64>, made: &mut Dataset) -> Result<(), String> {
        let (width, height) = raster.size();
        let mut band = made.rasterband(1).map_err(|error| text_of(&error))?;
        let is_whole = band.band_type() == GdalDataType::Int32;
        let rows = (PIXELS_AT_A_TIME / width.max(1)).max(1);
        for row in (0..height).step_by(rows) {
            let rows = rows.min(height - row);
            let window = Window {
                row,
                col: 0,
                height: rows,
                width,
            };
            let mut values = vec![0.0_f64; window.n_pixels()];
            let read = raster.read(1, window, &mut values, |value| value);
            read.map_err(|error| error.to_string())?;
            let far = missing.filter(|code| is_whole && !CODES.contains(code));
            values
                .iter_mut()
                .filter(|value| Some(**value) == far)
                .for_each(|value| *value = MISSING);
            if let Some(code) = values
                .iter()
                .find(|value| is_whole && !CODES.contains(*value))
            {
                return Err(format!("it has {code}, which is no code of 32 bits"));
            }
            let mut buffer = Buffer::new((width, rows), values);
            let written = band.write((0, row.cast_signed()), (width, rows), &mut buffer);
            written.map_err(|error| text_of(&error))?;
        }
        Ok(())
    }
}
