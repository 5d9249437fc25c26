//! A synthetic study as files: rasters, the study file, and the truth beside them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager, Metadata};

use super::fields::{Patch, Region, TRUTHS};
use super::options::{CLIMATE_NODATA, CLIMATE_SCALES, ClimateType, Compression, SynthOptions};
use super::series::YEARS;
use super::site::MEASURES;
use super::text;
use super::tile::{decoded, grid};
use super::truth::RegionalTruth;
use crate::gdal_calls::set_unit;
use crate::grid::{Grid, Window};

/// Side of a block of a file, and of the windows in which the region is made.
const BLOCK: usize = 256;

/// What went wrong while a synthetic study was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthError {
    /// The grid has no pixel.
    #[error("a study of {width} x {height} pixels has no pixel, expected at least 1 x 1")]
    EmptyGrid {
        /// Columns asked for.
        width: usize,
        /// Rows asked for.
        height: usize,
    },
    /// The folder contains other files.
    #[error("{} contains files that `doline synth` did not write; choose another folder or empty it", dir.display())]
    FolderInUse {
        /// The folder.
        dir: PathBuf,
    },
    /// A file or folder could not be made, moved or removed.
    #[error("{} cannot be written", path.display())]
    Files {
        /// The file or folder.
        path: PathBuf,
        /// The message of the system.
        #[source]
        source: io::Error,
    },
    /// GDAL could not write a raster.
    #[error("{} cannot be written by GDAL", path.display())]
    Raster {
        /// The raster.
        path: PathBuf,
        /// The message of GDAL.
        #[source]
        source: gdal::errors::GdalError,
    },
}

/// What was written.
#[derive(Clone, Debug, PartialEq)]
pub struct SynthSummary {
    /// The study file.
    pub study: PathBuf,
    /// The grid of all its inputs.
    pub grid: Grid,
    /// Number of files.
    pub n_files: usize,
    /// Bytes of all files.
    pub n_bytes: u64,
    /// What was planted, on the average of the land.
    pub truth: RegionalTruth,
}

/// One band of a file.
struct Band {
    description: String,
    scale: f64,
    unit: &'static str,
    nodata: Option<f64>,
}

impl Band {
    fn new(description: impl Into<String>, unit: &'static str, nodata: Option<f64>) -> Self {
        Self {
            description: description.into(),
            scale: 1.0,
            unit,
            nodata,
        }
    }

    fn scaled(self, scale: f64) -> Self {
        Self { scale, ..self }
    }
}

/// A raster that is being written.
struct Raster {
    path: PathBuf,
    dataset: Dataset,
}

impl Raster {
    fn create<T: GdalType>(
        path: PathBuf,
        options: &SynthOptions,
        bands: &[Band],
    ) -> Result<Self, SynthError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| files_error(folder, source))?;
        }
        let dataset = create::<T>(&path, options, bands).map_err(|source| SynthError::Raster {
            path: path.clone(),
            source,
        })?;
        Ok(Self { path, dataset })
    }

    /// Writes all bands of one window, `[band][pixel]`.
    fn put<T: GdalType + Copy>(&mut self, window: Window, values: &[T]) -> Result<(), SynthError> {
        put(&mut self.dataset, window, values).map_err(|source| SynthError::Raster {
            path: self.path.clone(),
            source,
        })
    }

    fn close(self) -> Result<(), SynthError> {
        self.dataset.close().map_err(|source| SynthError::Raster {
            path: self.path,
            source,
        })
    }
}

fn files_error(path: &Path, source: io::Error) -> SynthError {
    SynthError::Files {
        path: path.to_owned(),
        source,
    }
}

/// Blocks are no larger than the raster, to whole sixteens as TIFF wants them.
fn block_side(pixels: usize) -> usize {
    pixels.next_multiple_of(16).min(BLOCK)
}

fn creation_options<T: GdalType>(options: &SynthOptions) -> RasterCreationOptions {
    let mut list = RasterCreationOptions::new();
    let mut set = |key: &str, value: &str| {
        // Keys and values are ours and contain no NUL, the only thing that is refused.
        let _ = list.set_name_value(key, value);
    };
    set("TILED", "YES");
    set("BLOCKXSIZE", &block_side(options.width).to_string());
    set("BLOCKYSIZE", &block_side(options.height).to_string());
    set("INTERLEAVE", "BAND");
    set("BIGTIFF", "IF_SAFER");
    let level = match options.compress {
        Compression::None => return list,
        Compression::Fast => "1",
        Compression::Small => "9",
    };
    set("COMPRESS", "DEFLATE");
    set("ZLEVEL", level);
    set(
        "PREDICTOR",
        if T::datatype().is_floating() {
            "3"
        } else {
            "2"
        },
    );
    if options.width > BLOCK || options.height > BLOCK {
        set("NUM_THREADS", "ALL_CPUS");
    }
    list
}

