//! Multiple regression of an annual response on one to eight drivers, and its partial correlation
//! with each of them, all others held.
//!
//! ```text
//! y = b₀ + Σ coef_j x_j,   β_j = coef_j · s_xj / s_y
//! R² = explained / (explained + unexplained)
//! p  = upper tail of F = R²/(1 − R²) · (n − k − 1)/k with k and n − k − 1 degrees of freedom
//! r_j = β_j / √(β_j² + u VIF_j)         partial correlation; u, the unexplained share, and VIF as in `lib::drivers`
//! p_j = two-sided, t = r_j √(df / (1 − r_j²)),  df = n − k − 1 with k predictors
//! ```
//!
//! on the years where the response and every predictor are valid. `r_j` is `−Q_yj / √(Q_yy Q_jj)`
//! with the inverse `Q` of the correlation matrix of response and predictors, without forming `1 −
//! r²` by subtraction. The order of every partial correlation is k − 1: collinear drivers change
//! signs with the order.
//!
//! Missing where a predictor is constant or a pivot of the standardised system is under 1e-6. A
//! constant response has coefficients 0 and neither `R²` nor `p` nor partial correlations. Where the
//! other predictors explain all but 1e-10 of the variance of the response, what is left is rounding, and
//! there is no partial correlation. All of these are flagged as singular.
//!
//! Source: Draper & Smith (1998), *Applied Regression Analysis*, 3rd ed., chapters 5 and 6; Anderson
//! (2003), *An Introduction to Multivariate Statistical Analysis*, 3rd ed., section 4.3;
//! `docs/science/drivers.md#regression` and `docs/science/drivers.md#partial-correlation`.
//! GPU twin: `shaders/kernels/statistics/regression.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{Constant, NamedConstant, thresholds};
use crate::kernels::flags;
use crate::kernels::lib::drivers::{Fit, complete_years, fit_drivers, for_predictors};
use crate::kernels::lib::tails::{beta_tail, inverse_beta_table};
use crate::kernels::output::UnitRule;
use crate::kernels::port::{Port, port_index};
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::mean_cv::MinYearsParams;

ports! {
    /// Ports of the outputs.
    pub mod port {
        COEF = "coef_*",
        BETA = "beta_*",
        VIF = "vif_*",
        PARTIAL = "partial_*",
        PARTIAL_P = "partial_p_*",
        R2 = "r2",
        P = "p",
        FLAGS = "flags",
    }
}

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

/// Of the variance of a response, what rounding of single-precision values may be: a predictor has no partial
/// correlation with less. Where so little is unexplained, a pixel is decided in `f64`.
pub(super) const EXPLAINED_FULLY: f64 = 1e-10;

/// A response and its predictors as inputs.
pub(crate) fn driver_inputs(n_predictors: usize) -> Vec<Port> {
    let predictors = (1..=n_predictors).map(|x| Port::input(format!("x{x}"), Steps::Annual));
    std::iter::once(Port::input("y", Steps::Annual))
        .chain(predictors)
        .collect()
}

impl Regression {
    /// Most degrees of freedom that the tables have.
    fn table_df(&self) -> usize {
        self.n_years.max(self.n_predictors + 2) - self.n_predictors - 1
    }

    #[inline(always)]
    fn run<R: Real, const K: usize, const V: usize>(&self, k: usize, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
        let n_predictors = R::of(k as f64);
        let rows = complete_years::<R, V>(k, pixel);
        let fit: Fit<R, K> = fit_drivers(k, &rows, self.min_years);
        let df = (fit.n - n_predictors - one).max(one);
        let has_p = fit.is_solved & !fit.is_constant;
        let mut is_whole = has_p;
        let at = |port: usize| port_index(port::NAMES, port, k);
        for x in 0..k {
            pixel.put(
                at(port::COEF) + x,
                0,
                R::select(fit.is_constant, zero, fit.coef[x]),
                fit.is_solved,
            );
            pixel.put(
                at(port::BETA) + x,
                0,
                R::select(fit.is_constant, zero, fit.beta[x]),
                fit.is_solved,
            );
            pixel.put(at(port::VIF) + x, 0, fit.vif[x], fit.is_solved);

            let explained = fit.beta[x] * fit.beta[x];
            let unexplained = fit.unexplained * fit.vif[x];
            // What the others leave of the response; of rounding there is no correlation.
            let left = R::of(EXPLAINED_FULLY) * fit.vif[x];
            let is_defined = has_p & (explained + unexplained).gt(left);
            is_whole = is_whole & is_defined;
            let total = R::select(is_defined, explained + unexplained, one);
            let r = R::select(fit.beta[x].lt(zero), -one, one) * (explained / total).sqrt();
            let p = beta_tail(
                unexplained / total,
                explained / total,
                half * df,
                half,
                pixel.table_at(df),
            );
            pixel.put(at(port::PARTIAL) + x, 0, r, is_defined);
            pixel.put(at(port::PARTIAL_P) + x, 0, p, is_defined);
        }
        let total = R::select(has_p, fit.unexplained + fit.explained, one);
        let r2 = fit.explained / total;
        let inverse_beta = pixel.table_at(R::of(self.table_df() as f64 + 1.0) + df);
        let p = beta_tail(
            fit.unexplained / total,
            r2,
            half * df,
            half * n_predictors,
            inverse_beta,
        );
        pixel.put(at(port::R2), 0, r2, has_p);
        pixel.put(at(port::P), 0, p, has_p);
        let singular = R::of(f64::from(flags::SINGULAR));
        let more = R::select(fit.is_solved & !is_whole, singular, zero);
        pixel.put(at(port::FLAGS), 0, fit.flags + more, fit.flags.ge(zero));
    }

