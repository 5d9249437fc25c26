//! The synthetic inputs in memory, as the engines take them.

use super::fields::{Region, transform};
use super::options::{CLIMATE_NODATA, CLIMATE_SCALES, ClimateType, SynthOptions};
use super::region::YEARS;
use crate::calendar::Steps;
use crate::grid::{Coordinates, Grid, Window};
use crate::tile::{DataType, Decoding, Geometry, InputSpec, Stored, Tile};

/// EPSG:4326 as WKT 1.
const WGS84_WKT: &str = r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]"#;

/// The grid: longitude and latitude, square pixels, the north-west corner at 104.4 E, 26.5 N.
#[must_use]
pub fn grid(options: &SynthOptions) -> Grid {
    Grid {
        crs_wkt: WGS84_WKT.to_owned(),
        crs_name: "EPSG:4326".to_owned(),
        coordinates: Coordinates::Geographic,
        metres_per_unit: 1.0,
        transform: transform(options),
        width: options.width,
        height: options.height,
    }
}

/// The inputs of [`tile`] in its order: npp, temperature, precipitation, radiation, soc.
#[must_use]
pub fn input_specs(options: &SynthOptions) -> Vec<InputSpec> {
    let spec = |name: &str, unit: &str, steps: Steps, data_type, decoding| InputSpec {
        name: name.to_owned(),
        unit: unit.to_owned(),
        steps,
        n_steps: steps.count(YEARS),
        data_type,
        decoding,
        geometry: Geometry::StudyGrid,
    };
    let npp = Decoding {
        bias: 0.0,
        scale: vec![0.1],
        valid_range: Some([-30_000.0, 32_700.0]),
        nodata: vec![32_767.0],
    };
    let climate = |k: usize| match options.climate {
        ClimateType::Packed => Decoding {
            bias: 0.0,
            scale: vec![CLIMATE_SCALES[k]],
            valid_range: None,
            nodata: vec![CLIMATE_NODATA[k]],
        },
        ClimateType::Float32 => Decoding::identity(),
    };
    let climate_type = |packed| match options.climate {
        ClimateType::Packed => packed,
        ClimateType::Float32 => DataType::F32,
    };
    let (i16, u16) = (climate_type(DataType::I16), climate_type(DataType::U16));
    vec![
        spec("npp", "gC m-2 yr-1", Steps::Annual, DataType::I16, npp),
        spec("temperature", "degC", Steps::Monthly, i16, climate(0)),
        spec(
            "precipitation",
            "mm month-1",
            Steps::Monthly,
            u16,
            climate(1),
        ),
        spec(
            "radiation",
            "MJ m-2 month-1",
            Steps::Monthly,
            u16,
            climate(2),
        ),
        spec(
            "soc",
            "kgC m-2",
            Steps::Static,
            DataType::F32,
            Decoding::identity(),
        ),
    ]
}

/// The inputs of one window as stored, `[step][pixel]`, in the order of [`input_specs`].
///
/// # Example
///
/// ```
/// use doline::grid::Window;
/// use doline::synth::{self, SynthOptions};
///
/// let options = SynthOptions { width: 2000, height: 2000, ..SynthOptions::default() };
/// let tile = synth::tile(&options, Window { row: 900, col: 700, height: 8, width: 16 });
/// assert_eq!(tile.inputs[0].len(), 20 * 8 * 16);
/// ```
#[must_use]
pub fn tile(options: &SynthOptions, window: Window) -> Tile {
    let piece = Region::new(options).piece(window);
    let [t_nodata, p_nodata, r_nodata] = CLIMATE_NODATA;
    let [t_scale, p_scale, r_scale] = CLIMATE_SCALES;
    let climate = match options.climate {
        ClimateType::Packed => [
            Stored::I16(piece.temperature),
            Stored::U16(piece.precipitation),
            Stored::U16(piece.radiation),
        ],
        ClimateType::Float32 => [
            Stored::F32(decoded(&piece.temperature, t_scale, t_nodata)),
            Stored::F32(decoded(&piece.precipitation, p_scale, p_nodata)),
            Stored::F32(decoded(&piece.radiation, r_scale, r_nodata)),
        ],
    };
    let inputs = std::iter::once(Stored::I16(piece.npp))
        .chain(climate)
        .chain([Stored::F32(piece.soc)])
        .collect();
    Tile {
        window,
        inputs,
        inside: None,
    }
}

/// Packed numbers as quantities; NaN where they mean missing.
#[expect(
    clippy::cast_possible_truncation,
    reason = "climate needs no more than f32"
)]
pub(super) fn decoded<T: Copy + Into<f64>>(values: &[T], scale: f64, nodata: f64) -> Vec<f32> {
    let decode = |&value: &T| {
        let value: f64 = value.into();
        if (value - nodata).abs() < 0.5 {
            f32::NAN
        } else {
            (value * scale) as f32
        }
    };
    values.iter().map(decode).collect()
}