fn create<T: GdalType>(
    path: &Path,
    options: &SynthOptions,
    bands: &[Band],
) -> gdal::errors::Result<Dataset> {
    let mut dataset = DriverManager::get_driver_by_name("GTiff")?
        .create_with_band_type_with_options::<T, _>(
            path,
            options.width,
            options.height,
            bands.len(),
            &creation_options::<T>(options),
        )?;
    dataset.set_spatial_ref(&SpatialRef::from_epsg(4326)?)?;
    dataset.set_geo_transform(&grid(options).transform)?;
    dataset.set_metadata_item("SYNTHETIC", text::SYNTHETIC, "")?;
    for (index, band) in bands.iter().enumerate() {
        let mut raster_band = dataset.rasterband(index + 1)?;
        raster_band.set_description(&band.description)?;
        if !band.unit.is_empty() {
            set_unit(&mut raster_band, band.unit)?;
        }
        // GeoTIFF knows one nodata value a file; setting none would leave a side file.
        if index == 0 && band.nodata.is_some() {
            raster_band.set_no_data_value(band.nodata)?;
        }
        if (band.scale - 1.0).abs() > f64::EPSILON {
            raster_band.set_scale(band.scale)?;
        }
    }
    Ok(dataset)
}

fn put<T: GdalType + Copy>(
    dataset: &mut Dataset,
    window: Window,
    values: &[T],
) -> gdal::errors::Result<()> {
    let size = (window.width, window.height);
    let corner = (isize::try_from(window.col)?, isize::try_from(window.row)?);
    for (index, band) in values.chunks_exact(window.n_pixels()).enumerate() {
        let mut buffer = Buffer::new(size, band.to_vec());
        dataset
            .rasterband(index + 1)?
            .write(corner, size, &mut buffer)?;
    }
    Ok(())
}

/// All rasters of a study.
struct Rasters {
    climate_type: ClimateType,
    npp: Vec<Raster>,
    climate: [Raster; 3],
    soc: Raster,
    karst: Raster,
    measures: Raster,
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

fn create_measures(path: PathBuf, options: &SynthOptions) -> Result<Raster, SynthError> {
    let mut raster = Raster::create::<u8>(path, options, &[Band::new("measure", "", None)])?;
    for (code, label) in MEASURES.iter().enumerate() {
        let key = format!("LABEL_{code}");
        raster
            .dataset
            .set_metadata_item(&key, label, "")
            .map_err(|source| SynthError::Raster {
                path: raster.path.clone(),
                source,
            })?;
    }
    Ok(raster)
}

impl Rasters {
    fn create(dir: &Path, options: &SynthOptions) -> Result<Self, SynthError> {
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
            measures: create_measures(dir.join("zones/measures.tif"), options)?,
            truths: TRUTHS.iter().map(truth).collect::<Result<_, _>>()?,
        })
    }

    fn put(&mut self, window: Window, patch: &Patch) -> Result<(), SynthError> {
        let n_pixels = window.n_pixels();
        for (raster, year) in self.npp.iter_mut().zip(patch.npp.chunks_exact(n_pixels)) {
            raster.put(window, year)?;
        }
        self.put_climate(window, patch)?;
        self.soc.put(window, &patch.soc)?;
        self.karst.put(window, &patch.karst)?;
        self.measures.put(window, &patch.measures)?;
        for (raster, layer) in self
            .truths
            .iter_mut()
            .zip(patch.truths.chunks_exact(n_pixels))
        {
            raster.put(window, layer)?;
        }
        Ok(())
    }

    fn put_climate(&mut self, window: Window, patch: &Patch) -> Result<(), SynthError> {
        let [temperature, precipitation, radiation] = &mut self.climate;
        let ([t_scale, p_scale, r_scale], [t_nodata, p_nodata, r_nodata]) =
            (CLIMATE_SCALES, CLIMATE_NODATA);
        match self.climate_type {
            ClimateType::Packed => {
                temperature.put(window, &patch.temperature)?;
                precipitation.put(window, &patch.precipitation)?;
                radiation.put(window, &patch.radiation)
            }
            ClimateType::Float32 => {
                temperature.put(window, &decoded(&patch.temperature, t_scale, t_nodata))?;
                precipitation.put(window, &decoded(&patch.precipitation, p_scale, p_nodata))?;
                radiation.put(window, &decoded(&patch.radiation, r_scale, r_nodata))
            }
        }
    }

    fn close(self) -> Result<(), SynthError> {
        let single = [self.soc, self.karst, self.measures];
        self.npp
            .into_iter()
            .chain(self.climate)
            .chain(single)
            .chain(self.truths)
            .try_for_each(Raster::close)
    }
}

