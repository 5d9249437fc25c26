//! Rasters of any format in an output folder.

use std::path::{Path, PathBuf};

use crate::formats::Format;
use crate::gdal_calls::quiet_gdal;
use crate::grid::{Grid, Window};
use crate::open_files::Shares;
use crate::sinks::cog::Cog;
use crate::sinks::error::SinkError;
use crate::sinks::format::{OpenRaster, RasterFormat};
use crate::sinks::geotiff::GeoTiff;
use crate::sinks::output_folder::{FileWritten, OutputFolder};
use crate::sinks::raster::{RasterFile, RasterOptions};
use crate::sinks::read_back::WrittenRaster;
use crate::sinks::sink::{ReadBack, Sink};
use crate::sinks::spool::Spool;

/// Writes rasters and texts into a folder, all of them or none.
///
/// Until it is finished everything is in a hidden folder inside the output folder. Dropping the sink removes it.
///
/// Windows should be whole blocks ([`RasterOptions::block`]) except at the right and lower edge of the grid, and each
/// block should be written once: a block written in parts is compressed, read back and compressed again.
#[derive(Debug)]
pub struct RasterSink {
    /// First, so that files are closed before their folder is removed.
    states: Vec<State>,
    /// Windows of files that are written later.
    spool: Option<Spool>,
    /// Files that may be open at a time.
    max_open: usize,
    folder: OutputFolder,
    grid: Grid,
    format: Box<dyn RasterFormat>,
    /// Ending of the files.
    ending: &'static str,
    files: Vec<RasterFile>,
    /// Files before this one are kept. Those from it on hold what is needed during the run.
    n_kept: usize,
}

/// A file between its creation and its final name.
#[derive(Debug)]
enum State {
    /// Windows are written to it as they come.
    Open(Box<dyn OpenRaster>),
    /// Its windows are kept elsewhere until it is closed: too many files would be open.
    Later,
    /// Complete, or given up after a failure.
    Closed,
}

impl RasterSink {
    /// Makes the output folder and every raster, before anything is read.
    ///
    /// # Errors
    ///
    /// The folder cannot be written to; this GDAL lacks the compression; a file cannot be created.
    pub fn create(
        dir: &Path,
        grid: &Grid,
        files: Vec<RasterFile>,
        options: &RasterOptions,
    ) -> Result<Self, SinkError> {
        Self::create_with(dir, grid, files, options, Shares::of_process().outputs)
    }

    /// The same with at most `max_open` files open at a time. No output depends on it.
    fn create_with(
        dir: &Path,
        grid: &Grid,
        files: Vec<RasterFile>,
        options: &RasterOptions,
        max_open: usize,
    ) -> Result<Self, SinkError> {
        quiet_gdal();
        let format = format_of(*options)?;
        let ending = options.format.ending();
        for file in &files {
            format.check(file, &dir.join(file_name(file, ending)))?;
        }
        let mut sink = Self {
            states: Vec::new(),
            spool: None,
            max_open: max_open.max(1),
            folder: OutputFolder::create(dir)?,
            grid: grid.clone(),
            format,
            ending,
            n_kept: files.len(),
            files,
        };
        for index in 0..sink.files.len() {
            sink.begin(index)?;
        }
        Ok(sink)
    }

    /// Makes a file, so that one that cannot be made is noticed before any work. Keeps it open if it may be.
    fn begin(&mut self, index: usize) -> Result<(), SinkError> {
        let raster = self.create_file(index)?;
        let is_open = |state: &&State| matches!(state, State::Open(_));
        if self.states.iter().filter(is_open).count() < self.max_open {
            self.states.push(State::Open(raster));
            return Ok(());
        }
        self.states.push(State::Later);
        if self.spool.is_none() {
            let path = self.folder.unfinished_path("windows");
            let spool = Spool::create(&path).map_err(|error| SinkError::Create {
                path,
                reason: error.to_string(),
            })?;
            self.spool = Some(spool);
        }
        Ok(())
    }

    fn name(&self, index: usize) -> String {
        file_name(&self.files[index], self.ending)
    }

    fn final_path(&self, index: usize) -> PathBuf {
        self.folder.final_path(&self.name(index))
    }

    fn unfinished_path(&self, index: usize) -> PathBuf {
        self.folder.unfinished_path(&self.name(index))
    }

    fn create_file(&self, index: usize) -> Result<Box<dyn OpenRaster>, SinkError> {
        let failed = |reason: String| SinkError::Create {
            path: self.final_path(index),
            reason,
        };
        let path = self.folder.path_to_create(&self.name(index));
        let path = path.map_err(|error| failed(error.to_string()))?;
        self.format
            .create(&path, &self.grid, &self.files[index])
            .map_err(failed)
    }

    /// Closes a file and checks that it is complete.
    fn close(&mut self, index: usize) -> Result<(), SinkError> {
        let raster = match std::mem::replace(&mut self.states[index], State::Closed) {
            State::Open(raster) => raster,
            State::Later => self.write_spooled(index)?,
            State::Closed => return Ok(()),
        };
        raster
            .close()
            .and_then(|()| self.format.check_complete(&self.unfinished_path(index)))
            .map_err(|reason| self.cannot_write(index, reason))
    }

