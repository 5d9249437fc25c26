//! `doline report`, and the page that ends a run.

use std::path::{Path, PathBuf};

use crate::report::{
    ColumnWidth, DOTS_PER_INCH, FIGURES, FigureOptions, PageOptions, TABLES_AGAIN, Written,
    WrittenFigures, write, write_figures,
};
use crate::run::RunRecord;
use crate::study::Study;

use super::console::{Console, Outcome};
use super::failure::Failure;
use super::local_folder::local_folder;
use super::text::bytes;

/// Arguments of `report`.
#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// The folder that a run left.
    #[arg(value_parser = local_folder())]
    dir: PathBuf,

    /// A further map on the page, by its name in `maps`; may be given more than once.
    #[arg(long = "map", value_name = "NAME")]
    maps: Vec<String>,

    /// Maps and charts as SVG and PNG of 300 dpi too, with captions, in DIR/figures.
    #[arg(long)]
    figures: bool,

    /// Width of figures in mm: a column of a journal, or its page.
    #[arg(long, value_name = "MM", value_parser = ["89", "183"], default_value = "89", requires = "figures")]
    width: String,
}

pub(super) fn report(args: &ReportArgs, console: Console) -> Result<Outcome, Failure> {
    let options = PageOptions {
        maps: args.maps.clone(),
    };
    let written = write(&args.dir, &options)?;
    let figures = args.figures.then(|| figures(args)).transpose()?;
    let path = written.path.display();
    if console.json {
        let path = written.path.to_string_lossy();
        let mut text = serde_json::json!({"page": path, "bytes": written.bytes});
        if let Some(figures) = figures {
            let dir = figures.dir.to_string_lossy();
            text["figures"] =
                serde_json::json!({"dir": dir, "names": figures.names, "bytes": figures.bytes});
        }
        console.result(&text.to_string());
    } else {
        console.result(&format!("{path}, {}", bytes(written.bytes)));
        if let Some(figures) = figures {
            console.result(&format!(
                "{}: {} figures as SVG and PNG of {DOTS_PER_INCH} dpi, {} mm wide, with captions.md, {}",
                figures.dir.display(),
                figures.names.len(),
                args.width,
                bytes(figures.bytes)
            ));
        }
    }
    Ok(Outcome::Done)
}

/// The figures beside the page.
fn figures(args: &ReportArgs) -> Result<WrittenFigures, Failure> {
    let width = match args.width.as_str() {
        "183" => ColumnWidth::Two,
        _ => ColumnWidth::One,
    };
    let options = FigureOptions {
        width,
        maps: args.maps.clone(),
    };
    Ok(write_figures(&args.dir, &options)?)
}

/// The page of a run that has just finished; none where the study does not want it, and then none of an earlier run stays.
pub(super) fn page_of(study: &Study, record: &RunRecord) -> Result<Option<Written>, Failure> {
    forget_tables_made_again(&record.output_dir);
    if study.output.report {
        return Ok(Some(write(&record.output_dir, &PageOptions::default())?));
    }
    remove_earlier(&record.output_dir);
    Ok(None)
}

/// Removes the record of tables that were made again of an earlier run in the folder: its tables are replaced.
pub(super) fn forget_tables_made_again(dir: &Path) {
    // As above.
    let _ = std::fs::remove_file(dir.join(TABLES_AGAIN));
}

/// Which figures of an earlier state of the folder are still there, and how to make them again.
pub(super) fn remark_on_figures(dir: &Path, console: Console) {
    if dir.join(FIGURES).is_dir() {
        let dir = dir.display();
        console.remark(&format!(
            "{FIGURES} is as it was; `doline report {dir} --figures` makes it again"
        ));
    }
}

/// Removes the page of an earlier run in the folder: it would tell of other numbers than those beside it.
pub(super) fn remove_earlier(dir: &Path) {
    // Where there is none, or it cannot be removed, the results of the run are good all the same.
    let _ = std::fs::remove_file(dir.join(crate::report::NAME));
}
