//! All rasters of a study.

use std::path::{Path, PathBuf};

use gdal::Metadata;

use super::error::{SynthError, gdal_error};
use super::raster::{Band, Raster};
use crate::grid::Window;
use crate::synth::landscape::LAND_COVER;
use crate::synth::measures::MEASURES;
use crate::synth::options::{CLIMATE_NODATA, CLIMATE_SCALES, ClimateType, SynthOptions};
use crate::synth::piece::{Piece, SEA_M, TRUTHS};
use crate::synth::region::YEARS;
use crate::synth::tile::decoded;

/// All rasters of a study.
pub(super) struct Rasters {
    climate_type: ClimateType,
    npp: Vec<Raster>,
    climate: [Raster; 3],
    soc: Raster,
    karst: Raster,
    measures: Raster,
    elevation: Raster,
    land_cover: Raster,
    truths: Vec<Raster>,
}

/// The climate files: name, unit and what is in them.
const CLIMATE: [(&str, &str); 3] = [
    ("temperature", "degC"),
    ("precipitation", "mm month-1"),
    ("radiation", "MJ m-2 month-1"),
];

fn create_climate(
    dir: &Path,
    options: &SynthOptions,
    variable: usize,
) -> Result<Raster, SynthError> {
    let (name, unit) = CLIMATE[variable];
    let path = dir.join("climate").join(format!("{name}.tif"));
    let is_packed = options.climate == ClimateType::Packed;
    let (scale, nodata) = if is_packed {
        (CLIMATE_SCALES[variable], CLIMATE_NODATA[variable])
    } else {
        (1.0, f64::NAN)
    };
    let months = YEARS
        .iter()
        .flat_map(|year| (1..=12).map(move |month| format!("{year}-{month:02}")));
    let bands: Vec<Band> = months
        .map(|month| Band::new(month, unit, Some(nodata)).scaled(scale))
        .collect();
    match (options.climate, variable) {
        (ClimateType::Float32, _) => Raster::create::<f32>(path, options, &bands),
        (ClimateType::Packed, 0) => Raster::create::<i16>(path, options, &bands),
        (ClimateType::Packed, _) => Raster::create::<u16>(path, options, &bands),
    }
}

/// A raster of codes, with a label for each.
fn create_codes(
    path: PathBuf,
    options: &SynthOptions,
    name: &str,
    labels: &[&str],
) -> Result<Raster, SynthError> {
    let mut raster = Raster::create::<u8>(path, options, &[Band::new(name, "", None)])?;
    for (code, label) in labels.iter().enumerate() {
        let key = format!("LABEL_{code}");
        raster
            .dataset
            .set_metadata_item(&key, label, "")
            .map_err(|source| gdal_error(&raster.path, source))?;
    }
    Ok(raster)
}

impl Rasters {
    pub(super) fn create(dir: &Path, options: &SynthOptions) -> Result<Self, SynthError> {
        let npp = |year: i32| {
            let band = Band::new(year.to_string(), "kgC m-2 yr-1", Some(32_767.0)).scaled(0.0001);
            Raster::create::<i16>(
                dir.join("npp").join(format!("npp_{year}.tif")),
                options,
                &[band],
            )
        };
        let truth = |&(name, unit, _): &(&'static str, &'static str, &str)| {
            let band = Band::new(name, unit, Some(f64::NAN));
            Raster::create::<f32>(
                dir.join("truth").join(format!("{name}.tif")),
                options,
                &[band],
            )
        };
        let soc = Band::new("soil organic carbon 0-20 cm", "kgC m-2", Some(f64::NAN));
        Ok(Self {
            climate_type: options.climate,
            npp: YEARS.iter().map(npp).collect::<Result<_, _>>()?,
            climate: [
                create_climate(dir, options, 0)?,
                create_climate(dir, options, 1)?,
                create_climate(dir, options, 2)?,
            ],
            soc: Raster::create::<f32>(dir.join("soil/soc.tif"), options, &[soc])?,
            karst: Raster::create::<u8>(
                dir.join("zones/karst.tif"),
                options,
                &[Band::new("karst", "", None)],
            )?,
            measures: create_codes(
                dir.join("zones/measures.tif"),
                options,
                "measure",
                &MEASURES,
            )?,
            elevation: Raster::create::<i16>(
                dir.join("zones/elevation.tif"),
                options,
                &[Band::new(
                    "height above the sea",
                    "m",
                    Some(f64::from(SEA_M)),
                )],
            )?,
            land_cover: create_codes(
                dir.join("zones/landcover.tif"),
                options,
                "land cover",
                &LAND_COVER,
            )?,
            truths: TRUTHS.iter().map(truth).collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn put(&mut self, window: Window, piece: &Piece) -> Result<(), SynthError> {
        let n_pixels = window.n_pixels();
        for (raster, year) in self.npp.iter_mut().zip(piece.npp.chunks_exact(n_pixels)) {
            raster.put(window, year)?;
        }
        self.put_climate(window, piece)?;
        self.soc.put(window, &piece.soc)?;
        self.karst.put(window, &piece.karst)?;
        self.measures.put(window, &piece.measures)?;
        self.elevation.put(window, &piece.elevation)?;
        self.land_cover.put(window, &piece.land_cover)?;
        for (raster, layer) in self
            .truths
            .iter_mut()
            .zip(piece.truths.chunks_exact(n_pixels))
        {
            raster.put(window, layer)?;
        }
        Ok(())
    }

    fn put_climate(&mut self, window: Window, piece: &Piece) -> Result<(), SynthError> {
        let [temperature, precipitation, radiation] = &mut self.climate;
        let ([t_scale, p_scale, r_scale], [t_nodata, p_nodata, r_nodata]) =
            (CLIMATE_SCALES, CLIMATE_NODATA);
        match self.climate_type {
            ClimateType::Packed => {
                temperature.put(window, &piece.temperature)?;
                precipitation.put(window, &piece.precipitation)?;
                radiation.put(window, &piece.radiation)
            }
            ClimateType::Float32 => {
                temperature.put(window, &decoded(&piece.temperature, t_scale, t_nodata))?;
                precipitation.put(window, &decoded(&piece.precipitation, p_scale, p_nodata))?;
                radiation.put(window, &decoded(&piece.radiation, r_scale, r_nodata))
            }
        }
    }

    pub(super) fn close(self) -> Result<(), SynthError> {
        let single = [
            self.soc,
            self.karst,
            self.measures,
            self.elevation,
            self.land_cover,
        ];
        self.npp
            .into_iter()
            .chain(self.climate)
            .chain(single)
            .chain(self.truths)
            .try_for_each(Raster::close)
    }
}
