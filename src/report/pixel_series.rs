//! The annual series of each cell, for the script.

use rayon::prelude::*;
use serde_json::{Value, json};

use crate::error::Error;

use super::cells::{Cut, cell_means};
use super::choice::lead;
use super::folder::Folder;
use super::image::{decimals_of, packed, quantised, range_of};
use super::number::unit_words;

/// Values of all cells and years that a page takes.
const MOST_VALUES: usize = 400_000;

/// The series of each cell; null where the run wrote no stack of the series that the page is about.
///
/// # Errors
///
/// The stack cannot be read.
pub(super) fn pixel_series(folder: &Folder) -> Result<Value, Error> {
    let Some(lead) = lead(&folder.record) else {
        return Ok(Value::Null);
    };
    let layer = format!("stacks/{lead}");
    if !folder.record.has_layer(&layer) {
        return Ok(Value::Null);
    }
    let Some(raster) = folder.raster(&layer)? else {
        return Ok(Value::Null);
    };
    let n_years = raster.n_bands().max(1);
    let cut = Cut::with_cells(folder.record.size, MOST_VALUES / n_years);
    let failed = |error: String| folder.unreadable(&layer, &error);
    // Each year opens the stack for itself: a dataset of GDAL is for one thread.
    let year = |band: usize| match folder.raster(&layer)? {
        Some(raster) => cell_means(&raster, band, cut).map_err(failed),
        None => Err(failed("is not there any more".to_owned())),
    };
    let years = (1..=n_years).into_par_iter().map(year);
    let values = years.collect::<Result<Vec<Vec<f64>>, Error>>()?.concat();
    let range = range_of(&values).unwrap_or([0.0, 0.0]);
    let unit = raster.unit().map_err(|error| failed(error.to_string()))?;
    Ok(json!({
        "name": lead,
        "first": folder.record.years[0],
        "years": n_years,
        "block": cut.block,
        "width": cut.width(),
        "height": cut.height(),
        "unit": unit_words(&unit),
        "range": range,
        "decimals": decimals_of(range),
        "data": packed(&quantised(&values, range)).map_err(failed)?,
    }))
}
