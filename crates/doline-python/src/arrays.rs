//! Numpy arrays by the type of their numbers.

use numpy::PyReadonlyArray3;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// An array `[step, y, x]` that is read and not copied.
pub(crate) enum Array<'py> {
    U8(PyReadonlyArray3<'py, u8>),
    I16(PyReadonlyArray3<'py, i16>),
    U16(PyReadonlyArray3<'py, u16>),
    F32(PyReadonlyArray3<'py, f32>),
    F64(PyReadonlyArray3<'py, f64>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Array<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(array) = object.extract() {
            return Ok(Self::F32(array));
        }
        if let Ok(array) = object.extract() {
            return Ok(Self::F64(array));
        }
        if let Ok(array) = object.extract() {
            return Ok(Self::I16(array));
        }
        if let Ok(array) = object.extract() {
            return Ok(Self::U16(array));
        }
        if let Ok(array) = object.extract() {
            return Ok(Self::U8(array));
        }
        Err(PyTypeError::new_err(
            "an array must have three axes [step, y, x] and be of uint8, int16, uint16, float32 or float64 in the byte order \
             of this machine",
        ))
    }
}

/// Calls a function that is generic over the type of an array with its view.
macro_rules! with_view {
    ($array:expr, $view:ident => $call:expr) => {
        match $array {
            $crate::arrays::Array::U8(array) => {
                let $view = array.as_array();
                $call
            }
            $crate::arrays::Array::I16(array) => {
                let $view = array.as_array();
                $call
            }
            $crate::arrays::Array::U16(array) => {
                let $view = array.as_array();
                $call
            }
            $crate::arrays::Array::F32(array) => {
                let $view = array.as_array();
                $call
            }
            $crate::arrays::Array::F64(array) => {
                let $view = array.as_array();
                $call
            }
        }
    };
}

pub(crate) use with_view;
