//! Linear trend of an annual series inside a stage of the study by ordinary least squares.
//!
//! ```text
//! slope = Σ (t − t̄)(y − ȳ) / Σ (t − t̄)²        over the valid years of the stage
//! ```
//!
//! A constant series has slope 0. Missing with fewer than 3 valid years in the stage.
//!
//! Source: Draper & Smith (1998), *Applied Regression Analysis*, 3rd ed., chapter 1;
//! `docs/science/trends.md#ols`.
//! GPU twin: `shaders/kernels/statistics/stage_slope.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::mean_cv::MinYearsParams;

/// Valid years that a stage needs.
pub const MIN_YEARS_OF_STAGE: u32 = 3;

ports! {
    /// Ports of the outputs.
    pub mod port {
        /// Slope per year.
        SLOPE = "slope",
    }
}

/// The trend inside a stage.
#[derive(Clone, Debug)]
pub struct StageSlope {
    /// The first year of the stage, counted from the first of the study.
    pub first_step: usize,
    /// Its last year.
    pub last_step: usize,
}

impl Twin for StageSlope {
    const SPEC: KernelSpec = KernelSpec {
        name: "stage_slope",
        title: "linear trend inside a stage",
        missing: "fewer than 3 valid years in the stage",
        source: "Draper & Smith (1998), Applied Regression Analysis, ch. 1",
        wgsl: include_str!("../../../shaders/kernels/statistics/stage_slope.wgsl"),
        libs: &[],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "centred sums of n products relative to the half range",
        canary: ("sum_tz += t * z", "sum_tz += t * z * 1.0001"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("y", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![
            Port::output("slope", Steps::Static, Tolerance::relative(1e-6))
                .unit(UnitRule::PerYear(0))
                .described("Linear trend of {series} {over} by ordinary least squares"),
        ]
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(MIN_YEARS_OF_STAGE)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        vec![
            ("FIRST_STEP", Constant::size(self.first_step)),
            ("LAST_STEP", Constant::size(self.last_step)),
        ]
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
        let n_in_stage = self.last_step + 1 - self.first_step;
        let mut n = zero;
        let mut t_mean = zero;
        let mut y_mean = zero;
        let mut lowest = zero;
        let mut highest = zero;
        for step in 0..n_in_stage {
            let y = pixel.sample(0, self.first_step + step);
            let is_first = n.lt(half);
            let low = R::select(is_first, y.value, lowest.min(y.value));
            let high = R::select(is_first, y.value, highest.max(y.value));
            lowest = R::select(y.valid, low, lowest);
            highest = R::select(y.valid, high, highest);
            t_mean = t_mean + R::select(y.valid, R::of(step as f64), zero);
            y_mean = y_mean + R::select(y.valid, y.value, zero);
            n = n + R::select(y.valid, one, zero);
        }
        let is_enough = n.ge(R::of(f64::from(MIN_YEARS_OF_STAGE)));
        let is_constant = lowest.ge(highest);
        let count = n.max(one);
        t_mean = t_mean / count;
        y_mean = y_mean / count;
        // Half the range as the scale: with it no square overflows.
        let scale = R::select(is_constant, one, half * highest - half * lowest);
        let per_scale = one / scale;

        let mut sum_tt = zero;
        let mut sum_tz = zero;
        for step in 0..n_in_stage {
            let y = pixel.sample(0, self.first_step + step);
            let t = R::select(y.valid, R::of(step as f64) - t_mean, zero);
            let z = R::select(y.valid, (y.value - y_mean) * per_scale, zero);
            sum_tt = sum_tt + t * t;
            sum_tz = sum_tz + t * z;
        }
        let slope = R::select(is_constant, zero, sum_tz / sum_tt.max(one));
        pixel.put(port::SLOPE, 0, slope * scale, is_enough);
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        _port: usize,
        _step: usize,
        reference: f64,
    ) -> f64 {
        let years = (self.first_step..=self.last_step).map(|step| pixel.sample(0, step));
        let values = years.filter(|y| y.valid).map(|y| y.value);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
            (low.min(y), high.max(y))
        });
        // A stage has few years and little range: the rounding of the values themselves counts, 2^-24 of the largest,
        // which is a sixteenth of the tolerance.
        let largest = f64::max(low.abs(), high.abs());
        reference.abs() + (high - low) / 2.0 + largest / 16.0
    }
}
