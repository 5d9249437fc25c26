//! Finds the kernels that make what a study asks for.
//!
//! [`builder`] adds stages, layers and files. The other files say which: inputs on the grid, the
//! carbon balance, trends, drivers, attributions, spreads. [`everything`] adds all that the inputs
//! allow. [`select`] keeps what the study wants, and what that needs.

mod attribution;
mod bootstrap;
mod build;
mod builder;
mod carbon;
mod climate_regime;
mod draws;
mod drivers;
mod ensemble;
mod everything;
mod inputs;
mod maps;
mod outputs;
mod q_values;
mod renumber;
mod select;
mod sensitivities;
mod series;
mod spread;
mod trends;
mod what_is_missing;

pub use build::build;
