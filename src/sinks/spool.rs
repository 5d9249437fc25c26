//! Windows of outputs that cannot all be open at a time, kept until their file is written.
//!
//! A raster that is closed and opened again is compressed at another level and gets another layout. So the windows of
//! the files that the process may not hold open go to one file as they come. Each raster is written from there at the
//! end, in the same order, so that the same bytes come out.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use crate::grid::Window;

/// One file of windows of many rasters.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    end: u64,
    windows: Vec<Spooled>,
}

/// A window in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spooled {
    raster: usize,
    /// The window.
    pub(super) window: Window,
    start: u64,
    n_values: usize,
}

impl Spool {
    /// An empty one.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?;
        Ok(Self {
            file,
            end: 0,
            windows: Vec::new(),
        })
    }

    /// Keeps a window of a raster.
    pub(super) fn push(&mut self, raster: usize, window: Window, values: &[f32]) -> io::Result<()> {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(bytes)?;
        self.windows.push(Spooled {
            raster,
            window,
            start: self.end,
            n_values: values.len(),
        });
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// The windows of a raster in the order in which they came.
    pub(super) fn of(&self, raster: usize) -> Vec<Spooled> {
        self.windows
            .iter()
            .filter(|spooled| spooled.raster == raster)
            .copied()
            .collect()
    }

    /// The values of a window.
    pub(super) fn values(&mut self, spooled: Spooled) -> io::Result<Vec<f32>> {
        let mut values = vec![0.0_f32; spooled.n_values];
        self.file.seek(SeekFrom::Start(spooled.start))?;
        self.file
            .read_exact(bytemuck::cast_slice_mut(&mut values))?;
        Ok(values)
    }
}
