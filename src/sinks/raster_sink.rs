//! Rasters of any format in an output folder.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::grid::{Blocks, Grid, Window};
use crate::open_files::Shares;
use crate::sinks::block_file::BlockFile;
use crate::sinks::block_log::BlockLog;
use crate::sinks::choice::{check_formats, file_name, format_of};
use crate::sinks::element::Element;
use crate::sinks::encoder::Encoder;
use crate::sinks::error::SinkError;
use crate::sinks::format::RasterFormat;
use crate::sinks::journal::{Checkpoint, boot};
use crate::sinks::layout::Layout;
use crate::sinks::output_folder::{FileWritten, OutputFolder, Unfinished};
use crate::sinks::parts::Parts;
use crate::sinks::raster::{RasterFile, RasterOptions};
use crate::sinks::read_back::WrittenRaster;
use crate::sinks::restored::{Restored, cannot_resume};
use crate::sinks::sink::{ReadBack, Sink};
use crate::sinks::sink_state::state_of;
use crate::sinks::store_folder::StoreWritten;
use crate::sinks::tile_jobs::TileJobs;
use crate::sinks::wave::{Failed, Waves, closed};

/// Bytes of blocks, as they are before, that are compressed at a time. While they are, those of the wave before are
/// written: compressed blocks of two waves are in memory at most.
const WAVE: usize = 16 << 20;
/// The same where memory is scarce.
const LITTLE_WAVE: usize = 2 << 20;

/// Writes rasters and texts into a folder, all of them or none.
///
/// Until it is finished everything is in a hidden folder inside the output folder. Dropping the sink removes it, or after
/// a [checkpoint](Sink::checkpoint) leaves it for a run that goes on from there.
///
/// A block is compressed and written once, whole: parts of it wait until the last one comes. The bytes of a file depend
/// on neither the windows nor the threads. Blocks that are missing everywhere are not stored.
#[derive(Debug)]
pub struct RasterSink {
    /// First, so that files are closed before their folder is removed. `None` where a file is complete, or given up
    /// after a failure.
    open: Vec<Option<BlockFile>>,
    parts: Parts,
    waves: Waves,
    /// Files that may be open at a time.
    max_open: usize,
    folder: OutputFolder,
    grid: Grid,
    layout: Layout,
    /// Bytes of blocks, as they are before, that are compressed at a time.
    wave_bytes: usize,
    format: Box<dyn RasterFormat>,
    /// Ending of the files.
    ending: &'static str,
    files: Vec<RasterFile>,
    /// Files before this one are kept. Those from it on hold what is needed during the run.
    n_kept: usize,
    /// The blocks of checkpoints, once there is one.
    log: Option<BlockLog>,
    /// What a run that was interrupted has written.
    restored: Option<Restored>,
    /// Whether it is of a part of a run, which leaves files of blocks alone.
    is_part: bool,
    /// What it was made with.
    options: RasterOptions,
    /// The store of Zarr, once it is made.
    store: Option<StoreWritten>,
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

    /// Makes every raster in a folder that this run has claimed.
    ///
    /// # Arguments
    ///
    /// * `unfinished` - what a run of the same study left, if this one goes on from there, and the windows of the tiles
    ///   that are written. Without it the folder [starts anew](OutputFolder::start_anew) before.
    ///
    /// # Errors
    ///
    /// As [`RasterSink::create`]; files are not what the journal says.
    pub fn create_in(
        folder: OutputFolder,
        grid: &Grid,
        files: Vec<RasterFile>,
        options: &RasterOptions,
        unfinished: Option<(Unfinished, &[Window])>,
    ) -> Result<Self, SinkError> {
        let max_open = Shares::of_process().outputs;
        Self::new(folder, grid, files, options, max_open, unfinished, false)
    }

    /// [`RasterSink::create`] with at most `max_open` files open at a time. No output depends on it.
    fn create_with(
        dir: &Path,
        grid: &Grid,
        files: Vec<RasterFile>,
        options: &RasterOptions,
        max_open: usize,
    ) -> Result<Self, SinkError> {
        check_formats(dir, &files, options)?;
        let mut folder = OutputFolder::claim(dir)?;
        folder.start_anew(&[])?;
        Self::new(folder, grid, files, options, max_open, None, false)
    }

    fn new(
        folder: OutputFolder,
        grid: &Grid,
        files: Vec<RasterFile>,
        options: &RasterOptions,
        max_open: usize,
        unfinished: Option<(Unfinished, &[Window])>,
        is_part: bool,
    ) -> Result<Self, SinkError> {
        let parts_on_disk = !options.has_room_for_block;
        let parts = parts_on_disk.then(|| folder.unfinished_path("parts"));
        let blocks = Blocks {
            grid: [grid.height, grid.width],
            block: options.block,
            cell: options.cell,
        };
        let layout = Layout { blocks };
        let mut parts = Parts::new(parts);
        let restored = unfinished.map(|(unfinished, done)| {
            let restored = Restored::new(&folder, unfinished, done, layout, &mut parts);
            restored.map_err(|error| cannot_resume(&folder, error.to_string()))
        });
        let (restored, log) = restored.transpose()?.unzip();
        let mut sink = Self {
            open: Vec::new(),
            parts,
            waves: Waves::default(),
            max_open: max_open.max(1),
            folder,
            grid: grid.clone(),
            layout,
            wave_bytes: if parts_on_disk { LITTLE_WAVE } else { WAVE },
            format: format_of(*options)?,
            ending: options.format.ending(),
            n_kept: files.len(),
            files,
            log,
            restored,
            is_part,
            options: *options,
            store: None,
        };
        for index in 0..sink.files.len() {
            sink.begin(index)?;
        }
        Ok(sink)
    }

