//! How much of a trend the drivers explain: climate and human parts, pixel by pixel.
//!
//! The order of the kernels: a sensitivity (how much the response changes with each driver), the
//! trends of the drivers, the attribution itself, and whether the attributions by different
//! sensitivities agree.

mod agreement;
#[expect(
    clippy::module_inception,
    reason = "the kernel has the name of its folder"
)]
mod attribution;
mod bootstrap;
mod climate_regime;
mod driver_slopes;
mod sensitivity_baseline;
mod sensitivity_detrended;
mod sensitivity_first_difference;

pub use agreement::{AGREEMENT_CLASSES, Agreement};
pub use attribution::{Attribution, DOMINANT_CLASSES, DRIVER_CLASSES};
pub use bootstrap::{Bootstrap, BootstrapParams, block_weights};
pub use climate_regime::{ClimateRegime, RegimeParams, regime_bits};
pub use driver_slopes::DriverSlopes;
pub use sensitivity_baseline::{BaselineParams, SensitivityBaseline, least_baseline_years};
pub use sensitivity_detrended::SensitivityDetrended;
pub use sensitivity_first_difference::SensitivityFirstDifference;

use crate::calendar::Steps;
use crate::kernels::abi::{Pixel, Port, flags};
use crate::kernels::lib::drivers::{self, Fit, MAX_PREDICTORS, Row};
use crate::kernels::lib::series::ByYear;
use crate::kernels::output::UnitRule;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;

/// The drivers of a study and the year.
const CAPACITY: usize = MAX_PREDICTORS + 1;
/// The response and these.
const VARIABLES: usize = CAPACITY + 1;

/// A row of any number of drivers: these fits are compiled once for all numbers.
type AnyRow<R> = Row<R, VARIABLES>;
/// A fit on any number of drivers.
type AnyFit<R> = Fit<R, CAPACITY>;

/// Every year of the response and `k` drivers.
#[inline(always)]
fn complete_years<R: Real>(k: usize, pixel: &Pixel<'_, '_, R>) -> ByYear<AnyRow<R>> {
    drivers::complete_years(k, pixel)
}

/// The fit of `rows` on `k` predictors.
#[inline(always)]
fn fit_rows<R: Real>(k: usize, rows: &[AnyRow<R>], min_rows: u32) -> AnyFit<R> {
    drivers::fit_drivers::<R, CAPACITY, VARIABLES>(k, rows, min_rows)
}

/// Writes a sensitivity: the coefficients and the variance inflations of the drivers, and the flags.
#[inline(always)]
fn put_sensitivity<R: Real>(
    pixel: &mut Pixel<'_, '_, R>,
    fit: &AnyFit<R>,
    n_drivers: usize,
    is_enough: R::Mask,
) {
    let zero = R::of(0.0);
    let is_there = fit.is_solved & is_enough;
    for x in 0..n_drivers {
        pixel.put(
            x,
            0,
            R::select(fit.is_constant, zero, fit.coef[x]),
            is_there,
        );
        pixel.put(n_drivers + x, 0, fit.vif[x], is_there);
    }
    let flags = R::select(is_enough, fit.flags, R::of(f64::from(flags::TOO_FEW_YEARS)));
    pixel.put(2 * n_drivers, 0, flags, flags.ge(zero));
}

/// A whole number as a constant of a shader.
fn whole(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Outputs of every sensitivity: a coefficient and a variance inflation for each driver, and flags.
fn sensitivity_outputs(n_predictors: usize) -> Vec<Port> {
    let each = |name: &'static str| {
        (1..=n_predictors).map(move |x| {
            Port::output(
                format!("{name}_{x}"),
                Steps::Static,
                Tolerance::relative(4e-6),
            )
            .suffix(format!("_{name}_{{driver}}"))
            .of_driver(x - 1)
        })
    };
    let coef = each("coef").zip(1..).map(|(port, x)| {
        port.unit(UnitRule::Quotient(0, x))
            .described("Change of {series} with {driver}")
    });
    let flags = Port::output("flags", Steps::Static, Tolerance::Exact).suffix("_sensitivity_flags");
    coef.chain(each("vif")).chain([flags]).collect()
}

/// What the tolerance of a coefficient or a variance inflation is relative to: rounding of the
/// correlations grows by the largest variance inflation of the fit.
fn sensitivity_magnitude(fit: &AnyFit<f64>, n_drivers: usize, port: usize, reference: f64) -> f64 {
    if port >= 2 * n_drivers {
        return reference.abs();
    }
    let worst = fit.vif.iter().fold(1.0_f64, |worst, &vif| worst.max(vif));
    let x = port % n_drivers;
    worst
        * if port < n_drivers {
            fit.coef_per_beta[x]
        } else {
            fit.vif[x]
        }
}

/// Whether a layer of flags says that the pixel is decided in `f64`.
#[inline(always)]
fn is_decided<R: Real>(bits: R) -> R::Mask {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the range just here"
    )]
    let bit = |bits: f64| (bits.clamp(0.0, 65535.0) as u16) & flags::DECIDED_IN_F64;
    R::from_lanes(|l| f64::from(bit(bits.lane(l)))).gt(R::of(0.0))
}
