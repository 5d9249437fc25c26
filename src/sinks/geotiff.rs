//! Rasters (`GeoTIFF` and COG) that get their names only when all of them are complete.

use std::fs;
use std::path::{Path, PathBuf};

use gdal::errors::GdalError;
use gdal::raster::{Buffer, GdalType, RasterBand, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager, Metadata};

use crate::gdal_calls::{
    category_names, quiet_gdal, set_category_names, set_unit, text_of, with_failures,
};
use crate::grid::{Grid, Window};
use crate::open_files::Shares;
use crate::sinks::error::SinkError;
use crate::sinks::spool::Spool;

/// Value of classes that are missing.
pub const CLASS_NODATA: u8 = 255;

/// Value of flags that are missing.
pub const FLAGS_NODATA: u16 = 65_535;

/// What the numbers of a file are.
#[derive(Clone, Debug, PartialEq)]
pub enum RasterKind {
    /// Quantities: `f32`, NaN is missing.
    Values,
    /// Classes and their names: `u8`, 255 is missing.
    Classes(Vec<(u8, String)>),
    /// Bits and their names: `u16`, 65535 is missing.
    Flags(Vec<(u16, &'static str)>),
}

/// A file to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct RasterFile {
    /// Path under the output folder without ending, such as `maps/nep_slope`.
    pub path: String,
    /// One line on what it holds.
    pub description: String,
    /// Unit of the values.
    pub unit: String,
    /// Descriptions of the bands: the years, or one name.
    pub bands: Vec<String>,
    /// What the numbers are.
    pub kind: RasterKind,
    /// Further metadata of the file.
    pub metadata: Vec<(String, String)>,
}

/// How rasters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RasterOptions {
    /// Plain or cloud-optimised.
    pub format: RasterFormat,
    /// Compression; none of them loses digits.
    pub compress: Compress,
    /// Side of a tile in the file, a multiple of 16.
    pub block: usize,
}

impl Default for RasterOptions {
    fn default() -> Self {
        Self {
            format: RasterFormat::GeoTiff,
            compress: Compress::Deflate,
            block: 256,
        }
    }
}

/// Layout of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RasterFormat {
    /// Tiled `GeoTIFF`.
    GeoTiff,
    /// Cloud-optimised `GeoTIFF`, with overviews.
    Cog,
}

/// Compression of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compress {
    /// Deflate at its fastest level: read by everything.
    Deflate,
    /// Zstandard at its fastest level: 1.7 times as fast to write.
    Zstd,
    /// LERC without loss, then Zstandard.
    Lerc,
    /// None.
    None,
}

impl Compress {
    const ALL: [Self; 4] = [Self::Deflate, Self::Zstd, Self::Lerc, Self::None];

    /// The word of the study file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
            Self::Lerc => "lerc",
            Self::None => "none",
        }
    }

    fn gdal_name(self) -> &'static str {
        match self {
            Self::Deflate => "DEFLATE",
            Self::Zstd => "ZSTD",
            Self::Lerc => "LERC_ZSTD",
            Self::None => "NONE",
        }
    }

    fn has_predictor(self) -> bool {
        matches!(self, Self::Deflate | Self::Zstd)
    }
}

/// A file under its final name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileWritten {
    /// Path.
    pub path: PathBuf,
    /// Size in bytes.
    pub bytes: u64,
}

/// Writes rasters and texts into a folder, all of them or none.
///
/// Until [`finish`](Self::finish) everything lies in a hidden folder inside the output folder;
/// dropping the sink removes it.
///
/// Windows should be whole blocks ([`RasterOptions::block`]) except at the right and lower edge of
/// the grid, and no block should be written twice: a block written in parts is compressed, read
/// back and compressed again.
#[derive(Debug)]
pub struct RasterSink {
    /// First, so that files are closed before their folder is removed.
    states: Vec<State>,
    /// Windows of files that are written later.
    spool: Option<Spool>,
    /// Files that may be open at a time.
    most_open: usize,
    unfinished: Unfinished,
    dir: PathBuf,
    grid: Grid,
    options: RasterOptions,
    files: Vec<RasterFile>,
    /// Files before this one are kept; those from it on hold what is needed on the way.
    n_kept: usize,
    texts: Vec<String>,
}

