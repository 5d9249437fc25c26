//! Mean and coefficient of variation of an annual series.
//!
//! ```text
//! mean = Σ x / n,  cv = √(Σ (x − mean)² / (n − 1)) / mean
//! ```
//!
//! over the valid years; missing with fewer than `min_years` of them. The coefficient is a
//! fraction, and missing where the mean is within 1e-6 of 0.
//!
//! GPU twin: `shaders/kernels/statistics/mean_cv.wgsl`.

use crate::calendar::Steps;
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

gpu_params! {
    /// Parameters as the shader takes them, of every statistic that needs `min_years`.
    pub struct MinYearsParams {
        /// Valid years that a pixel needs.
        min_years: u32,
        _pad0: u32,
        _pad1: u32,
        _pad2: u32,
    }
}

impl MinYearsParams {
    /// The bytes of a rule.
    #[must_use]
    pub fn bytes(min_years: u32) -> Vec<u8> {
        bytemuck::bytes_of(&Self {
            min_years,
            _pad0: 0,
            _pad1: 0,
            _pad2: 0,
        })
        .to_vec()
    }
}

ports! {
    /// Ports of the outputs.
    pub mod port {
        MEAN = "mean",
        CV = "cv",
    }
}

/// The two moments.
#[derive(Clone, Debug)]
pub struct MeanCv {
    /// Valid years that a pixel needs.
    pub min_years: u32,
}

impl Twin for MeanCv {
    const SPEC: KernelSpec = KernelSpec {
        name: "mean_cv",
        title: "mean and coefficient of variation",
        missing: "fewer than min_years valid years; cv also where |mean| < 1e-6",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/statistics/mean_cv.wgsl"),
        libs: &[],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "sums of n values relative to the largest; cv relative to largest / |mean|",
        canary: ("square += d * d", "square += d * d * 1.0002"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("x", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![
            Port::output("mean", Steps::Static, Tolerance::relative(1e-6))
                .unit(UnitRule::OfInput(0))
                .described("Mean of {series} over the years"),
            Port::output("cv", Steps::Static, Tolerance::relative(4e-6))
                .described("Coefficient of variation of {series}, standard deviation / mean"),
        ]
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, one] = [0.0, 1.0].map(R::of);
        let mut n = zero;
        let mut sum = zero;
        let mut lowest = zero;
        let mut highest = zero;
        for step in 0..pixel.n_steps(0) {
            let x = pixel.sample(0, step);
            let is_first = n.lt(R::of(0.5));
            let low = R::select(is_first, x.value, lowest.min(x.value));
            let high = R::select(is_first, x.value, highest.max(x.value));
            lowest = R::select(x.valid, low, lowest);
            highest = R::select(x.valid, high, highest);
            sum = sum + R::select(x.valid, x.value, zero);
            n = n + R::select(x.valid, one, zero);
        }
        // A sum of equal values, divided, need not be that value; its cv is 0 all the same.
        let rough_mean = R::select(lowest.ge(highest), lowest, sum / n.max(one));
        let mut deviation = zero;
        let mut square = zero;
        for step in 0..pixel.n_steps(0) {
            let x = pixel.sample(0, step);
            let d = R::select(x.valid, x.value - rough_mean, zero);
            deviation = deviation + d;
            square = square + d * d;
        }
        let mean = rough_mean + deviation / n.max(one);
        let variance = (square - deviation * deviation / n.max(one)).max(zero) / (n - one).max(one);
        let is_enough = n.ge(R::of(f64::from(self.min_years)));
        let has_cv = mean.abs().ge(R::of(1e-6)) & n.gt(R::of(1.5));
        pixel.put(port::MEAN, 0, mean, is_enough);
        pixel.put(
            port::CV,
            0,
            variance.sqrt() / R::select(has_cv, mean, one),
            is_enough & has_cv,
        );
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        port: usize,
        _step: usize,
        reference: f64,
    ) -> f64 {
        let values = (0..pixel.n_steps(0))
            .map(|step| pixel.sample(0, step))
            .filter(|x| x.valid);
        let (largest, sum, n) = values.fold((0.0_f64, 0.0, 0.0), |(largest, sum, n), x| {
            (largest.max(x.value.abs()), sum + x.value, n + 1.0)
        });
        if port == port::MEAN {
            return largest;
        }
        // The mean divides; where values of both signs leave little of it, its rounding counts.
        let mean = f64::max((sum / f64::max(n, 1.0)).abs(), 1e-6);
        reference.abs() * (largest / mean)
    }
}
