//! Results as numpy arrays with what is known of them.

use doline::arrays::{Layer, Layers};
use numpy::{IntoPyArray as _, PyArray3};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A class that is missing.
const NO_CLASS: u8 = 255;

/// A dict of name to (array, unit, description, classes or None). Classes are `uint8`, 255 where there is none; all else is
/// `float32` with NaN.
///
/// # Errors
///
/// Python has no memory left.
pub(crate) fn results(py: Python<'_>, layers: Layers) -> PyResult<Bound<'_, PyDict>> {
    let found = PyDict::new(py);
    for (name, layer) in layers {
        let Layer {
            values,
            unit,
            description,
            kind,
        } = layer;
        if let Some(classes) = kind.classes() {
            let codes = values.mapv(code_of).into_pyarray(py);
            found.set_item(name, (codes, unit, description, classes))?;
        } else {
            let values: Bound<'_, PyArray3<f32>> = values.into_pyarray(py);
            found.set_item(name, (values, unit, description, py.None()))?;
        }
    }
    Ok(found)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "codes of classes are small whole numbers"
)]
fn code_of(value: f32) -> u8 {
    if value.is_nan() {
        NO_CLASS
    } else {
        value as u8
    }
}