/// Writes the rasters window by window, so that memory does not grow with the size.
fn write_rasters(
    dir: &Path,
    options: &SynthOptions,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<RegionalTruth, SynthError> {
    let region = Region::new(options);
    let mut rasters = Rasters::create(dir, options)?;
    let mut truth = RegionalTruth::default();
    for row in (0..options.height).step_by(BLOCK) {
        let height = BLOCK.min(options.height - row);
        for col in (0..options.width).step_by(BLOCK) {
            let window = Window {
                row,
                col,
                height,
                width: BLOCK.min(options.width - col),
            };
            let patch = region.patch(window);
            truth.add(&patch);
            rasters.put(window, &patch)?;
        }
        progress(row + height, options.height);
    }
    rasters.close()?;
    Ok(truth)
}

/// Whether `dir` may be written: absent, empty, or from an earlier synth.
fn check_folder(dir: &Path) -> Result<(), SynthError> {
    let mut entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(files_error(dir, source)),
    };
    if entries.next().is_none() || text::is_truth(&dir.join("truth/truth.json")) {
        return Ok(());
    }
    Err(SynthError::FolderInUse {
        dir: dir.to_owned(),
    })
}

/// A folder beside `dir` that is removed unless it was moved to its place.
struct Partial(PathBuf);

impl Partial {
    fn beside(dir: &Path) -> Result<Self, SynthError> {
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        let partial = dir.with_file_name(format!(".{name}.partial-{}", std::process::id()));
        fs::create_dir_all(&partial).map_err(|source| files_error(&partial, source))?;
        Ok(Self(partial))
    }

    /// Moves all entries into `dir`, in place of those of the same names. What else is there,
    /// such as the results of a run, stays.
    fn move_into(&self, dir: &Path) -> Result<(), SynthError> {
        fs::create_dir_all(dir).map_err(|source| files_error(dir, source))?;
        for entry in fs::read_dir(&self.0).map_err(|source| files_error(&self.0, source))? {
            let entry = entry.map_err(|source| files_error(&self.0, source))?;
            let target = dir.join(entry.file_name());
            if target.is_dir() {
                fs::remove_dir_all(&target).map_err(|source| files_error(&target, source))?;
            }
            fs::rename(entry.path(), &target).map_err(|source| files_error(&target, source))?;
        }
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Nothing is lost if it stays; the error that led here is the one to report.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Number and bytes of the files under `dir`.
fn size_of(dir: &Path) -> Result<(usize, u64), SynthError> {
    let (mut n_files, mut n_bytes) = (0, 0);
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|source| files_error(&folder, source))? {
            let path = entry.map_err(|source| files_error(&folder, source))?.path();
            let metadata = fs::metadata(&path).map_err(|source| files_error(&path, source))?;
            if metadata.is_dir() {
                folders.push(path);
            } else {
                n_files += 1;
                n_bytes += metadata.len();
            }
        }
    }
    Ok((n_files, n_bytes))
}

