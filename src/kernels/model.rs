//! What makes an equation of respiration a model that a study can choose.

use super::coefficients::{ModelInfo, ParameterError};
use super::settings::Settings;
use super::twin::Twin;

/// An equation of soil or heterotrophic respiration, with every published set of its coefficients.
pub trait Model: Twin + Sized + 'static {
    /// One row for each published set, never empty. A new set is a new row.
    const ROWS: &'static [ModelInfo];

    /// The kernel with the values of `row`, replaced by those of `stated` where named by their symbols.
    ///
    /// # Errors
    ///
    /// A symbol that the row does not have, a coefficient that must be stated and is not, or a value that makes no
    /// sense for it.
    fn of_row(
        row: &'static ModelInfo,
        settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError>;
}
