//! What can be wrong with the files of an input.

use std::path::{Path, PathBuf};

use crate::grid::Window;
use crate::servers::is_on_server;
use crate::sources::lists::{as_toml, shorten};

/// A file that a pattern asks for and that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFile {
    /// The year that it should hold; `None` if the pattern names none.
    pub year: Option<i32>,
    /// The month that it should hold; `None` if the pattern names none.
    pub month: Option<u32>,
    /// The path looked for.
    pub path: PathBuf,
}

/// A file of an input cannot be found, opened or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Files are missing.
    #[error(
        "input `{input}`: {} missing: {}{}",
        counted(missing.len(), "file is", "files are"), list_missing(missing), declare(missing)
    )]
    MissingFiles {
        /// Input.
        input: String,
        /// Every file that is missing.
        missing: Vec<MissingFile>,
    },

    /// A glob matches nothing.
    #[error(
        "input `{input}`: no file matches {pattern}; patterns start at the folder of the study file"
    )]
    NothingMatches {
        /// Input.
        input: String,
        /// The pattern with its folder.
        pattern: String,
    },

    /// A glob matches several files for one step.
    #[error(
        "input `{input}`: {pattern} matches {n} files ({first}, {second} ...), but one \
         is needed; write more of the name"
    )]
    SeveralMatch {
        /// Input.
        input: String,
        /// The pattern with the year and month filled in.
        pattern: String,
        /// Number of files that match.
        n: usize,
        /// The first of them.
        first: String,
        /// The second of them.
        second: String,
    },

    /// A pattern cannot be used.
    #[error("input `{input}`: {pattern} cannot be used as a file pattern: {reason}")]
    Pattern {
        /// Input.
        input: String,
        /// The pattern.
        pattern: String,
        /// What is wrong with it, and what to write.
        reason: String,
    },

    /// A pattern matches files that cannot be listed.
    #[error("input `{input}`: {pattern} leaves files out: {reason}")]
    Unlisted {
        /// Input.
        input: String,
        /// The pattern.
        pattern: String,
        /// Which, why, and what to do.
        reason: String,
    },

    /// A server lists no file for a pattern.
    #[error("input `{input}`: the server lists no file that matches {pattern}; {way_in}")]
    NotListed {
        /// Input.
        input: String,
        /// The pattern.
        pattern: String,
        /// How to be let in to the server.
        way_in: String,
    },

    /// GDAL cannot open a file.
    #[error("cannot open {} (input `{input}`): {reason}", path.display())]
    Open {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// GDAL's message.
        reason: String,
    },

    /// A file that describes others reaches outside its folder.
    #[error(
        "{} (input `{input}`) only describes where its pixels are, and names {target}, outside its folder; if you trust \
         it, set inputs.{input}.allow_external = true, else bring the files together",
        path.display()
    )]
    External {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// What it names.
        target: String,
    },

    /// More unusable files of an input, after those that are reported each.
    #[error(
        "input `{input}`: {}{n} more of its files cannot be used either",
        if *is_all { "" } else { "at least " }
    )]
    MoreFiles {
        /// Input.
        input: String,
        /// How many.
        n: usize,
        /// Whether every file was scanned.
        is_all: bool,
    },

    /// A file holds several variables, and the study names none.
    #[error(
        "{} (input `{input}`) holds several variables; add `variable = \"...\"` with one of: {}",
        path.display(), variables.join(", ")
    )]
    WhichVariable {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// The variables it holds.
        variables: Vec<String>,
    },

    /// A file does not hold the variable the study names.
    #[error(
        "{} (input `{input}`) has no variable `{variable}`; {}",
        path.display(), offer(variables)
    )]
    NoSuchVariable {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// The variable asked for.
        variable: String,
        /// The variables it holds.
        variables: Vec<String>,
    },

    /// A file has no band.
    #[error("{} (input `{input}`) has no raster band", path.display())]
    NoBands {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
    },

    /// A file declares a size that no raster has.
    #[error(
        "{} (input `{input}`) declares {width} x {height} pixels, more than 2^40; the file is \
         damaged",
        path.display()
    )]
    TooLarge {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Columns declared.
        width: usize,
        /// Rows declared.
        height: usize,
    },

    /// A truncated file.
    #[error(
        "{} (input `{input}`) is truncated: it has {found} bytes, its header says {expected}; \
         download it again",
        path.display()
    )]
    Truncated {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Bytes it has.
        found: u64,
        /// Bytes it should have at least.
        expected: u64,
    },

    /// A block does not fit into memory.
    #[error(
        "{} (input `{input}`) is stored in blocks of {} MiB, but a block may take only {} MiB; \
         rewrite it in tiles: gdal_translate -co TILED=YES -co COMPRESS=DEFLATE, or raise \
         engine.memory",
        path.display(), bytes >> 20, limit >> 20
    )]
    Block {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Bytes of a decoded block.
        bytes: u64,
        /// Bytes that it may take.
        limit: u64,
    },

    /// A chunk of a Zarr store does not fit into memory.
    #[error(
        "{} (input `{input}`) is stored in chunks of {} MiB, but a chunk may take only {} MiB; write it in smaller ones, in \
         xarray by .chunk({{\"y\": 256, \"x\": 256}}).to_zarr(...) without the encoding of the old chunks, or raise \
         engine.memory",
        path.display(), bytes >> 20, limit >> 20
    )]
    Chunk {
        /// Input.
        input: String,
        /// The store.
        path: PathBuf,
        /// Bytes of a decoded chunk.
        bytes: u64,
        /// Bytes that it may take.
        limit: u64,
    },

    /// A band holds complex or unknown numbers.
    #[error(
        "{} band {band} (input `{input}`) has an unsupported data type; convert it: \
         gdal_translate -ot Float32",
        path.display()
    )]
    DataType {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Band, counted from 1.
        band: usize,
    },

    /// Files of one time are side by side but cannot be joined.
    #[error("input `{input}`: {first} and {second} are side by side but cannot be joined: {why}")]
    Mosaic {
        /// Input.
        input: String,
        /// One file.
        first: String,
        /// Another.
        second: String,
        /// Why, and what to do.
        why: String,
    },

    /// A time lacks tiles that others have.
    #[error(
        "input `{input}`: {time} has no tile where other times have {like} ({bounds}){}; get it, or, if there is none, let \
         such pixels be missing: set inputs.{input}.allow_missing_tiles = true",
        match n { 1 => String::new(), n => format!(", and {} more are lacking", n - 1) }
    )]
    LackingTiles {
        /// Input.
        input: String,
        /// Tiles that are lacking, over all times.
        n: usize,
        /// The first time that lacks one.
        time: String,
        /// The file of another time that has it.
        like: String,
        /// Where it is.
        bounds: String,
    },

    /// Files or bands of one input disagree.
    #[error(
        "input `{input}`: its files or bands disagree on {what}: {other} has {}, {one} has {}; set \
         `{what}` in the study, or make the files agree",
        values[1], values[0]
    )]
    Differ {
        /// Input.
        input: String,
        /// The key that would decide: `units`, `scale` or `offset`.
        what: &'static str,
        /// A file or band.
        one: String,
        /// The first that differs.
        other: String,
        /// The two values.
        values: Box<[String; 2]>,
    },

    /// A scale that loses all information.
    #[error(
        "{} (input `{input}`) is scaled by {scale}; set `scale` to a finite number other than 0",
        path.display()
    )]
    Scale {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// The scale.
        scale: f64,
    },

    /// A block, or what is read of it, cannot be read.
    #[error(
        "cannot read {} band {band} (input `{input}`) at {window}, block row {} and column {}: {reason}; {}",
        path.display(), block[0], block[1], remedy_of_reading(path)
    )]
    Read {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Band, counted from 1.
        band: usize,
        /// Row and column of the block among the blocks of the file, from 0.
        block: [usize; 2],
        /// Its pixels in the file.
        window: Box<Window>,
        /// GDAL's message.
        reason: String,
    },
}

