//! Who a run is: what its outputs depend on, in words that can be compared.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::engines::cpu::without_threads;
use crate::error::Error;
use crate::grid::Blocks;
use crate::run::plan::Plan;
use crate::run::record::gdal_version;
use crate::sources::{FileStamp, InputFile};
use crate::study::{Study, sha256_of};

/// A value of the study file that is longer is not shown in a message.
const MOST_SHOWN: usize = 60;

/// What the outputs of a run depend on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::run) struct Identity {
    doline: String,
    gdal: String,
    /// The study file with its overrides.
    study: String,
    /// What computes.
    device: String,
    grid: String,
    tiles: String,
    files: Vec<FileIdentity>,
}

/// In what a run is not another one.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) enum Difference {
    /// Something of its own, in words.
    Run(String),
    /// A file that it reads.
    Input {
        /// The file.
        path: PathBuf,
        /// How it changed.
        what: String,
    },
}

/// A file that a run reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct FileIdentity {
    path: String,
    bytes: u64,
    /// Last change, nanoseconds since 1970 UTC.
    modified_ns: Option<u128>,
}

impl Identity {
    /// That of a run.
    ///
    /// # Arguments
    ///
    /// * `device` - the name of its engine.
    pub(in crate::run) fn of(study: &Study, plan: &Plan, device: &str) -> Self {
        let tiling = &plan.tiling;
        let tiles = format!(
            "{} of {} x {}",
            tiling.windows.len(),
            tiling.height,
            tiling.width
        );
        Self::with_tiles(study, plan, without_threads(device).to_owned(), tiles)
    }

    /// That of all parts of a run: each may cut its blocks into tiles as it likes, and says itself what computes.
    pub(in crate::run) fn of_parts(study: &Study, plan: &Plan) -> Self {
        let Blocks { block, cell, .. } = plan.tiling.blocks;
        let blocks = format!("blocks of {block:?} in cells of {cell:?}");
        Self::with_tiles(study, plan, String::new(), blocks)
    }

    /// The same of a study of another text.
    pub(in crate::run) fn with_study(&self, study: &Study) -> Self {
        Self {
            doline: env!("CARGO_PKG_VERSION").to_owned(),
            gdal: gdal_version(),
            study: study.toml.clone(),
            ..self.clone()
        }
    }

    /// The SHA-256 of all of it, as hexadecimal digits.
    pub(in crate::run) fn sha256(&self) -> String {
        // Texts and numbers always have a JSON.
        sha256_of(&serde_json::to_vec(self).unwrap_or_default())
    }

    fn with_tiles(study: &Study, plan: &Plan, device: String, tiles: String) -> Self {
        let grid = &plan.grid;
        let inputs = plan.stacks.inputs().iter().flat_map(|input| &input.files);
        let mut files: Vec<FileIdentity> = inputs.flat_map(of_input_file).collect();
        let mask = study.grid.mask.as_ref().map(|mask| study.resolve(mask));
        let sites = study.sites.as_ref().map(|sites| study.resolve(&sites.file));
        let zones = plan.zones.iter().filter_map(|set| set.notes.path.clone());
        let others = mask.into_iter().chain(sites).chain(zones);
        files.extend(others.map(|path| of_file(&path)));
        Self {
            doline: env!("CARGO_PKG_VERSION").to_owned(),
            gdal: gdal_version(),
            study: study.toml.clone(),
            device,
            grid: format!(
                "{} x {} pixels, {:?}, {}",
                grid.width, grid.height, grid.transform, grid.crs_wkt
            ),
            tiles,
            files,
        }
    }

    /// Refuses to go on with the run that `was` is, by the first thing that differs.
    ///
    /// # Errors
    ///
    /// It is another run, or an input changed.
    pub(in crate::run) fn check(&self, was: &Self, out: &Path) -> Result<(), Error> {
        let Some(difference) = self.difference(was) else {
            return Ok(());
        };
        let dir = out.to_owned();
        Err(match difference {
            Difference::Run(what) => Error::OtherRun { dir, what },
            Difference::Input { path, what } => Error::InputChanged { dir, path, what },
        })
    }

    /// The first thing in which this run is not the one that `was` is.
    pub(in crate::run) fn difference(&self, was: &Self) -> Option<Difference> {
        let differ = |what: &str, was: &str, is: &str| {
            (was != is).then(|| Difference::Run(format!("{what} was {was} and is {is}")))
        };
        differ("the version of Doline", &was.doline, &self.doline)
            .or_else(|| differ("the version of GDAL", &was.gdal, &self.gdal))
            .or_else(|| difference_of_studies(&was.study, &self.study).map(Difference::Run))
            .or_else(|| differ("the device (--device)", &was.device, &self.device))
            .or_else(|| self.changed_input(was))
            .or_else(|| differ("the grid", &was.grid, &self.grid))
            .or_else(|| differ("the tiling", &was.tiles, &self.tiles))
    }

    /// The first input that is not what it was.
    fn changed_input(&self, was: &Self) -> Option<Difference> {
        let changed = |path: &str, what: String| Difference::Input {
            path: path.into(),
            what,
        };
        let both = self.files.iter().zip(&was.files);
        let first = both.into_iter().find(|(is, was)| is != was);
        if let Some((is, was)) = first {
            let what = if is.path != was.path {
                format!("{} was in its place", was.path)
            } else if is.bytes == was.bytes {
                "its time of change is another".to_owned()
            } else {
                format!("it had {} bytes and has {}", was.bytes, is.bytes)
            };
            return Some(changed(&is.path, what));
        }
        let (n_is, n_was) = (self.files.len(), was.files.len());
        let last = self.files.last().filter(|_| n_is != n_was)?;
        let what = format!("there were {n_was} files to read and are {n_is}");
        Some(changed(&last.path, what))
    }
}