/// Writes a whole study into `dir`: inputs, zones, `study.toml`, the truth and a README.
///
/// The files appear under their names only when all are done. An earlier synth in `dir` is
/// replaced. `progress` receives the rows done and the total.
///
/// # Errors
///
/// [`SynthError`] where the size is 0, `dir` holds other files, or something cannot be written.
pub fn write(
    dir: &Path,
    options: &SynthOptions,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<SynthSummary, SynthError> {
    let &SynthOptions { width, height, .. } = options;
    if width == 0 || height == 0 {
        return Err(SynthError::EmptyGrid { width, height });
    }
    check_folder(dir)?;
    let partial = Partial::beside(dir)?;
    let truth = write_rasters(&partial.0, options, progress)?;
    let texts = [
        ("study.toml", text::study(options)),
        ("README.md", text::readme(options)),
        ("truth/truth.json", text::truth(options, &truth)),
    ];
    for (name, content) in texts {
        let path = partial.0.join(name);
        fs::write(&path, content).map_err(|source| files_error(&path, source))?;
    }
    let (n_files, n_bytes) = size_of(&partial.0)?;
    partial.move_into(dir)?;
    Ok(SynthSummary {
        study: dir.join("study.toml"),
        grid: grid(options),
        n_files,
        n_bytes,
        truth,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(width: usize, height: usize) -> SynthOptions {
        SynthOptions {
            width,
            height,
            compress: Compression::Fast,
            ..SynthOptions::default()
        }
    }

    fn write_quietly(dir: &Path, options: &SynthOptions) -> Result<SynthSummary, SynthError> {
        write(dir, options, &mut |_, _| {})
    }

    fn read<T: GdalType + Copy>(path: &Path, band: usize) -> Vec<T> {
        let dataset = Dataset::open(path).expect("opens");
        let band = dataset.rasterband(band).expect("has the band");
        band.read_band_as::<T>().expect("reads").data().to_vec()
    }

    /// 270 x 260 pixels take four windows of unequal sizes.
    #[test]
    fn files_hold_what_tiles_do() {
        let dir = tempfile::tempdir().expect("a folder");
        let options = options(270, 260);
        let mut rows = Vec::new();
        write(dir.path(), &options, &mut |done, all| {
            rows.push((done, all));
        })
        .expect("writes");
        assert_eq!(rows, [(256, 260), (260, 260)]);
        let patch = Region::new(&options).patch(grid(&options).window());
        let n_pixels = 270 * 260;
        assert_eq!(
            read::<i16>(&dir.path().join("npp/npp_2013.tif"), 1),
            patch.npp[12 * n_pixels..13 * n_pixels]
        );
        for (name, stored) in [
            ("precipitation", &patch.precipitation),
            ("radiation", &patch.radiation),
        ] {
            let path = dir.path().join("climate").join(format!("{name}.tif"));
            assert_eq!(read::<u16>(&path, 240), stored[239 * n_pixels..]);
        }
        assert_eq!(
            read::<u8>(&dir.path().join("zones/measures.tif"), 1),
            patch.measures
        );
    }

    #[test]
    fn bands_say_their_month_unit_and_scale() {
        let dir = tempfile::tempdir().expect("a folder");
        write_quietly(dir.path(), &options(20, 10)).expect("writes");
        let dataset = Dataset::open(dir.path().join("climate/temperature.tif")).expect("opens");
        let band = dataset.rasterband(14).expect("has the band");
        assert_eq!(band.description().expect("a text"), "2002-02");
        assert_eq!(band.unit(), "degC");
        assert_eq!(band.scale(), Some(0.1));
        assert_eq!(band.no_data_value(), Some(-32_768.0));
        let zones = fs::read_dir(dir.path().join("zones")).expect("lists");
        assert_eq!(zones.count(), 2, "no side files");
    }

    #[test]
    fn a_folder_with_other_files_is_left_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("thesis.txt"), "years of work").expect("writes");
        let error = write_quietly(dir.path(), &options(4, 4)).expect_err("must refuse");
        assert!(matches!(error, SynthError::FolderInUse { .. }), "{error}");
        assert_eq!(fs::read_dir(dir.path()).expect("lists").count(), 1);
    }

    #[test]
    fn an_earlier_synth_is_replaced_and_results_beside_it_stay() {
        let parent = tempfile::tempdir().expect("a folder");
        let dir = parent.path().join("study");
        write_quietly(&dir, &options(4, 4)).expect("writes");
        fs::create_dir(dir.join("out")).expect("makes a folder");
        let summary = write_quietly(&dir, &options(8, 4)).expect("writes again");
        assert_eq!(read::<u8>(&dir.join("zones/karst.tif"), 1).len(), 32);
        assert!(dir.join("out").is_dir() && summary.study.is_file());
        assert_eq!(
            fs::read_dir(parent.path()).expect("lists").count(),
            1,
            "nothing partial is left"
        );
    }

    #[test]
    fn a_size_without_pixels_is_an_error() {
        let error = write_quietly(Path::new("nowhere"), &options(0, 4)).expect_err("must refuse");
        assert!(matches!(
            error,
            SynthError::EmptyGrid {
                width: 0,
                height: 4
            }
        ));
    }
}
