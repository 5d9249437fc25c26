//! Multiple regression of an annual response on one to eight drivers.
//!
//! ```text
//! y = b₀ + Σ coef_j x_j,   β_j = coef_j · s_xj / s_y
//! R² = explained / (explained + unexplained)
//! p  = upper tail of F = R²/(1 − R²) · (n − k − 1)/k with k and n − k − 1 degrees of freedom
//! ```
//!
//! on the years where the response and every predictor are valid. Missing where a predictor is
//! constant or a pivot of the standardised system is under 1e-6. A constant response has
//! coefficients 0 and neither `R²` nor `p`.
//!
//! Source: Draper & Smith (1998), *Applied Regression Analysis*, 3rd ed., chapters 5 and 6; science
//! note sections 5.3 and 5.4.
//! GPU twin: `shaders/kernels/statistics/regression.wgsl`.

use crate::calendar::Steps;
use crate::kernels::abi::{KernelSpec, Pixel, Port, Twin};
use crate::kernels::lib::drivers::fit_drivers;
use crate::kernels::lib::tails::{beta_tail, inverse_beta_table};
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;

use super::mean_cv::MinYearsParams;

/// The regression of a response on its predictors.
#[derive(Clone, Debug)]
pub struct Regression {
    /// Complete years that a pixel needs; never fewer than predictors + 2.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
    /// Predictors, 1 to [`MAX_PREDICTORS`](crate::kernels::lib::drivers::MAX_PREDICTORS).
    pub n_predictors: usize,
}

/// A response and its predictors as inputs.
pub(super) fn driver_inputs(n_predictors: usize) -> Vec<Port> {
    let predictors = (1..=n_predictors).map(|x| Port::input(format!("x{x}"), Steps::Annual));
    std::iter::once(Port::input("y", Steps::Annual)).chain(predictors).collect()
}

/// `N_PREDICTORS` of the shader.
pub(super) fn driver_constants(n_predictors: usize) -> Vec<(&'static str, u32)> {
    vec![("N_PREDICTORS", u32::try_from(n_predictors).unwrap_or(u32::MAX))]
}

impl Twin for Regression {
    const SPEC: KernelSpec = KernelSpec {
        name: "regression",
        title: "multiple regression on drivers",
        missing: "fewer than min_years complete years, or singular; r2 and p of a constant response",
        source: "Draper & Smith (1998), Applied Regression Analysis, ch. 5-6",
        wgsl: include_str!("../../../shaders/kernels/statistics/regression.wgsl"),
        libs: &[include_str!("../../../shaders/lib/tails.wgsl"), include_str!("../../../shaders/lib/drivers.wgsl")],
        params: MinYearsParams::FIELDS,
        tolerance: "centred sums of n products times the variance inflation; p: contract",
        canary: ("select(fit.coef[x], 0.0", "select(fit.coef[x] * 1.001, 0.0"),
    };

    fn inputs(&self) -> Vec<Port> {
        driver_inputs(self.n_predictors)
    }

    fn outputs(&self) -> Vec<Port> {
        let k = self.n_predictors;
        let each = |name: &'static str| {
            (1..=k).map(move |x| Port::output(format!("{name}_{x}"), Steps::Static, Tolerance::relative(4e-6)))
        };
        let rest = [
            Port::output("r2", Steps::Static, Tolerance::Relative { relative: 0.0, absolute: 1e-5 }),
            Port::output("p", Steps::Static, Tolerance::PValue),
            Port::output("flags", Steps::Static, Tolerance::Exact),
        ];
        each("coef").chain(each("beta")).chain(each("vif")).chain(rest).collect()
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        driver_constants(self.n_predictors)
    }

    fn tables(&self) -> Vec<f64> {
        inverse_beta_table(self.n_years.max(self.n_predictors + 2) - self.n_predictors - 1, self.n_predictors)
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
        let k = self.n_predictors;
        let n_predictors = R::of(k as f64);
        let fit = fit_drivers(pixel, k, self.min_years);
        for x in 0..k {
            pixel.put(x, 0, R::select(fit.is_constant, zero, fit.coef[x]), fit.is_solved);
            pixel.put(k + x, 0, R::select(fit.is_constant, zero, fit.beta[x]), fit.is_solved);
            pixel.put(2 * k + x, 0, fit.vif[x], fit.is_solved);
        }
        let has_p = fit.is_solved & !fit.is_constant;
        let total = R::select(has_p, fit.unexplained + fit.explained, one);
        let r2 = fit.explained / total;
        let df = (fit.n - n_predictors - one).max(one);
        let p = beta_tail(fit.unexplained / total, r2, half * df, half * n_predictors, pixel.table_at(df));
        pixel.put(3 * k, 0, r2, has_p);
        pixel.put(3 * k + 1, 0, p, has_p);
        pixel.put(3 * k + 2, 0, fit.flags, fit.flags.ge(zero));
    }

    fn magnitude(&self, pixel: &mut Pixel<'_, '_, f64>, port: usize, _step: usize, reference: f64) -> f64 {
        let k = self.n_predictors;
        if port >= 3 * k {
            return reference.abs();
        }
        // Rounding of the correlations grows by the variance inflation.
        let fit = fit_drivers(pixel, k, self.min_years);
        let worst = fit.vif[..k].iter().fold(1.0_f64, |worst, &vif| worst.max(vif));
        let x = port % k;
        match port / k {
            0 => worst * fit.coef_per_beta[x],
            1 => worst,
            _ => worst * fit.vif[x],
        }
    }
}
