//! `doline new`.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use crate::draft::{DraftError, draft};

use super::console::{Console, Outcome};
use super::failure::Failure;
use super::local_folder::local_folder;

/// Arguments of `new`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct NewArgs {
    /// The folder with the rasters; folders in it are looked into.
    #[arg(long, value_name = "DIR", default_value = ".")]
    from: PathBuf,

    /// The study file. Paths in it are relative to the folder of the rasters, where it belongs.
    #[arg(
        short,
        long,
        value_name = "FILE",
        value_parser = local_folder(),
        help = "The study file [default: study.toml in the folder]"
    )]
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  doline new --from data
  doline check data/study.toml";

pub(super) fn new(args: &NewArgs, console: Console) -> Result<Outcome, Failure> {
    let path = args
        .out
        .clone()
        .unwrap_or_else(|| args.from.join("study.toml"));
    let failed = |text: String, exit_code: u8| Failure::Reworded {
        texts: vec![text],
        exit_code,
    };
    let made = draft(&args.from).map_err(|error| {
        let exit_code = match error {
            DraftError::Folder(..) | DraftError::NoRaster(..) => 3,
        };
        failed(error.to_string(), exit_code)
    })?;
    // A study file that is there is somebody's work.
    let file = File::create_new(&path);
    let written = file.and_then(|mut file| file.write_all(made.text.as_bytes()));
    written.map_err(|error| {
        let remedy = "name another file by --out";
        failed(
            format!("{} cannot be written: {error}; {remedy}", path.display()),
            4,
        )
    })?;
    if console.json {
        let value = serde_json::json!({
            "path": path.to_string_lossy(), "inputs": made.inputs, "unknown": made.unknown,
        });
        console.result(&value.to_string());
        return Ok(Outcome::Done);
    }
    let listed = |names: &[String]| match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let unknown = match made.unknown.as_slice() {
        [] => String::new(),
        names => format!("; not known, in comments: {}", names.join(", ")),
    };
    let (path, inputs) = (path.display(), listed(&made.inputs));
    console.result(&format!(
        "{path}: inputs {inputs}{unknown}\nlook at what is marked as a guess, then\n  doline check {path}"
    ));
    Ok(Outcome::Done)
}
