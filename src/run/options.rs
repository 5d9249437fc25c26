//! What a caller may change of a study, and what a run reports on its way.

use std::path::PathBuf;

use crate::study::Device;

use super::other_maps::OtherMaps;
use super::plan::Plan;

/// What a caller may change of a study.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Another folder than `output.dir`.
    pub out: Option<PathBuf>,
    /// Another device than `engine.device`.
    pub device: Option<Device>,
    /// Rows and columns of a tile, instead of what the memory budget gives. No output depends on it.
    pub tile: Option<[usize; 2]>,
    /// The command line, for the record.
    pub command: String,
    /// Whether to calibrate the tests of trend, whatever the study states.
    pub calibrate: bool,
    /// The study that the arguments of a command without a study file amount to, for the record.
    pub arguments_as_study: Option<String>,
    /// Maps that the run does not make, for its tables.
    pub other_maps: OtherMaps,
    /// The tables that are written, such as `tables/sites.csv`; `None` writes all.
    pub tables: Option<&'static [&'static str]>,
    /// What a reader of the tables should know; a sentence each.
    pub notes: Vec<String>,
    /// The name of the record under the output folder, instead of `run.json`.
    pub record: Option<&'static str>,
    /// Whether the state of the run is kept on the way, so that one that ends early, by whatever, can be gone on with.
    pub keeps_journal: bool,
    /// Whether to go on with the unfinished run of this study in the folder of the outputs, if there is one.
    pub resume: bool,
    /// Tiles from one checkpoint to the next, instead of seconds: for tests of interruptions.
    #[doc(hidden)]
    pub checkpoint_tiles: Option<usize>,
    /// Submissions at which the first, the second ... device is lost: for tests of the recovery.
    #[doc(hidden)]
    pub device_faults: Vec<u64>,
}

/// What a run reports on its way.
#[derive(Debug)]
pub enum Event<'a> {
    /// Everything is opened and checked. Nothing is written yet; from here on it may be.
    Opened,
    /// Everything is opened and checked. The first tile comes next.
    Planned {
        /// What will be done.
        plan: &'a Plan,
        /// What computes, and why.
        engine: &'a str,
    },
    /// A tile is written.
    Tile {
        /// Pixels so far.
        pixels: usize,
        /// Pixels in all.
        of: usize,
    },
    /// Something went wrong and the run dealt with it.
    Warning(&'a str),
    /// What the user may want to know; nothing is wrong.
    Remark(&'a str),
    /// Everything is complete, and the files get their names now.
    Publishing,
    /// All tiles are computed. Maps over all pixels, tables and files are being completed.
    Finishing,
}
