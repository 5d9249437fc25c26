//! Sequential Mann-Kendall test: when did the trend begin?
//!
//! ```text
//! UF_t = S / √Var of the valid years up to t          (Z of Mann-Kendall without continuity; 0 for one year)
//! UB_t = S / √Var of the valid years from t on        (the negated curve of the reversed series)
//! ```
//!
//! | symbol | meaning                                                       | unit |
//! |--------|---------------------------------------------------------------|------|
//! | UF     | the forward curve, one value a valid year                     | 1    |
//! | UB     | the backward curve                                            | 1    |
//! | year   | the first year in which the curves have met or changed sides, at a height within ±1.96 | year |
//!
//! Without ties `S / 2` is the published count of earlier smaller values less its mean, `k(k−1)/4`,
//! and Var / 4 its variance, `k(k−1)(2k+5)/72`; UF of the last year is Z without continuity. Equal
//! values count half, and in the variance, where the published count leaves them out and both
//! curves sink. The curves are missing in gaps. Where they never meet within the bounds, the year
//! is missing; where they meet more than once, it is the first time. The height is taken on the
//! straight line between two years.
//!
//! Source: Sneyers (1990), WMO Technical Note 143;
//! `docs/science/trends.md#sequential-mann-kendall`.
//! GPU twin: `shaders/kernels/statistics/mk_sequential.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{NamedConstant, thresholds};
use crate::kernels::lib::persistence::{MAX_MARGIN, Z_95, margin_of, margin_ports, put_margin};
use crate::kernels::lib::series::Series;
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::{Mask, Real};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::mann_kendall::pair_constants;
use super::pettitt::DatedParams;

/// Heights and distances of the curves this near to a decision are computed again in `f64`.
const NEAR: f64 = 1e-5;

ports! {
    /// Ports of the outputs.
    pub mod port {
        /// The forward curve.
        UF = "uf",
        /// The backward curve.
        UB = "ub",
        /// Year of the crossing.
        YEAR = "year",
        /// How near the pixel is to the recheck in `f64`.
        MARGIN = "margin",
        /// Bits of [`flags`](crate::kernels::flags).
        FLAGS = "flags",
    }
}

/// The sequential Mann-Kendall test of a series.
#[derive(Clone, Debug)]
pub struct MkSequential {
    /// Valid years that a pixel needs, at least 3.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
    /// The first of them.
    pub first_year: i32,
}

/// S / √Var of the years so far, forwards from the first or backwards from the last.
#[inline(always)]
fn curve<R: Real>(y: &Series<R>, forwards: bool) -> Vec<R> {
    let [zero, one, two, three] = [0.0, 1.0, 2.0, 3.0].map(R::of);
    let n_years = y.value.len();
    let at = |index: usize| if forwards { index } else { n_years - 1 - index };
    let mut curve = vec![zero; n_years];
    let mut s = zero;
    let mut variance = zero;
    let mut before = zero;
    for i in 0..n_years {
        let here = y.value[at(i)];
        let mut smaller = zero;
        let mut larger = zero;
        for j in 0..i {
            smaller = smaller + R::select(y.value[at(j)].lt(here), y.weight[at(j)], zero);
            larger = larger + R::select(here.lt(y.value[at(j)]), y.weight[at(j)], zero);
        }
        let weight = y.weight[at(i)];
        let tied = before - smaller - larger;
        s = s + weight
            * if forwards {
                smaller - larger
            } else {
                larger - smaller
            };
        // Three times the variance: whole numbers.
        variance = variance + weight * (before * (before + two) - tied * (tied + two));
        before = before + weight;
        let is_varied = variance.gt(zero);
        curve[at(i)] = R::select(
            is_varied,
            s / (R::select(is_varied, variance, one) / three).sqrt(),
            zero,
        );
    }
    curve
}

impl Twin for MkSequential {
    const SPEC: KernelSpec = KernelSpec {
        name: "mk_sequential",
        title: "sequential Mann-Kendall test",
        missing: "fewer than min_years valid years; curves in gaps; the year where the curves \
            never meet within ±1.96",
        source: "Sneyers (1990), WMO Technical Note 143",
        wgsl: include_str!("../../../shaders/kernels/statistics/mk_sequential.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/series.wgsl"),
            include_str!("../../../shaders/lib/persistence.wgsl"),
        ],
        params: DatedParams::FIELDS,
        ports: port::NAMES,
        tolerance: "S and 3 Var are whole numbers; division and square root; near crossings in f64",
        canary: ("variance, is_varied) / 3.0", "variance, is_varied) / 3.01"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("y", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        let curve = |name: &'static str, years: &str| {
            Port::output(name, Steps::Annual, Tolerance::relative(1e-6)).described(format!(
                "Sequential Mann-Kendall of the years {years}, {{series}}"
            ))
        };
        let year = Port::output("year", Steps::Static, Tolerance::Exact)
            .whole()
            .suffix("_sequential_year")
            .unit(UnitRule::Is("year"))
            .described(
                "First year in which the sequential Mann-Kendall curves of {series} meet within \
                 1.96 of 0",
            );
        let [margin, flags] = margin_ports(port::MARGIN);
        vec![
            curve("uf", "up to each"),
            curve("ub", "from each on"),
            year,
            margin.suffix("_sequential_margin"),
            flags.suffix("_sequential_flags"),
        ]
    }

    fn params(&self) -> Vec<u8> {
        DatedParams::bytes(self.min_years, self.first_year)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        pair_constants(self.n_years)
            .into_iter()
            .chain(thresholds![NEAR])
            .collect()
    }

    fn ranks(&self) -> RankDependence {
        RankDependence::Inputs
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
        let y = Series::read(pixel, 0);
        let uf = curve(&y, true);
        let ub = curve(&y, false);
        let is_enough = y.n.ge(R::of(f64::from(self.min_years.max(3))));

        let mut year = zero;
        let mut is_found = R::Mask::of(false);
        let mut margin = R::of(MAX_MARGIN);
        let mut distance_before = zero;
        let mut uf_before = zero;
        for step in 0..uf.len() {
            let is_valid = y.weight[step].gt(half);
            let distance = uf[step] - ub[step];
            // Two curves that are both 0 meet exactly, on every engine.
            let is_exact = (uf[step].abs() + ub[step].abs()).le(zero) | !is_valid;
            margin = R::select(
                is_exact,
                margin,
                margin.min(margin_of(distance, zero, NEAR)),
            );
            let falls = distance_before.gt(zero) & distance.le(zero);
            let rises = distance_before.lt(zero) & distance.ge(zero);
            let is_crossing = (falls | rises) & is_valid;
            let way = R::select(
                is_crossing,
                distance_before / R::select(is_crossing, distance_before - distance, one),
                zero,
            );
            let height = (uf_before + way * (uf[step] - uf_before)).abs();
            margin = R::select(
                is_crossing,
                margin.min(margin_of(height, R::of(Z_95), NEAR)),
                margin,
            );
            let is_first = is_crossing & height.le(R::of(Z_95)) & !is_found;
            year = R::select(
                is_first,
                R::of(f64::from(self.first_year) + step as f64),
                year,
            );
            is_found = is_found | is_first;
            distance_before = R::select(is_valid, distance, distance_before);
            uf_before = R::select(is_valid, uf[step], uf_before);
            pixel.put(port::UF, step, uf[step], is_enough & is_valid);
            pixel.put(port::UB, step, ub[step], is_enough & is_valid);
        }
        pixel.put(port::YEAR, 0, year, is_enough & is_found);
        put_margin(pixel, port::MARGIN, margin, is_enough);
    }
}
