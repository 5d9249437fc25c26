//! Mann-Kendall test with the variance of Hamed and Rao, for years that are not independent.
//!
//! ```text
//! x_t   = y_t − sen · t
//! ρ_k   = autocorrelation of the ranks of x at lag k
//! Var*  = Var · [1 + 2 / (n(n−1)(n−2)) · Σ_k (n−k)(n−k−1)(n−k−2) ρ_k]      over all k with |ρ_k| > 1.96 / √n
//! Z     = (S − sign S) / √Var*;  p two-sided, normal
//! ```
//!
//! | symbol | meaning                                                          | unit |
//! |--------|------------------------------------------------------------------|------|
//! | y      | the series; S and Var as of the Mann-Kendall test                 | any  |
//! | sen    | its Theil-Sen slope                                              | unit of y per year |
//! | `ρ_k`  | correlation of ranks `k` calendar years apart                    | 1    |
//! | n      | valid years                                                      | 1    |
//!
//! Sen's line goes through two of the points, which are then tied but for the rounding of the
//! slope. Residuals within 1e-5 of half the range of the series and of its line count as tied, and
//! ties have their middle rank.
//!
//! Negative correlations make the variance small and Z large: `min_factor` bounds that. Where Var*
//! is not positive, Z and p are missing. A constant series has Z = 0 and p = 1.
//!
//! Source: Hamed & Rao (1998), J. Hydrol. 204, 182-196;
//! `docs/science/trends.md#hamed-and-rao`.
//! GPU twin: `shaders/kernels/statistics/mk_hamed_rao.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{NamedConstant, thresholds};
use crate::kernels::lib::mann_kendall::{compare_pairs, standardised};
use crate::kernels::lib::normal::normal_p_value;
use crate::kernels::lib::persistence::{
    MAX_MARGIN, Residuals, Z_95, autocorrelation, is_varied, margin_of, margin_of_line,
    margin_ports, put_margin, residuals,
};
use crate::kernels::lib::series::Series;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

use super::mann_kendall::{described_by_form, pair_constants};

/// Residuals nearer than this, in parts of the scale, are tied.
const TIED: f64 = 1e-5;
/// Differences this near to [`TIED`] are computed again in `f64`.
const NEAR_TIED: f64 = 1e-6;
/// Correlations this near to the limit of significance are computed again in `f64`.
const NEAR_LIMIT: f64 = 2e-6;
/// A factor below this is computed again in `f64`.
const SMALL_FACTOR: f64 = 0.05;

