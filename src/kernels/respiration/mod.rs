//! Soil respiration Rs from climate and soil carbon, as annual totals in gC m-2 yr-1.

mod gsmsr;
mod hashimoto_2015;
mod lloyd_taylor;
mod q10;
mod raich;
mod raich_schlesinger_1992;
mod tpc;

pub use gsmsr::{Gsmsr, GsmsrParams};
pub use hashimoto_2015::{Hashimoto2015, Hashimoto2015Params};
pub use lloyd_taylor::{LloydTaylor, LloydTaylorParams};
pub use q10::{Q10, Q10Params};
pub use raich::{Raich, RaichParams};
pub use raich_schlesinger_1992::{RaichSchlesinger1992, RaichSchlesinger1992Params};
pub use tpc::{Tpc, TpcParams};

pub use super::coefficients::ParameterError;
pub use super::settings::{DaysOfMonth, Denominator, Months};
