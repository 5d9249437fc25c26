//! Partial correlation of an annual response with each driver, all others held.
//!
//! ```text
//! r_j = β_j / √(β_j² + u VIF_j)         β, u, VIF as in `lib::drivers`
//! p   = two-sided, t = r √(df / (1 − r²)),  df = n − k − 1 with k predictors
//! ```
//!
//! which is `−Q_yj / √(Q_yy Q_jj)` with the inverse `Q` of the correlation matrix of response and
//! predictors, without forming `1 − r²` by subtraction. The order of every map is k − 1: all other
//! predictors are held, as collinear drivers change signs with the order.
//!
//! Source: Anderson (2003), *An Introduction to Multivariate Statistical Analysis*, 3rd ed.,
//! section 4.3; science note section 5.2.
//! GPU twin: `shaders/kernels/statistics/partial_correlation.wgsl`.

use crate::calendar::Steps;
use crate::kernels::abi::{KernelSpec, Pixel, Port, Twin};
use crate::kernels::lib::drivers::fit_drivers;
use crate::kernels::lib::tails::{beta_tail, inverse_beta_table};
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;

use super::mean_cv::MinYearsParams;
use super::regression::{driver_constants, driver_inputs};

/// The partial correlations of a response with its predictors.
#[derive(Clone, Debug)]
pub struct PartialCorrelation {
    /// Complete years that a pixel needs; never fewer than predictors + 2.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
    /// Predictors, 1 to [`MAX_PREDICTORS`](crate::kernels::lib::drivers::MAX_PREDICTORS).
    pub n_predictors: usize,
}

impl Twin for PartialCorrelation {
    const SPEC: KernelSpec = KernelSpec {
        name: "partial_correlation",
        title: "partial correlation with drivers",
        missing: "fewer than min_years complete years, singular, or a constant response",
        source: "Anderson (2003), Multivariate Statistical Analysis, section 4.3",
        wgsl: include_str!("../../../shaders/kernels/statistics/partial_correlation.wgsl"),
        libs: &[include_str!("../../../shaders/lib/tails.wgsl"), include_str!("../../../shaders/lib/drivers.wgsl")],
        params: MinYearsParams::FIELDS,
        tolerance: "centred sums of n products times the variance inflation; p: contract",
        canary: ("fit.unexplained * fit.vif[x]", "fit.unexplained * fit.vif[x] * 1.001"),
    };

    fn inputs(&self) -> Vec<Port> {
        driver_inputs(self.n_predictors)
    }

    fn outputs(&self) -> Vec<Port> {
        let each = |name: &'static str, tolerance: Tolerance| {
            (1..=self.n_predictors).map(move |x| Port::output(format!("{name}_{x}"), Steps::Static, tolerance.clone()))
        };
        let flags = Port::output("flags", Steps::Static, Tolerance::Exact);
        each("partial", Tolerance::relative(4e-6)).chain(each("p", Tolerance::PValue)).chain([flags]).collect()
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        driver_constants(self.n_predictors)
    }

    fn tables(&self) -> Vec<f64> {
        inverse_beta_table(self.n_years.max(self.n_predictors + 2) - self.n_predictors - 1, 1)
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
        let k = self.n_predictors;
        let fit = fit_drivers(pixel, k, self.min_years);
        let df = (fit.n - R::of(k as f64) - one).max(one);
        let has_p = fit.is_solved & !fit.is_constant;
        for x in 0..k {
            let explained = fit.beta[x] * fit.beta[x];
            let unexplained = fit.unexplained * fit.vif[x];
            let is_defined = has_p & (explained + unexplained).gt(zero);
            let total = R::select(is_defined, explained + unexplained, one);
            let r = R::select(fit.beta[x].lt(zero), -one, one) * (explained / total).sqrt();
            let p = beta_tail(unexplained / total, explained / total, half * df, half, pixel.table_at(df));
            pixel.put(x, 0, r, is_defined);
            pixel.put(k + x, 0, p, is_defined);
        }
        pixel.put(2 * k, 0, fit.flags, fit.flags.ge(zero));
    }

    fn magnitude(&self, pixel: &mut Pixel<'_, '_, f64>, port: usize, _step: usize, reference: f64) -> f64 {
        if port >= self.n_predictors {
            return reference.abs();
        }
        let fit = fit_drivers(pixel, self.n_predictors, self.min_years);
        fit.vif[..self.n_predictors].iter().fold(1.0, |worst, &vif| worst.max(vif))
    }
}
