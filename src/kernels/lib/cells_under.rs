//! The cells under a pixel, weighted by the area that they share with it.
//!
//! GPU twin: `shaders/lib/cells_under.wgsl`.

use crate::kernels::lib::cells::{Along, ceil};
use crate::kernels::real::Real;

/// The first cell under the pixel, from that of its centre.
#[inline(always)]
pub fn first_tap<R: Real>(a: &Along<R>) -> R {
    (a.part - a.half).floor()
}

/// Cells from there on.
#[inline(always)]
pub fn n_taps<R: Real>(a: &Along<R>) -> R {
    (ceil(a.part + a.half) - first_tap(a)).max(R::of(1.0))
}

/// How much of the cell is under the pixel.
#[inline(always)]
pub fn overlap<R: Real>(a: &Along<R>, tap: R) -> R {
    let from_edge = tap.max(a.part - a.half);
    let to_edge = (tap + R::of(1.0)).min(a.part + a.half);
    (to_edge - from_edge).max(R::of(0.0))
}
