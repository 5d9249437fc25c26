//! Stored numbers: what is no value among them.

pub(crate) mod codes;
pub(crate) mod fill_counts;
pub(crate) mod number;
pub(crate) mod packing;
pub(crate) mod suspects;
