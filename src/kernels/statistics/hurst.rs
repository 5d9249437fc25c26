//! Hurst exponent by rescaled ranges: do high years follow high years?
//!
//! ```text
//! for τ = τ_min..=n, the first τ valid values:
//!     R(τ) = max − min of the cumulative deviations from their mean,  S(τ) = their standard deviation
//! H = least-squares slope of ln(R/S) on ln τ
//! ```
//!
//! | symbol | meaning                                                                   | unit |
//! |--------|---------------------------------------------------------------------------|------|
//! | H      | over 0.5 persistent, under it anti-persistent, in the limit of long series | 1    |
//! | null   | H that 95 of 100 series of white noise of as many years stay under        | 1    |
//! | p      | share of series of white noise of as many years with at least this H      | 1    |
//! | `τ_min` | shortest beginning that counts, 2 (default) or 3 years                    | years |
//! | S      | of the population (default: divided by τ) or of the sample (τ − 1)         | unit of the series |
//!
//! **0.5 is not the threshold of a short series.** At twenty years white noise has a mean H of 0.64
//! and is over 0.5 in nine of ten pixels: compare H with `null`, or take `p`. A trend alone also
//! gives a large H, over 1 even; it is not clipped. Valid values are taken in their order, gaps
//! left out. Beginnings in which all values are equal are left out; of a constant series there is
//! no H.
//!
//! Source: Hurst (1951), Trans. Am. Soc. Civ. Eng. 116, 770-808; Mandelbrot & Wallis (1969), Water Resour. Res. 5,
//! 967-988; `docs/science/trends.md#hurst`.
//! GPU twin: `shaders/kernels/statistics/hurst.wgsl`.

use std::sync::OnceLock;

use crate::calendar::Steps;
use crate::kernels::constant::{Constant, NamedConstant, thresholds};
use crate::kernels::lib::persistence::{
    MAX_MARGIN, margin_of, margin_ports, put_margin, residuals,
};
use crate::kernels::lib::rescaled_range::{
    N_QUANTILES, RangeRule, n_series, null_table, share_above,
};
use crate::kernels::lib::series::Series;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

/// A standard deviation below this, in parts of half the range, is computed again in `f64`.
const SMALL_SPREAD: f64 = 0.02;

gpu_params! {
    /// Parameters as the shader takes them.
    pub struct HurstParams {
        /// Valid years that a pixel needs.
        min_years: u32,
        /// The shortest beginning that counts.
        tau_min: u32,
        /// Series of white noise in the table.
        n_series: f32,
        _pad0: u32,
    }
}

ports! {
    /// Ports of the outputs.
    pub mod port {
        /// The exponent.
        H = "h",
        /// 95 % quantile of white noise.
        NULL = "null",
        /// Share of white noise with at least this exponent.
        P = "p",
        /// How near the pixel is to the recheck in `f64`.
        MARGIN = "margin",
        /// Bits of [`flags`](crate::kernels::flags).
        FLAGS = "flags",
    }
}

/// The Hurst exponent of a series.
#[derive(Clone, Debug)]
pub struct Hurst {
    min_years: u32,
    n_years: usize,
    rule: RangeRule,
    /// Made when first asked for: it is a simulation.
    tables: OnceLock<Vec<f64>>,
}

impl Hurst {
    /// The exponent of series of `n_years`, of which a pixel needs `min_years`, and at least 4.
    #[must_use]
    pub fn new(min_years: u32, n_years: usize, rule: RangeRule) -> Self {
        Self {
            min_years,
            n_years,
            rule,
            tables: OnceLock::new(),
        }
    }

    /// ln τ for τ = 0..=n, what is subtracted from ln(R/S), the quantiles of white noise, their 95
    /// %.
    fn make_tables(&self) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "years are few")]
        let ln = (0..=self.n_years).map(|tau| (tau.max(1) as f64).ln());
        let shift = (0..=self.n_years).map(|tau| self.rule.shift(tau));
        ln.chain(shift)
            .chain(null_table(self.n_years, self.rule))
            .collect()
    }
}

/// ln τ and ln(R/S) of the first years, whether they count, and the margin of their spread.
struct Beginning<R: Real> {
    ln_tau: R,
    ln_rs: R,
    counts: R::Mask,
}

impl Twin for Hurst {
    const SPEC: KernelSpec = KernelSpec {
        name: "hurst",
        title: "Hurst exponent by rescaled ranges, beside white noise",
        missing: "fewer than min_years or 4 valid years; fewer than two beginnings with \
            different values",
        source: "Hurst (1951), Trans. Am. Soc. Civ. Eng. 116; Mandelbrot & Wallis (1969), Water \
            Resour. Res. 5",
        wgsl: include_str!("../../../shaders/kernels/statistics/hurst.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/series.wgsl"),
            include_str!("../../../shaders/lib/persistence.wgsl"),
            include_str!("../../../shaders/lib/rescaled_range.wgsl"),
        ],
        params: HurstParams::FIELDS,
        ports: port::NAMES,
        tolerance: "range and deviation to 1e-5, logarithms to 5e-7; p: that times the density \
            of white noise",
        canary: ("sum_lq / select", "1.0001 * sum_lq / select"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("y", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        let within = |name: &'static str, absolute: f64| {
            Port::output(
                name,
                Steps::Static,
                Tolerance::Relative {
                    relative: 0.0,
                    absolute,
                },
            )
        };
        let h = within("h", 1e-5).suffix("").described(
            "Hurst exponent of {series} by rescaled ranges; compare it with {stem}_null, not 0.5",
        );
        let null = Port::output("null", Steps::Static, Tolerance::relative(1e-6)).described(
            "Hurst exponent that 95 of 100 series of white noise of as many years stay under",
        );
        let p = within("p", 5e-5).described(
            "Share of white noise of as many years with at least the Hurst exponent of {series}",
        );
        [h, null, p]
            .into_iter()
            .chain(margin_ports(port::MARGIN))
            .collect()
    }

