//! Mann-Kendall test with the variance of Yue and Wang, for years that are not independent.
//!
//! ```text
//! x_t  = y_t − sen · t
//! r_k  = autocorrelation of x at lag k
//! Var* = Var · [1 + 2 Σ_k (1 − k/n) r_k]              k = 1, or all lags
//! Z    = (S − sign S) / √Var*;  p two-sided, normal
//! ```
//!
//! | symbol | meaning                                                          | unit |
//! |--------|------------------------------------------------------------------|------|
//! | y      | the series; S and Var as of the Mann-Kendall test                 | any  |
//! | sen    | its Theil-Sen slope                                              | unit of y per year |
//! | `r_k`  | correlation of residuals `k` calendar years apart                | 1    |
//! | n      | valid years                                                      | 1    |
//!
//! **All lags are unsafe.** The sample autocorrelations of any series sum to −1/2, so that the sum
//! takes most of the variance away, whatever the series: white noise passes for a trend. The
//! packages of R and Python do that by default. Lag 1 alone is the default here, and `min_factor`
//! bounds the loss.
//!
//! Where Var* is not positive, Z and p are missing. A constant series has Z = 0 and p = 1.
//!
//! Source: Yue & Wang (2004), Water Resour. Manag. 18, 201-218;
//! `docs/science/trends.md#yue-and-wang`.
//! GPU twin: `shaders/kernels/statistics/mk_yue_wang.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{NamedConstant, thresholds};
use crate::kernels::lib::mann_kendall::{compare_pairs, standardised};
use crate::kernels::lib::normal::normal_p_value;
use crate::kernels::lib::persistence::{
    MAX_MARGIN, Residuals, autocorrelation, margin_of, margin_of_spread, margin_ports, put_margin,
    residuals,
};
use crate::kernels::lib::series::Series;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

use super::mann_kendall::{described_by_form, pair_constants};

/// A factor below this is computed again in `f64`.
const SMALL_FACTOR: f64 = 0.05;

gpu_params! {
    /// Parameters as the shader takes them.
    pub struct MkYueWangParams {
        /// Valid years that a pixel needs.
        min_years: u32,
        /// Lags that count, from 1 on.
        n_lags: u32,
        /// The variance is not multiplied by less.
        min_factor: f32,
        _pad0: u32,
    }
}

ports! {
    /// Ports of the outputs.
    pub mod port {
        /// Standard normal deviate.
        Z = "z",
        /// Two-sided p.
        P = "p",
        /// How near the pixel is to the recheck in `f64`.
        MARGIN = "margin",
        /// Bits of [`flags`](crate::kernels::flags).
        FLAGS = "flags",
    }
}

/// The Mann-Kendall test with the variance of Yue and Wang.
#[derive(Clone, Debug)]
pub struct MkYueWang {
    /// Valid years that a pixel needs, at least 3.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
    /// Whether all lags count, which is unsafe, or the first alone.
    pub all_lags: bool,
    /// The variance is not multiplied by less: 0 for the published form, 1 to let it only grow.
    pub min_factor: f64,
}

impl MkYueWang {
    fn n_lags(&self) -> usize {
        if self.all_lags {
            self.n_years.saturating_sub(1)
        } else {
            1
        }
    }

    /// The factor of the variance.
    #[inline(always)]
    fn factor<R: Real>(&self, x: &Residuals<R>) -> R {
        let [zero, one, two] = [0.0, 1.0, 2.0].map(R::of);
        let n = x.series.n.max(one);
        let mut sum = zero;
        for lag in 1..=self.n_lags() {
            let left = (n - R::of(lag as f64)).max(zero);
            sum = sum + left * autocorrelation(x, lag);
        }
        (one + two * sum / n).max(R::of(self.min_factor))
    }
}

impl Twin for MkYueWang {
    const SPEC: KernelSpec = KernelSpec {
        name: "mk_yue_wang",
        title: "Mann-Kendall test with the variance of Yue and Wang",
        missing: "fewer than min_years valid years; a variance that is not positive",
        source: "Yue & Wang (2004), Water Resour. Manag. 18, 201-218",
        wgsl: include_str!("../../../shaders/kernels/statistics/mk_yue_wang.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/exponential.wgsl"),
            include_str!("../../../shaders/lib/normal.wgsl"),
            include_str!("../../../shaders/lib/series.wgsl"),
            include_str!("../../../shaders/lib/mann_kendall.wgsl"),
            include_str!("../../../shaders/lib/persistence.wgsl"),
        ],
        params: MkYueWangParams::FIELDS,
        ports: port::NAMES,
        tolerance: "correlations as of lag1, one for each lag, and 1 / factor; p: that times z \
            and its density",
        canary: ("2.0 * sum / n", "2.01 * sum / n"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![
            Port::input("y", Steps::Annual),
            Port::input("sen", Steps::Static),
        ]
    }

    fn outputs(&self) -> Vec<Port> {
        let form = if self.all_lags {
            "with the variance of Yue and Wang, all lags (unsafe: rejects white noise)"
        } else {
            "with the variance of Yue and Wang, first lag"
        };
        let z = Port::output("z", Steps::Static, Tolerance::relative(2e-5));
        let p = Port::output(
            "p",
            Steps::Static,
            Tolerance::Relative {
                relative: 1e-3,
                absolute: 1e-5,
            },
        );
        described_by_form(z, p, form)
            .into_iter()
            .chain(margin_ports(port::MARGIN))
            .collect()
    }

    fn params(&self) -> Vec<u8> {
        #[expect(clippy::cast_possible_truncation, reason = "shaders compute in f32")]
        let min_factor = self.min_factor as f32;
        let n_lags = u32::try_from(self.n_lags()).unwrap_or(u32::MAX);
        let params = MkYueWangParams {
            min_years: self.min_years,
            n_lags,
            min_factor,
            _pad0: 0,
        };
        bytemuck::bytes_of(&params).to_vec()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        pair_constants(self.n_years)
            .into_iter()
            .chain(thresholds![SMALL_FACTOR])
            .collect()
    }

    fn ranks(&self) -> RankDependence {
        RankDependence::Inputs
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let zero = R::of(0.0);
        let y = Series::read(pixel, 0);
        let sen = pixel.sample(1, 0);
        let x = residuals(&y, sen.value);
        let score = compare_pairs(&y);
        let factor = self.factor(&x);
        let is_positive = factor.gt(zero);
        let z = standardised(
            score.s,
            score.variance * R::select(is_positive, factor, R::of(1.0)),
        );
        let of_factor = R::select(
            x.is_constant,
            R::of(MAX_MARGIN),
            margin_of(factor, zero, SMALL_FACTOR),
        );

        let is_enough = y.n.ge(R::of(f64::from(self.min_years.max(3)))) & sen.valid;
        pixel.put(port::Z, 0, z, is_enough & is_positive);
        pixel.put(port::P, 0, normal_p_value(z), is_enough & is_positive);
        put_margin(
            pixel,
            port::MARGIN,
            margin_of_spread(&x).min(of_factor),
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
        if port != port::Z {
            return reference.abs();
        }
        let y = Series::read(pixel, 0);
        let sen = pixel.sample(1, 0);
        reference.abs() * (1.0 + 1.0 / self.factor(&residuals(&y, sen.value)))
    }
}
