//! Soil respiration Rs from climate and soil carbon, as annual totals in gC m-2 yr-1.

mod gsmsr;
mod hashimoto_2015;
mod lloyd_taylor;
mod q10;
mod raich_2002;
mod raich_potter_1995;
mod tpc;

pub use gsmsr::{Gsmsr, GsmsrParams};
pub use hashimoto_2015::{Hashimoto2015, Hashimoto2015Params};
pub use lloyd_taylor::{LloydTaylor, LloydTaylorParams};
pub use q10::{Q10, Q10Params};
pub use raich_2002::{Raich2002, Raich2002Params};
pub use raich_potter_1995::{RaichPotter1995, RaichPotter1995Params};
pub use tpc::{Tpc, TpcParams};

pub use super::coefficients::ParameterError;
pub(in crate::kernels) use super::settings::days_table;
pub use super::settings::{DaysOfMonth, Denominator, Months};
use crate::kernels::tolerance::Tolerance;

/// Rs is right to 1e-5 relative on every engine; the shaders are derived to be within 1e-6.
const RS_TOLERANCE: Tolerance = Tolerance::relative(2e-6);
