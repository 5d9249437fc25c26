//! `doline report`, and the page that ends a run.

use std::path::{Path, PathBuf};

use crate::report::{PageOptions, Written, write};
use crate::run::RunRecord;
use crate::study::Study;

use super::console::{Console, Outcome};
use super::failure::Failure;
use super::text::bytes;

/// Arguments of `report`.
#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// The folder that a run left.
    dir: PathBuf,

    /// A further map on the page, by its name in `maps`; may be given more than once.
    #[arg(long = "map", value_name = "NAME")]
    maps: Vec<String>,
}

pub(super) fn report(args: &ReportArgs, console: Console) -> Result<Outcome, Failure> {
    let options = PageOptions {
        maps: args.maps.clone(),
    };
    let written = write(&args.dir, &options)?;
    let path = written.path.display();
    if console.json {
        let path = written.path.to_string_lossy();
        let text = serde_json::json!({"page": path, "bytes": written.bytes});
        console.result(&text.to_string());
    } else {
        console.result(&format!("{path}, {}", bytes(written.bytes)));
    }
    Ok(Outcome::Done)
}

/// The page of a run that has just finished; none where the study does not want it, and then none of an earlier run stays.
pub(super) fn page_of(study: &Study, record: &RunRecord) -> Result<Option<Written>, Failure> {
    if study.output.report {
        return Ok(Some(write(&record.output_dir, &PageOptions::default())?));
    }
    remove_earlier(&record.output_dir);
    Ok(None)
}

/// Removes the page of an earlier run in the folder: it would tell of other numbers than those beside it.
fn remove_earlier(dir: &Path) {
    // Where there is none, or it cannot be removed, the results of the run are good all the same.
    let _ = std::fs::remove_file(dir.join(crate::report::NAME));
}
