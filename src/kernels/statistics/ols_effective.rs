//! t test of the linear trend with as many degrees of freedom as independent years are worth.
//!
//! ```text
//! r     = Σ e_t e_{t−1} / Σ e_t²                      e = residuals of the least-squares line
//! ρ     = (n r + 2) / (n − 4), between 0 and 1         r without its bias
//! n_eff = n (1 − ρ) / (1 + ρ)
//! t     = slope / √[Σ e² / (n_eff − 2) / Σ (t − t̄)²];  p two-sided, n_eff − 2 degrees of freedom
//! ```
//!
//! | symbol | meaning                                                          | unit |
//! |--------|------------------------------------------------------------------|------|
//! | n      | valid years                                                      | 1    |
//! | r      | autocorrelation of the residuals between adjacent calendar years | 1    |
//! | ρ      | the autocorrelation that gives such an r on average              | 1    |
//! | `n_eff` | independent years that tell as much, never more than n           | 1    |
//!
//! The sample autocorrelation of residuals from a line is too small by `(2 + 4ρ) / n` on average:
//! at n = 20 that is a quarter of a persistence of 0.4, and without a correction the test rejects
//! too often. A negative ρ counts as 0, so that no series is worth more than its years. With
//! `n_eff` of 2 or less there is no p: such a series tells nothing about a trend.
//!
//! Source: Santer et al. (2000), J. Geophys. Res. 105, 7337-7356 (the test); van Giersbergen (2005), Econ. Lett.
//! 89, 75-82 (the bias).
//! GPU twin: `shaders/kernels/statistics/ols_effective.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{NamedConstant, thresholds};
use crate::kernels::lib::persistence::{
    Line, MAX_MARGIN, autocorrelation, fit_line, is_varied, margin_of, margin_of_spread,
    margin_ports, put_margin,
};
use crate::kernels::lib::series::Series;
use crate::kernels::lib::tails::{beta_tail, inverse_beta_half};
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::mann_kendall::pair_constants;
use super::mean_cv::MinYearsParams;

/// With `n_eff` this near to 2 the pixel is computed again in `f64`.
const NEAR_TWO: f64 = 0.2;

ports! {
    /// Ports of the outputs.
    pub mod port {
        /// Effective number of years.
        N = "n",
        /// Two-sided p.
        P = "p",
        /// How near the pixel is to the recheck in `f64`.
        MARGIN = "margin",
        /// Bits of [`flags`](crate::kernels::flags).
        FLAGS = "flags",
    }
}

/// The t test of the linear trend with the effective number of years.
#[derive(Clone, Debug)]
pub struct OlsEffective {
    /// Valid years that a pixel needs, at least 5.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
}

/// What the test finds; tables of single series have it from here too.
pub(crate) struct EffectiveTest<R> {
    /// ρ before it is held between 0 and 1.
    pub(crate) unbiased: R,
    /// Effective number of years.
    pub(crate) n_eff: R,
    /// Two-sided p; of no use where `n_eff` is 2 or less.
    pub(crate) p: R,
}

/// The test of a line through `n` valid years.
#[inline(always)]
pub(crate) fn effective_test<R: Real>(line: &Line<R>, n: R) -> EffectiveTest<R> {
    let [zero, half, one, two, four] = [0.0, 0.5, 1.0, 2.0, 4.0].map(R::of);
    let x = &line.residuals;
    let r = autocorrelation(x, 1);
    let unbiased = (n * r + two) / (n - four).max(one);
    let rho = unbiased.max(zero).min(one);
    let n_eff = n * (one - rho) / (one + rho);

    let explained = x.slope * x.slope * line.sum_tt;
    let total = R::select(is_varied(x), x.square + explained, one);
    let a = half * (n_eff - two).max(R::of(1e-3));
    let p = beta_tail(
        x.square / total,
        explained / total,
        a,
        half,
        inverse_beta_half(a),
    );
    EffectiveTest { unbiased, n_eff, p }
}

impl Twin for OlsEffective {
    const SPEC: KernelSpec = KernelSpec {
        name: "ols_effective",
        title: "t test of the linear trend with the effective number of years",
        missing: "fewer than min_years or 5 valid years; a series on its line; p where n_eff <= 2",
        source: "Santer et al. (2000), J. Geophys. Res. 105; van Giersbergen (2005), Econ. Lett. \
            89",
        wgsl: include_str!("../../../shaders/kernels/statistics/ols_effective.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/tails.wgsl"),
            include_str!("../../../shaders/lib/series.wgsl"),
            include_str!("../../../shaders/lib/persistence.wgsl"),
        ],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "correlation of the residuals as of lag1, three times that in n_eff; p: that \
            times dp/dn",
        canary: ("(n * r + 2.0)", "(n * r + 2.02)"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("y", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        let n = Port::output("n", Steps::Static, Tolerance::relative(6e-5)).described(
            "Independent years that tell as much of the trend of {series} as its valid years",
        );
        let p = Port::output(
            "p",
            Steps::Static,
            Tolerance::Relative {
                relative: 1e-3,
                absolute: 5e-5,
            },
        )
        .described(
            "Two-sided p of the linear trend of {series} with the effective number of years",
        );
        [n, p]
            .into_iter()
            .chain(margin_ports(port::MARGIN))
            .collect()
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        pair_constants(self.n_years)
            .into_iter()
            .chain(thresholds![NEAR_TWO])
            .collect()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let two = R::of(2.0);
        let y = Series::read(pixel, 0);
        let n = y.n;
        let line = fit_line(&y);
        let x = &line.residuals;
        let is_varied = is_varied(x);
        let EffectiveTest { n_eff, p, .. } = effective_test(&line, n);

        let is_enough = n.ge(R::of(f64::from(self.min_years.max(5))));
        pixel.put(port::N, 0, n_eff, is_enough & is_varied);
        pixel.put(port::P, 0, p, is_enough & is_varied & n_eff.gt(two));
        let of_spread = R::select(line.is_constant, R::of(MAX_MARGIN), margin_of_spread(x));
        put_margin(
            pixel,
            port::MARGIN,
            of_spread.min(margin_of(n_eff, two, NEAR_TWO)),
            is_enough,
        );
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        port: usize,
        _step: usize,
        reference: f64,
    ) -> f64 {
        if port == port::N {
            Series::read(pixel, 0).n
        } else {
            reference.abs()
        }
    }
}
