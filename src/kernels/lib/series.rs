//! An annual series at hand: read once, then compared with itself.
//!
//! GPU twin: `shaders/lib/series.wgsl`.

use crate::kernels::abi::Pixel;
use crate::kernels::real::Real;

/// The years of a series at their places in the calendar.
#[derive(Clone, Debug)]
pub struct Series<R> {
    /// The values; 0 where missing.
    pub value: Vec<R>,
    /// 1 where there is a value, 0 where it is missing.
    pub weight: Vec<R>,
    /// Valid years.
    pub n: R,
}

impl<R: Real> Series<R> {
    /// The series of input `slot`.
    #[inline(always)]
    #[must_use]
    pub fn read(pixel: &Pixel<'_, '_, R>, slot: usize) -> Self {
        let [zero, one] = [0.0, 1.0].map(R::of);
        let n_years = pixel.n_steps(slot);
        let mut series = Self { value: Vec::with_capacity(n_years), weight: Vec::with_capacity(n_years), n: zero };
        for step in 0..n_years {
            let y = pixel.sample(slot, step);
            let weight = R::select(y.valid, one, zero);
            series.value.push(y.value);
            series.weight.push(weight);
            series.n = series.n + weight;
        }
        series
    }
}
