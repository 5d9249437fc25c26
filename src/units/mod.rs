//! Units of inputs: which words are known, and how their values become those of the engine.
//!
//! A word such as `gC m-2 yr-1`, `kg C/m^2/yr` or `W m**-2` is read into its dimensions by the
//! `word` module, and [`convert`] relates it to the quantity of an input.

mod conversion;
mod convert;
mod error;
mod plausible;
mod quantity;
mod word;

pub use conversion::Conversion;
pub use convert::{check, convert, is_rate, rate_to_year};
pub use error::UnitError;
pub use plausible::{Implausible, implausible};
pub use quantity::Quantity;

#[cfg(test)]
mod tests;
