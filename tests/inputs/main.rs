//! Inputs as they come: time axes and calendars, units, products, mosaics, formats.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod blocks;
mod cftime_dates;
mod fill;
mod formats;
mod holes;
mod made;
mod mosaics;
mod products;
mod says;
mod time;
mod zarr;
mod zarr_attributes;
mod zarr_elsewhere;
mod zarr_odd;
