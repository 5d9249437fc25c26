//! The error of a whole run, and the exit code that each kind has.

#[cfg(feature = "gdal")]
mod parts;
mod remedies;

#[cfg(feature = "gdal")]
pub use parts::PartsError;

use crate::engines::EngineError;
use crate::study::StudyError;

/// What can end a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The study file, or an argument, is wrong.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// The study asks for what its inputs cannot support.
    #[error(transparent)]
    Chain(#[from] crate::chain::ChainError),
    /// A coefficient that the model does not have.
    #[error("respiration.parameters: {0}")]
    Parameter(#[from] crate::kernels::coefficients::ParameterError),
    /// An uncertain coefficient that the model does not have, or whose distribution makes no sense for it.
    #[error("uncertainty.parameters: {0}")]
    Uncertain(crate::kernels::coefficients::ParameterError),
    /// A part of the study file that this version does not compute.
    #[error("{key} = {value} is not available in this version; {remedy}")]
    NotAvailable {
        /// The key.
        key: &'static str,
        /// Its value.
        value: String,
        /// What to do instead.
        remedy: String,
    },
    /// An input of the carbon balance whose years are not those of the study, or that is given as departures.
    #[error(
        "inputs.{input}.{key}: NEP, Rs or Rh of this study reads {input} itself, of the same months and years; state the files a second \
         time as an input of another name, with `{key}` and the `aggregate` that it needs, and name that one as driver"
    )]
    Shifted {
        /// The input.
        input: String,
        /// `months`, `lag` or `anomaly`.
        key: &'static str,
    },
    /// A unit that cannot be converted.
    #[error("inputs.{input}.units: {source}")]
    Unit {
        /// The input.
        input: String,
        /// What is wrong with it.
        source: crate::units::UnitError,
    },
    /// The files of an input state a unit that cannot be converted.
    #[error(
        "inputs.{input}: its files state the unit {word:?}: {source}; state `units` if that is not \
         their unit"
    )]
    FileUnit {
        /// The input.
        input: String,
        /// The word in the files.
        word: String,
        /// What is wrong with it.
        source: Box<crate::units::UnitError>,
    },
    /// The tests of trend cannot be measured.
    #[error(transparent)]
    Calibrate(crate::calibrate::CalibrateError),
    /// The memory budget is too small.
    #[error(transparent)]
    Budget(#[from] crate::tiling::BudgetTooSmall),
    /// The plan takes more memory than the process may have.
    #[error(
        "the run takes {} MiB of memory, and {what} {} MiB: set a smaller engine.memory, or raise the limit",
        (needed_bytes >> 20) + 1, left_bytes >> 20
    )]
    Memory {
        /// What the plan takes on the host.
        needed_bytes: u64,
        /// What it may have.
        left_bytes: u64,
        /// What bounds it, with its verb.
        what: &'static str,
    },
    /// Coefficients that leave no respiration anywhere.
    #[error(
        "{series} is missing in every pixel and year with respiration.parameters {coefficients}: there is no finite \
         result; check these numbers and their units"
    )]
    NoRespiration {
        /// The series.
        series: String,
        /// The coefficients that the study states.
        coefficients: String,
    },
    /// An input cannot be read, or is inconsistent.
    #[cfg(feature = "gdal")]
    #[error(transparent)]
    Source(#[from] crate::sources::SourceError),
    /// A zone set cannot be used.
    #[cfg(feature = "gdal")]
    #[error(transparent)]
    Zones(#[from] crate::zones::ZoneError),
    /// The area of pixels on the ellipsoid cannot be had.
    #[cfg(feature = "gdal")]
    #[error("grid.area = \"ellipsoid\": {0}; set grid.area = \"nominal\"")]
    Area(#[from] crate::zones::AreaError),
    /// Field data cannot be used.
    #[error(transparent)]
    Sites(#[from] crate::sites::SitesError),
    /// Values that cannot be the quantity that the study states.
    #[error(
        "inputs.{input}: a sample of its values has {seen}, which cannot be {input}: {hint}; or \
         set inputs.{input}.check_range = false"
    )]
    Implausible {
        /// The input.
        input: String,
        /// What a sample has after decoding, in its unit.
        seen: String,
        /// A likely cause, and the key to change.
        hint: &'static str,
    },
    /// An input without a single value in any pixel and step of the study.
    #[error("inputs.{input}: every value of the whole study is missing{found}")]
    AllMissing {
        /// The input.
        input: String,
        /// Its files, what they contain instead of values, and what to check.
        found: String,
    },
    /// What a finished run left, or a map for tables, cannot be read.
    #[error("{}: {reason}", path.display())]
    NotReadable {
        /// The file or folder.
        path: std::path::PathBuf,
        /// Why not, and what to do.
        reason: String,
    },
    /// A map that a run did not make.
    #[error("the run in {} made no map {name}{hint}", dir.display())]
    NoMap {
        /// The folder of the run.
        dir: std::path::PathBuf,
        /// What was asked for.
        name: String,
        /// The nearest one, as a question.
        hint: String,
    },
    /// The output cannot be written.
    #[cfg(feature = "gdal")]
    #[error(transparent)]
    Sink(#[from] crate::sinks::SinkError),
    /// The engine cannot start or failed.
    #[error("{}", remedies::with_remedies(.0))]
    Engine(#[from] EngineError),
    /// Several independent problems; never empty.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<Error>),
    /// The unfinished run in the folder of the outputs is another than the one to go on with.
    #[error(
        "the unfinished run in {} cannot be resumed: {what}; start it anew without --resume, or choose another folder \
         with --out",
        dir.display()
    )]
    OtherRun {
        /// The folder.
        dir: std::path::PathBuf,
        /// What differs.
        what: String,
    },
    /// An input changed since an unfinished run read it.
    #[error(
        "{} changed since the unfinished run in {} read it: {what}; start it anew without --resume",
        path.display(),
        dir.display()
    )]
    InputChanged {
        /// The folder of the outputs.
        dir: std::path::PathBuf,
        /// The file.
        path: std::path::PathBuf,
        /// How it changed.
        what: String,
    },
    /// A run in parts cannot go on.
    #[cfg(feature = "gdal")]
    #[error(transparent)]
    Parts(#[from] PartsError),
    /// The user stopped the run.
    #[error("stopped; no output was left")]
    Stopped,
    /// The user stopped a run that did not end by itself in time.
    #[error("stopped; the same command with --resume goes on from the last checkpoint")]
    Interrupted,
    /// The user stopped a run that can be gone on with.
    #[error(
        "stopped after {tiles} of {of} tiles; the same command with --resume goes on from there"
    )]
    Paused {
        /// Tiles that are kept.
        tiles: usize,
        /// Tiles in all.
        of: usize,
    },
}

