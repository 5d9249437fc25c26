//! A unit word against the quantity of an input.

use super::conversion::Conversion;
use super::error::{UnitError, not_convertible, unknown};
use super::quantity::{Quantity, steps_of};
use super::word::{self, Per, Substance, Word};
use crate::calendar::Steps;

/// How values in the unit `word` become those of the engine.
///
/// ```text
/// bare amount            factor = unit
/// rate per second, day   factor = unit · days of the step
/// rate per year, monthly factor = unit · days of the month / days of its year
/// ```
///
/// # Arguments
///
/// * `days_of_steps` - days of each step, `[step]`: months (up to 31) or years. Empty for a static
///   input, or where the word is only to be checked against an amount.
///
/// # Errors
///
/// The word is unknown, is a unit of something else, or has a time that the steps cannot take: a
/// monthly rate of an annual input, or a yearly rate of months that are not whole years.
///
/// # Example
///
/// ```
/// use doline::units::{Quantity, convert};
///
/// let conversion = convert(Quantity::Radiation, "W m-2", &[30])?;
/// assert!((conversion.apply(170.0, 0) - 440.64).abs() < 1e-9);
/// # Ok::<(), doline::units::UnitError>(())
/// ```
pub fn convert(
    quantity: Quantity,
    word: &str,
    days_of_steps: &[u32],
) -> Result<Conversion, UnitError> {
    if quantity == Quantity::Other {
        return Ok(Conversion::identity());
    }
    let word = if quantity == Quantity::Precipitation {
        word::month_for_m(word)
    } else {
        word
    };
    if let Some(temperature) = word::temperature(word) {
        return match quantity {
            Quantity::Temperature => Ok(temperature),
            _ => Err(not_convertible(quantity, word, days_of_steps)),
        };
    }
    let parsed = word::parse(word).ok_or_else(|| unknown(quantity, word))?;
    let (base, per) =
        amount(quantity, &parsed).ok_or_else(|| not_convertible(quantity, word, days_of_steps))?;
    let times = time_factors(quantity, per, days_of_steps).map_err(|wrong| match wrong {
        TimeFault::Dimension => not_convertible(quantity, word, days_of_steps),
        TimeFault::Steps { steps, remedy } => UnitError::WrongStep {
            word: word.to_owned(),
            steps,
            remedy,
        },
    })?;
    Ok(Conversion {
        add: 0.0,
        factor: collapse(times.iter().map(|time| base * time).collect()),
    })
}

/// Whether `word` can be taken for `quantity` at one of `steps`, without the calendar of a study.
///
/// # Errors
///
/// As [`convert`]; where the steps are not known, only if neither months nor years can take it.
pub fn check(quantity: Quantity, word: &str, steps: Option<Steps>) -> Result<(), UnitError> {
    let monthly = || {
        convert(
            quantity,
            word,
            &[31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31],
        )
    };
    let annual = || convert(quantity, word, &[365]);
    match steps {
        Some(Steps::Static | Steps::Members(_)) => convert(quantity, word, &[]),
        Some(Steps::Annual) => annual(),
        Some(Steps::Monthly) => monthly(),
        None => monthly().or_else(|error| annual().map_err(|_| error)),
    }
    .map(|_| ())
}

/// Whether a word is an amount per second, minute, hour, day or year.
#[must_use]
pub fn is_rate(word: &str) -> bool {
    matches!(
        word::parse(word).map(|word| word.per),
        Some(Per::Seconds(_) | Per::Year)
    )
}

/// How the months of a further driver in a rate become a year by their days: what each is multiplied by to be
/// summed, and the unit of that sum; `None` where the word is no rate.
///
/// ```text
/// mean                 month · days / days of the year, in the unit as it is
/// sum per second, day  month · days, as an amount a year: mm d-1 becomes mm yr-1, W m-2 J m-2 yr-1
/// sum per year         month · days / days of the year, in the unit as it is
/// ```
///
/// # Arguments
///
/// * `days` - days of each month of whole years, `[month]`.
#[must_use]
pub fn rate_to_year(word: &str, is_mean: bool, days: &[u32]) -> Option<(Conversion, String)> {
    let factor = |factors| Conversion {
        add: 0.0,
        factor: factors,
    };
    let per = word::parse(word)?.per;
    match per {
        Per::Seconds(seconds) if !is_mean => {
            let in_month = |&n: &u32| f64::from(n) * word::SECONDS_PER_DAY / seconds;
            Some((
                factor(days.iter().map(in_month).collect()),
                format!("{} yr-1", word::amount_of(word)?),
            ))
        }
        Per::Seconds(_) | Per::Year => Some((factor(months_of_years(days).ok()?), word.to_owned())),
        Per::Step | Per::Month => None,
    }
}

