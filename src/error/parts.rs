//! Why a run in parts cannot go on.

use std::path::PathBuf;

/// A run in parts cannot go on. All but wrong numbers of parts end the command with exit code 3.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PartsError {
    /// The folder has no plan of parts.
    #[error(
        "{} has no run in parts; begin with `doline split STUDY --parts N -o {}`",
        dir.display(), dir.display()
    )]
    NoPlan {
        /// The folder of the outputs.
        dir: PathBuf,
    },
    /// The plan of the parts cannot be read.
    #[error("{}: {reason}; remove the folder that it is in, and split the study again", path.display())]
    Plan {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The plan of the parts is there, and the system does not give it.
    #[error("cannot read {}: {reason}", path.display())]
    PlanUnreadable {
        /// Its file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The number of parts makes no sense, or is not that of the plan.
    #[error("{what}")]
    Number {
        /// What is wrong, and what to do.
        what: String,
    },
    /// The parts in the folder are those of another run.
    #[error(
        "the parts in {} are of another run: {what}; go on with that one, or choose another folder with --out",
        dir.display()
    )]
    OtherRun {
        /// The folder of the parts.
        dir: PathBuf,
        /// What differs.
        what: String,
    },
    /// An input changed since the study was split, or since a part read it.
    #[error(
        "{} changed since {} was planned: {what}; remove that folder, and compute all parts again",
        path.display(), dir.display()
    )]
    InputChanged {
        /// The folder of the parts.
        dir: PathBuf,
        /// The file.
        path: PathBuf,
        /// How it changed.
        what: String,
    },
    /// Parts are not there yet.
    #[error(
        "{} of {of} parts are missing in {}: {}; `doline status` says why",
        missing.len(), dir.display(), ranges(missing)
    )]
    Missing {
        /// The folder of the outputs.
        dir: PathBuf,
        /// Parts that are missing.
        missing: Vec<usize>,
        /// Parts in all.
        of: usize,
    },
    /// What a part left is not what it wrote.
    #[error(
        "part {part} is damaged: {reason}; remove {} and compute it again: `doline run STUDY -o {} --part {part}/{of}`",
        dir.display(), out.display()
    )]
    Damaged {
        /// The part.
        part: usize,
        /// Parts in all.
        of: usize,
        /// Its folder.
        dir: PathBuf,
        /// The folder of the outputs.
        out: PathBuf,
        /// Which file, and what is wrong with it.
        reason: String,
    },
    /// Parts were computed by different devices, which the caller does not want.
    #[error(
        "the parts were computed by different devices: {}; remove the folders of some, {}, and compute these again by one device, or join without --strict",
        devices_of(parts).join(", "), by_device(parts)
    )]
    Devices {
        /// The folder of each part with its device.
        parts: Vec<(PathBuf, String)>,
    },
}

impl PartsError {
    /// Whether the command itself is wrong.
    #[must_use]
    pub fn is_of_the_command(&self) -> bool {
        matches!(self, Self::Number { .. })
    }
}

/// What computed parts, each once.
fn devices_of(parts: &[(PathBuf, String)]) -> Vec<&str> {
    let mut devices: Vec<&str> = parts.iter().map(|(_, device)| device.as_str()).collect();
    devices.sort_unstable();
    devices.dedup();
    devices
}

/// Where the parts of each device are, the first few of them.
fn by_device(parts: &[(PathBuf, String)]) -> String {
    const MOST: usize = 3;
    let of_device = |device: &str| {
        let mut folders = parts.iter().filter(|(_, by)| by == device);
        let first: Vec<String> = (&mut folders)
            .take(MOST)
            .map(|(dir, _)| dir.display().to_string())
            .collect();
        let more = folders.count();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("{}{more} ({device})", first.join(", "))
    };
    let texts: Vec<String> = devices_of(parts).into_iter().map(of_device).collect();
    texts.join("; ")
}

/// Numbers in order, those that follow each other as a range.
fn ranges(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let words = runs.map(|run| match run {
        [first, .., last] => format!("{first}-{last}"),
        [only] => only.to_string(),
        [] => String::new(),
    });
    words.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_follow_each_other_are_a_range() {
        assert_eq!(ranges(&[0, 2, 3, 4, 9, 10]), "0,2-4,9-10");
        assert_eq!(ranges(&[]), "");
    }
}