    /// Largest VIF, and what each standardised coefficient of 1 and each VIF are.
    fn sizes<R: Real, const K: usize, const V: usize>(
        &self,
        k: usize,
        pixel: &Pixel<'_, '_, R>,
    ) -> (f64, Vec<[f64; 2]>) {
        let fit: Fit<R, K> = fit_drivers(k, &complete_years::<R, V>(k, pixel), self.min_years);
        let worst = fit.vif[..k]
            .iter()
            .fold(1.0_f64, |worst, vif| worst.max(vif.lane(0)));
        (
            worst,
            (0..k)
                .map(|x| [fit.coef_per_beta[x].lane(0), fit.vif[x].lane(0)])
                .collect(),
        )
    }
}

impl Twin for Regression {
    const SPEC: KernelSpec = KernelSpec {
        name: "regression",
        title: "multiple regression on drivers and partial correlation",
        missing: "fewer than min_years complete years, or singular; r2, p and partial \
            correlations of a constant response",
        source: "Draper & Smith (1998), Applied Regression Analysis, ch. 5-6; Anderson (2003), \
            section 4.3",
        wgsl: include_str!("../../../shaders/kernels/statistics/regression.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/tails.wgsl"),
            include_str!("../../../shaders/lib/drivers.wgsl"),
        ],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "centred sums of n products times the variance inflation; p: within 1e-5 and \
                    1e-3 of p",
        canary: (
            "fit.unexplained * fit.vif[x]",
            "fit.unexplained * fit.vif[x] * 1.001",
        ),
    };

    fn inputs(&self) -> Vec<Port> {
        driver_inputs(self.n_predictors)
    }

    fn outputs(&self) -> Vec<Port> {
        let each = |name: &'static str, tolerance: Tolerance| {
            (1..=self.n_predictors).map(move |x| {
                Port::output(format!("{name}_{x}"), Steps::Static, tolerance.clone())
                    .suffix(format!("_{name}_{{driver}}"))
                    .of_driver(x - 1)
            })
        };
        let rounding = Tolerance::relative(4e-6);
        let coef = each("coef", rounding.clone()).zip(1..).map(|(port, x)| {
            port.unit(UnitRule::Quotient(0, x))
                .described("Coefficient of {driver} in the multiple regression of {series}")
        });
        let beta = each("beta", rounding.clone()).map(|port| {
            port.described(
                "Standardised coefficient of {driver} in the multiple regression of {series}",
            )
        });
        let vif = each("vif", rounding.clone())
            .map(|port| port.described("Variance inflation factor of {driver}"));
        let partial = each("partial", rounding).map(|port| {
            port.described(
                "Partial correlation of {series} with {driver}, all other predictors held",
            )
        });
        let partial_p = each("partial_p", Tolerance::PValue).map(|port| {
            port.suffix("_partial_{driver}_p")
                .described("Two-sided p of the partial correlation of {series} with {driver}")
        });
        let share = Tolerance::Relative {
            relative: 0.0,
            absolute: 1e-5,
        };
        let whole = [
            Port::output("r2", Steps::Static, share)
                .suffix("_drivers_r2")
                .described("Share of the variance of {series} that all predictors explain"),
            Port::output("p", Steps::Static, Tolerance::PValue)
                .suffix("_drivers_p")
                .described("p of the multiple regression of {series} (F test)"),
            Port::output("flags", Steps::Static, Tolerance::Exact).suffix("_regression_flags"),
        ];
        coef.chain(beta)
            .chain(vif)
            .chain(partial)
            .chain(partial_p)
            .chain(whole)
            .collect()
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        let sizes = [
            ("N_PREDICTORS", Constant::size(self.n_predictors)),
            ("TABLE_DF", Constant::size(self.table_df())),
        ];
        let thresholds = thresholds![EXPLAINED_FULLY];
        sizes.into_iter().chain(thresholds).collect()
    }

    fn tables(&self) -> Vec<f64> {
        let table = |numerator_df| inverse_beta_table(self.table_df(), numerator_df);
        [table(1), table(self.n_predictors)].concat()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        /// A free function, for the macro.
        #[inline(always)]
        fn run<R: Real, const K: usize, const V: usize>(
            k: usize,
            this: &Regression,
            pixel: &mut Pixel<'_, '_, R>,
        ) {
            this.run::<R, K, V>(k, pixel);
        }
        for_predictors!(self.n_predictors, run::<R>(self, pixel));
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        port: usize,
        _step: usize,
        reference: f64,
    ) -> f64 {
        fn sizes<R: Real, const K: usize, const V: usize>(
            k: usize,
            this: &Regression,
            pixel: &Pixel<'_, '_, R>,
        ) -> (f64, Vec<[f64; 2]>) {
            this.sizes::<R, K, V>(k, pixel)
        }
        let k = self.n_predictors;
        let at = |port: usize| port_index(port::NAMES, port, k);
        if port >= at(port::PARTIAL_P) {
            return reference.abs();
        }
        // Rounding of the correlations grows by the variance inflation.
        let (worst, sizes) = for_predictors!(k, sizes::<f64>(self, pixel));
        let [coef_per_beta, vif] = sizes[port % k];
        match port / k {
            port::COEF => worst * coef_per_beta,
            port::VIF => worst * vif,
            _ => worst,
        }
    }
}
