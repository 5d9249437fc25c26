//! Loops of a shader written out, and its small arrays as single variables.
//!
//! Compilers of GPUs keep an array in memory where a loop runs over it, and do not unroll a loop
//! that has a guard against running for ever. So the composer writes such loops out as text. What
//! people read stays a loop over an array, beside the same lines of its twin:
//!
//! ```wgsl
//! var y: array<Sample, N_YEARS>;
//! //:unroll
//! for (var step = 0u; step < N_YEARS; step++) {
//!     y[step] = sample(0u, step, pixel);
//! }
//! ```
//!
//! becomes `var y_0: Sample; var y_1: Sample; ...` and `{ y_0 = sample(0u, 0u, pixel); }` and so on.
//! A source is WGSL without that, too: it is what runs where the text would be too long.

mod arithmetic;
mod arrays;
mod calls;
mod error;
mod known;
mod loops;
mod tokens;
mod write_out;

pub use error::{Reason, WriteOutError};
pub use known::Known;
pub use write_out::write_out;