    /// Makes a file, so that one that cannot be made is noticed before any work. Keeps it open if it may be.
    fn begin(&mut self, index: usize) -> Result<(), SinkError> {
        if self.is_part {
            return self.begin_blocks_alone(index);
        }
        let restored = self.restored.as_mut().and_then(|all| all.take(index));
        let failed = |reason: String| SinkError::Create {
            path: self.final_path(index),
            reason,
        };
        let (file, name) = (&self.files[index], self.name(index));
        let path = self.folder.path_to_create(&name);
        let path = path.map_err(|error| failed(error.to_string()))?;
        let stays_open = index < self.max_open;
        let n_bands = file.bands.len();
        if let Some(restored) = restored {
            let open = if self.format.is_finished(&path) {
                None
            } else {
                let reason = |reason| cannot_resume(&self.folder, format!("{name}: {reason}"));
                let open = restored.open(path, self.layout, n_bands, stays_open);
                Some(open.map_err(reason)?)
            };
            self.open.push(open);
            return Ok(());
        }
        let created = self.format.create(&path, &self.grid, file);
        created.map_err(&failed)?;
        let open = BlockFile::open(path, self.layout, n_bands, stays_open);
        self.open.push(Some(open.map_err(failed)?));
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

    fn cannot_write(&self, index: usize, reason: String) -> SinkError {
        SinkError::Write {
            path: self.final_path(index),
            reason,
        }
    }

    /// Writes one window of some rasters, in their order.
    fn write_rasters(
        &mut self,
        window: Window,
        rasters: &[(usize, &[f32])],
    ) -> Result<(), SinkError> {
        let Some(&(first, _)) = rasters.first() else {
            return Ok(());
        };
        if !self.grid.holds(window) {
            return Err(SinkError::Window {
                path: self.final_path(first),
                window,
                height: self.grid.height,
                width: self.grid.width,
            });
        }
        for &(index, values) in rasters {
            let n_bands = self.files[index].bands.len();
            let expected = n_bands * window.n_pixels();
            if values.len() != expected && values.len() != n_bands {
                return Err(SinkError::Shape {
                    path: self.final_path(index),
                    found: values.len(),
                    expected,
                });
            }
        }
        self.write_blocks(window, rasters)
            .map_err(|(index, reason)| {
                // What is in the file is no longer known.
                self.open[index] = None;
                self.cannot_write(index, reason)
            })
    }

    fn write_blocks(&mut self, window: Window, rasters: &[(usize, &[f32])]) -> Result<(), Failed> {
        let blocks = self.layout.blocks.of(window);
        let mut tile = TileJobs::new(self.layout, window);
        for &(index, values) in rasters {
            let file = self.open[index].as_mut().ok_or_else(|| (index, closed()))?;
            let encoder = Encoder {
                compress: self.format.compress(),
                element: Element::of(&self.files[index].kind),
                block: self.layout.blocks.block,
            };
            tile.add(index, encoder, &blocks, values, file, &mut self.parts)
                .map_err(|reason| (index, reason))?;
        }
        let n = self.wave_bytes / (4 * self.layout.block_pixels()).max(1);
        let jobs = tile.jobs();
        let written = self.waves.write(&jobs, &self.parts, &mut self.open, n);
        self.parts.reuse_room();
        written
    }
}

impl Sink for RasterSink {
    fn write_tile(&mut self, window: Window, values: &[Option<&[f32]>]) -> Result<(), SinkError> {
        let rasters = values.iter().enumerate();
        let rasters: Vec<_> = rasters
            .filter_map(|(index, values)| Some((index, (*values)?)))
            .collect();
        self.write_rasters(window, &rasters)
    }

    fn write(&mut self, file: usize, window: Window, values: &[f32]) -> Result<(), SinkError> {
        self.write_rasters(window, &[(file, values)])
    }

    fn write_text(&mut self, name: &str, text: &str) -> Result<(), SinkError> {
        self.folder.write_text(name, text)
    }

    fn write_bytes(&mut self, name: &str, content: &[u8]) -> Result<(), SinkError> {
        self.folder.write_text(name, content)
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

    fn checkpoint(
        &mut self,
        tiles: usize,
        run: Vec<u8>,
        is_durable: bool,
    ) -> Result<(), SinkError> {
        let boot = boot().filter(|_| !is_durable);
        let hidden = self.folder.hidden();
        let (files, log) = (&mut self.open, &mut self.log);
        let sink = state_of(files, &mut self.parts, log, hidden, boot.is_none());
        let kept = sink.and_then(|sink| {
            self.folder.keep(&Checkpoint {
                tiles,
                boot,
                sink,
                run,
            })
        });
        kept.map_err(|error| SinkError::Write {
            path: self.folder.hidden().to_owned(),
            reason: error.to_string(),
        })
    }

    fn is_durable(&self) -> bool {
        self.folder.is_durable()
    }

    fn has_parts(&self) -> bool {
        !self.parts.are_none()
    }

    fn forget(&mut self) {
        self.folder.forget();
    }

    fn scratch_folder(&self) -> &Path {
        self.folder.hidden()
    }

    fn make_store(&mut self, stop: &AtomicBool) -> Result<Option<StoreWritten>, SinkError> {
        self.make_store_of_rasters(stop)
    }

    fn finish(self: Box<Self>) -> Result<Vec<FileWritten>, SinkError> {
        (*self).finish_all()
    }
}

mod finish;
mod of_part;
#[cfg(test)]
mod resume_tests;
#[cfg(test)]
#[cfg(feature = "zarr")]
mod store_tests;
#[cfg(test)]
mod tests;
