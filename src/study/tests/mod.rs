//! A study file as users write it, and each way it can be wrong.

mod accepted;
mod refused;
mod support;
mod unreadable;
