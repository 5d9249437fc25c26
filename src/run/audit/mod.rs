//! Every run computes a few of its own pixels again, in `f64` and from the stored inputs on, and says by how much its layers
//! differ.

mod chosen;
mod tiles;

pub(super) use tiles::Audit;
