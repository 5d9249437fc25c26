//! Units of inputs: which words are known, and how their values become those of the engine.
//!
//! A word such as `gC m-2 yr-1`, `kg C/m^2/yr` or `W m**-2` is read into its dimensions by the
//! `word` module, and [`convert`] sets it against the quantity that an input is.

mod plausible;
mod word;

pub use plausible::{Implausible, implausible};

use crate::calendar::Steps;
use word::{Per, Substance, Word};

/// What an input measures, as far as its unit goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// Net primary production, or another carbon flux: rs, rh, nep.
    Npp,
    /// Air temperature.
    Temperature,
    /// Precipitation.
    Precipitation,
    /// Solar radiation at the ground.
    Radiation,
    /// Soil organic carbon of the topsoil.
    Soc,
    /// A further driver; its unit is carried along and never converted.
    Other,
}

/// How a word's numbers become the engine's: `engine value = (value + add) · factor`.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// Added to the value first, in the unit of the word.
    pub add: f64,
    /// Factor, one for all steps or one a step, `[step]`.
    pub factor: Vec<f64>,
}

impl Conversion {
    /// Values are in the engine's unit already.
    #[must_use]
    pub fn identity() -> Self {
        Self {
            add: 0.0,
            factor: vec![1.0],
        }
    }

    /// Whether the conversion leaves every value as it is.
    #[must_use]
    #[expect(clippy::float_cmp, reason = "only the exact factor changes nothing")]
    pub fn is_identity(&self) -> bool {
        self.add == 0.0 && self.factor.iter().all(|&factor| factor == 1.0)
    }

    /// The engine's value of `value` at `step`.
    #[must_use]
    pub fn apply(&self, value: f64, step: usize) -> f64 {
        let factor = self
            .factor
            .get(step)
            .or_else(|| self.factor.first())
            .copied()
            .unwrap_or(1.0);
        (value + self.add) * factor
    }
}

/// A unit cannot be taken.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// The word is none that the table knows.
    #[error("the unit \"{word}\" is unknown; did you mean \"{nearest}\"?")]
    Unknown {
        /// The word as written.
        word: String,
        /// The nearest known spelling of a unit of the quantity.
        nearest: String,
    },

    /// The word is a unit, of something else.
    #[error(
        "the unit \"{word}\" cannot be converted to {expected}, the unit of {}; units that can be: {examples}",
        quantity.noun()
    )]
    NotConvertible {
        /// The word as written.
        word: String,
        /// What the input is.
        quantity: Quantity,
        /// The engine's unit.
        expected: &'static str,
        /// Words that are taken instead.
        examples: String,
    },

    /// The word's time is not that of the input's steps.
    #[error("the unit \"{word}\" cannot be used with {steps}; write {remedy}")]
    WrongStep {
        /// The word as written.
        word: String,
        /// The steps of the input, in words.
        steps: &'static str,
        /// What to write instead.
        remedy: &'static str,
    },
}

impl Quantity {
    /// The quantity of an input by its name in the study file.
    #[must_use]
    pub fn of_input(name: &str) -> Self {
        match name {
            "npp" | "rs" | "rh" | "nep" => Self::Npp,
            "temperature" => Self::Temperature,
            "precipitation" => Self::Precipitation,
            "radiation" => Self::Radiation,
            "soc" => Self::Soc,
            _ => Self::Other,
        }
    }

    /// The unit inside the engine of an input with `steps`; `1` for a further driver.
    #[must_use]
    pub fn unit(self, steps: Steps) -> &'static str {
        match (self, steps) {
            (Self::Npp, Steps::Monthly) => "gC m-2 month-1",
            (Self::Npp, _) => "gC m-2 yr-1",
            (Self::Temperature, _) => "degC",
            (Self::Precipitation, Steps::Annual) => "mm yr-1",
            (Self::Precipitation, _) => "mm month-1",
            (Self::Radiation, Steps::Annual) => "MJ m-2 yr-1",
            (Self::Radiation, _) => "MJ m-2 month-1",
            (Self::Soc, _) => "kgC m-2",
            (Self::Other, _) => "1",
        }
    }

    /// The quantity in a sentence.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Npp => "a carbon flux",
            Self::Temperature => "temperature",
            Self::Precipitation => "precipitation",
            Self::Radiation => "radiation",
            Self::Soc => "soil carbon",
            Self::Other => "a further driver",
        }
    }

    /// Common spellings of units that can be converted; the first is the engine's own.
    #[must_use]
    pub fn spellings(self) -> &'static [&'static str] {
        match self {
            Self::Npp => &[
                "gC m-2 yr-1",
                "kgC m-2 yr-1",
                "tC ha-1 yr-1",
                "Mg C ha-1",
                "umol CO2 m-2 s-1",
                "gC m-2 d-1",
                "kg m-2 s-1",
            ],
            Self::Temperature => &["degC", "celsius", "K", "kelvin", "degF"],
            Self::Precipitation => &[
                "mm month-1",
                "mm",
                "cm",
                "m",
                "mm d-1",
                "m d-1",
                "kg m-2 s-1",
                "m s-1",
                "mm yr-1",
            ],
            Self::Radiation => &[
                "MJ m-2 month-1",
                "MJ m-2",
                "MJ m-2 d-1",
                "W m-2",
                "J m-2",
                "kJ m-2",
                "kWh m-2",
                "MJ m-2 yr-1",
            ],
            Self::Soc => &["kgC m-2", "kg m-2", "gC m-2", "tC ha-1", "Mg ha-1"],
            Self::Other => &["1"],
        }
    }

    /// Dimensions of the quantity without its time, and the factor from base units to the engine's.
    fn base(self) -> Option<(word::Dimensions, f64)> {
        match self {
            Self::Npp => Some((word::MASS_PER_AREA, 1.0)),
            Self::Soc => Some((word::MASS_PER_AREA, 1e-3)),
            Self::Precipitation => Some((word::LENGTH, 1e3)),
            Self::Radiation => Some((word::ENERGY_PER_AREA, 1e-6)),
            Self::Temperature | Self::Other => None,
        }
    }
}

/// The steps of `days_of_steps`; none for a static input.
fn steps_of(days_of_steps: &[u32]) -> Steps {
    match days_of_steps.first() {
        None => Steps::Static,
        Some(0..=31) => Steps::Monthly,
        Some(_) => Steps::Annual,
    }
}

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

/// The error for a unit of something else.
fn not_convertible(quantity: Quantity, word: &str, days_of_steps: &[u32]) -> UnitError {
    UnitError::NotConvertible {
        word: word.to_owned(),
        quantity,
        expected: quantity.unit(steps_of(days_of_steps)),
        examples: quantity.spellings().join(", "),
    }
}

/// Letters of a word that are compared with the spellings.
const MAX_COMPARED: usize = 60;

/// The error for a word that is no unit, with the nearest spelling of the quantity's units.
fn unknown(quantity: Quantity, word: &str) -> UnitError {
    // The beginning of a long word is enough, and the distance takes time.
    let beginning: String = word
        .chars()
        .take(MAX_COMPARED)
        .flat_map(char::to_lowercase)
        .collect();
    let distance = |known: &str| strsim::damerau_levenshtein(&beginning, &known.to_lowercase());
    let nearest = quantity
        .spellings()
        .iter()
        .min_by_key(|known| distance(known));
    UnitError::Unknown {
        word: word.to_owned(),
        nearest: nearest.copied().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests;
