//! From soil respiration and NPP to the carbon balance.

mod balance;
mod bond_lamberty_2004;
mod bond_lamberty_2010;
mod fixed_fraction;
mod hashimoto_2015_rh;
mod nep;
mod nep_mean;
mod pei;
mod power;
mod subke_2006;

pub use super::settings::PowerUnit;
pub use balance::{BALANCE_CLASSES, Balance};
pub use bond_lamberty_2004::BondLamberty2004;
pub use bond_lamberty_2010::BondLamberty2010;
pub use fixed_fraction::{FixedFraction, FixedFractionParams};
pub use hashimoto_2015_rh::Hashimoto2015Rh;
pub use nep::{Nep, NoParams};
pub use nep_mean::NepMean;
pub use pei::{Pei, PeiParams};
pub use power::{Power, PowerParams};
pub use subke_2006::{Subke2006, Subke2006Params};
