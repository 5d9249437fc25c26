//! From soil respiration and NPP to the carbon balance.

mod balance;
mod bond_lamberty_2004;
mod fixed_fraction;
mod nep;

pub use balance::{BALANCE_CLASSES, Balance};
pub use bond_lamberty_2004::{BondLamberty2004, BondLamberty2004Params};
pub use fixed_fraction::{FixedFraction, FixedFractionParams};
pub use nep::{Nep, NoParams};
