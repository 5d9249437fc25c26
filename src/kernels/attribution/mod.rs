//! How much of a trend the drivers explain: climate and human parts, pixel by pixel.
//!
//! The order of the kernels: a sensitivity (how much the response changes with each driver), the
//! trends of the drivers, the attribution itself, whether the attributions by different
//! sensitivities agree, and the series that is left without the drivers.

mod agreement;
#[expect(
    clippy::module_inception,
    reason = "the kernel has the name of its folder"
)]
mod attribution;
mod bootstrap;
mod climate_regime;
mod driver_slopes;
mod human_part;
mod sensitivity_baseline;
mod sensitivity_detrended;
mod sensitivity_first_difference;

pub use agreement::{AGREEMENT_CLASSES, Agreement};
pub use attribution::{Attribution, DOMINANT_CLASSES, DRIVER_CLASSES};
pub use bootstrap::{Bootstrap, BootstrapParams, block_weights};
pub use climate_regime::{ClimateRegime, RegimeParams, regime_bits};
pub use driver_slopes::DriverSlopes;
pub use human_part::HumanPart;
pub use sensitivity_baseline::{BaselineParams, SensitivityBaseline, least_baseline_years};
pub use sensitivity_detrended::SensitivityDetrended;
pub use sensitivity_first_difference::SensitivityFirstDifference;
