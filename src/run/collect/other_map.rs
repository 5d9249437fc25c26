//! One map that the run does not make, read window by window.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::grid::{Grid, Window};
use crate::run::other_maps::ClassRaster;
use crate::sinks::FinishedRaster;
use crate::sources::{CodeRaster, open_any};

/// A map that the run does not make.
pub(super) struct OtherMap {
    path: PathBuf,
    source: Source,
}

enum Source {
    /// Of a finished run, on its grid.
    Finished(FinishedRaster),
    /// On any grid.
    Classes {
        raster: Box<CodeRaster>,
        /// Codes that are classes; any where there are none.
        codes: Vec<i64>,
        grid: Box<Grid>,
    },
}

impl OtherMap {
    /// Opens a map of a finished run.
    ///
    /// # Arguments
    ///
    /// * `layer` - its path under `dir` without ending.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is on another grid.
    pub(super) fn finished(dir: &Path, layer: &str, grid: &Grid) -> Result<Self, Error> {
        let path = path_of(dir, layer);
        let failed = |reason: String| Error::NotReadable {
            path: path.clone(),
            reason,
        };
        let raster = FinishedRaster::open(&path).map_err(|error| failed(error.to_string()))?;
        let (width, height) = raster.size();
        if (width, height) != (grid.width, grid.height) {
            return Err(failed(format!(
                "has {width} columns and {height} rows, and the other files of the run have {} and {}; \
                 run the study again",
                grid.width, grid.height
            )));
        }
        Ok(Self {
            source: Source::Finished(raster),
            path,
        })
    }

    /// Opens a raster of classes, and looks at all of its codes.
    ///
    /// # Errors
    ///
    /// It cannot be read, or its codes are no classes.
    pub(super) fn classes(of: &ClassRaster, grid: &Grid) -> Result<Self, Error> {
        let failed = |reason: String| Error::NotReadable {
            path: of.path.clone(),
            reason,
        };
        let dataset = open_any(&of.path).map_err(|reason| failed(cannot_read(&reason)))?;
        if dataset.raster_count() == 0 {
            return Err(failed(
                "is no raster; zones of a vector file are a zone set".to_owned(),
            ));
        }
        let raster = CodeRaster::open(&of.name, &of.path, dataset, grid)
            .map_err(|reason| failed(cannot_read(&reason)))?;
        let map = Self {
            path: of.path.clone(),
            source: Source::Classes {
                raster: Box::new(raster),
                codes: of.labels.iter().map(|(code, _)| *code).collect(),
                grid: Box::new(grid.clone()),
            },
        };
        map.check_codes(grid)?;
        Ok(map)
    }

    /// The labels of the classes of a map of a finished run; none where it has no classes.
    pub(super) fn labels(&self) -> Result<Vec<(u8, String)>, Error> {
        match &self.source {
            Source::Finished(raster) => {
                let labels = raster.classes();
                labels.map_err(|error| self.failed(error.to_string()))
            }
            Source::Classes { .. } => Ok(Vec::new()),
        }
    }

    /// The values of a window, `[pixel]`, NaN where missing.
    pub(super) fn read(&self, window: Window) -> Result<Vec<f32>, Error> {
        match &self.source {
            Source::Finished(raster) => {
                let values = raster.read(window);
                values.map_err(|error| self.failed(error.to_string()))
            }
            Source::Classes { .. } => {
                let mut values = vec![f32::NAN; window.n_pixels()];
                self.codes(window, |pixel, code| values[pixel] = to_f32(code))?;
                Ok(values)
            }
        }
    }

    /// Gives the code of each pixel of a window that has a class.
    fn codes(&self, window: Window, mut take: impl FnMut(usize, f64)) -> Result<(), Error> {
        let Source::Classes {
            raster,
            codes,
            grid,
        } = &self.source
        else {
            return Ok(());
        };
        let nodata = raster.nodata();
        let is_class = |stored: f64| {
            let is_labelled = |code: &i64| to_f64(*code) == stored;
            !stored.is_nan()
                && Some(stored) != nodata
                && (codes.is_empty() || codes.iter().any(is_labelled))
        };
        let read = raster.nearest(grid, window, |pixel, stored| {
            if is_class(stored) {
                take(pixel, stored);
            }
        });
        read.map_err(|reason| self.failed(cannot_read(&reason)))
    }

    /// Refuses codes that are no classes.
    fn check_codes(&self, grid: &Grid) -> Result<(), Error> {
        /// Pixels that are read at a time.
        const PART_PIXELS: usize = 1 << 18;
        let height = (PART_PIXELS / grid.width.max(1)).max(1);
        let mut other = None;
        for row in (0..grid.height).step_by(height) {
            let window = Window {
                row,
                height: height.min(grid.height - row),
                ..grid.window()
            };
            self.codes(window, |_, code| {
                if !(code.fract() == 0.0 && (0.0..=MOST).contains(&code)) {
                    other.get_or_insert(code);
                }
            })?;
        }
        match other {
            None => Ok(()),
            Some(code) => Err(self.failed(format!(
                "has the number {code}, and classes are whole numbers from 0 to {MOST}; a raster of codes or of a \
                 quantity can be a zone set"
            ))),
        }
    }

    fn failed(&self, reason: String) -> Error {
        Error::NotReadable {
            path: self.path.clone(),
            reason,
        }
    }
}

/// The largest class.
const MOST: f64 = 254.0;

/// The file of a map of a finished run.
pub(super) fn path_of(dir: &Path, layer: &str) -> PathBuf {
    dir.join(format!("{layer}.tif"))
}

fn cannot_read(reason: &str) -> String {
    format!("cannot be read: {reason}")
}

#[expect(clippy::cast_possible_truncation, reason = "classes are small numbers")]
fn to_f32(code: f64) -> f32 {
    code as f32
}

#[expect(clippy::cast_precision_loss, reason = "codes are small numbers")]
fn to_f64(code: i64) -> f64 {
    code as f64
}