    fn params(&self) -> Vec<u8> {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        #[expect(clippy::cast_precision_loss, reason = "at most 20,000")]
        let n_series = n_series(self.n_years) as f32;
        let params = HurstParams {
            min_years: self.min_years,
            tau_min: count(self.rule.tau_min),
            n_series,
            _pad0: 0,
        };
        bytemuck::bytes_of(&params).to_vec()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        [
            ("N_YEARS", Constant::size(self.n_years)),
            ("N_QUANTILES", Constant::size(N_QUANTILES)),
        ]
        .into_iter()
        .chain(thresholds![SMALL_SPREAD])
        .collect()
    }

    fn tables(&self) -> Vec<f64> {
        self.tables.get_or_init(|| self.make_tables()).clone()
    }

    fn ranks(&self) -> RankDependence {
        // Beginnings whose values are all equal are left out.
        RankDependence::Inputs
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
        let stride = R::of((self.n_years + 1) as f64);
        let y = Series::read(pixel, 0);
        let x = residuals(&y, zero);
        let mut margin = R::of(MAX_MARGIN);
        let mut ranges: Vec<Beginning<R>> = Vec::with_capacity(y.value.len());
        let mut tau = zero;
        let mut lowest = zero;
        let mut highest = zero;
        let mut n_ranges = zero;
        let mut ln_tau_mean = zero;
        let mut ln_range_mean = zero;
        for t in 0..y.value.len() {
            let (is_valid, is_first) = (y.weight[t].gt(half), tau.lt(half));
            let low = R::select(is_first, y.value[t], lowest.min(y.value[t]));
            let high = R::select(is_first, y.value[t], highest.max(y.value[t]));
            lowest = R::select(is_valid, low, lowest);
            highest = R::select(is_valid, high, highest);
            tau = tau + y.weight[t];
            let counts =
                is_valid & tau.gt(R::of(self.rule.tau_min as f64 - 0.5)) & lowest.lt(highest);

            let mut mean = zero;
            for i in 0..=t {
                mean = mean + x.series.value[i];
            }
            mean = mean / tau.max(one);
            let mut sum = zero;
            let mut least = zero;
            let mut most = zero;
            let mut square = zero;
            for i in 0..=t {
                let deviation = y.weight[i] * (x.series.value[i] - mean);
                sum = sum + deviation;
                least = least.min(sum);
                most = most.max(sum);
                square = square + deviation * deviation;
            }
            let spread = (square / tau.max(one)).sqrt();
            // Of two years R = S, whatever they are.
            let is_pair = tau.lt(R::of(2.5));
            let has_range = counts & !is_pair & spread.gt(zero);
            let range = R::select(
                has_range,
                (most - least) / R::select(has_range, spread, one),
                one,
            );
            let ln_tau = pixel.table_at(tau);
            let ln_range = range.ln() - pixel.table_at(stride + tau);
            margin = R::select(
                counts & !is_pair,
                margin.min(margin_of(spread, zero, SMALL_SPREAD)),
                margin,
            );
            n_ranges = n_ranges + R::select(counts, one, zero);
            ln_tau_mean = ln_tau_mean + R::select(counts, ln_tau, zero);
            ln_range_mean = ln_range_mean + R::select(counts, ln_range, zero);
            ranges.push(Beginning {
                ln_tau,
                ln_rs: ln_range,
                counts,
            });
        }
        ln_tau_mean = ln_tau_mean / n_ranges.max(one);
        ln_range_mean = ln_range_mean / n_ranges.max(one);
        let mut sum_ll = zero;
        let mut sum_lq = zero;
        for range in &ranges {
            let l = R::select(range.counts, range.ln_tau - ln_tau_mean, zero);
            let q = R::select(range.counts, range.ln_rs - ln_range_mean, zero);
            sum_ll = sum_ll + l * l;
            sum_lq = sum_lq + l * q;
        }
        let has_slope = n_ranges.gt(one + half);
        let h = sum_lq / R::select(has_slope, sum_ll, one);
        let quantile_95 = pixel.table_at(stride * R::of(N_QUANTILES as f64 + 2.0) + y.n);
        let p = share_above(
            pixel,
            2 * (self.n_years + 1),
            y.n,
            h,
            n_series(self.n_years),
        );

        let is_enough = y.n.ge(R::of(f64::from(self.min_years.max(4))));
        pixel.put(port::H, 0, h, is_enough & has_slope);
        pixel.put(port::NULL, 0, quantile_95, is_enough);
        pixel.put(port::P, 0, p, is_enough & has_slope);
        put_margin(pixel, port::MARGIN, margin, is_enough);
    }
}