    /// A file with all its windows, which were kept until now.
    fn write_spooled(&mut self, index: usize) -> Result<Box<dyn OpenRaster>, SinkError> {
        let raster = self.create_file(index)?;
        let Some(mut spool) = self.spool.take() else {
            return Ok(raster);
        };
        let file = &self.files[index];
        let written = spool.of(index).into_iter().try_for_each(|spooled| {
            let values = spool.values(spooled).map_err(|error| error.to_string())?;
            raster.write(file, spooled.window, &values)
        });
        self.spool = Some(spool);
        written.map_err(|reason| self.cannot_write(index, reason))?;
        Ok(raster)
    }

    fn cannot_write(&self, index: usize, reason: String) -> SinkError {
        SinkError::Write {
            path: self.final_path(index),
            reason,
        }
    }

    /// The rasters that are kept and what is beside them, relative to the folder.
    fn names_to_keep(&self) -> Vec<String> {
        let mut names = Vec::new();
        for index in 0..self.n_kept {
            let (name, path) = (self.name(index), self.unfinished_path(index));
            let folder = Path::new(&name).parent().map(Path::to_owned);
            names.push(name);
            for beside in self.format.side_files(&path) {
                let kept = folder.as_ref().zip(beside.file_name());
                if let Some((folder, file)) = kept.filter(|_| beside.exists()) {
                    names.push(folder.join(file).to_string_lossy().into_owned());
                }
            }
        }
        names
    }
}

impl Sink for RasterSink {
    fn write(&mut self, file: usize, window: Window, values: &[f32]) -> Result<(), SinkError> {
        let raster = &self.files[file];
        let expected = raster.bands.len() * window.n_pixels();
        if values.len() != expected {
            return Err(SinkError::Shape {
                path: self.final_path(file),
                found: values.len(),
                expected,
            });
        }
        let written = match (&self.states[file], &mut self.spool) {
            (State::Open(open), _) => open.write(raster, window, values),
            (State::Later, Some(spool)) => spool
                .push(file, window, values)
                .map_err(|error| error.to_string()),
            (State::Later, None) | (State::Closed, _) => {
                Err("it was closed after an earlier failure".to_owned())
            }
        };
        written.map_err(|reason| self.cannot_write(file, reason))
    }

    fn write_text(&mut self, name: &str, text: &str) -> Result<(), SinkError> {
        self.folder.write_text(name, text)
    }

    fn add_scratch(&mut self, file: RasterFile) -> Result<usize, SinkError> {
        let index = self.files.len();
        self.files.push(RasterFile {
            path: format!("scratch/{}", file.path),
            ..file
        });
        self.begin(index)?;
        Ok(index)
    }

    fn read_back(&mut self, file: usize) -> Result<Box<dyn ReadBack>, SinkError> {
        self.close(file)?;
        let raster = WrittenRaster::open(&self.unfinished_path(file), self.final_path(file))?;
        Ok(Box::new(raster))
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<FileWritten>, SinkError> {
        for index in 0..self.files.len() {
            self.close(index)?;
        }
        for index in 0..self.n_kept {
            self.format
                .finish(&self.unfinished_path(index), &self.files[index])
                .map_err(|reason| self.cannot_write(index, reason))?;
        }
        let names = self.names_to_keep();
        // Some systems keep a folder with an open file.
        self.spool = None;
        self.folder.publish(names)
    }
}

fn file_name(file: &RasterFile, ending: &str) -> String {
    format!("{}.{ending}", file.path)
}

/// The format that the options name.
///
/// # Errors
///
/// This build cannot write the format, or cannot compress it so.
fn format_of(options: RasterOptions) -> Result<Box<dyn RasterFormat>, SinkError> {
    Ok(match options.format {
        Format::GTiff => Box::new(GeoTiff::new(options)?),
        Format::Cog => Box::new(Cog::new(options)?),
        Format::Zarr => {
            return Err(SinkError::Format {
                format: options.format,
            });
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::formats::FileKind;
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
            FileKind::Values,
            FileKind::Labelled(vec![(1, "one".to_owned())]),
            FileKind::Flags(&[]),
        ];
        (0..7).map(|n| file(n, kinds[n % 3].clone())).collect()
    }

    /// The bytes of every file where `max_open` may be open.
    fn bytes(max_open: usize, format: Format) -> Vec<Vec<u8>> {
        let dir = tempfile::tempdir().expect("a folder");
        let options = RasterOptions {
            format,
            block: 32,
            ..RasterOptions::default()
        };
        let mut sink = RasterSink::create_with(dir.path(), &grid(), files(), &options, max_open)
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
        let written = Box::new(sink).finish().expect("finished");
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
        for format in [Format::GTiff, Format::Cog] {
            let all_open = bytes(100, format);
            assert!(
                all_open.len() >= 7,
                "rasters, and names of classes beside them"
            );
            for max_open in [1, 3] {
                assert!(bytes(max_open, format) == all_open, "{max_open} {format:?}");
            }
        }
    }

    #[test]
    fn a_format_that_cannot_be_written_is_refused_before_anything_is_made() {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("out");
        let options = RasterOptions {
            format: Format::Zarr,
            ..RasterOptions::default()
        };
        let error = RasterSink::create(&out, &grid(), files(), &options).expect_err("no writer");
        assert!(error.to_string().contains("cannot write zarr"), "{error}");
        assert!(!out.exists());
    }
}
