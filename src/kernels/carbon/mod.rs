//! From heterotrophic respiration and NPP to the carbon balance.

mod balance;
mod nep;
mod nep_mean;

pub use balance::{BALANCE_CLASSES, Balance};
pub use nep::{Nep, NoParams};
pub use nep_mean::NepMean;