impl Error {
    /// All of these as one; `None` without any. A single one stays as it is.
    #[must_use]
    pub fn of(mut errors: Vec<Self>) -> Option<Self> {
        match errors.len() {
            0 => None,
            1 => errors.pop(),
            _ => Some(Self::Several(errors)),
        }
    }

    /// Each problem.
    #[must_use]
    pub fn each(&self) -> Vec<&Self> {
        match self {
            Self::Several(errors) => errors.iter().flat_map(Self::each).collect(),
            one => vec![one],
        }
    }

    /// The exit code of the command, as the README lists them.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Study(_)
            | Self::Chain(_)
            | Self::Parameter(_)
            | Self::Uncertain(_)
            | Self::NotAvailable { .. }
            | Self::Unit { .. }
            | Self::Shifted { .. }
            | Self::Calibrate(_)
            | Self::OtherRun { .. }
            | Self::NoRespiration { .. }
            | Self::NoMap { .. }
            | Self::Budget(_) => 2,
            #[cfg(feature = "gdal")]
            Self::Source(error) => {
                if error.is_of_the_study_file() {
                    2
                } else {
                    3
                }
            }
            #[cfg(feature = "gdal")]
            Self::Zones(error) => {
                if error.is_of_the_study_file() {
                    2
                } else {
                    3
                }
            }
            Self::Sites(error) => {
                if error.is_of_the_study_file() {
                    2
                } else {
                    3
                }
            }
            #[cfg(feature = "gdal")]
            Self::Area(_) => 2,
            Self::FileUnit { .. }
            | Self::Implausible { .. }
            | Self::AllMissing { .. }
            | Self::InputChanged { .. }
            | Self::NotReadable { .. } => 3,
            #[cfg(feature = "gdal")]
            Self::Sink(
                crate::sinks::SinkError::Journal { .. } | crate::sinks::SinkError::Part { .. },
            ) => 3,
            #[cfg(feature = "gdal")]
            Self::Parts(error) if error.is_of_the_command() => 2,
            #[cfg(feature = "gdal")]
            Self::Parts(_) => 3,
            #[cfg(feature = "gdal")]
            Self::Sink(error) if error.is_of_memory() => 5,
            #[cfg(feature = "gdal")]
            Self::Sink(_) => 4,
            Self::Memory { .. } => 5,
            Self::Engine(EngineError::NoAdapter { .. }) => 2,
            Self::Engine(_) => 5,
            // Errors in the study file come first: 2 before 3, 4 and 5.
            Self::Several(errors) => errors.iter().map(Self::exit_code).min().unwrap_or(2),
            Self::Stopped | Self::Interrupted | Self::Paused { .. } => 130,
        }
    }
}

impl From<crate::calibrate::CalibrateError> for Error {
    fn from(error: crate::calibrate::CalibrateError) -> Self {
        use crate::calibrate::CalibrateError;
        match error {
            // These have exit codes of their own.
            CalibrateError::Engine(error) => Self::Engine(error),
            CalibrateError::Chain(error) => Self::Chain(error),
            other => Self::Calibrate(other),
        }
    }
}
