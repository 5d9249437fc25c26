//! Two straight lines that meet: a trend that changes in one year.
//!
//! ```text
//! y_t = a + b (t − c) + d · max(t − c, 0)        least squares for each year c; the c with the least Σ e²
//! F   = (Σ e² of one line − Σ e² of two) / (Σ e² of two / (n − 3));  p of F(1, n − 3), naive
//! ```
//!
//! | symbol | meaning                                                             | unit |
//! |--------|---------------------------------------------------------------------|------|
//! | c      | the knot: a calendar year with at least 3 valid years before and 3 after it; the first of equals | year |
//! | b      | slope before the knot                                               | unit of y per year |
//! | b + d  | slope after it                                                      | unit of y per year |
//! | n      | valid years                                                         | 1    |
//! | p      | as if the knot had been known                                       | 1    |
//!
//! **p is naive**: the knot is searched for, so that p is too small; white noise gives p < 0.05 in
//! far more than 5 of 100 pixels. Missing where a single line leaves nothing to explain.
//!
//! With `e` the residuals of one line and `v` the part of `max(t − c, 0)` that a line does not
//! explain, the second line takes `(Σ v e)² / Σ v²` from Σ e², and `d = Σ v e / Σ v²`.
//!
//! Source: Hudson (1966), J. Am. Stat. Assoc. 61, 1097-1129;
//! `docs/science/trends.md#two-segments`.
//! GPU twin: `shaders/kernels/statistics/two_segment.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{NamedConstant, thresholds};
use crate::kernels::lib::persistence::{
    Line, MAX_MARGIN, fit_line, is_varied, margin_of, margin_of_spread, margin_ports, put_margin,
};
use crate::kernels::lib::series::Series;
use crate::kernels::lib::tails::{beta_tail, inverse_beta_table};
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::mann_kendall::pair_constants;
use super::pettitt::DatedParams;

/// Shares of the unexplained variance this near to one another are compared in `f64`.
const NEAR_GAIN: f64 = 4e-6;
/// A later knot must take this much more of the unexplained variance: less is the rounding of
/// `f64`, 1e-10 where residuals are a millionth of the range.
const EQUAL_GAIN: f64 = 1e-9;
/// A share that two lines leave below this is computed again in `f64`.
const PERFECT_FIT: f64 = 1e-4;

ports! {
    /// Ports of the outputs.
    pub mod port {
        /// The knot.
        YEAR = "year",
        /// Slope before it.
        SLOPE_BEFORE = "slope_before",
        /// Slope after it.
        SLOPE_AFTER = "slope_after",
        /// Naive p.
        P = "p",
        /// How near the pixel is to the recheck in `f64`.
        MARGIN = "margin",
        /// Bits of [`flags`](crate::kernels::flags).
        FLAGS = "flags",
    }
}

/// The continuous two-segment line of a series.
#[derive(Clone, Debug)]
pub struct TwoSegment {
    /// Valid years that a pixel needs, at least 7.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
    /// The first of them.
    pub first_year: i32,
}

/// What a knot takes from the unexplained variance, its change of slope, and the slope of its bend.
#[inline(always)]
fn bend<R: Real>(line: &Line<R>, knot: usize) -> [R; 3] {
    let [zero, one] = [0.0, 1.0].map(R::of);
    let e = &line.residuals.series;
    let after = |t: usize| R::of(t.saturating_sub(knot) as f64);
    let mut v_mean = zero;
    let mut sum_tv = zero;
    for t in 0..e.value.len() {
        v_mean = v_mean + e.weight[t] * after(t);
        sum_tv = sum_tv + e.weight[t] * (R::of(t as f64) - line.t_mean) * after(t);
    }
    v_mean = v_mean / e.n.max(one);
    let of_line = sum_tv / line.sum_tt.max(one);
    let mut sum_vv = zero;
    let mut sum_ve = zero;
    for t in 0..e.value.len() {
        let v = e.weight[t] * (after(t) - v_mean - of_line * (R::of(t as f64) - line.t_mean));
        sum_vv = sum_vv + v * v;
        sum_ve = sum_ve + v * e.value[t];
    }
    // The least bend there is, of six years about a knot, leaves more than 0.1.
    let change = sum_ve / sum_vv.max(R::of(1e-3));
    [change * sum_ve, change, of_line]
}

