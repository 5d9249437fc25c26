//! An annual series in memory: read once, then compared with itself.
//!
//! GPU twin: `shaders/lib/series.wgsl`.

use smallvec::SmallVec;

use crate::kernels::real::Real;
use crate::kernels::views::Pixel;

/// Something of each year of a pixel. No memory is asked for up to 32 years, which most studies do
/// not reach.
pub type ByYear<T> = SmallVec<[T; 32]>;

/// The years of a series, those without a value too.
#[derive(Clone, Debug)]
pub struct Series<R> {
    /// The values; 0 where missing.
    pub value: ByYear<R>,
    /// 1 where there is a value, 0 where it is missing.
    pub weight: ByYear<R>,
    /// Valid years.
    pub n: R,
}

impl<R: Real> Series<R> {
    /// A series without a gap.
    #[must_use]
    pub fn complete(values: &[R]) -> Self {
        let value: ByYear<R> = values.iter().copied().collect();
        let weight = value.iter().map(|_| R::of(1.0)).collect();
        Self {
            n: R::of(values.len() as f64),
            value,
            weight,
        }
    }

    /// The series of input `slot`.
    #[inline(always)]
    #[must_use]
    pub fn read(pixel: &Pixel<'_, '_, R>, slot: usize) -> Self {
        let [zero, one] = [0.0, 1.0].map(R::of);
        let n_years = pixel.n_steps(slot);
        let mut series = Self {
            value: ByYear::new(),
            weight: ByYear::new(),
            n: zero,
        };
        // Not `with_capacity`: that is a call, and its result is moved, kilobytes for each group of pixels.
        series.value.reserve(n_years);
        series.weight.reserve(n_years);
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