/// What to do about a block that cannot be read.
fn remedy_of_reading(path: &Path) -> &'static str {
    if is_on_server(&path.to_string_lossy()) {
        return "the server may not have given it: run again, let GDAL ask several times with GDAL_HTTP_MAX_RETRY=3 in \
                the environment, or copy the file first";
    }
    "the file may be truncated or damaged: get it again, or let what cannot be read be missing with \
     engine.on_error = \"skip\""
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// How to declare that files do not exist.
fn declare(missing: &[MissingFile]) -> String {
    let time = |file: &MissingFile| {
        file.year.map(|year| {
            crate::calendar::Time {
                year,
                month: file.month,
            }
            .to_string()
        })
    };
    let times: Option<Vec<String>> = missing.iter().map(time).collect();
    times.map_or_else(String::new, |times| {
        format!(". If none exist, add `missing = [{}]`", as_toml(&times))
    })
}

fn list_missing(missing: &[MissingFile]) -> String {
    let lines: Vec<String> = missing
        .iter()
        .map(|file| {
            let path = file.path.display();
            match (file.year, file.month) {
                (Some(year), Some(month)) => format!("{year}-{month:02} (looked for {path})"),
                (Some(year), None) => format!("{year} (looked for {path})"),
                _ => path.to_string(),
            }
        })
        .collect();
    shorten(&lines)
}

fn offer(variables: &[String]) -> String {
    if variables.is_empty() {
        "it holds one raster; leave `variable` out".to_owned()
    } else {
        format!("it holds: {}", variables.join(", "))
    }
}
