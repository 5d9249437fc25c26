//! What models of soil and heterotrophic respiration read and write.

use crate::calendar::Steps;
use crate::ports;

use super::port::Port;
use super::tolerance::Tolerance;

ports! {
    /// The port of every model of soil respiration.
    pub mod rs_port {
        /// Rs a year.
        RS = "rs",
    }
}

ports! {
    /// The port of every model of heterotrophic respiration.
    pub mod rh_port {
        /// Rh a year.
        RH = "rh",
    }
}

/// How far Rs of a GPU may be from the reference: the shaders are derived to be within 1e-6.
const RS_TOLERANCE: Tolerance = Tolerance::relative(2e-6);

/// Temperature and precipitation, `steps` of each.
#[must_use]
pub fn climate(steps: Steps) -> Vec<Port> {
    vec![
        Port::input("temperature", steps),
        Port::input("precipitation", steps),
    ]
}

/// Temperature, precipitation and soil organic carbon.
#[must_use]
pub fn climate_and_carbon(steps: Steps) -> Vec<Port> {
    let mut ports = climate(steps);
    ports.push(Port::input("soc", Steps::Static));
    ports
}

/// Rs a year, in gC m-2 yr-1, as a model of soil respiration gives it.
#[must_use]
pub fn rs() -> Vec<Port> {
    vec![Port::output("rs", Steps::Annual, RS_TOLERANCE)]
}

/// Rs a year, in gC m-2 yr-1, as a model of heterotrophic respiration reads it.
#[must_use]
pub fn rs_of_years() -> Vec<Port> {
    vec![Port::input("rs", Steps::Annual)]
}

/// Rh a year, in gC m-2 yr-1.
#[must_use]
pub fn rh(tolerance: Tolerance) -> Vec<Port> {
    vec![Port::output("rh", Steps::Annual, tolerance)]
}