/// A file on its way.
#[derive(Debug)]
enum State {
    /// Windows are written to it as they come.
    Open(Dataset),
    /// Its windows are kept elsewhere, and written when it is closed: too many files would be open.
    Later,
    /// Complete, or given up after a failure.
    Closed,
}

/// The folder of unfinished files, removed when dropped.
#[derive(Debug)]
struct Unfinished {
    path: PathBuf,
    /// Folders made for the output that were not there before, outermost first.
    made: Vec<PathBuf>,
    keep_made: bool,
}

impl Unfinished {
    fn create(dir: &Path) -> Result<Self, SinkError> {
        let failed = |error: std::io::Error| SinkError::Folder {
            dir: dir.to_owned(),
            reason: error.to_string(),
        };
        let made: Vec<PathBuf> = dir
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
            .map(Path::to_owned)
            .collect();
        fs::create_dir_all(dir).map_err(failed)?;
        let path = dir.join(format!(".doline-unfinished-{}", std::process::id()));
        // A process of the same number that was killed may have left one.
        if path.exists() {
            fs::remove_dir_all(&path).map_err(failed)?;
        }
        let unfinished = Self {
            path,
            made,
            keep_made: false,
        };
        fs::create_dir(&unfinished.path).map_err(failed)?;
        Ok(unfinished)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Nothing can be done about a folder that cannot be removed; it is hidden and named so.
        let _ = fs::remove_dir_all(&self.path);
        if !self.keep_made {
            for folder in &self.made {
                let _ = fs::remove_dir(folder);
            }
        }
    }
}

impl RasterSink {
    /// Makes the output folder and every raster, before anything is read.
    ///
    /// # Errors
    ///
    /// The folder cannot be written to; the compression is not in this GDAL; a file cannot be
    /// created.
    pub fn create(
        dir: &Path,
        grid: &Grid,
        files: Vec<RasterFile>,
        options: &RasterOptions,
    ) -> Result<Self, SinkError> {
        Self::create_with(dir, grid, files, options, Shares::of_process().outputs)
    }

    /// The same with at most `most_open` files open at a time; what comes out does not depend on it.
    fn create_with(
        dir: &Path,
        grid: &Grid,
        files: Vec<RasterFile>,
        options: &RasterOptions,
        most_open: usize,
    ) -> Result<Self, SinkError> {
        quiet_gdal();
        check_codec(options.compress)?;
        check_cog(dir, &files, *options)?;
        let unfinished = Unfinished::create(dir)?;
        let mut sink = Self {
            dir: dir.to_owned(),
            unfinished,
            grid: grid.clone(),
            options: *options,
            n_kept: files.len(),
            files,
            states: Vec::new(),
            spool: None,
            most_open: most_open.max(1),
            texts: Vec::new(),
        };
        for index in 0..sink.files.len() {
            sink.begin(index)?;
        }
        Ok(sink)
    }

    /// Makes a file, and keeps it open if it may be: one that cannot be made is noticed before any work.
    fn begin(&mut self, index: usize) -> Result<(), SinkError> {
        let dataset = self.create_file(index)?;
        let n_open = self
            .states
            .iter()
            .filter(|state| matches!(state, State::Open(_)))
            .count();
        self.states.push(if n_open < self.most_open {
            State::Open(dataset)
        } else {
            State::Later
        });
        if self.spool.is_none() && n_open >= self.most_open {
            let path = self.unfinished.path.join("windows");
            let failed = |error: std::io::Error| SinkError::Create {
                path: path.clone(),
                reason: error.to_string(),
            };
            self.spool = Some(Spool::create(&path).map_err(failed)?);
        }
        Ok(())
    }

