//! Soil respiration Rs from climate and soil carbon, as annual totals in gC m-2 yr-1.

mod gsmsr;
mod raich_2002;

pub use gsmsr::{Denominator, Gsmsr, GsmsrParams};
pub use raich_2002::{Raich2002, Raich2002Params};

use crate::calendar::Years;
use crate::kernels::tolerance::Tolerance;

/// A coefficient that a study may not use, see [`Gsmsr::new`] and [`Raich2002::new`].
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// The model has no coefficient of this name.
    #[error("{model} has no coefficient {name:?}; its coefficients are {}", known.join(", "))]
    Unknown {
        /// The model.
        model: &'static str,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// A value that makes no sense for the coefficient.
    #[error("{name} = {value} of {model} must be {must}")]
    OutOfRange {
        /// The model.
        model: &'static str,
        /// The coefficient.
        name: String,
        /// Its value.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
}

/// Replaces coefficients by name; `all` holds name and value of each.
fn override_coefficients(
    model: &'static str,
    all: &mut [(&'static str, f64)],
    overrides: &[(String, f64)],
) -> Result<(), ParameterError> {
    for (name, value) in overrides {
        let Some(entry) = all.iter_mut().find(|(known, _)| known == name) else {
            let known = all.iter().map(|(known, _)| *known).collect();
            return Err(ParameterError::Unknown { model, name: name.clone(), known });
        };
        if !value.is_finite() {
            let (name, value) = (name.clone(), *value);
            return Err(ParameterError::OutOfRange { model, name, value, must: "a finite number" });
        }
        entry.1 = *value;
    }
    Ok(())
}

/// Days of each month of the study, the table of every monthly kernel.
pub(in crate::kernels) fn days_table(years: Years) -> Vec<f64> {
    years.days_of_months().into_iter().map(f64::from).collect()
}

/// Rs is right to 1e-5 relative on every engine; the shaders are derived to be within 1e-6.
const RS_TOLERANCE: Tolerance = Tolerance::relative(2e-6);
