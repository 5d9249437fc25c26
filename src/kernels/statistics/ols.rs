//! Linear trend of an annual series by ordinary least squares.
//!
//! ```text
//! slope     = Σ (t − t̄)(y − ȳ) / Σ (t − t̄)²          t = year − first year of the study
//! intercept = ȳ − slope · t̄                            the line in the first year of the study
//! r²        = explained / (explained + unexplained),   explained = slope² Σ (t − t̄)²
//! p         = two-sided, t = slope / se, n − 2 degrees of freedom
//! ```
//!
//! over the valid years, at their positions in the calendar. A constant series has slope 0 and no
//! `r²` and no `p`. `n` is there for every pixel, 0 included.
//!
//! | class | meaning                         |
//! |-------|---------------------------------|
//! | 1     | strong decrease, p < 0.01       |
//! | 2     | decrease, p < 0.05              |
//! | 3     | no significant change           |
//! | 4     | increase, p < 0.05              |
//! | 5     | strong increase, p < 0.01       |
//!
//! A `p` within 1e-4 of a threshold is flagged for the recheck in `f64`, as is a line that
//! leaves less than 1e-4 of the variance unexplained.
//!
//! Source: Draper & Smith (1998), *Applied Regression Analysis*, 3rd ed., chapter 1;
//! `docs/science/trends.md#ols`.
//! GPU twin: `shaders/kernels/statistics/ols.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{NamedConstant, thresholds};
use crate::kernels::flags;
use crate::kernels::lib::tails::{beta_tail, inverse_beta_table};
use crate::kernels::output::{OutputKind, UnitRule};
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::mean_cv::MinYearsParams;

/// The classes of a trend with their labels.
pub const TREND_CLASSES: [(u8, &str); 5] = [
    (1, "strong decrease"),
    (2, "decrease"),
    (3, "no significant change"),
    (4, "increase"),
    (5, "strong increase"),
];

/// A p this near to a threshold of the classes is computed again in `f64`.
const NEAR_P: f64 = 1e-4;
/// Below this unexplained share the residuals of `f32` are mostly rounding, and a pixel is decided
/// in `f64`.
const PERFECT_FIT: f64 = 1e-4;

ports! {
    /// Ports of the outputs.
    pub mod port {
        /// Slope per year.
        SLOPE = "slope",
        /// Value of the line in the first year of the study.
        INTERCEPT = "intercept",
        /// Share of variance explained.
        R2 = "r2",
        /// Two-sided p.
        P = "p",
        /// Valid years.
        N = "n",
        /// Class of the trend.
        CLASS = "class",
        /// Bits of [`flags`](crate::kernels::flags).
        FLAGS = "flags",
    }
}

/// The trend of a series.
#[derive(Clone, Debug)]
pub struct Ols {
    /// Valid years that a pixel needs, at least 3.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
}