    /// Makes one more raster, for values that are needed until the end of the run and not kept. Returns its
    /// number.
    ///
    /// # Errors
    ///
    /// The file cannot be created.
    pub fn add_scratch(&mut self, file: RasterFile) -> Result<usize, SinkError> {
        let index = self.files.len();
        self.files.push(RasterFile {
            path: format!("scratch/{}", file.path),
            ..file
        });
        self.begin(index)?;
        Ok(index)
    }

    /// Opens the first band of a file whose every window is written, for reading; nothing can be written to it
    /// from then on.
    ///
    /// # Errors
    ///
    /// The file is incomplete or cannot be opened.
    pub fn read_back(&mut self, file_index: usize) -> Result<WrittenRaster, SinkError> {
        self.close(file_index)?;
        let path = self.final_path(file_index);
        let dataset = Dataset::open(self.unfinished_path(file_index)).map_err(|error| {
            SinkError::ReadBack {
                path: path.clone(),
                reason: text_of(&error),
            }
        })?;
        Ok(WrittenRaster { path, dataset })
    }

    /// Writes all bands of one window.
    ///
    /// # Arguments
    ///
    /// * `values` – `[band][pixel]`, NaN is missing; classes and flags as whole numbers.
    ///
    /// # Errors
    ///
    /// Another number of values; the disk is full.
    pub fn write(
        &mut self,
        file_index: usize,
        window: Window,
        values: &[f32],
    ) -> Result<(), SinkError> {
        let path = self.final_path(file_index);
        let file = &self.files[file_index];
        let expected = file.bands.len() * window.n_pixels();
        if values.len() != expected {
            return Err(SinkError::Shape {
                path,
                found: values.len(),
                expected,
            });
        }
        match (&self.states[file_index], &mut self.spool) {
            (State::Open(dataset), _) => write_window(dataset, file, &path, window, values),
            (State::Later, Some(spool)) => {
                spool
                    .push(file_index, window, values)
                    .map_err(|error| SinkError::Write {
                        path,
                        reason: error.to_string(),
                    })
            }
            _ => {
                let reason = "it was closed after an earlier failure".to_owned();
                Err(SinkError::Write { path, reason })
            }
        }
    }

