//! Sensitivity of a response to its drivers in the years of a baseline, before the human measures.
//!
//! ```text
//! y = b₀ + Σ coef_j x_j        on the complete years of the baseline
//! ```
//!
//! Missing with fewer complete years in all than `min_years`, with fewer in the baseline than drivers + 2 or three
//! quarters of its years, and where a driver is constant there or a combination of the others.
//!
//! Source: Evans & Geerken (2004), J. Arid Environ. 57, 535-554 (residual trends);
//! `docs/science/attribution.md#sensitivities`.
//! GPU twin: `shaders/kernels/attribution/sensitivity_baseline.wgsl`.

use crate::calendar::Years;
use crate::gpu_params;
use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::lib::sensitivity::{self, AnyFit, complete_years, fit_rows, port};
use crate::kernels::port::Port;
use crate::kernels::real::{Mask, Real};
use crate::kernels::statistics::driver_inputs;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;

gpu_params! {
    /// The years of a baseline.
    pub struct BaselineParams {
        first_step: u32,
        last_step: u32,
        min_rows: u32,
        min_years: u32,
    }
}

/// The regression inside a baseline.
#[derive(Clone, Debug)]
pub struct SensitivityBaseline {
    /// Complete years that a pixel needs in all.
    pub min_years: u32,
    /// Years of the study.
    pub years: Years,
    /// Years of the baseline, inside the study.
    pub baseline: Years,
    /// Drivers, 1 to [`MAX_PREDICTORS`](crate::kernels::lib::drivers::MAX_PREDICTORS).
    pub n_predictors: usize,
}

/// Complete years that a fit on `n_predictors` drivers needs inside a baseline.
#[must_use]
pub fn least_baseline_years(baseline: Years, n_predictors: usize) -> usize {
    (3 * baseline.count()).div_ceil(4).max(n_predictors + 2)
}

impl SensitivityBaseline {
    /// Steps of the first and the last year of the baseline.
    fn steps(&self) -> [usize; 2] {
        [self.baseline.first, self.baseline.last]
            .map(|year| usize::try_from(year - self.years.first).unwrap_or(0))
    }

    /// Complete years that a pixel needs in the baseline.
    fn min_rows(&self) -> u32 {
        u32::try_from(least_baseline_years(self.baseline, self.n_predictors)).unwrap_or(u32::MAX)
    }

    /// The fit, and whether there are enough complete years in all.
    #[inline(always)]
    fn fit<R: Real>(&self, pixel: &Pixel<'_, '_, R>) -> (AnyFit<R>, R::Mask) {
        let [first_step, last_step] = self.steps();
        let mut rows = complete_years(self.n_predictors, pixel);
        let mut n = R::of(0.0);
        for (step, row) in rows.iter_mut().enumerate() {
            n = n + R::select(row.valid, R::of(1.0), R::of(0.0));
            row.valid = row.valid & R::Mask::of(step >= first_step && step <= last_step);
        }
        (
            fit_rows(self.n_predictors, &rows, self.min_rows()),
            n.ge(R::of(f64::from(self.min_years))),
        )
    }
}

impl Twin for SensitivityBaseline {
    const SPEC: KernelSpec = KernelSpec {
        name: "sensitivity_baseline",
        title: "regression on drivers in the years of a baseline",
        missing: "fewer complete years than min_years, or in the baseline than drivers + 2 or three \
            quarters of it, or singular",
        source: "Evans & Geerken (2004), J. Arid Environ. 57, 535-554",
        wgsl: include_str!("../../../shaders/kernels/attribution/sensitivity_baseline.wgsl"),
        libs: &[include_str!("../../../shaders/lib/drivers.wgsl")],
        params: BaselineParams::FIELDS,
        ports: port::NAMES,
        tolerance: "centred sums of n products times the variance inflation",
        canary: ("step <= params.last_step", "step < params.last_step"),
    };

    fn inputs(&self) -> Vec<Port> {
        driver_inputs(self.n_predictors)
    }

    fn outputs(&self) -> Vec<Port> {
        sensitivity::outputs(self.n_predictors)
    }

    fn params(&self) -> Vec<u8> {
        let [first_step, last_step] = self
            .steps()
            .map(|step| u32::try_from(step).unwrap_or(u32::MAX));
        let params = BaselineParams {
            first_step,
            last_step,
            min_rows: self.min_rows(),
            min_years: self.min_years,
        };
        bytemuck::bytes_of(&params).to_vec()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        vec![("N_PREDICTORS", Constant::size(self.n_predictors))]
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let (fit, is_enough) = self.fit(pixel);
        sensitivity::put(pixel, &fit, self.n_predictors, is_enough);
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        port: usize,
        _step: usize,
        reference: f64,
    ) -> f64 {
        sensitivity::error_scale(&self.fit(pixel).0, self.n_predictors, port, reference)
    }
}