impl Twin for Ols {
    const SPEC: KernelSpec = KernelSpec {
        name: "ols",
        title: "linear trend, ordinary least squares",
        missing: "fewer than min_years valid years; r2 and p of a constant series",
        source: "Draper & Smith (1998), Applied Regression Analysis, ch. 1",
        wgsl: include_str!("../../../shaders/kernels/statistics/ols.wgsl"),
        libs: &[include_str!("../../../shaders/lib/tails.wgsl")],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "centred sums of n products relative to the half range; p: within 1e-5 and \
                    1e-3 of p",
        canary: ("sum_tz += t * z", "sum_tz += t * z * 1.0001"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("y", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        let class = Tolerance::Class {
            of: port::P,
            thresholds: &[0.01, 0.05],
            within: 1e-5,
        };
        let flags = Tolerance::Class {
            of: port::P,
            thresholds: &[0.0099, 0.0101, 0.0499, 0.0501],
            within: 1e-5,
        };
        let share = Tolerance::Relative {
            relative: 0.0,
            absolute: 4e-6,
        };
        vec![
            Port::output("slope", Steps::Static, Tolerance::relative(1e-6))
                .unit(UnitRule::PerYear(0))
                .described("Linear trend of {series} by ordinary least squares"),
            Port::output("intercept", Steps::Static, Tolerance::relative(1e-6))
                .unit(UnitRule::OfInput(0))
                .described("Value of the linear trend of {series} in {first_year}"),
            Port::output("r2", Steps::Static, share)
                .described("Share of the variance of {series} that its linear trend explains"),
            Port::output("p", Steps::Static, Tolerance::PValue)
                .described("Two-sided p of the linear trend of {series}"),
            Port::output("n", Steps::Static, Tolerance::Exact)
                .whole()
                .described("Valid years of {series}"),
            Port::output("class", Steps::Static, class)
                .kind(OutputKind::Classes(&TREND_CLASSES))
                .described(
                    "Linear trend of {series}: 1 strong decrease (p < 0.01), 2 decrease (p < 0.05), \
                     3 no significant change, 4 increase, 5 strong increase",
                ),
            Port::output("flags", Steps::Static, flags),
        ]
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        thresholds![NEAR_P, PERFECT_FIT].to_vec()
    }

    fn tables(&self) -> Vec<f64> {
        inverse_beta_table(self.n_years.max(3) - 2, 1)
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
        let mut n = zero;
        let mut t_mean = zero;
        let mut y_mean = zero;
        let mut lowest = zero;
        let mut highest = zero;
        for step in 0..pixel.n_steps(0) {
            let y = pixel.sample(0, step);
            let is_first = n.lt(half);
            let low = R::select(is_first, y.value, lowest.min(y.value));
            let high = R::select(is_first, y.value, highest.max(y.value));
            lowest = R::select(y.valid, low, lowest);
            highest = R::select(y.valid, high, highest);
            t_mean = t_mean + R::select(y.valid, R::of(step as f64), zero);
            y_mean = y_mean + R::select(y.valid, y.value, zero);
            n = n + R::select(y.valid, one, zero);
        }
        let is_there = n.ge(zero);
        pixel.put(port::N, 0, n, is_there);
        let is_enough = n.ge(R::of(f64::from(self.min_years.max(3))));
        let is_constant = lowest.ge(highest);
        let count = n.max(one);
        t_mean = t_mean / count;
        y_mean = y_mean / count;
        // Half the range as the scale: with it no square overflows.
        let scale = R::select(is_constant, one, half * highest - half * lowest);
        let per_scale = one / scale;

        let mut sum_z = zero;
        let mut sum_tt = zero;
        let mut sum_tz = zero;
        for step in 0..pixel.n_steps(0) {
            let y = pixel.sample(0, step);
            let t = R::select(y.valid, R::of(step as f64) - t_mean, zero);
            let z = R::select(y.valid, (y.value - y_mean) * per_scale, zero);
            sum_z = sum_z + z;
            sum_tt = sum_tt + t * t;
            sum_tz = sum_tz + t * z;
        }
        let z_mean = sum_z / count;
        let slope = R::select(is_constant, zero, sum_tz / sum_tt.max(one));

        let mut unexplained = zero;
        for step in 0..pixel.n_steps(0) {
            let y = pixel.sample(0, step);
            let t = R::of(step as f64) - t_mean;
            let residual = R::select(
                y.valid,
                (y.value - y_mean) * per_scale - z_mean - slope * t,
                zero,
            );
            unexplained = unexplained + residual * residual;
        }
        let explained = slope * slope * sum_tt;
        let total = R::select(is_constant, one, unexplained + explained);
        let r2 = explained / total;
        let df = (n - R::of(2.0)).max(one);
        let p = beta_tail(unexplained / total, r2, half * df, half, pixel.table_at(df));

        let mean = R::select(is_constant, lowest, y_mean + z_mean * scale);
        pixel.put(port::SLOPE, 0, slope * scale, is_enough);
        pixel.put(port::INTERCEPT, 0, mean - slope * scale * t_mean, is_enough);
        pixel.put(port::R2, 0, r2, is_enough & !is_constant);
        pixel.put(port::P, 0, p, is_enough & !is_constant);

        let [p05, p01, near, perfect] = [0.05, 0.01, NEAR_P, PERFECT_FIT].map(R::of);
        let strength = R::select(p.lt(p05), one, zero) + R::select(p.lt(p01), one, zero);
        let direction = R::select(slope.gt(zero), one, zero) - R::select(slope.lt(zero), one, zero);
        pixel.put(
            port::CLASS,
            0,
            R::of(3.0) + R::select(is_constant, zero, direction * strength),
            is_enough,
        );
        let is_near =
            (p - p05).abs().lt(near) | (p - p01).abs().lt(near) | unexplained.lt(perfect * total);
        let is_decided = is_enough & !is_constant & is_near;
        let bit = |mask: R::Mask, flag: u16| R::select(mask, R::of(f64::from(flag)), zero);
        let flags = bit(!is_enough, flags::TOO_FEW_YEARS) + bit(is_decided, flags::DECIDED_IN_F64);
        pixel.put(port::FLAGS, 0, flags, is_there);
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        port: usize,
        _step: usize,
        reference: f64,
    ) -> f64 {
        let values = (0..pixel.n_steps(0))
            .map(|step| pixel.sample(0, step))
            .filter(|y| y.valid);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
            (low.min(y.value), high.max(y.value))
        });
        match port {
            // Rounding of the values themselves moves the slope by a part of their size over the
            // years.
            port::SLOPE => reference.abs() + (high - low) / 2.0,
            port::INTERCEPT => 4.0 * f64::max(low.abs(), high.abs()),
            _ => reference.abs(),
        }
    }
}
