//! The annual series of each cell, for the script.

use serde_json::{Value, json};

use crate::error::Error;

use super::cells::{Cut, means};
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
    let mut values = Vec::with_capacity(n_years * cut.n_cells());
    for band in 1..=n_years {
        values.extend(means(&raster, band, cut, f64::from).map_err(failed)?.values);
    }
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
