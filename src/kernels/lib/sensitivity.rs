//! What the sensitivities of a response to its drivers share: the fit on complete years, and their
//! outputs.
//!
//! The shaders have the same lines in each kernel.

use crate::calendar::Steps;
use crate::kernels::flags;
use crate::kernels::lib::drivers::{self, Fit, MAX_PREDICTORS, Row};
use crate::kernels::lib::series::ByYear;
use crate::kernels::output::UnitRule;
use crate::kernels::port::{Port, port_index};
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::views::Pixel;
use crate::ports;

ports! {
    /// Ports of every sensitivity.
    pub mod port {
        /// Coefficient of each driver.
        COEF = "coef_*",
        /// Variance inflation of each driver.
        VIF = "vif_*",
        /// Bits of [`flags`](crate::kernels::flags).
        FLAGS = "flags",
    }
}

/// The drivers of a study and the year.
pub(in crate::kernels) const CAPACITY: usize = MAX_PREDICTORS + 1;
/// The response and these.
pub(in crate::kernels) const VARIABLES: usize = CAPACITY + 1;

/// A row of any number of drivers: these fits are compiled once for all numbers.
pub(in crate::kernels) type AnyRow<R> = Row<R, VARIABLES>;
/// A fit on any number of drivers.
pub(in crate::kernels) type AnyFit<R> = Fit<R, CAPACITY>;

/// Every year of the response and `k` drivers.
#[inline(always)]
pub(in crate::kernels) fn complete_years<R: Real>(
    k: usize,
    pixel: &Pixel<'_, '_, R>,
) -> ByYear<AnyRow<R>> {
    drivers::complete_years(k, pixel)
}

/// The fit of `rows` on `k` predictors.
#[inline(always)]
pub(in crate::kernels) fn fit_rows<R: Real>(
    k: usize,
    rows: &[AnyRow<R>],
    min_rows: u32,
) -> AnyFit<R> {
    drivers::fit_drivers::<R, CAPACITY, VARIABLES>(k, rows, min_rows)
}

/// Writes a sensitivity: the coefficients and the variance inflations of the drivers, and the
/// flags.
#[inline(always)]
pub(in crate::kernels) fn put<R: Real, const K: usize>(
    pixel: &mut Pixel<'_, '_, R>,
    fit: &Fit<R, K>,
    n_drivers: usize,
    is_enough: R::Mask,
) {
    let zero = R::of(0.0);
    let at = |port: usize| port_index(port::NAMES, port, n_drivers);
    let is_there = fit.is_solved & is_enough;
    for x in 0..n_drivers {
        pixel.put(
            at(port::COEF) + x,
            0,
            R::select(fit.is_constant, zero, fit.coef[x]),
            is_there,
        );
        pixel.put(at(port::VIF) + x, 0, fit.vif[x], is_there);
    }
    let flags = R::select(is_enough, fit.flags, R::of(f64::from(flags::TOO_FEW_YEARS)));
    pixel.put(at(port::FLAGS), 0, flags, flags.ge(zero));
}

/// Outputs of every sensitivity: a coefficient and a variance inflation for each driver, and flags.
pub(in crate::kernels) fn outputs(n_predictors: usize) -> Vec<Port> {
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
pub(in crate::kernels) fn error_scale(
    fit: &AnyFit<f64>,
    n_drivers: usize,
    port: usize,
    reference: f64,
) -> f64 {
    if port >= port_index(port::NAMES, port::FLAGS, n_drivers) {
        return reference.abs();
    }
    let worst = fit.vif.iter().fold(1.0_f64, |worst, &vif| worst.max(vif));
    let x = port % n_drivers;
    worst
        * if port < port_index(port::NAMES, port::VIF, n_drivers) {
            fit.coef_per_beta[x]
        } else {
            fit.vif[x]
        }
}
