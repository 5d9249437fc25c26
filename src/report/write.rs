//! Writes the page into the folder of its run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::sinks::SinkError;

use super::options::PageOptions;
use super::page::page;

/// The name of the page in the folder of its run.
pub const NAME: &str = "report.html";

/// Its name until it is complete.
const UNFINISHED: &str = ".doline-report.html";

/// A page that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// Makes the page of the run in a folder. A page that is there already is replaced at once.
///
/// # Errors
///
/// No run has finished in the folder, one of its files cannot be read, or the page cannot be written.
pub fn write(dir: &Path, options: &PageOptions) -> Result<Written, Error> {
    let text = page(dir, options)?;
    let path = dir.join(NAME);
    let failed = |error: std::io::Error| {
        Error::Sink(SinkError::Write {
            path: path.clone(),
            reason: error.to_string(),
        })
    };
    // One name for all runs, so that what a run that was killed left is replaced by the next.
    let unfinished = dir.join(UNFINISHED);
    let written = fs::write(&unfinished, &text).and_then(|()| fs::rename(&unfinished, &path));
    if let Err(error) = written {
        let _ = fs::remove_file(&unfinished);
        return Err(failed(error));
    }
    Ok(Written {
        path,
        bytes: text.len() as u64,
    })
}
