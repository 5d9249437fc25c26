//! Sensitivity of a response to its drivers from one year to the next.
//!
//! ```text
//! y(t + 1) − y(t) = b₀ + Σ coef_j (x_j(t + 1) − x_j(t))     where years t and t + 1 are complete
//! ```
//!
//! The intercept takes the common trend. A gap removes only the two differences that it is
//! part of: years on both sides of a gap are not subtracted from one another.
//!
//! Missing with fewer than `min_years` complete years or fewer than drivers + 2 differences, and
//! where the differences of a driver are constant or a combination of the others'.
//!
//! Source: Nicholls (1997), Nature 387, 484-485; Lobell & Field (2007), Environ. Res. Lett. 2, 014002;
//! `docs/science/attribution.md#sensitivities`.
//! GPU twin: `shaders/kernels/attribution/sensitivity_first_difference.wgsl`.

use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::lib::sensitivity::{
    self, AnyFit, AnyRow, VARIABLES, complete_years, fit_rows, port,
};
use crate::kernels::lib::series::ByYear;
use crate::kernels::port::{Port, port_index};
use crate::kernels::real::Real;
use crate::kernels::statistics::{MinYearsParams, driver_inputs};
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;

/// The regression of differences.
#[derive(Clone, Debug)]
pub struct SensitivityFirstDifference {
    /// Complete years that a pixel needs.
    pub min_years: u32,
    /// Drivers, 1 to [`MAX_PREDICTORS`](crate::kernels::lib::drivers::MAX_PREDICTORS).
    pub n_predictors: usize,
}

/// The change from one year to the next.
#[inline(always)]
fn change<R: Real>(earlier: &AnyRow<R>, later: &AnyRow<R>) -> AnyRow<R> {
    let mut row = AnyRow {
        value: [R::of(0.0); VARIABLES],
        valid: earlier.valid & later.valid,
    };
    for v in 0..VARIABLES {
        row.value[v] = later.value[v] - earlier.value[v];
    }
    row
}

impl SensitivityFirstDifference {
    /// The fit, and whether there are enough complete years.
    #[inline(always)]
    fn fit<R: Real>(&self, pixel: &Pixel<'_, '_, R>) -> (AnyFit<R>, R::Mask) {
        let years = complete_years::<R>(self.n_predictors, pixel);
        let mut n = R::of(0.0);
        for year in &years {
            n = n + R::select(year.valid, R::of(1.0), R::of(0.0));
        }
        let mut rows = ByYear::with_capacity(years.len());
        for pair in years.windows(2) {
            rows.push(change(&pair[0], &pair[1]));
        }
        (
            fit_rows(self.n_predictors, &rows, 0),
            n.ge(R::of(f64::from(self.min_years))),
        )
    }
}

impl Twin for SensitivityFirstDifference {
    const SPEC: KernelSpec = KernelSpec {
        name: "sensitivity_first_difference",
        title: "regression of year-to-year changes",
        missing: "fewer than min_years complete years or drivers + 2 differences, or singular",
        source: "Nicholls (1997), Nature 387, 484-485; Lobell & Field (2007), Environ. Res. \
            Lett. 2, 014002",
        wgsl: include_str!(
            "../../../shaders/kernels/attribution/sensitivity_first_difference.wgsl"
        ),
        libs: &[include_str!("../../../shaders/lib/drivers.wgsl")],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "centred sums of n products times the variance inflation",
        canary: ("select(fit.coef[x], 0.0", "select(fit.coef[x] * 1.001, 0.0"),
    };

    fn inputs(&self) -> Vec<Port> {
        driver_inputs(self.n_predictors)
    }

    fn outputs(&self) -> Vec<Port> {
        sensitivity::outputs(self.n_predictors)
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        vec![("N_PREDICTORS", Constant::size(self.n_predictors))]
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let (fit, is_enough) = self.fit(pixel);
        sensitivity::put(pixel, &fit, self.n_predictors, is_enough);
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        port: usize,
        _step: usize,
        reference: f64,
    ) -> f64 {
        let size = sensitivity::error_scale(&self.fit(pixel).0, self.n_predictors, port, reference);
        if port >= port_index(port::NAMES, port::FLAGS, self.n_predictors) {
            return size;
        }
        // A difference is rounded relative to its own size, which is more than the spread of the
        // differences where a series rises or falls steadily.
        let years = complete_years(self.n_predictors, pixel);
        let changes: Vec<AnyRow<f64>> = years
            .windows(2)
            .map(|pair| change(&pair[0], &pair[1]))
            .filter(|row| row.valid)
            .collect();
        let rounding = |v: usize| {
            let of = |f: fn(f64, f64) -> f64, from: f64| {
                changes.iter().map(|row| row.value[v]).fold(from, f)
            };
            let (low, high) = (of(f64::min, f64::INFINITY), of(f64::max, f64::NEG_INFINITY));
            low.abs().max(high.abs()) / (high / 2.0 - low / 2.0).max(f64::MIN_POSITIVE)
        };
        size * (0..=self.n_predictors).map(rounding).fold(1.0, f64::max)
    }
}