    /// Writes a text, such as `tables/series.csv` or `run.json`, to be moved with the rasters.
    ///
    /// # Errors
    ///
    /// The text cannot be written.
    pub fn write_text(&mut self, name: &str, text: &str) -> Result<(), SinkError> {
        let path = self.unfinished.path.join(name);
        let failed = |error: std::io::Error| SinkError::Write {
            path: self.dir.join(name),
            reason: error.to_string(),
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::write(&path, text).map_err(failed)?;
        if !self.texts.iter().any(|known| known == name) {
            self.texts.push(name.to_owned());
        }
        Ok(())
    }

    /// Closes and checks every file, then gives all of them their names.
    ///
    /// # Errors
    ///
    /// A file is incomplete or cannot be moved; then no file is left under its final name.
    pub fn finish(mut self) -> Result<Vec<FileWritten>, SinkError> {
        for index in 0..self.files.len() {
            self.close(index)?;
        }
        if self.options.format == RasterFormat::Cog {
            for index in 0..self.n_kept {
                self.translate_to_cog(index)?;
            }
        }
        let names = self.names_to_move();
        let mut written: Vec<FileWritten> = Vec::new();
        for name in names {
            match move_into_place(&self.unfinished.path.join(&name), &self.dir.join(&name)) {
                Ok(file) => written.push(file),
                Err(error) => {
                    remove_all(&written);
                    return Err(error);
                }
            }
        }
        self.unfinished.keep_made = true;
        Ok(written)
    }

    /// What a file is called in the end.
    fn final_path(&self, index: usize) -> PathBuf {
        self.dir.join(file_name(&self.files[index]))
    }

    fn unfinished_path(&self, index: usize) -> PathBuf {
        self.unfinished.path.join(file_name(&self.files[index]))
    }

    fn create_file(&self, index: usize) -> Result<Dataset, SinkError> {
        let path = self.unfinished_path(index);
        let failed = |reason: String| SinkError::Create {
            path: self.final_path(index),
            reason,
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
        }
        create_dataset(&path, &self.grid, &self.files[index], self.options)
            .map_err(|error| failed(text_of(&error)))
    }

    fn close(&mut self, index: usize) -> Result<(), SinkError> {
        let path = self.final_path(index);
        let dataset = match std::mem::replace(&mut self.states[index], State::Closed) {
            State::Open(dataset) => dataset,
            State::Later => self.write_spooled(index)?,
            State::Closed => return Ok(()),
        };
        let (closed, failure) = with_failures(|| dataset.close());
        let failed = |reason: String| SinkError::Write {
            path: path.clone(),
            reason,
        };
        closed.map_err(|error| failed(text_of(&error)))?;
        failure.map_or(Ok(()), |reason| Err(failed(reason)))?;
        check_blocks(&self.unfinished_path(index)).map_err(failed)
    }

    /// A file with all its windows, which were kept until now.
    fn write_spooled(&mut self, index: usize) -> Result<Dataset, SinkError> {
        let dataset = self.create_file(index)?;
        let path = self.final_path(index);
        let Some(spool) = &mut self.spool else {
            return Ok(dataset);
        };
        for spooled in spool.of(index) {
            let failed = |error: std::io::Error| SinkError::Write {
                path: path.clone(),
                reason: error.to_string(),
            };
            let values = spool.values(spooled).map_err(failed)?;
            write_window(&dataset, &self.files[index], &path, spooled.window, &values)?;
        }
        Ok(dataset)
    }

    fn translate_to_cog(&self, index: usize) -> Result<(), SinkError> {
        let path = self.unfinished_path(index);
        let target = path.with_extension("cog");
        let failed = |reason: String| SinkError::Write {
            path: self.final_path(index),
            reason,
        };
        let (translated, failure) =
            with_failures(|| copy_as_cog(&path, &target, &self.files[index], self.options));
        translated.map_err(|error| failed(text_of(&error)))?;
        failure.map_or(Ok(()), |reason| Err(failed(reason)))?;
        check_blocks(&target).map_err(failed)?;
        fs::rename(&target, &path).map_err(|error| failed(error.to_string()))?;
        let (side_of_target, side) = (side_file(&target), side_file(&path));
        if side_of_target.exists() {
            fs::rename(side_of_target, side).map_err(|error| failed(error.to_string()))?;
        }
        Ok(())
    }

    /// Rasters, what GDAL keeps beside them, and texts, relative to the folder; `run.json` last,
    /// so that whoever waits for it finds the rest.
    fn names_to_move(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (index, file) in self.files[..self.n_kept].iter().enumerate() {
            names.push(file_name(file));
            if side_file(&self.unfinished_path(index)).exists() {
                names.push(format!("{}.aux.xml", file_name(file)));
            }
        }
        let mut texts = self.texts.clone();
        texts.sort_by_key(|name| name == "run.json");
        names.extend(texts);
        names
    }
}

/// A raster that was written and is not yet under its final name.
pub struct WrittenRaster {
    /// What it will be called, for messages.
    path: PathBuf,
    dataset: Dataset,
}

impl WrittenRaster {
    /// The values of one window of the first band, NaN where missing.
    ///
    /// # Errors
    ///
    /// What GDAL says.
    pub fn read(&self, window: Window) -> Result<Vec<f32>, SinkError> {
        let read = || {
            let band = self.dataset.rasterband(1)?;
            let at = (isize::try_from(window.col)?, isize::try_from(window.row)?);
            let size = (window.width, window.height);
            let mut values = band
                .read_as::<f32>(at, size, size, None)?
                .into_shape_and_vec()
                .1;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "nodata of classes and flags are small numbers"
            )]
            if let Some(nodata) = band.no_data_value().filter(|nodata| !nodata.is_nan()) {
                values
                    .iter_mut()
                    .filter(|v| **v == nodata as f32)
                    .for_each(|v| *v = f32::NAN);
            }
            Ok(values)
        };
        let failed = |error: GdalError| SinkError::ReadBack {
            path: self.path.clone(),
            reason: text_of(&error),
        };
        read().map_err(failed)
    }
}

