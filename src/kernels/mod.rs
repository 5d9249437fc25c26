//! What Doline computes: one WGSL shader and one CPU twin of the same stem for each kernel.
//!
//! A kernel knows no file, no device and no argument. Its shader is a text to it; the
//! [`engines`](crate::engines) run the one or the other.

#![allow(
    clippy::inline_always,
    reason = "a twin is compiled for each vector width, which holds for what is inlined alone"
)]
#![allow(
    clippy::cast_precision_loss,
    reason = "steps, years and predictors are small whole numbers"
)]
#![allow(
    clippy::many_single_char_names,
    reason = "the letters of the equations, as in the shaders"
)]

mod accessors;
pub mod attribution;
pub mod carbon;
pub mod climate;
pub mod coefficients;
pub mod constant;
mod decode;
mod decode_text;
mod decoder;
mod describe;
mod dispatch;
pub mod draws;
mod elementary;
pub mod f32_range;
pub mod flags;
pub mod fluxes;
pub mod heterotrophic;
pub mod internal;
mod lanes;
pub mod lib;
pub mod model;
pub mod models;
pub mod output;
pub mod parameter_error;
pub mod parameter_names;
pub mod parameters;
pub mod port;
pub mod real;
pub mod registry;
pub mod resampled;
pub mod resampling;
pub mod respiration;
mod scalar;
pub mod settings;
pub mod simulation;
pub mod slots;
pub mod statistics;
pub mod tolerance;
pub mod trend_tests;
pub mod twin;
pub mod views;
pub mod wgsl;
pub mod written_out;

pub(crate) use dispatch::copy_past_cache;
