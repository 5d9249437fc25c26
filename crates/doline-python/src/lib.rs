//! The module `_doline` of the Python package: numpy arrays in and out of [`doline::arrays`].
//!
//! What it takes is plain: arrays `[step, y, x]` in the byte order of the machine, of any layout in memory. The package around it
//! moves axes, reads coordinates and gives results their names.

mod arrays;
mod drivers;
mod fluxes;
mod process;
mod results;
mod running;
mod trends;

use pyo3::prelude::*;

/// Trends, drivers and respiration of numpy arrays.
#[pymodule]
mod _doline {
    #[pymodule_export]
    use crate::drivers::drivers;
    #[pymodule_export]
    use crate::fluxes::{fluxes, models, reads};
    #[pymodule_export]
    use crate::process::{device, open_engines, set_options, threads};
    #[pymodule_export]
    use crate::trends::{tests, trends};

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
