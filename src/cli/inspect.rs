//! `doline inspect`.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::sources::{Extent, Inspected, InspectedRaster, inspect as inspect_file};

use super::console::{Console, Outcome};
use super::failure::Failure;
use super::text::{bytes, number, table};

/// Arguments of `inspect`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct InspectArgs {
    /// Rasters and vector files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The variable of netCDF, HDF and Zarr files.
    #[arg(long, value_name = "NAME")]
    variable: Option<String>,

    /// Let files that only describe where their pixels are (VRT, WMS ...) reach outside their folder.
    #[arg(long)]
    allow_external: bool,
}

const EXAMPLES: &str = "\
Examples:
  doline inspect npp_2001.tif
  doline inspect climate/*.nc --variable tmp
  doline inspect MOD17A3HGF.A2001001.h27v06.061.hdf --variable Npp_500m";

pub(super) fn inspect(args: &InspectArgs, console: Console) -> Result<Outcome, Failure> {
    let inspected: Vec<_> = args
        .files
        .iter()
        .map(|file| inspect_file(file, args.variable.as_deref(), args.allow_external))
        .collect();
    if console.json {
        let value =
            |found: &Result<Inspected, crate::sources::SourceError>, path: &PathBuf| match found {
                Ok(found) => json!(found),
                Err(error) => json!({ "path": path.to_string_lossy(), "error": message(error) }),
            };
        let values: Vec<Value> = inspected
            .iter()
            .zip(&args.files)
            .map(|(found, path)| value(found, path))
            .collect();
        console.result(&serde_json::to_string_pretty(&values).unwrap_or_default());
    } else {
        let blocks: Vec<String> = inspected
            .iter()
            .filter_map(|found| found.as_ref().ok())
            .map(block)
            .collect();
        if !blocks.is_empty() {
            console.result(&blocks.join("\n\n"));
        }
    }
    let wrong = |found: &Result<Inspected, crate::sources::SourceError>| match found {
        Ok(found) => found
            .unreadable
            .as_ref()
            .map(|reason| format!("values of {} cannot be read: {reason}", found.path)),
        Err(error) => Some(message(error)),
    };
    let texts: Vec<String> = inspected.iter().filter_map(wrong).collect();
    if texts.is_empty() {
        Ok(Outcome::Done)
    } else {
        Err(Failure::Reworded {
            texts,
            exit_code: 3,
        })
    }
}

/// An error in the words of the command line.
fn message(error: &crate::sources::SourceError) -> String {
    error
        .to_string()
        .replace(" (input `file`)", "")
        .replace("add `variable = \"...\"`", "add --variable")
        .replace(
            "set inputs.file.allow_external = true",
            "add --allow-external",
        )
}

/// All about one file, in lines.
fn block(found: &Inspected) -> String {
    let mut text = format!("{}\n", found.path);
    let size = if found.bytes > 0 {
        format!(", {}", bytes(found.bytes))
    } else {
        String::new()
    };
    line(
        &mut text,
        "format",
        &format!("{} ({}){size}", found.format, found.driver),
    );
    if let Some(raster) = &found.raster {
        raster_lines(&mut text, raster);
    }
    if !found.variables.is_empty()
        && found
            .raster
            .as_ref()
            .is_none_or(|raster| raster.variable.is_none())
    {
        let rows: Vec<Vec<String>> = found
            .variables
            .iter()
            .map(|v| {
                vec![
                    v.name.clone(),
                    format!("{} x {}", v.width, v.height),
                    v.bands.to_string(),
                    v.description.clone(),
                ]
            })
            .collect();
        line(&mut text, "variables", "choose one with `variable`");
        let rows = table(&["variable", "columns x rows", "bands", ""], &rows, 4);
        for row in rows.lines() {
            let _ = writeln!(text, "    {row}");
        }
    }
    for layer in &found.layers {
        line(
            &mut text,
            "layer",
            &format!(
                "{}: {} features, {}, {}",
                layer.name, layer.features, layer.geometry, layer.crs
            ),
        );
        line(&mut text, "  fields", &layer.fields.join(", "));
    }
    for warning in &found.warnings {
        line(&mut text, "!", warning);
    }
    text
}

fn line(text: &mut String, name: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {name:<11} {}", one_line(value));
}

/// Text from a file on one line, without what would move the cursor of a terminal.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn raster_lines(text: &mut String, raster: &InspectedRaster) {
    let variable = raster
        .variable
        .as_ref()
        .map(|name| format!("{name}: "))
        .unwrap_or_default();
    line(
        text,
        "raster",
        &format!(
            "{variable}{} columns x {} rows, {} band{}, {}",
            raster.width,
            raster.height,
            raster.bands,
            if raster.bands == 1 { "" } else { "s" },
            raster.data_type
        ),
    );
    extent_lines(text, &raster.extent);
    let time = &raster.time;
    let times = match (&time.first, &time.last, &time.step) {
        (Some(first), Some(_), Some(step)) if step == "one" => format!("{first}, {}", time.how),
        (Some(first), Some(last), Some(step)) => format!("{first} .. {last}, {step}, {}", time.how),
        _ => time.how.clone(),
    };
    line(text, "time", &times);
    if time.calendar.is_some() || time.unit.is_some() {
        let words: Vec<&str> = [&time.unit, &time.calendar]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        line(text, "time axis", &words.join(", calendar "));
    }
    let unit = if raster.unit.is_empty() {
        "not stated"
    } else {
        &raster.unit
    };
    let stated = |x: Option<f64>| x.map_or_else(|| "not stated".to_owned(), |x| x.to_string());
    line(
        text,
        "unit",
        &format!(
            "{unit}; scale {}, offset {}",
            stated(raster.scale),
            stated(raster.offset)
        ),
    );
    let codes: Vec<String> = raster.nodata.iter().map(ToString::to_string).collect();
    line(
        text,
        "nodata",
        &if codes.is_empty() {
            "not stated".to_owned()
        } else {
            codes.join(", ")
        },
    );
    line(text, "layout", &raster.layout);
    if let Some(sample) = &raster.sample {
        let range = match (sample.least, sample.largest) {
            (Some(least), Some(largest)) => format!("{} .. {}", number(least), number(largest)),
            _ => "none".to_owned(),
        };
        let scaled = sample
            .scaled
            .map(|[a, b]| format!(", scaled {} .. {}", number(a), number(b)))
            .unwrap_or_default();
        line(
            text,
            "values",
            &format!(
                "{range}{scaled}; {:.1} % of {} sampled are missing",
                100.0 * sample.missing,
                sample.values
            ),
        );
    }
}

fn extent_lines(text: &mut String, extent: &Extent) {
    let [west, south, east, north] = extent.bounds.map(number);
    line(
        text,
        "grid",
        &format!(
            "{}, pixels of {} x {} {}, {}",
            extent.crs,
            number(extent.pixel[0]),
            number(extent.pixel[1]),
            extent.unit,
            extent.orientation.as_str()
        ),
    );
    line(
        text,
        "bounds",
        &format!("x {west} .. {east}, y {south} .. {north}"),
    );
    if let Some(degrees) = extent.degrees.filter(|_| extent.unit != "degrees") {
        let [west, south, east, north] = degrees.map(|x| format!("{x:.3}"));
        line(
            text,
            "in degrees",
            &format!("{west} .. {east} E, {south} .. {north} N"),
        );
    }
}