/// The first key of two studies that differs, with both values.
fn difference_of_studies(was: &str, is: &str) -> Option<String> {
    if was == is {
        return None;
    }
    let table = |text: &str| text.parse::<Table>().unwrap_or_default();
    let found = difference_of_tables(&table(was), &table(is), "");
    Some(found.unwrap_or_else(|| "the study file is another".to_owned()))
}

fn difference_of_tables(was: &Table, is: &Table, prefix: &str) -> Option<String> {
    let keys = was
        .keys()
        .chain(is.keys().filter(|key| !was.contains_key(*key)));
    keys.into_iter().find_map(|key| {
        let path = format!("{prefix}{key}");
        match (was.get(key), is.get(key)) {
            (was, is) if was == is => None,
            (Some(Value::Table(was)), Some(Value::Table(is))) => {
                difference_of_tables(was, is, &format!("{path}."))
            }
            (was, is) => Some(difference_of_values(&path, was, is)),
        }
    })
}

fn difference_of_values(path: &str, was: Option<&Value>, is: Option<&Value>) -> String {
    let shown =
        |value: Option<&Value>| value.map_or_else(|| "not stated".to_owned(), ToString::to_string);
    let (was, is) = (shown(was), shown(is));
    if was.len().max(is.len()) > MOST_SHOWN {
        return format!("`{path}` of the study is another");
    }
    format!("`{path}` of the study was {was} and is {is}")
}

fn of_input_file(file: &InputFile) -> Vec<FileIdentity> {
    if !file.tiles.is_empty() {
        return file.tiles.iter().flat_map(of_input_file).collect();
    }
    let own = FileIdentity {
        path: whole_path(&file.path),
        bytes: file.bytes,
        modified_ns: file.modified.and_then(nanoseconds),
    };
    // The file of `NETCDF:"t.nc":tas`, the archive of `/vsizip/a.zip/b.tif`, the parts of a mosaic.
    let behind = file.stamps.iter().filter(|(path, _)| *path != file.path);
    let behind = behind.map(|(path, stamp)| FileIdentity {
        path: whole_path(path),
        bytes: stamp.bytes(),
        modified_ns: stamp.modified().and_then(nanoseconds),
    });
    std::iter::once(own).chain(behind).collect()
}

fn of_file(path: &Path) -> FileIdentity {
    let stamp = FileStamp::of(path);
    FileIdentity {
        path: whole_path(path),
        bytes: stamp.map_or(0, |stamp| stamp.bytes()),
        modified_ns: stamp
            .and_then(|stamp| stamp.modified())
            .and_then(nanoseconds),
    }
}

/// The path from the root, so that the folder in which a command is given does not matter.
fn whole_path(path: &Path) -> String {
    let whole = path.canonicalize();
    whole.as_deref().unwrap_or(path).display().to_string()
}

fn nanoseconds(time: SystemTime) -> Option<u128> {
    Some(time.duration_since(UNIX_EPOCH).ok()?.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Identity);

    fn identity() -> Identity {
        let file = |path: &str| FileIdentity {
            path: path.to_owned(),
            bytes: 10,
            modified_ns: Some(5),
        };
        Identity {
            doline: "0.1.0".to_owned(),
            gdal: "3.6.2".to_owned(),
            study: "[trend]\nalpha = 0.05\n[engine]\nmemory = \"1GiB\"\n".to_owned(),
            device: "cpu".to_owned(),
            grid: "2 x 3 pixels".to_owned(),
            tiles: "6 of 1 x 1".to_owned(),
            files: vec![file("a.tif"), file("b.tif")],
        }
    }

    fn refusal(change: impl Fn(&mut Identity)) -> (u8, String) {
        let mut is = identity();
        change(&mut is);
        let error = is
            .check(&identity(), Path::new("out"))
            .expect_err("refused");
        (error.exit_code(), error.to_string())
    }

    #[test]
    fn the_same_run_goes_on_and_another_is_told_what_differs() {
        assert!(identity().check(&identity(), Path::new("out")).is_ok());
        let cases: [(Change, u8, &str); 8] = [
            (
                |is| is.doline = "0.2.0".to_owned(),
                2,
                "was 0.1.0 and is 0.2.0",
            ),
            (
                |is| is.device = "llvmpipe".to_owned(),
                2,
                "the device (--device) was cpu and is llvmpipe",
            ),
            (
                |is| is.tiles = "3 of 2 x 1".to_owned(),
                2,
                "tiling was 6 of 1 x 1",
            ),
            (
                |is| is.study = is.study.replace("0.05", "0.1"),
                2,
                "`trend.alpha` of the study was 0.05 and is 0.1",
            ),
            (
                |is| is.study = is.study.replace("alpha = 0.05", ""),
                2,
                "`trend.alpha` of the study was 0.05 and is not stated",
            ),
            (|is| is.files[1].bytes = 11, 3, "b.tif changed"),
            (|is| is.files[0].modified_ns = Some(6), 3, "time of change"),
            (
                |is| is.files.truncate(1),
                3,
                "there were 2 files to read and are 1",
            ),
        ];
        for (change, code, words) in cases {
            let (found, text) = refusal(change);
            assert!(text.contains(words) && text.contains("--resume"), "{text}");
            assert_eq!(found, code, "{text}");
        }
    }
}
