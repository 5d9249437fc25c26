//! Linear trends of a response and its drivers over the years that all of them have.
//!
//! ```text
//! slope_v = Σ (t − t̄)(v − v̄) / Σ (t − t̄)²      over the complete years
//! ```
//!
//! A regression is fitted on the complete years, so with the drivers' slopes over the same years
//! `Σ coef_j slope_j` is the slope of the fitted series, exactly.
//!
//! | symbol       | meaning                                                        | unit              |
//! |--------------|----------------------------------------------------------------|-------------------|
//! | `slope_y`    | trend of the response                                          | its unit per year |
//! | `slope_j`    | trend of driver j                                              | its unit per year |
//! | `half_range` | half the range of the response: what roundings are relative to | its unit          |
//!
//! Source: `docs/science/attribution.md#parts`.
//! GPU twin: `shaders/kernels/attribution/driver_slopes.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::lib::drivers::{complete_years, for_predictors};
use crate::kernels::output::UnitRule;
use crate::kernels::port::{Port, port_index};
use crate::kernels::real::Real;
use crate::kernels::statistics::{MinYearsParams, driver_inputs};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

ports! {
    /// Ports of the outputs.
    pub mod port {
        SLOPE_Y = "slope_y",
        SLOPE = "slope_*",
        HALF_RANGE = "half_range",
    }
}

/// The trends over complete years.
#[derive(Clone, Debug)]
pub struct DriverSlopes {
    /// Complete years that a pixel needs, at least 3.
    pub min_years: u32,
    /// Drivers, 1 to [`MAX_PREDICTORS`](crate::kernels::lib::drivers::MAX_PREDICTORS).
    pub n_predictors: usize,
}

/// The trends of a response and `k` drivers, with arrays for up to `V` variables.
#[inline(always)]
fn run<R: Real, const K: usize, const V: usize>(
    k: usize,
    min_years: u32,
    pixel: &mut Pixel<'_, '_, R>,
) {
    let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
    let n_variables = k + 1;
    let rows = complete_years::<R, V>(k, pixel);
    let mut n = zero;
    let mut t_mean = zero;
    let mut mean = [zero; V];
    let mut lowest = [zero; V];
    let mut highest = [zero; V];
    for (step, row) in rows.iter().enumerate() {
        let is_first = n.lt(half);
        for v in 0..n_variables {
            let x = row.value[v];
            mean[v] = mean[v] + R::select(row.valid, x, zero);
            let low = R::select(is_first, x, lowest[v].min(x));
            let high = R::select(is_first, x, highest[v].max(x));
            lowest[v] = R::select(row.valid, low, lowest[v]);
            highest[v] = R::select(row.valid, high, highest[v]);
        }
        t_mean = t_mean + R::select(row.valid, R::of(step as f64), zero);
        n = n + R::select(row.valid, one, zero);
    }
    let is_enough = n.ge(R::of(f64::from(min_years.max(3))));
    let count = n.max(one);
    t_mean = t_mean / count;
    // Half the range as the scale: with it no square overflows.
    let mut scale = [zero; V];
    let mut per_scale = [one; V];
    for v in 0..n_variables {
        mean[v] = mean[v] / count;
        scale[v] = half * highest[v] - half * lowest[v];
        per_scale[v] = one / R::select(scale[v].gt(zero), scale[v], one);
    }

    let mut sum_tt = zero;
    let mut sum_tz = [zero; V];
    for (step, row) in rows.iter().enumerate() {
        let t = R::select(row.valid, R::of(step as f64) - t_mean, zero);
        sum_tt = sum_tt + t * t;
        for v in 0..n_variables {
            let z = (row.value[v] - mean[v]) * per_scale[v];
            sum_tz[v] = sum_tz[v] + t * R::select(row.valid, z, zero);
        }
    }
    for v in 0..n_variables {
        pixel.put(
            port::SLOPE_Y + v,
            0,
            sum_tz[v] / sum_tt.max(one) * scale[v],
            is_enough,
        );
    }
    pixel.put(
        port_index(port::NAMES, port::HALF_RANGE, k),
        0,
        scale[0],
        is_enough,
    );
}

impl Twin for DriverSlopes {
    const SPEC: KernelSpec = KernelSpec {
        name: "driver_slopes",
        title: "trends of a response and its drivers over complete years",
        missing: "fewer than min_years complete years",
        source: "Draper & Smith (1998), Applied Regression Analysis, ch. 1",
        wgsl: include_str!("../../../shaders/kernels/attribution/driver_slopes.wgsl"),
        libs: &[include_str!("../../../shaders/lib/drivers.wgsl")],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "centred sums of n products relative to the half range",
        canary: ("sum_tz[v] += t * z", "sum_tz[v] += t * z * 1.0001"),
    };

    fn inputs(&self) -> Vec<Port> {
        driver_inputs(self.n_predictors)
    }

    fn outputs(&self) -> Vec<Port> {
        let slope = |name: String, of: usize| {
            Port::output(name, Steps::Static, Tolerance::relative(1e-6)).unit(UnitRule::PerYear(of))
        };
        let drivers = (1..=self.n_predictors).map(|x| {
            slope(format!("slope_{x}"), x)
                .suffix("_slope_{driver}")
                .of_driver(x - 1)
        });
        let half_range = Port::output("half_range", Steps::Static, Tolerance::relative(1e-6))
            .unit(UnitRule::OfInput(0));
        std::iter::once(slope("slope_y".to_owned(), 0).suffix("_slope"))
            .chain(drivers)
            .chain([half_range])
            .collect()
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        vec![("N_PREDICTORS", Constant::size(self.n_predictors))]
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        for_predictors!(self.n_predictors, run::<R>(self.min_years, pixel));
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        port: usize,
        _step: usize,
        reference: f64,
    ) -> f64 {
        let variable = if port > self.n_predictors { 0 } else { port };
        let values = (0..pixel.n_steps(0)).filter_map(|step| {
            let is_complete = (0..=self.n_predictors).all(|v| pixel.sample(v, step).valid);
            is_complete.then(|| pixel.sample(variable, step).value)
        });
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| {
            (low.min(y), high.max(y))
        });
        // Rounding of the values themselves moves the slope by a part of their size over the years.
        reference.abs() + (high - low) / 2.0
    }
}
