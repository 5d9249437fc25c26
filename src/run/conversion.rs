//! Brings each input to the unit of the engine, by its own calendar, and describes how.

use crate::calendar::{Calendar, Season, Steps, Years};
use crate::error::Error;
use crate::products::Preset;
use crate::sources::{OpenedInput, Stacks};
use crate::study::{Aggregate, InputTable};
use crate::tile::InputSpec;
use crate::units::{self, Conversion, Quantity, UnitError};

/// A conversion, the unit after it, and a remark on how it was made.
type Converted = (Conversion, String, String);

/// Brings an input to the unit of the engine, and describes how.
pub(super) fn convert_units(
    stacks: &Stacks,
    table: &InputTable,
    years: Years,
    warnings: &mut Vec<String>,
) -> Result<(InputSpec, String), Error> {
    let input = stacks.input(&table.name)?;
    warnings.extend(caution_of_product(table));
    let of_product = table
        .product
        .and_then(|preset| Some((preset, preset.layer.unit?)));
    let (converted, note) = match (&table.units, of_product, &input.file_unit) {
        (Some(word), _, _) => {
            let converted = by_stated_unit(input, table, word, years)?;
            (converted, format!("{word}, as the study file says"))
        }
        (None, Some((preset, word)), _) => {
            let converted = by_stated_unit(input, table, word, years)?;
            warnings.extend(warning_of_file_unit(
                input, table, years, preset, &converted,
            ));
            let note = format!("{word}, as the product {} says", preset.product.name);
            (converted, note)
        }
        (None, None, Some(word)) => by_file_unit(input, table, word, years, warnings)?,
        (None, None, None) => {
            let assumed = assumed(input, table);
            let note = format!("{}, assumed: neither study nor file says", assumed.1);
            (assumed, note)
        }
    };
    spec(input, converted, &note)
}

/// What the user of a product should know.
fn caution_of_product(table: &InputTable) -> Option<String> {
    let preset = table.product?;
    let caution = preset.layer.caution?;
    Some(format!(
        "inputs.{}: {}: {caution}",
        table.name, preset.product.name
    ))
}

/// The conversion from a unit that the study or a product states.
fn by_stated_unit(
    input: &OpenedInput,
    table: &InputTable,
    word: &str,
    years: Years,
) -> Result<Converted, Error> {
    convert(input, table, word, years).map_err(|source| Error::Unit {
        input: input.name.clone(),
        source,
    })
}

/// A warning where the files state another unit than their product.
fn warning_of_file_unit(
    input: &OpenedInput,
    table: &InputTable,
    years: Years,
    preset: Preset,
    converted: &Converted,
) -> Option<String> {
    let of_product = preset.layer.unit?;
    let of_files = input.file_unit.as_deref()?;
    if preset.layer.file_units.contains(&of_files) {
        return None;
    }
    let other = convert(input, table, of_files, years).ok()?;
    (other.0 != converted.0).then(|| {
        format!(
            "inputs.{}: its files state the unit {of_files:?} and the product {} has {of_product}, \
             which is used; state `units` to change that",
            table.name, preset.product.name
        )
    })
}

/// The conversion from the unit that the files state, and a note on it.
fn by_file_unit(
    input: &OpenedInput,
    table: &InputTable,
    word: &str,
    years: Years,
    warnings: &mut Vec<String>,
) -> Result<(Converted, String), Error> {
    match convert(input, table, word, years) {
        Ok(converted) => Ok((converted, format!("{word}, as the file says"))),
        // A word that says nothing, as many tools write it.
        Err(error @ UnitError::Unknown { .. }) if says_nothing(word) => {
            let assumed = assumed(input, table);
            warnings.push(format!(
                "inputs.{}: Doline cannot convert the file's own unit {word:?} ({error}) and \
                 assumes {}; state `units` to be sure",
                table.name, assumed.1
            ));
            let note = format!("{}, assumed: the file says {word:?}", assumed.1);
            Ok((assumed, note))
        }
        Err(source) => Err(Error::FileUnit {
            input: input.name.clone(),
            word: word.to_owned(),
            source: Box::new(source),
        }),
    }
}

/// Whether a unit is a word for having none.
fn says_nothing(word: &str) -> bool {
    const WORDS: [&str; 9] = [
        "unknown",
        "none",
        "n/a",
        "na",
        "undefined",
        "not set",
        "unspecified",
        "null",
        "-",
    ];
    WORDS.contains(&word.trim().to_lowercase().as_str())
}

/// The unit of the engine, for an input whose unit nothing states.
fn assumed(input: &OpenedInput, table: &InputTable) -> Converted {
    let unit = Quantity::of_input(&table.name).unit(input.timing.steps);
    (Conversion::identity(), unit.to_owned(), String::new())
}

/// The input in the unit of the engine.
fn spec(
    input: &OpenedInput,
    converted: Converted,
    note: &str,
) -> Result<(InputSpec, String), Error> {
    let (conversion, unit, remark) = converted;
    let spec = input.converted(unit, conversion.add, &conversion.factor)?;
    Ok((spec, format!("{note}{remark}")))
}

/// Converts from a word, with the days that the calendar of the files gives the steps.
fn convert(
    input: &OpenedInput,
    table: &InputTable,
    word: &str,
    years: Years,
) -> Result<Converted, UnitError> {
    let quantity = Quantity::of_input(&table.name);
    let by = |calendar: Calendar| -> Result<Converted, UnitError> {
        let (steps, season) = (input.timing.steps, table.season);
        let days = season.days_of_steps(calendar, steps, years);
        if quantity == Quantity::Other {
            return Ok(further_driver(
                steps,
                (table.aggregate, season),
                word,
                &days,
            ));
        }
        let conversion = units::convert(quantity, word, &days)?;
        Ok((
            conversion,
            quantity.unit(input.timing.steps).to_owned(),
            String::new(),
        ))
    };
    let (conversion, unit, mut remark) = by(input.timing.calendar)?;
    if !input.timing.calendar.is_gregorian() && by(Calendar::Standard)?.0 != conversion {
        let calendar = input.timing.calendar.name();
        remark = format!("{remark}; by the days of the files' own calendar, {calendar}");
    }
    Ok((conversion, unit, remark))
}

/// A further driver keeps its unit; a rate is brought to a year by the days of its months.
fn further_driver(
    steps: Steps,
    (aggregate, season): (Option<Aggregate>, Season),
    word: &str,
    days: &[u32],
) -> Converted {
    let as_it_is = || (Conversion::identity(), word.to_owned(), String::new());
    if steps != Steps::Monthly {
        return as_it_is();
    }
    let is_mean = aggregate == Some(Aggregate::Mean);
    let Some((mut conversion, unit)) = units::rate_to_year(word, is_mean, days) else {
        return as_it_is();
    };
    if is_mean {
        weigh_in_season(&mut conversion.factor, season, days);
    }
    let remark = if unit == word {
        "; its months count by their days".to_owned()
    } else {
        format!("; its months, times their days, are summed to {unit}")
    };
    (conversion, unit, remark)
}

/// Makes the weights of the months of a year those of the months of a season, which add up to 1 there.
fn weigh_in_season(weights: &mut [f64], season: Season, days: &[u32]) {
    let years = weights.chunks_exact_mut(12).zip(days.chunks_exact(12));
    for (weights, days) in years {
        let of_year: u32 = days.iter().sum();
        let of_season: u32 = days[season.steps_of_year()].iter().sum();
        if of_season < of_year {
            for weight in weights {
                *weight *= f64::from(of_year) / f64::from(of_season.max(1));
            }
        }
    }
}
