//! The keys of a study file, one row each: how a value is written, what it means, and what holds
//! where a study does not state it.
//!
//! The checker reads values by these rows and finds the nearest keys in them. The example
//! ([`example_file`]) and the manual's page of keys ([`reference_page`]) are written from them.

pub(super) mod attribution;
pub(super) mod bootstrap;
pub(super) mod drivers;
pub(super) mod engine;
mod example;
pub(super) mod geodetector;
pub(super) mod grid;
pub(super) mod inputs;
mod list;
mod meanings;
pub(super) mod measures;
pub(super) mod output;
pub(super) mod phase;
mod reference;
pub(super) mod respiration;
mod row;
mod shared;
pub(super) mod sites;
pub(super) mod stages;
pub(super) mod study;
pub(super) mod trend;
pub(super) mod uncertainty;
pub(super) mod zones;

pub use example::example_file;
pub(super) use list::{homes_of, names_of, root_names};
pub(super) use meanings::{RhModel, RsModel};
pub use reference::reference_page;
pub(super) use row::{Fallback, Key, TableSpec};

#[cfg(test)]
mod tests;
