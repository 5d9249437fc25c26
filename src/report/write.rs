//! Writes the page into the folder of its run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::sinks::SinkError;

use super::page::page;

/// The name of the page in the folder of its run.
pub const NAME: &str = "report.html";

/// What a page shows beside what every page does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageOptions {
    /// Further maps, by their paths without ending, such as `maps/nep_cv`.
    pub maps: Vec<String>,
}

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
    let unfinished = tempfile::Builder::new()
        .prefix(".report-")
        .suffix(".html")
        .tempfile_in(dir)
        .map_err(failed)?;
    fs::write(unfinished.path(), &text).map_err(failed)?;
    readable_as_others(dir, unfinished.path()).map_err(failed)?;
    unfinished
        .persist(&path)
        .map_err(|error| failed(error.error))?;
    Ok(Written {
        path,
        bytes: text.len() as u64,
    })
}

/// Temporary files are for their owner alone; the page is for whoever may read the record beside it.
fn readable_as_others(dir: &Path, page: &Path) -> std::io::Result<()> {
    let permissions = fs::metadata(dir.join("run.json"))?.permissions();
    fs::set_permissions(page, permissions)
}