/// The factor of a word's amount to the engine's unit, and its time; `None` for other dimensions.
fn amount(quantity: Quantity, word: &Word) -> Option<(f64, Per)> {
    let (dimensions, to_engine) = quantity.base()?;
    let carbon = matches!(quantity, Quantity::Npp | Quantity::Soc);
    let substance = match word.substance {
        Substance::Carbon | Substance::CarbonDioxide if !carbon => return None,
        Substance::Water if quantity != Quantity::Precipitation => return None,
        Substance::CarbonDioxide => word::CARBON_OF_CO2,
        _ => 1.0,
    };
    let base = if word.dimensions == dimensions {
        word.scale * substance
    } else if carbon && word.dimensions == word::MOLES_PER_AREA {
        // A mole of CO2 holds a mole of carbon.
        word.scale * word::CARBON_G_PER_MOL
    } else if quantity == Quantity::Precipitation && word.dimensions == word::MASS_PER_AREA {
        // A kilogram of water on a square metre is a millimetre.
        word.scale * 1e-6
    } else {
        return None;
    };
    Some((base * to_engine, word.per))
}

/// Why a word's time is refused.
enum TimeFault {
    /// The quantity has no time, or none of this kind.
    Dimension,
    /// The steps of the input are others.
    Steps {
        steps: &'static str,
        remedy: &'static str,
    },
}

/// What a rate is multiplied by in each step; one entry where it is the same for all.
fn time_factors(quantity: Quantity, per: Per, days: &[u32]) -> Result<Vec<f64>, TimeFault> {
    if quantity == Quantity::Soc {
        return if per == Per::Step {
            Ok(vec![1.0])
        } else {
            Err(TimeFault::Dimension)
        };
    }
    match (per, steps_of(days)) {
        (Per::Step, _) | (Per::Month, Steps::Monthly) | (Per::Year, Steps::Annual) => Ok(vec![1.0]),
        (Per::Seconds(seconds), Steps::Monthly | Steps::Annual) => Ok(days
            .iter()
            .map(|&n| f64::from(n) * word::SECONDS_PER_DAY / seconds)
            .collect()),
        (Per::Year, Steps::Monthly) => months_of_years(days),
        (Per::Month, Steps::Annual) => Err(TimeFault::Steps {
            steps: "annual steps",
            remedy: "the unit of a year, such as one with yr-1, or give the twelve months of each year",
        }),
        (_, Steps::Static | Steps::Members(_)) => Err(TimeFault::Steps {
            steps: "a static input",
            remedy: "a unit without time, or give the input years or months",
        }),
    }
}

/// Each month's share of its year, by days.
fn months_of_years(days: &[u32]) -> Result<Vec<f64>, TimeFault> {
    if !days.len().is_multiple_of(12) {
        return Err(TimeFault::Steps {
            steps: "months that are not whole years",
            remedy: "a unit with month-1",
        });
    }
    let share = |year: &[u32]| {
        let total = f64::from(year.iter().sum::<u32>());
        year.iter()
            .map(|&n| f64::from(n) / total)
            .collect::<Vec<_>>()
    };
    Ok(days.chunks(12).flat_map(share).collect())
}

/// One factor where all steps have the same.
#[expect(
    clippy::float_cmp,
    reason = "the factors of equal steps are computed alike"
)]
fn collapse(factors: Vec<f64>) -> Vec<f64> {
    match factors.first() {
        Some(&first) if factors.iter().all(|&factor| factor == first) => vec![first],
        _ => factors,
    }
}