impl Twin for TwoSegment {
    const SPEC: KernelSpec = KernelSpec {
        name: "two_segment",
        title: "continuous line of two segments",
        missing: "fewer than min_years or 7 valid years; no year with 3 on either side; a series \
            on its line",
        source: "Hudson (1966), J. Am. Stat. Assoc. 61, 1097-1129",
        wgsl: include_str!("../../../shaders/kernels/statistics/two_segment.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/tails.wgsl"),
            include_str!("../../../shaders/lib/series.wgsl"),
            include_str!("../../../shaders/lib/persistence.wgsl"),
        ],
        params: DatedParams::FIELDS,
        ports: port::NAMES,
        tolerance: "centred sums of n products relative to the half range; knots nearly equal in \
                    f64; p: within 1e-5 and 1e-3 of p",
        canary: ("let change = sum_ve", "let change = 1.001 * sum_ve"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("y", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        let year = Port::output("year", Steps::Static, Tolerance::Exact)
            .whole()
            .unit(UnitRule::Is("year"))
            .described(
                "Year in which the trend of {series} changes, by the best line of two segments",
            );
        let slope = |name: &'static str, when: &str| {
            Port::output(name, Steps::Static, Tolerance::relative(4e-6))
                .unit(UnitRule::PerYear(0))
                .described(format!("Slope of {{series}} {when} that year"))
        };
        let p = Port::output("p", Steps::Static, Tolerance::PValue).described(
            "Naive p of the second segment of {series}: the year is searched for, so that p is \
             too small",
        );
        [
            year,
            slope("slope_before", "before"),
            slope("slope_after", "after"),
            p,
        ]
        .into_iter()
        .chain(margin_ports(port::MARGIN))
        .collect()
    }

    fn params(&self) -> Vec<u8> {
        DatedParams::bytes(self.min_years, self.first_year)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        pair_constants(self.n_years)
            .into_iter()
            .chain(thresholds![NEAR_GAIN, EQUAL_GAIN, PERFECT_FIT])
            .collect()
    }

    fn tables(&self) -> Vec<f64> {
        inverse_beta_table(self.n_years.max(4) - 3, 1)
    }

    fn ranks(&self) -> RankDependence {
        RankDependence::Made
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one, three] = [0.0, 0.5, 1.0, 3.0].map(R::of);
        let y = Series::read(pixel, 0);
        let line = fit_line(&y);
        let x = &line.residuals;
        let is_varied = is_varied(x);
        let total = R::select(is_varied, x.square, one);
        let more = R::of(EQUAL_GAIN) * total;
        let mut best = -one;
        let mut second = -one;
        let mut year = zero;
        let mut change = zero;
        let mut of_line = zero;
        let mut before = zero;
        for knot in 0..y.value.len() {
            let after = y.n - before - y.weight[knot];
            let is_knot = before.gt(three - half) & after.gt(three - half);
            let [gain, change_here, of_line_here] = bend(&line, knot);
            let is_better = is_knot & gain.gt(best + more);
            second = R::select(
                is_knot,
                R::select(is_better, best, second.max(gain)),
                second,
            );
            best = R::select(is_better, gain, best);
            year = R::select(
                is_better,
                R::of(f64::from(self.first_year) + knot as f64),
                year,
            );
            change = R::select(is_better, change_here, change);
            of_line = R::select(is_better, of_line_here, of_line);
            before = before + y.weight[knot];
        }
        let explained = (best / total).max(zero).min(one);
        let df = (y.n - three).max(one);
        let p = beta_tail(
            one - explained,
            explained,
            half * df,
            half,
            pixel.table_at(df),
        );
        let slope_before = x.slope - change * of_line;

        let is_enough = y.n.ge(R::of(f64::from(self.min_years.max(7))));
        let has_knot = is_enough & is_varied & best.ge(zero);
        pixel.put(port::YEAR, 0, year, has_knot);
        pixel.put(port::SLOPE_BEFORE, 0, slope_before * line.scale, has_knot);
        pixel.put(
            port::SLOPE_AFTER,
            0,
            (slope_before + change) * line.scale,
            has_knot,
        );
        pixel.put(port::P, 0, p, has_knot);
        let of_gain = ((best - second).abs() / (total * R::of(NEAR_GAIN))).min(R::of(MAX_MARGIN));
        let of_fit = margin_of(one - explained, zero, PERFECT_FIT);
        let margin = margin_of_spread(x).min(of_gain).min(of_fit);
        put_margin(
            pixel,
            port::MARGIN,
            R::select(line.is_constant, R::of(MAX_MARGIN), margin),
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
        let is_slope = port == port::SLOPE_BEFORE || port == port::SLOPE_AFTER;
        let scale = if is_slope {
            fit_line(&Series::read(pixel, 0)).scale
        } else {
            0.0
        };
        reference.abs() + scale
    }
}
