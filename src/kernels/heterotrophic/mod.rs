//! Heterotrophic respiration Rh from soil respiration or from climate, as annual totals in gC m-2 yr-1.

mod fixed_fraction;
mod log_log;
mod pei;
mod power;
mod subke_2006;

pub use fixed_fraction::{FixedFraction, FixedFractionParams};
pub use log_log::{LogLog, LogLogParams};
pub use pei::{Pei, PeiParams};
pub use power::{Power, PowerParams};
pub use subke_2006::{Subke2006, Subke2006Params};
