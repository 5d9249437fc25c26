//! Trends of a series.

use doline::arrays::{Element, Layers, TrendsOf};
use doline::calendar::Years;
use doline::chain::TrendTest;
use doline::tile::Decoding;
use numpy::ndarray::ArrayView3;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::{Array, with_view};
use crate::process;
use crate::results::results;
use crate::running::{error_of, run};

/// The words of all tests of trend.
#[pyfunction]
pub(crate) fn tests() -> Vec<&'static str> {
    TrendTest::WORDS.iter().map(|(word, _)| *word).collect()
}

/// Options of a call, all by name.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Options {
    first_year: i32,
    tests: Vec<String>,
    min_years: Option<u32>,
    alpha: f64,
    min_variance_factor: f64,
    wanted: Option<Vec<String>>,
    unit: String,
    scale: f64,
    offset: f64,
    nodata: Vec<f64>,
    device: Option<String>,
}

/// Trends of `series`, `[year, y, x]`: a dict of name to (array, unit, description, classes or None).
#[pyfunction]
#[pyo3(signature = (series, options))]
#[expect(clippy::needless_pass_by_value, reason = "extracted for this call")]
pub(crate) fn trends<'py>(
    py: Python<'py>,
    series: Array<'py>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyDict>> {
    let options: Options = options.extract()?;
    let layers = with_view!(&series, view => trends_of(py, &view, &options))?;
    results(py, layers)
}

fn trends_of<T: Element>(
    py: Python<'_>,
    series: &ArrayView3<'_, T>,
    options: &Options,
) -> PyResult<Layers> {
    let years = years_from(options.first_year, series.shape()[0])?;
    let tests = options.tests.iter().map(|word| test_of(word));
    let mut trends = TrendsOf {
        tests: tests.collect::<PyResult<_>>()?,
        min_years: options.min_years,
        alpha: options.alpha,
        decoding: decoding_of(options)?,
        wanted: options.wanted.clone(),
        unit: options.unit.clone(),
        on: process::on(options.device.as_deref())?,
        ..TrendsOf::new(years)
    };
    trends.options.min_variance_factor = options.min_variance_factor;
    run(py, |goes_on| trends.run(series, goes_on))
}

/// So many years from the first.
///
/// # Errors
///
/// There is none, or the last is no year.
pub(crate) fn years_from(first: i32, count: usize) -> PyResult<Years> {
    let last = i32::try_from(count)
        .ok()
        .filter(|count| *count > 0)
        .and_then(|count| first.checked_add(count - 1));
    let none = || PyValueError::new_err(format!("{count} years from {first} on are no years"));
    Ok(Years {
        first,
        last: last.ok_or_else(none)?,
    })
}

fn test_of(word: &str) -> PyResult<TrendTest> {
    let found = TrendTest::WORDS.iter().find(|(known, _)| *known == word);
    let unknown = || {
        let known: Vec<&str> = tests();
        let known = known.join(", ");
        PyValueError::new_err(format!("there is no test {word:?}: choose of {known}"))
    };
    found.map(|(_, test)| *test).ok_or_else(unknown)
}

/// Codes of missing values, and `value = stored * scale + offset` as `(stored + bias) * scale`.
fn decoding_of(options: &Options) -> PyResult<Decoding> {
    let Options {
        scale,
        offset,
        nodata,
        ..
    } = options;
    if !scale.is_finite() || *scale == 0.0 || !offset.is_finite() {
        return Err(PyValueError::new_err(format!(
            "scale {scale} and offset {offset} must be finite, and scale not 0"
        )));
    }
    if nodata.len() > Decoding::MAX_NODATA {
        return Err(PyValueError::new_err(format!(
            "{} codes of missing values, of which at most {} are taken: set them to one",
            nodata.len(),
            Decoding::MAX_NODATA
        )));
    }
    Ok(Decoding {
        bias: offset / scale,
        scale: vec![*scale],
        valid_range: None,
        nodata: nodata.clone(),
    })
}

/// An error of the library as one of Python.
pub(crate) fn raised<T>(result: Result<T, doline::arrays::ArraysError>) -> PyResult<T> {
    result.map_err(|error| error_of(&error))
}
