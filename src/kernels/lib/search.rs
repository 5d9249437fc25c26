//! The number of a rank among many that no thread of a GPU has memory for.
//!
//! The shader counts the numbers up to a trial value, again and again. Each count tells on which side of the
//! trial value the rank lies, and with the numbers next to it, between which two numbers. The first
//! trials go where the numbers of a rank are expected; then where a straight line between two
//! counts has the rank; and where that takes long, to the middle of what is left, as whole numbers
//! in the order of the floats. A twin sorts the numbers: see [`order`](super::order).
//!
//! GPU twin: `shaders/lib/search.wgsl`.

use crate::kernels::constant::{Constant, NamedConstant};

/// Numbers with a meaning are nearer to 0 than this; larger ones have none.
const BEYOND: f64 = 1e18;
/// After so many trials a search halves what is left, whatever the numbers are.
const MAX_GUESSES: u32 = 10;
/// Each halving leaves half of the 2³² floats or fewer.
pub const MAX_TRIALS: u32 = MAX_GUESSES + 34;

/// Constants of the shader.
pub(super) const CONSTANTS: &[NamedConstant] = &[
    ("BEYOND", Constant::threshold(BEYOND)),
    ("MAX_GUESSES", Constant::U32(MAX_GUESSES)),
    ("MAX_TRIALS", Constant::U32(MAX_TRIALS)),
];
