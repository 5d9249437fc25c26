//! Theil-Sen slope of an annual series, its confidence interval and its line: the trend that is
//! robust against single years.
//!
//! ```text
//! slope     = median over j < i of (y_i − y_j) / (t_i − t_j)        at the true years, gaps and all
//! low, high = the slopes of rank (N − C) / 2 and (N + C) / 2 + 1, rounded, of N = n(n−1)/2 slopes,
//!             C = z √Var(S), with the ties of Mann-Kendall's S and the normal quantile z of 1 − α/2
//! intercept = median(y) − slope · median(t),   t = year − first year of the study
//! ```
//!
//! | symbol    | meaning                                                   | unit            |
//! |-----------|-----------------------------------------------------------|-----------------|
//! | slope     | median of the slopes between all pairs of valid years      | of y, per year  |
//! | low, high | confidence interval of the slope at level 1 − α            | of y, per year  |
//! | intercept | value of the line in the first year of the study           | of y            |
//!
//! Slopes are rounded to `f32`, the precision of their layers, before they are put in order. The
//! line has the slope of the layer. Ranks of the interval are rounded to whole numbers, as scipy's
//! `theilslopes` and R's `sens.slope` do, and kept between the first and the last slope. A constant
//! series has slope 0 and the interval 0 to 0.
//!
//! The twin sorts few slopes and counts many; the shader always counts. Both find the slopes of the
//! ranks, with no arithmetic between two slopes other than the mean of the middle two: see
//! [`slopes`](crate::kernels::lib::slopes).
//!
//! Source: Sen (1968), J. Am. Stat. Assoc. 63, 1379-1389; intercept: Conover (1980), *Practical
//! Nonparametric Statistics*, 2nd ed., section 5.5; `docs/science/trends.md#theil-sen`.
//! GPU twin: `shaders/kernels/statistics/theil_sen.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{Constant, NamedConstant, thresholds};
use crate::kernels::flags;
use crate::kernels::lib::normal::normal_quantile;
use crate::kernels::lib::order::{median_of_sorted, sort, variance_of_sorted};
use crate::kernels::lib::search::MAX_TRIALS;
use crate::kernels::lib::series::Series;
use crate::kernels::lib::slopes::{
    half_differences_per_year, pair_slopes, sizes_of_pairs, slopes_of_ranks,
};
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::{Mask, Real};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

/// A rank this near to the middle between two is computed again in `f64`.
const NEAR_RANK: f64 = 1e-3;

gpu_params! {
    /// Parameters as the shader takes them.
    pub struct TheilSenParams {
        /// Valid years that a pixel needs.
        min_years: u32,
        /// Normal quantile of 1 − α/2.
        z: f32,
        _pad0: u32,
        _pad1: u32,
    }
}

ports! {
    /// Ports of the outputs.
    pub mod port {
        /// Slope per year.
        SLOPE = "slope",
        /// Lower end of its confidence interval.
        LOW = "low",
        /// Upper end.
        HIGH = "high",
        /// Value of the line in the first year of the study.
        INTERCEPT = "intercept",
        /// Bits of [`flags`](crate::kernels::flags).
        FLAGS = "flags",
    }
}

/// The Theil-Sen trend of a series.
#[derive(Clone, Debug)]
pub struct TheilSen {
    min_years: u32,
    n_years: usize,
    /// One minus the level of the interval.
    alpha: f64,
    /// Normal quantile of 1 − α/2.
    z: f64,
}

impl TheilSen {
    /// Loops over up to so many years are written out in the shader; of more they stay.
    pub const MAX_WRITTEN_YEARS: usize = 100;

    /// The trend of series of `n_years` years with an interval at the level 1 − `alpha`.
    ///
    /// # Arguments
    ///
    /// * `min_years` - valid years that a pixel needs, at least 3.
    #[must_use]
    pub fn new(min_years: u32, n_years: usize, alpha: f64) -> Self {
        Self {
            min_years,
            n_years,
            alpha,
            z: normal_quantile(alpha),
        }
    }
}

