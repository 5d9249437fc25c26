//! A computation without the lock of the interpreter, which Ctrl-C stops.

use std::time::{Duration, Instant};

use doline::arrays::{ArraysError, Layers};
use doline::engines::Remedy;
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
    let text = with_remedies(error);
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

/// An error with what to do.
fn with_remedies(error: &ArraysError) -> String {
    let ArraysError::Engine(of_engine) = error else {
        return error.to_string();
    };
    let remedies = of_engine.remedies().iter().filter_map(|of| in_words(*of));
    let remedies: Vec<&str> = remedies.collect();
    match remedies.as_slice() {
        [] => error.to_string(),
        remedies => format!("{error}; {}", remedies.join(", or ")),
    }
}

/// What helps, where something of this package does.
fn in_words(remedy: Remedy) -> Option<&'static str> {
    match remedy {
        Remedy::UseCpu => Some("pass device=\"cpu\""),
        Remedy::InstallDriver => Some("install a driver"),
        Remedy::UpdateDriver => Some("update its driver"),
        Remedy::SkipSelfTest => {
            Some("set DOLINE_SELF_TEST=off in the environment to compute all the same")
        }
        _ => None,
    }
}
