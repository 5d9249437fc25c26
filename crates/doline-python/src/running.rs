//! A computation without the lock of the interpreter, which Ctrl-C stops.

use std::time::{Duration, Instant};

use doline::arrays::{ArraysError, Layers};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

/// How long nobody looks at signals: taking the lock of the interpreter costs others time.
const UNASKED: Duration = Duration::from_millis(50);

/// Runs `work`, whose callback says whether to go on.
///
/// # Errors
///
/// What `work` fails with, or what a handler of a signal raised, such as `KeyboardInterrupt`.
pub(crate) fn run(
    py: Python<'_>,
    work: impl FnOnce(&mut dyn FnMut(f64) -> bool) -> Result<Layers, ArraysError> + Send,
) -> PyResult<Layers> {
    let mut raised = None;
    let found = py.detach(|| {
        let mut asked = Instant::now();
        work(&mut |_| {
            if asked.elapsed() < UNASKED {
                return true;
            }
            asked = Instant::now();
            raised = Python::attach(signals).err();
            raised.is_none()
        })
    });
    match raised {
        Some(error) => Err(error),
        None => found.map_err(|error| error_of(&error)),
    }
}

fn signals(py: Python<'_>) -> PyResult<()> {
    py.check_signals()
}

/// What is wrong with arguments is a `ValueError`, what fails on the way a `RuntimeError`.
pub(crate) fn error_of(error: &ArraysError) -> PyErr {
    let text = error
        .to_string()
        .replace("`--device cpu`", "device=\"cpu\"");
    match error {
        ArraysError::Engine(_) | ArraysError::Threads(_) | ArraysError::Stopped => {
            PyRuntimeError::new_err(text)
        }
        ArraysError::Years { .. }
        | ArraysError::Steps { .. }
        | ArraysError::Shape { .. }
        | ArraysError::Name(_)
        | ArraysError::TooFewYears { .. }
        | ArraysError::Decoded
        | ArraysError::Model { .. }
        | ArraysError::Inputs { .. }
        | ArraysError::Result { .. }
        | ArraysError::Parameter(_)
        | ArraysError::Chain(_) => PyValueError::new_err(text),
    }
}
