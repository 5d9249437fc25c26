//! Stored numbers: what is no value among them.

pub(crate) mod fill_counts;
pub(crate) mod number;
pub(crate) mod suspects;