impl Twin for TheilSen {
    const SPEC: KernelSpec = KernelSpec {
        name: "theil_sen",
        title: "Theil-Sen slope with its confidence interval",
        missing: "fewer than min_years valid years",
        source: "Sen (1968), J. Am. Stat. Assoc. 63, 1379-1389",
        wgsl: include_str!("../../../shaders/kernels/statistics/theil_sen.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/series.wgsl"),
            include_str!("../../../shaders/lib/search.wgsl"),
            include_str!("../../../shaders/lib/order.wgsl"),
            include_str!("../../../shaders/lib/slopes.wgsl"),
        ],
        params: TheilSenParams::FIELDS,
        ports: port::NAMES,
        tolerance: "a subtraction and a product of values as large as the largest",
        canary: ("floor(low_rank + 0.5) - 1.0", "floor(low_rank + 0.5) - 2.0"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("y", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        let slope = |name: &'static str| {
            Port::output(name, Steps::Static, Tolerance::relative(3e-7)).unit(UnitRule::PerYear(0))
        };
        let end = |which: &str| {
            format!(
                "{which} end of the {} % confidence interval of the Theil-Sen slope of {{series}}",
                100.0 * (1.0 - self.alpha)
            )
        };
        vec![
            slope("slope").suffix("").described(
                "Theil-Sen slope of {series}, the median of the slopes between all pairs of years",
            ),
            slope("low").described(end("Lower")),
            slope("high").described(end("Upper")),
            Port::output("intercept", Steps::Static, Tolerance::relative(1e-6))
                .unit(UnitRule::OfInput(0))
                .described("Value of the Theil-Sen line of {series} in {first_year}"),
            Port::output("flags", Steps::Static, Tolerance::Exact),
        ]
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let params = TheilSenParams {
            min_years: self.min_years,
            z: self.z as f32,
            _pad0: 0,
            _pad1: 0,
        };
        bytemuck::bytes_of(&params).to_vec()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        let n_years = ("N_YEARS", Constant::size(self.n_years));
        std::iter::once(n_years)
            .chain(sizes_of_pairs(self.n_years))
            .chain(thresholds![NEAR_RANK])
            .collect()
    }

    fn tables(&self) -> Vec<f64> {
        // No two years are 0 years apart.
        std::iter::once(0.0)
            .chain((1..self.n_years).map(half_differences_per_year))
            .collect()
    }

    /// The width of the interval depends on which values are equal.
    fn ranks(&self) -> RankDependence {
        RankDependence::Inputs
    }

    fn max_iterations(&self) -> usize {
        // The years go half way round in each trial of three searches, and once to be put in order;
        // where loops stay, they are moved and compared at each turn.
        let at_a_turn = if self.n_years <= Self::MAX_WRITTEN_YEARS {
            1
        } else {
            2 * self.n_years
        };
        (3 * MAX_TRIALS as usize + 1) * self.n_years.div_ceil(2) * at_a_turn
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
        let series = Series::read(pixel, 0);
        // Where a year is missing, the value comes last.
        let mut values = pixel.take_scratch();
        for (&value, weight) in series.value.iter().zip(&series.weight) {
            values.push(R::select(weight.gt(half), value, R::of(f64::INFINITY)).to_single());
        }
        sort::<R>(&mut values);
        let pairs = half * series.n * (series.n - one);
        let last = (pairs - one).max(zero);
        let is_enough = series.n.ge(R::of(f64::from(self.min_years.max(3))));

        // The ranks of the interval, rounded as scipy and R do.
        let spread = R::of(self.z) * variance_of_sorted(&values, series.n).sqrt();
        let low_rank = half * (pairs - spread);
        let high_rank = half * (pairs + spread);
        let near = R::of(NEAR_RANK);
        let is_near = (low_rank - low_rank.floor() - half).abs().lt(near)
            | (high_rank - high_rank.floor() - half).abs().lt(near);
        let bit = |mask: R::Mask, flag: u16| R::select(mask, R::of(f64::from(flag)), zero);
        let flags =
            bit(!is_enough, flags::TOO_FEW_YEARS) + bit(is_enough & is_near, flags::DECIDED_IN_F64);
        pixel.put(port::FLAGS, 0, flags, R::Mask::of(true));

        let low = ((low_rank + half).floor() - one).max(zero);
        let high = (high_rank + half).floor().min(last);
        let mut all = pixel.take_scratch();
        pair_slopes(&series, &mut all);
        let slopes = slopes_of_ranks(&series, &mut all, [pairs, low, high]);
        pixel.return_scratch(all);

        // The median of the values, and that of their years.
        let lower = (half * (series.n - one).max(zero)).floor();
        let upper = (half * series.n).floor();
        let mut t_median = zero;
        let mut before = zero;
        for (step, &weight) in series.weight.iter().enumerate() {
            let here = R::of(0.5 * step as f64) * weight;
            t_median = t_median
                + R::select((before - lower).abs().lt(half), here, zero)
                + R::select((before - upper).abs().lt(half), here, zero);
            before = before + weight;
        }
        let y_median = median_of_sorted(&values, series.n);
        pixel.return_scratch(values);

        let intercept = y_median - slopes.median * t_median;
        pixel.put(port::SLOPE, 0, slopes.median, is_enough);
        pixel.put(port::LOW, 0, slopes.low, is_enough);
        pixel.put(port::HIGH, 0, slopes.high, is_enough);
        pixel.put(port::INTERCEPT, 0, intercept, is_enough);
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
        let largest = values.fold(0.0_f64, |largest, y| largest.max(y.value.abs()));
        let years = if port == port::INTERCEPT {
            pixel.n_steps(0) as f64 / 4.0
        } else {
            1.0
        };
        reference.abs() + years * largest
    }
}
