//! Spearman's partial rank correlation of an annual response with one to eight drivers, all others held.
//!
//! ```text
//! rank_i = smaller values − larger values = 2 rank − (n + 1)      of each variable; ties have their middle rank
//! r_j    = β_j / √(β_j² + u VIF_j)                                 β, u and VIF of the regression of the ranks
//! p_j    = two-sided, t = r_j √(df / (1 − r_j²)),  df = n − k − 1 with k predictors
//! ```
//!
//! on the years where the response and every predictor are valid, which alone are ranked. This is the partial correlation of
//! [`Regression`](super::Regression) of the ranks. With one driver it is Spearman's rank correlation.
//!
//! Ranks are whole numbers, so that every engine has the same ones of the same values. p is the approximation by Student's
//! t for every n, as scipy's `spearmanr` and pingouin's `partial_corr(method="spearman")` have it.
//!
//! Missing where a predictor is constant, a pivot of the system of ranks is under 1e-6, or the response is constant.
//!
//! Source: Kendall & Stuart (1973), *The Advanced Theory of Statistics*, vol. 2, 3rd ed., sections 27.3 and 31.19;
//! Conover & Iman (1981), *The American Statistician* 35, 124-129; `docs/science/drivers.md#rank-correlation`.
//! GPU twin: `shaders/kernels/statistics/partial_rank.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{Constant, NamedConstant, thresholds};
use crate::kernels::flags;
use crate::kernels::lib::drivers::{Fit, Row, complete_years, fit_drivers, for_predictors};
use crate::kernels::lib::series::ByYear;
use crate::kernels::lib::tails::{beta_tail, inverse_beta_table};
use crate::kernels::port::{Port, port_index};
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::mean_cv::MinYearsParams;
use super::regression::{EXPLAINED_FULLY, driver_inputs};

ports! {
    /// Ports of the outputs.
    pub mod port {
        PARTIAL = "partial_*",
        PARTIAL_P = "partial_p_*",
        FLAGS = "flags",
    }
}

/// The partial rank correlations of a response with its predictors.
#[derive(Clone, Debug)]
pub struct PartialRank {
    /// Complete years that a pixel needs; never fewer than predictors + 2.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
    /// Predictors, 1 to [`MAX_PREDICTORS`](crate::kernels::lib::drivers::MAX_PREDICTORS).
    pub n_predictors: usize,
}

/// The ranks of each variable over complete years.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "indices as in the shader")]
fn ranks_of<R: Real, const V: usize>(k: usize, rows: &[Row<R, V>]) -> ByYear<Row<R, V>> {
    let [zero, one] = [0.0, 1.0].map(R::of);
    let n_variables = k + 1;
    let mut ranks = ByYear::new();
    ranks.reserve(rows.len());
    for here in rows {
        let mut rank = [zero; V];
        for there in rows {
            let weight = R::select(there.valid, one, zero);
            for v in 0..n_variables {
                let is_larger = here.value[v].lt(there.value[v]);
                let is_smaller = there.value[v].lt(here.value[v]);
                rank[v] = rank[v] + R::select(is_smaller, weight, zero);
                rank[v] = rank[v] - R::select(is_larger, weight, zero);
            }
        }
        ranks.push(Row {
            value: rank,
            valid: here.valid,
        });
    }
    ranks
}

impl PartialRank {
    /// Most degrees of freedom that the table has.
    fn table_df(&self) -> usize {
        self.n_years.max(self.n_predictors + 2) - self.n_predictors - 1
    }

    #[inline(always)]
    fn run<R: Real, const K: usize, const V: usize>(&self, k: usize, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
        let ranks = ranks_of::<R, V>(k, &complete_years::<R, V>(k, pixel));
        let fit: Fit<R, K> = fit_drivers(k, &ranks, self.min_years);
        let df = (fit.n - R::of(k as f64) - one).max(one);
        let has_p = fit.is_solved & !fit.is_constant;
        let mut is_whole = has_p;
        let at = |port: usize| port_index(port::NAMES, port, k);
        for x in 0..k {
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
        let singular = R::of(f64::from(flags::SINGULAR));
        let more = R::select(fit.is_solved & !is_whole, singular, zero);
        pixel.put(at(port::FLAGS), 0, fit.flags + more, fit.flags.ge(zero));
    }

    /// The largest variance inflation of the ranks.
    fn worst_vif<R: Real, const K: usize, const V: usize>(
        &self,
        k: usize,
        pixel: &Pixel<'_, '_, R>,
    ) -> f64 {
        let ranks = ranks_of::<R, V>(k, &complete_years::<R, V>(k, pixel));
        let fit: Fit<R, K> = fit_drivers(k, &ranks, self.min_years);
        let vifs = fit.vif[..k].iter();
        vifs.fold(1.0_f64, |worst, vif| worst.max(vif.lane(0)))
    }
}

impl Twin for PartialRank {
    const SPEC: KernelSpec = KernelSpec {
        name: "partial_rank",
        title: "Spearman's partial rank correlation with drivers",
        missing: "fewer than min_years complete years, singular, or a constant response",
        source: "Kendall & Stuart (1973), vol. 2, sections 27.3 and 31.19; Conover & Iman (1981), The American \
            Statistician 35, 124-129",
        wgsl: include_str!("../../../shaders/kernels/statistics/partial_rank.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/tails.wgsl"),
            include_str!("../../../shaders/lib/drivers.wgsl"),
        ],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "ranks are whole numbers; sums of n products times the variance inflation; p: within 1e-5 and 1e-3 \
                    of p",
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
                    .of_driver(x - 1)
            })
        };
        let partial = each("partial", Tolerance::relative(4e-6)).map(|port| {
            port.suffix("_partial_{driver}").described(
                "Spearman's partial rank correlation of {series} with {driver}, all other predictors held",
            )
        });
        let partial_p = each("partial_p", Tolerance::PValue).map(|port| {
            port.suffix("_partial_{driver}_p").described(
                "Two-sided p of Spearman's partial rank correlation of {series} with {driver}",
            )
        });
        let flags = Port::output("flags", Steps::Static, Tolerance::Exact).suffix("_rank_flags");
        partial.chain(partial_p).chain([flags]).collect()
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        let sizes = [("N_PREDICTORS", Constant::size(self.n_predictors))];
        sizes
            .into_iter()
            .chain(thresholds![EXPLAINED_FULLY])
            .collect()
    }

    fn tables(&self) -> Vec<f64> {
        inverse_beta_table(self.table_df(), 1)
    }

    fn ranks(&self) -> RankDependence {
        RankDependence::Inputs
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        /// A free function, for the macro.
        #[inline(always)]
        fn run<R: Real, const K: usize, const V: usize>(
            k: usize,
            this: &PartialRank,
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
        fn worst<R: Real, const K: usize, const V: usize>(
            k: usize,
            this: &PartialRank,
            pixel: &Pixel<'_, '_, R>,
        ) -> f64 {
            this.worst_vif::<R, K, V>(k, pixel)
        }
        if port >= self.n_predictors {
            return reference.abs();
        }
        // Rounding of the correlations grows by the variance inflation.
        for_predictors!(self.n_predictors, worst::<f64>(self, pixel))
    }
}
