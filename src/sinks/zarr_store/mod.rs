//! A store of Zarr 3 with all rasters of a run, made from their finished files.
//!
//! Stacks are arrays `(time, y, x)` in chunks of all years by 256 by 256 pixels, maps are `(y, x)`. All are in one group, with
//! the attributes of CF and a copy of all metadata in its `zarr.json`, which is written last. A chunk that is missing
//! everywhere is not stored. No byte depends on threads.

mod arrays;
mod attributes;
mod axes;
mod chunks;
mod finished;
mod names;
mod store;

pub(super) use finished::Finished;
pub(super) use store::{StoreOptions, make};