/// A run that did not finish leaves no file under its final name.
fn remove_all(written: &[FileWritten]) {
    for file in written {
        // The error that led here is the one to report.
        let _ = fs::remove_file(&file.path);
    }
}

fn file_name(file: &RasterFile) -> String {
    format!("{}.tif", file.path)
}

fn side_file(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".aux.xml");
    name.into()
}

fn move_into_place(from: &Path, to: &Path) -> Result<FileWritten, SinkError> {
    let moved = || {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::rename(from, to)?;
        fs::metadata(to)
    };
    let metadata = moved().map_err(|error| SinkError::Move {
        path: to.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(FileWritten {
        path: to.to_owned(),
        bytes: metadata.len(),
    })
}

fn check_codec(compress: Compress) -> Result<(), SinkError> {
    let options = DriverManager::get_driver_by_name("GTiff")
        .ok()
        .and_then(|driver| driver.metadata_item("DMD_CREATIONOPTIONLIST", ""))
        .unwrap_or_default();
    let is_known = |compress: &Compress| options.contains(&format!(">{}<", compress.gdal_name()));
    if is_known(&compress) {
        return Ok(());
    }
    let known = Compress::ALL
        .into_iter()
        .filter(is_known)
        .map(Compress::word)
        .collect();
    Err(SinkError::Codec {
        compress: compress.word(),
        known,
    })
}

/// A COG holds the bands of a pixel together, and LERC 4 keeps NaN in single bands only: it comes
/// back as the lowest float.
fn check_cog(dir: &Path, files: &[RasterFile], options: RasterOptions) -> Result<(), SinkError> {
    let is_lossy = |file: &&RasterFile| file.bands.len() > 1 && file.kind == RasterKind::Values;
    if (options.format, options.compress) != (RasterFormat::Cog, Compress::Lerc) {
        return Ok(());
    }
    match files.iter().find(is_lossy) {
        Some(file) => Err(SinkError::CogLerc {
            path: dir.join(file_name(file)),
        }),
        None => Ok(()),
    }
}

fn creation_options(
    file: &RasterFile,
    options: RasterOptions,
) -> Result<RasterCreationOptions, GdalError> {
    let block = options.block.max(16).to_string();
    let mut list = RasterCreationOptions::new();
    list.set_name_value("TILED", "YES")?;
    list.set_name_value("BLOCKXSIZE", &block)?;
    list.set_name_value("BLOCKYSIZE", &block)?;
    list.set_name_value("INTERLEAVE", "BAND")?;
    list.set_name_value("BIGTIFF", "IF_SAFER")?;
    // The files of a COG are read once more and thrown away.
    let is_final = options.format == RasterFormat::GeoTiff;
    let compress = if is_final {
        options.compress
    } else {
        Compress::None
    };
    list.set_name_value("COMPRESS", compress.gdal_name())?;
    if compress != Compress::None {
        // One band after the other is written from one thread: a second one that compresses makes
        // 20 float bands of 2000 x 2000 pixels 1.3 to 1.8 times as fast.
        list.set_name_value("NUM_THREADS", "2")?;
    }
    if compress.has_predictor() {
        let is_float = file.kind == RasterKind::Values;
        list.set_name_value("PREDICTOR", if is_float { "3" } else { "2" })?;
    }
    match compress {
        Compress::Deflate => list.set_name_value("ZLEVEL", "1")?,
        Compress::Zstd | Compress::Lerc => list.set_name_value("ZSTD_LEVEL", "1")?,
        Compress::None => {}
    }
    Ok(list)
}

fn create_dataset(
    path: &Path,
    grid: &Grid,
    file: &RasterFile,
    options: RasterOptions,
) -> Result<Dataset, GdalError> {
    let driver = DriverManager::get_driver_by_name("GTiff")?;
    let list = creation_options(file, options)?;
    let (width, height, n_bands) = (grid.width, grid.height, file.bands.len());
    let mut dataset = match file.kind {
        RasterKind::Values => driver
            .create_with_band_type_with_options::<f32, _>(path, width, height, n_bands, &list)?,
        RasterKind::Classes(_) => driver
            .create_with_band_type_with_options::<u8, _>(path, width, height, n_bands, &list)?,
        RasterKind::Flags(_) => driver
            .create_with_band_type_with_options::<u16, _>(path, width, height, n_bands, &list)?,
    };
    dataset.set_geo_transform(&grid.transform)?;
    if !grid.crs_wkt.is_empty() {
        dataset.set_spatial_ref(&SpatialRef::from_wkt(&grid.crs_wkt)?)?;
    }
    describe(&mut dataset, file)?;
    Ok(dataset)
}

fn describe(dataset: &mut Dataset, file: &RasterFile) -> Result<(), GdalError> {
    dataset.set_metadata_item("TIFFTAG_IMAGEDESCRIPTION", &file.description, "")?;
    let software = concat!("Doline ", env!("CARGO_PKG_VERSION"));
    dataset.set_metadata_item("TIFFTAG_SOFTWARE", software, "")?;
    for (key, value) in &file.metadata {
        dataset.set_metadata_item(key, value, "")?;
    }
    for (index, name) in file.bands.iter().enumerate() {
        let mut band = dataset.rasterband(index + 1)?;
        band.set_description(name)?;
        if !file.unit.is_empty() {
            set_unit(&mut band, &file.unit)?;
        }
        describe_kind(&mut band, &file.kind)?;
    }
    Ok(())
}

fn describe_kind(band: &mut RasterBand<'_>, kind: &RasterKind) -> Result<(), GdalError> {
    match kind {
        RasterKind::Values => band.set_no_data_value(Some(f64::NAN)),
        RasterKind::Classes(classes) => {
            band.set_no_data_value(Some(CLASS_NODATA.into()))?;
            let n_names = classes
                .iter()
                .map(|(class, _)| usize::from(*class) + 1)
                .max();
            let mut names = vec![String::new(); n_names.unwrap_or(0)];
            for (class, name) in classes {
                names[usize::from(*class)].clone_from(name);
                band.set_metadata_item(&format!("class_{class}"), name, "")?;
            }
            set_category_names(band, &names)
        }
        RasterKind::Flags(flags) => {
            band.set_no_data_value(Some(FLAGS_NODATA.into()))?;
            flags
                .iter()
                .try_for_each(|(bit, name)| band.set_metadata_item(&format!("bit_{bit}"), name, ""))
        }
    }
}

/// Writes all bands of a window; `path` is what the file will be called.
fn write_window(
    dataset: &Dataset,
    file: &RasterFile,
    path: &Path,
    window: Window,
    values: &[f32],
) -> Result<(), SinkError> {
    let (written, failure) = with_failures(|| write_bands(dataset, file, window, values));
    let reason = match (written, failure) {
        (Ok(()), None) => return Ok(()),
        (Err(error), _) => text_of(&error),
        (_, Some(reason)) => reason,
    };
    Err(SinkError::Write {
        path: path.to_owned(),
        reason,
    })
}

fn write_bands(
    dataset: &Dataset,
    file: &RasterFile,
    window: Window,
    values: &[f32],
) -> Result<(), GdalError> {
    for (index, values) in values.chunks_exact(window.n_pixels()).enumerate() {
        let mut band = dataset.rasterband(index + 1)?;
        match file.kind {
            RasterKind::Values => write_band(&mut band, window, values.to_vec())?,
            RasterKind::Classes(_) => {
                write_band(
                    &mut band,
                    window,
                    values.iter().map(|&v| class_of(v)).collect(),
                )?;
            }
            RasterKind::Flags(_) => {
                write_band(
                    &mut band,
                    window,
                    values.iter().map(|&v| flags_of(v)).collect(),
                )?;
            }
        }
    }
    Ok(())
}

fn write_band<T: GdalType + Copy>(
    band: &mut RasterBand<'_>,
    window: Window,
    values: Vec<T>,
) -> Result<(), GdalError> {
    let at = (isize::try_from(window.col)?, isize::try_from(window.row)?);
    // Width first: the crate, as GDAL, counts columns before rows.
    let size = (window.width, window.height);
    band.write(at, size, &mut Buffer::new(size, values))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates"
)]
fn class_of(value: f32) -> u8 {
    if value.is_nan() {
        CLASS_NODATA
    } else {
        value.round() as u8
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates"
)]
fn flags_of(value: f32) -> u16 {
    if value.is_nan() {
        FLAGS_NODATA
    } else {
        value.round() as u16
    }
}

fn copy_as_cog(
    from: &Path,
    to: &Path,
    file: &RasterFile,
    options: RasterOptions,
) -> Result<(), GdalError> {
    let mut list = RasterCreationOptions::new();
    list.set_name_value("COMPRESS", options.compress.gdal_name())?;
    list.set_name_value("BLOCKSIZE", &options.block.max(128).to_string())?;
    list.set_name_value("BIGTIFF", "IF_SAFER")?;
    if options.compress != Compress::None {
        list.set_name_value("LEVEL", "1")?;
    }
    if options.compress.has_predictor() {
        list.set_name_value("PREDICTOR", "YES")?;
    }
    let is_quantity = file.kind == RasterKind::Values;
    list.set_name_value(
        "RESAMPLING",
        if is_quantity { "AVERAGE" } else { "NEAREST" },
    )?;
    let source = Dataset::open(from)?;
    let driver = DriverManager::get_driver_by_name("COG")?;
    source.create_copy(&driver, to, &list)?.close()
}

/// Whether every block of every band lies inside the file, and the last one can be decoded.
///
/// GDAL before 3.7 does not tell from closing a file that the disk was full, and blocks may be
/// flushed on another thread; the directory of the file does.
fn check_blocks(path: &Path) -> Result<(), String> {
    let said = |error: GdalError| text_of(&error);
    let bytes = fs::metadata(path).map_err(|error| error.to_string())?.len();
    let dataset = Dataset::open(path).map_err(said)?;
    let (width, height) = dataset.raster_size();
    for number in 1..=dataset.raster_count() {
        let band = dataset.rasterband(number).map_err(said)?;
        let (block_width, block_height) = band.block_size();
        for y in 0..height.div_ceil(block_height.max(1)) {
            for x in 0..width.div_ceil(block_width.max(1)) {
                let item = |what: &str| -> Option<u64> {
                    band.metadata_item(&format!("BLOCK_{what}_{x}_{y}"), "TIFF")?
                        .parse()
                        .ok()
                };
                let end = item("OFFSET")
                    .zip(item("SIZE"))
                    .map(|(offset, size)| offset + size);
                if end.is_none_or(|end| end > bytes) {
                    return Err(format!("block {x}, {y} of band {number} is incomplete"));
                }
            }
        }
        if number == dataset.raster_count() {
            let last = (isize::try_from(width - 1), isize::try_from(height - 1));
            let last = (last.0.unwrap_or(0), last.1.unwrap_or(0));
            band.read_as::<f64>(last, (1, 1), (1, 1), None)
                .map_err(said)?;
        }
    }
    Ok(())
}

/// A raster read back whole.
#[derive(Clone, Debug, PartialEq)]
pub struct RasterRead {
    /// Values of all bands, nodata as NaN, `[band][pixel]`.
    pub values: Vec<Vec<f64>>,
    /// Descriptions of the bands.
    pub bands: Vec<String>,
    /// Unit of the first band.
    pub unit: String,
    /// Names of the classes 0, 1, 2 ... of the first band.
    pub class_names: Vec<String>,
    /// Metadata of the file and of the first band, `key=value`.
    pub metadata: Vec<String>,
    /// Columns and rows of a block.
    pub block_size: (usize, usize),
}

impl RasterRead {
    /// Reads a whole raster, for checks of small results.
    ///
    /// # Errors
    ///
    /// What GDAL says when the file cannot be read.
    pub fn open(path: &Path) -> Result<Self, GdalError> {
        quiet_gdal();
        let dataset = Dataset::open(path)?;
        let first = dataset.rasterband(1)?;
        let mut metadata = dataset.metadata_domain("").unwrap_or_default();
        metadata.extend(first.metadata_domain("").unwrap_or_default());
        metadata.extend(
            dataset
                .metadata_domain("IMAGE_STRUCTURE")
                .unwrap_or_default(),
        );
        let (mut values, mut bands) = (Vec::new(), Vec::new());
        for band in dataset.rasterbands() {
            let band = band?;
            bands.push(band.description()?);
            let nodata = band.no_data_value();
            let data = band.read_band_as::<f64>()?.into_shape_and_vec().1;
            let valid = |v: f64| if Some(v) == nodata { f64::NAN } else { v };
            values.push(data.into_iter().map(valid).collect());
        }
        Ok(Self {
            values,
            bands,
            unit: first.unit(),
            class_names: category_names(&first),
            metadata,
            block_size: first.block_size(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Coordinates;

    fn grid() -> Grid {
        Grid {
            crs_wkt: String::new(),
            crs_name: "none".to_owned(),
            coordinates: Coordinates::Unknown,
            metres_per_unit: 1.0,
            transform: [0.0, 1.0, 0.0, 0.0, 0.0, -1.0],
            width: 100,
            height: 70,
        }
    }

    fn files() -> Vec<RasterFile> {
        let file = |n: usize, kind| RasterFile {
            path: format!("maps/map_{n}"),
            description: format!("map {n}"),
            unit: "1".to_owned(),
            bands: vec!["a".to_owned(), "b".to_owned()],
            kind,
            metadata: Vec::new(),
        };
        let kinds = [
            RasterKind::Values,
            RasterKind::Classes(vec![(1, "one".to_owned())]),
            RasterKind::Flags(vec![]),
        ];
        (0..7).map(|n| file(n, kinds[n % 3].clone())).collect()
    }

    /// The bytes of every file where `most_open` may be open.
    fn bytes(most_open: usize, format: RasterFormat) -> Vec<Vec<u8>> {
        let dir = tempfile::tempdir().expect("a folder");
        let options = RasterOptions {
            format,
            block: 32,
            ..RasterOptions::default()
        };
        let mut sink = RasterSink::create_with(dir.path(), &grid(), files(), &options, most_open)
            .expect("a sink");
        for row in (0..70).step_by(32) {
            let window = Window {
                row,
                col: 0,
                height: 32.min(70 - row),
                width: 100,
            };
            for file in 0..7_u16 {
                let values: Vec<f32> = (0..2 * window.n_pixels())
                    .map(|i| f32::from(u16::try_from((i * 7 + row) % 200).unwrap_or(0) + file))
                    .collect();
                sink.write(file.into(), window, &values).expect("written");
            }
        }
        let written = sink.finish().expect("finished");
        assert_eq!(
            fs::read_dir(dir.path()).expect("a folder").count(),
            1,
            "nothing but maps/"
        );
        written
            .iter()
            .map(|file| fs::read(&file.path).expect("a file"))
            .collect()
    }

    #[test]
    fn files_written_later_have_the_same_bytes() {
        for format in [RasterFormat::GeoTiff, RasterFormat::Cog] {
            let all_open = bytes(100, format);
            assert!(
                all_open.len() >= 7,
                "rasters, and names of classes beside them"
            );
            for most_open in [1, 3] {
                assert!(
                    bytes(most_open, format) == all_open,
                    "{most_open} {format:?}"
                );
            }
        }
    }
}
