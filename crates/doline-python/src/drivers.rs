//! What drivers explain of a series.

use std::collections::BTreeMap;

use doline::arrays::{DriversOf, Element, Layers};
use doline::chain::{Correlation, Sensitivity};
use numpy::PyReadonlyArray3;
use numpy::ndarray::ArrayView3;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::process;
use crate::results::results;
use crate::running::run;
use crate::trends::years_from;

/// Options of a call, all by name.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Options {
    first_year: i32,
    names: Vec<String>,
    min_years: Option<u32>,
    method: String,
    sensitivity: Vec<String>,
    wanted: Option<Vec<String>>,
    units: BTreeMap<String, String>,
    device: Option<String>,
}

/// All arrays of a call, of one type.
#[derive(FromPyObject)]
pub(crate) enum Arrays<'py> {
    F32(PyReadonlyArray3<'py, f32>, Vec<PyReadonlyArray3<'py, f32>>),
    F64(PyReadonlyArray3<'py, f64>, Vec<PyReadonlyArray3<'py, f64>>),
}

/// What drivers explain of a series: `arrays` is `(series, [driver, ...])`, each `[year, y, x]` and all float32 or all float64.
/// Gives a dict as `trends` does.
#[pyfunction]
#[pyo3(signature = (arrays, options))]
#[expect(clippy::needless_pass_by_value, reason = "extracted for this call")]
pub(crate) fn drivers<'py>(
    py: Python<'py>,
    arrays: Arrays<'py>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyDict>> {
    let options: Options = options.extract()?;
    let layers = match &arrays {
        Arrays::F32(series, drivers) => {
            let drivers = drivers.iter().map(PyReadonlyArray3::as_array).collect();
            drivers_of(py, &series.as_array(), drivers, &options)
        }
        Arrays::F64(series, drivers) => {
            let drivers = drivers.iter().map(PyReadonlyArray3::as_array).collect();
            drivers_of(py, &series.as_array(), drivers, &options)
        }
    };
    results(py, layers?)
}

fn drivers_of<T: Element>(
    py: Python<'_>,
    series: &ArrayView3<'_, T>,
    drivers: Vec<ArrayView3<'_, T>>,
    options: &Options,
) -> PyResult<Layers> {
    let years = years_from(options.first_year, series.shape()[0])?;
    let words = options.sensitivity.iter();
    let drivers: Vec<_> = options
        .names
        .iter()
        .map(String::as_str)
        .zip(drivers)
        .collect();
    let of = DriversOf {
        min_years: options.min_years,
        correlation: word_of("method", Correlation::WORDS, &options.method)?,
        sensitivities: words
            .map(|word| word_of("sensitivity", Sensitivity::WORDS, word))
            .collect::<PyResult<_>>()?,
        wanted: options.wanted.clone(),
        units: options.units.clone(),
        on: process::on(options.device.as_deref())?,
        ..DriversOf::new(years)
    };
    run(py, |goes_on| of.run(series, &drivers, goes_on))
}

/// The choice of a word.
fn word_of<T: Copy>(what: &str, words: &[(&str, T)], word: &str) -> PyResult<T> {
    let found = words.iter().find(|(known, _)| *known == word);
    found.map(|(_, choice)| *choice).ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
        let known = known.join(", ");
        PyValueError::new_err(format!("there is no {what} {word:?}: choose of {known}"))
    })
}
