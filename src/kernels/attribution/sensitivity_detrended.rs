//! Sensitivity of a response to its drivers without their trends: the year is one more regressor.
//!
//! ```text
//! y = b₀ + Σ coef_j x_j + c t        on the complete years, t = year
//! ```
//!
//! By the theorem of Frisch, Waugh and Lovell these are the coefficients of the regression of the
//! detrended response on the detrended drivers: a driver that has a trend is not credited with the
//! trend of the response, only with what varies together from year to year.
//!
//! Missing with fewer complete years than `min_years` or drivers + 3, and where a driver is
//! constant or a combination of the others and the year. The variance inflations are those with the
//! year in.
//!
//! Source: Frisch & Waugh (1933), Econometrica 1, 387-401; Lovell (1963), J. Am. Stat. Assoc. 58,
//! 993-1010; `docs/science/attribution.md#sensitivities`.
//! GPU twin: `shaders/kernels/attribution/sensitivity_detrended.wgsl`.

use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::lib::drivers::{Fit, complete_years, fit_drivers};
use crate::kernels::lib::sensitivity::{self, CAPACITY, VARIABLES, port};
use crate::kernels::port::Port;
use crate::kernels::real::{Mask, Real};
use crate::kernels::statistics::{MinYearsParams, driver_inputs};
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;

/// The regression with the year.
#[derive(Clone, Debug)]
pub struct SensitivityDetrended {
    /// Complete years that a pixel needs; never fewer than drivers + 3.
    pub min_years: u32,
    /// Drivers, 1 to [`MAX_PREDICTORS`](crate::kernels::lib::drivers::MAX_PREDICTORS).
    pub n_predictors: usize,
}

impl SensitivityDetrended {
    /// The fit on `n_drivers` and the year, with arrays for up to `K` predictors and `V` variables.
    #[inline(always)]
    fn fit<R: Real, const K: usize, const V: usize>(
        &self,
        n_drivers: usize,
        pixel: &Pixel<'_, '_, R>,
    ) -> Fit<R, K> {
        // Each year's values and the year itself.
        let mut rows = complete_years::<R, V>(n_drivers, pixel);
        for (step, row) in rows.iter_mut().enumerate() {
            row.value[n_drivers + 1] = R::of(step as f64);
        }
        fit_drivers(n_drivers + 1, &rows, self.min_years)
    }

    #[inline(always)]
    fn run<R: Real, const K: usize, const V: usize>(
        &self,
        n_drivers: usize,
        pixel: &mut Pixel<'_, '_, R>,
    ) {
        let fit = self.fit::<R, K, V>(n_drivers, pixel);
        sensitivity::put(pixel, &fit, n_drivers, R::Mask::of(true));
    }
}

impl Twin for SensitivityDetrended {
    const SPEC: KernelSpec = KernelSpec {
        name: "sensitivity_detrended",
        title: "regression on drivers and the year",
        missing: "fewer complete years than min_years or drivers + 3, or singular",
        source: "Frisch & Waugh (1933), Econometrica 1, 387-401; Lovell (1963), J. Am. Stat. \
            Assoc. 58, 993-1010",
        wgsl: include_str!("../../../shaders/kernels/attribution/sensitivity_detrended.wgsl"),
        libs: &[include_str!("../../../shaders/lib/drivers.wgsl")],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "centred sums of n products times the variance inflation",
        canary: ("= f32(step);", "= f32(step / 2u);"),
    };

    fn inputs(&self) -> Vec<Port> {
        driver_inputs(self.n_predictors)
    }

    fn outputs(&self) -> Vec<Port> {
        sensitivity::outputs(self.n_predictors)
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        vec![("N_PREDICTORS", Constant::size(self.n_predictors + 1))]
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        match self.n_predictors {
            // The drivers of the carbon chain have code of their own, as in `for_predictors`.
            3 => self.run::<R, 4, 5>(3, pixel),
            n_drivers => self.run::<R, CAPACITY, VARIABLES>(n_drivers, pixel),
        }
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        port: usize,
        _step: usize,
        reference: f64,
    ) -> f64 {
        let fit = self.fit::<f64, CAPACITY, VARIABLES>(self.n_predictors, pixel);
        sensitivity::error_scale(&fit, self.n_predictors, port, reference)
    }
}
