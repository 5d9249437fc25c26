//! A study file as users write it, and each way it can be wrong.

mod accepted;
mod measures_refused;
mod places_accepted;
mod places_refused;
mod refused;
mod support;
mod unreadable;
