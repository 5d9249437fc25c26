//! Stored numbers: how they become quantities, and which of them mean missing.

pub(crate) mod codes;
pub(crate) mod fill_counts;
pub(crate) mod fill_state;
pub(crate) mod number;
pub(crate) mod packing;
pub(crate) mod suspects;
pub(crate) mod type_limits;
