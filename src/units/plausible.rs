//! Values that are implausible for their quantity, and what to write instead.

use super::quantity::Quantity;
use crate::calendar::Steps;

/// Why a sample cannot be its quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Implausible {
    /// What was seen, such as `a mean of 290.1234 degC`.
    pub seen: String,
    /// The likely cause, and the key to change.
    pub hint: &'static str,
}

/// What a sample of decoded values must be like, in the engine's unit. The bounds are wide: they catch a wrong
/// unit, a forgotten scale or an undeclared nodata value, and accept every location on Earth.
struct Bounds {
    /// Least and largest mean.
    mean: [f64; 2],
    /// What a mean below and above the bounds points to.
    hints: [&'static str; 2],
    /// What all but the largest fiftieth of the values stay below.
    high: f64,
    /// A sample that stays below this is in a larger unit, and the hint for it; a few values prove nothing.
    small: Option<(f64, &'static str)>,
}

/// Values that a sample needs to be judged by its largest ones.
const MIN_SAMPLE_FOR_LARGEST: usize = 30;

const NPP_LARGE: &str = "the scale may be missing: scale = 0.0001 with units = \"kgC m-2 yr-1\" (MODIS, or product = \
                         \"MOD17A3HGF\"), or a fill value is not declared: nodata = [...]";
const NPP_NEGATIVE: &str = "a fill value may not be declared: nodata = [...]";
const NPP_SMALL: &str = "the values look like kilograms: units = \"kgC m-2 yr-1\"";
const TEMPERATURE_COLD: &str = "a fill value may not be declared: nodata = [...]";
const TEMPERATURE_HOT: &str = "the values look like kelvin, or like tenths or hundredths of a degree: units = \"K\", or \
                               scale = 0.1 or 0.01";
const RAIN_NEGATIVE: &str = "a fill value may not be declared: nodata = [...]";
const RAIN_LARGE: &str = "the values may be tenths of a millimetre (scale = 0.1) or sums of a year (units = \"mm yr-1\"), or \
                          a fill value is not declared: nodata = [...]";
const RAIN_SMALL: &str = "the values look like metres or like a rate a second: units = \"m\", \"m d-1\" or \"kg m-2 s-1\"";
const SUN_NEGATIVE: &str = "a fill value may not be declared: nodata = [...]";
const SUN_LARGE: &str = "the values look like J m-2 or kJ m-2: units = \"J m-2\" or \"kJ m-2\", or a fill value is not \
                         declared: nodata = [...]";
const SUN_SMALL: &str =
    "the values look like W m-2 or like MJ a day: units = \"W m-2\" or \"MJ m-2 d-1\"";
const SOIL_LARGE: &str = "the values may be gC m-2 or tC ha-1: units = \"gC m-2\" or \"tC ha-1\", or a fill value is not \
                          declared: nodata = [...]";
const SOIL_NEGATIVE: &str = "a fill value may not be declared: nodata = [...]";

fn bounds(quantity: Quantity, steps: Steps) -> Option<Bounds> {
    let is_monthly = steps == Steps::Monthly;
    let of = |month: f64, year: f64| if is_monthly { month } else { year };
    Some(match quantity {
        Quantity::Npp => Bounds {
            mean: [of(-100.0, -1000.0), of(1000.0, 6000.0)],
            hints: [NPP_NEGATIVE, NPP_LARGE],
            high: of(2000.0, 12_000.0),
            small: Some((of(0.35, 3.5), NPP_SMALL)),
        },
        Quantity::Temperature => Bounds {
            mean: [-70.0, 60.0],
            hints: [TEMPERATURE_COLD, TEMPERATURE_HOT],
            high: 60.0,
            small: None,
        },
        Quantity::Precipitation => Bounds {
            mean: [0.0, of(3000.0, 20_000.0)],
            hints: [RAIN_NEGATIVE, RAIN_LARGE],
            high: of(10_000.0, 30_000.0),
            small: Some((of(1.5, 5.0), RAIN_SMALL)),
        },
        Quantity::Radiation => Bounds {
            mean: [0.0, of(1500.0, 15_000.0)],
            hints: [SUN_NEGATIVE, SUN_LARGE],
            high: of(2000.0, 20_000.0),
            // The cloudiest locations have some 430 MJ m-2 in their brightest month, and 2500 a year.
            small: Some((of(340.0, 1000.0), SUN_SMALL)),
        },
        Quantity::Soc => Bounds {
            mean: [0.0, 100.0],
            hints: [SOIL_NEGATIVE, SOIL_LARGE],
            high: 300.0,
            small: None,
        },
        Quantity::Other => return None,
    })
}

/// Why a sample of decoded values of `quantity`, in the engine's unit, cannot be that quantity; `None` where it can,
/// or nothing is known.
#[must_use]
pub fn implausible(quantity: Quantity, steps: Steps, sample: &[f64]) -> Option<Implausible> {
    let bounds = bounds(quantity, steps)?;
    if sample.is_empty() {
        return None;
    }
    let unit = quantity.unit(steps);
    #[expect(clippy::cast_precision_loss, reason = "a sample is small")]
    let mean = sample.iter().sum::<f64>() / sample.len() as f64;
    let of_mean = |hint| {
        Some(Implausible {
            seen: format!("a mean of {mean:.4} {unit}"),
            hint,
        })
    };
    // Not so many digits that a mean of exactly 0 of rain is called negative.
    if mean < bounds.mean[0] {
        return of_mean(bounds.hints[0]);
    }
    if mean > bounds.mean[1] {
        return of_mean(bounds.hints[1]);
    }
    if sample.len() < MIN_SAMPLE_FOR_LARGEST {
        return None;
    }
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    // A fiftieth of the values may be fill values, of which the user is warned elsewhere.
    let high = sorted[sorted.len() - 1 - sorted.len() / 50];
    let largest = sorted[sorted.len() - 1];
    if high > bounds.high {
        return Some(Implausible {
            seen: format!("values up to {high:.4} {unit}"),
            hint: bounds.hints[1],
        });
    }
    match bounds.small {
        // All zero is an empty map rather than another unit.
        Some((small, hint)) if largest < small && largest > 0.0 => Some(Implausible {
            seen: format!("no value over {largest:.4} {unit}"),
            hint,
        }),
        _ => None,
    }
}
