//! Respiration by a model.

use std::collections::BTreeMap;

use doline::arrays::{ArraysError, Element, FluxesOf, Layers};
use doline::calendar::{Steps, Years};
use doline::kernels::models::{rh_models, rs_models};
use numpy::PyReadonlyArray3;
use numpy::ndarray::ArrayView3;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::process;
use crate::results::results;
use crate::running::run;
use crate::trends::{raised, years_from};

/// Options of a call, all by name.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Options {
    first_year: i32,
    n_years: usize,
    /// `rs` or `rh`.
    flux: String,
    model: String,
    parameters: BTreeMap<String, f64>,
    names: Vec<String>,
    device: Option<String>,
}

/// All arrays of a call, of one type.
#[derive(FromPyObject)]
pub(crate) enum Arrays<'py> {
    #[pyo3(transparent)]
    F32(Vec<PyReadonlyArray3<'py, f32>>),
    #[pyo3(transparent)]
    F64(Vec<PyReadonlyArray3<'py, f64>>),
}

/// Respiration a year by a model of arrays `[step, y, x]`, all float32 or all float64. Gives a dict as `trends` does.
#[pyfunction]
#[pyo3(signature = (arrays, options))]
#[expect(clippy::needless_pass_by_value, reason = "extracted for this call")]
pub(crate) fn fluxes<'py>(
    py: Python<'py>,
    arrays: Arrays<'py>,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyDict>> {
    let options: Options = options.extract()?;
    let layers = match &arrays {
        Arrays::F32(arrays) => {
            let arrays = arrays.iter().map(PyReadonlyArray3::as_array);
            fluxes_of(py, &arrays.collect::<Vec<_>>(), &options)
        }
        Arrays::F64(arrays) => {
            let arrays = arrays.iter().map(PyReadonlyArray3::as_array);
            fluxes_of(py, &arrays.collect::<Vec<_>>(), &options)
        }
    };
    results(py, layers?)
}

fn fluxes_of<T: Element>(
    py: Python<'_>,
    arrays: &[ArrayView3<'_, T>],
    options: &Options,
) -> PyResult<Layers> {
    let years = years_from(options.first_year, options.n_years)?;
    let mut of = raised(model(&options.flux, years, &options.model))?;
    of.parameters = options.parameters.clone().into_iter().collect();
    of.on = process::on(options.device.as_deref())?;
    let names = options.names.iter().map(String::as_str);
    let arrays: Vec<_> = names.zip(arrays.iter().map(|array| array.view())).collect();
    run(py, |goes_on| of.run(&arrays, goes_on))
}

fn model(flux: &str, years: Years, word: &str) -> Result<FluxesOf, ArraysError> {
    if flux == "rs" {
        FluxesOf::soil_respiration(years, word)
    } else {
        FluxesOf::heterotrophic(years, word)
    }
}

/// What a model of a flux reads: name and "monthly", "annual" or "static".
#[pyfunction]
pub(crate) fn reads(
    flux: &str,
    word: &str,
    parameters: BTreeMap<String, f64>,
) -> PyResult<Vec<(String, &'static str)>> {
    let mut of = raised(model(flux, years_from(2001, 1)?, word))?;
    of.parameters = parameters.into_iter().collect();
    let reads = raised(of.reads())?.into_iter();
    let word = |steps| match steps {
        Steps::Monthly => "monthly",
        Steps::Annual => "annual",
        Steps::Static | Steps::Members(_) => "static",
    };
    Ok(reads.map(|(name, steps)| (name, word(steps))).collect())
}

/// The models of a flux, "rs" or "rh".
#[pyfunction]
pub(crate) fn models(flux: &str) -> Vec<&'static str> {
    if flux == "rs" {
        rs_models().map(|model| model.word()).collect()
    } else {
        rh_models().map(|model| model.word()).collect()
    }
}