gpu_params! {
    /// Parameters as the shader takes them.
    pub struct MkHamedRaoParams {
        /// Valid years that a pixel needs.
        min_years: u32,
        /// The variance is not multiplied by less.
        min_factor: f32,
        _pad0: u32,
        _pad1: u32,
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

/// The Mann-Kendall test with the variance of Hamed and Rao.
#[derive(Clone, Debug)]
pub struct MkHamedRao {
    /// Valid years that a pixel needs, at least 3.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
    /// The variance is not multiplied by less: 0 for the published form, 1 to let it only grow.
    pub min_factor: f64,
}

/// Twice the middle ranks of the residuals less their mean, whole numbers, and how near the nearest
/// decision is.
#[inline(always)]
fn ranks<R: Real>(x: &Residuals<R>) -> (Residuals<R>, R) {
    let [zero, one, tied] = [0.0, 1.0, TIED].map(R::of);
    let n_years = x.series.value.len();
    let mut ranks = Residuals {
        slope: zero,
        square: zero,
        rounding: zero,
        ..x.clone()
    };
    // On a line there are no ranks, only how the series is stored.
    let is_varied = is_varied(x);
    let mut margin = margin_of_line(x);
    for i in 0..n_years {
        let mut rank = zero;
        for j in (0..n_years).filter(|&j| j != i) {
            let difference = x.series.value[i] - x.series.value[j];
            let sign = R::select(difference.gt(tied), one, zero)
                - R::select(difference.lt(-tied), one, zero);
            rank = rank + x.series.weight[j] * sign;
            let of_pair = margin_of(difference.abs(), tied, NEAR_TIED);
            let is_pair = (x.series.weight[i] * x.series.weight[j]).gt(zero);
            margin = R::select(is_pair, margin.min(of_pair), margin);
        }
        ranks.series.value[i] = R::select(is_varied, x.series.weight[i] * rank, zero);
        ranks.square = ranks.square + ranks.series.value[i] * ranks.series.value[i];
    }
    (ranks, margin)
}

impl MkHamedRao {
    /// The factor of the variance, and how near the nearest decision is.
    #[inline(always)]
    fn factor<R: Real>(&self, x: &Residuals<R>) -> (R, R) {
        let [zero, one, two] = [0.0, 1.0, 2.0].map(R::of);
        let n = x.series.n;
        let limit = R::of(Z_95) / n.max(one).sqrt();
        let (ranks, mut margin) = ranks(x);
        let mut sum = zero;
        for lag in 1..x.series.value.len() {
            let rho = autocorrelation(&ranks, lag);
            let left = n - R::of(lag as f64);
            let counts = rho.abs().gt(limit) & left.gt(zero);
            sum = sum + R::select(counts, left * (left - one) * (left - two) * rho, zero);
            margin = R::select(
                left.gt(two),
                margin.min(margin_of(rho.abs(), limit, NEAR_LIMIT)),
                margin,
            );
        }
        let orders = (n * (n - one) * (n - two)).max(one);
        let factor = (one + two * sum / orders).max(R::of(self.min_factor));
        (factor, margin.min(margin_of(factor, zero, SMALL_FACTOR)))
    }
}

impl Twin for MkHamedRao {
    const SPEC: KernelSpec = KernelSpec {
        name: "mk_hamed_rao",
        title: "Mann-Kendall test with the variance of Hamed and Rao",
        missing: "fewer than min_years valid years; a variance that is not positive",
        source: "Hamed & Rao (1998), J. Hydrol. 204, 182-196",
        wgsl: include_str!("../../../shaders/kernels/statistics/mk_hamed_rao.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/exponential.wgsl"),
            include_str!("../../../shaders/lib/normal.wgsl"),
            include_str!("../../../shaders/lib/series.wgsl"),
            include_str!("../../../shaders/lib/mann_kendall.wgsl"),
            include_str!("../../../shaders/lib/persistence.wgsl"),
        ],
        params: MkHamedRaoParams::FIELDS,
        ports: port::NAMES,
        tolerance: "ranks are whole numbers; sums of n products of the factor, and 1 / factor; \
                    p: within 1e-5 and 1e-3 of p",
        canary: ("2.0 * sum / orders", "2.002 * sum / orders"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![
            Port::input("y", Steps::Annual),
            Port::input("sen", Steps::Static),
        ]
    }

    fn outputs(&self) -> Vec<Port> {
        let z = Port::output("z", Steps::Static, Tolerance::relative(2e-6));
        let p = Port::output("p", Steps::Static, Tolerance::PValue);
        described_by_form(z, p, "with the variance of Hamed and Rao")
            .into_iter()
            .chain(margin_ports(port::MARGIN))
            .collect()
    }

    fn params(&self) -> Vec<u8> {
        #[expect(clippy::cast_possible_truncation, reason = "shaders compute in f32")]
        let min_factor = self.min_factor as f32;
        let params = MkHamedRaoParams {
            min_years: self.min_years,
            min_factor,
            _pad0: 0,
            _pad1: 0,
        };
        bytemuck::bytes_of(&params).to_vec()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        pair_constants(self.n_years)
            .into_iter()
            .chain(thresholds![TIED, NEAR_TIED, NEAR_LIMIT, SMALL_FACTOR])
            .collect()
    }

    fn ranks(&self) -> RankDependence {
        RankDependence::Made
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let zero = R::of(0.0);
        let y = Series::read(pixel, 0);
        let sen = pixel.sample(1, 0);
        let x = residuals(&y, sen.value);
        let score = compare_pairs(&y);
        let (factor, margin) = self.factor(&x);
        let is_positive = factor.gt(zero);
        let z = standardised(
            score.s,
            score.variance * R::select(is_positive, factor, R::of(1.0)),
        );

        let is_enough = y.n.ge(R::of(f64::from(self.min_years.max(3)))) & sen.valid;
        pixel.put(port::Z, 0, z, is_enough & is_positive);
        pixel.put(port::P, 0, normal_p_value(z), is_enough & is_positive);
        put_margin(
            pixel,
            port::MARGIN,
            R::select(x.is_constant, R::of(MAX_MARGIN), margin),
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
        let (factor, _) = self.factor(&residuals(&y, sen.value));
        reference.abs() * (1.0 + 1.0 / factor)
    }
}
