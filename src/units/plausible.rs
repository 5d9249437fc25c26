//! Bounds outside which the mean of a sample cannot be the quantity it is said to be.

use super::Quantity;
use crate::calendar::Steps;

/// Least and largest mean that a sample of decoded values of `quantity` can have, in the engine's
/// unit, and the likely cause of a mean outside; `None` where nothing is known.
///
/// The bounds are wide: they catch a wrong unit, a forgotten scale or an undeclared nodata value,
/// and let every place on Earth pass.
#[must_use]
pub fn plausible(quantity: Quantity, steps: Steps) -> Option<(f64, f64, &'static str)> {
    let monthly = steps == Steps::Monthly;
    match quantity {
        Quantity::Npp => Some((
            if monthly { -100.0 } else { -1000.0 },
            if monthly { 1000.0 } else { 6000.0 },
            "the scale of the file may be missing (MODIS: scale = 0.0001 with kgC m-2 yr-1), or a nodata value is not declared",
        )),
        Quantity::Temperature => Some((
            -70.0,
            60.0,
            "the values look like kelvin, or like tenths or hundredths of a degree: state units = \"K\" or the scale",
        )),
        Quantity::Precipitation => Some((
            0.0,
            if monthly { 3000.0 } else { 20_000.0 },
            "the values may be tenths of a millimetre or sums of another period, or a nodata value is not declared: state the scale, the units or nodata",
        )),
        Quantity::Radiation => Some((
            0.0,
            if monthly { 1500.0 } else { 15_000.0 },
            "the values may be J m-2 or kJ m-2, or a nodata value is not declared: state the units or nodata",
        )),
        Quantity::Soc => Some((
            0.0,
            500.0,
            "the values may be tC ha-1 or gC m-2, or a nodata value is not declared: state the units or nodata",
        )),
        Quantity::Other => None,
    }
}
