//! Brings each input to the unit of the engine, by its own calendar, and describes how.

use crate::calendar::{Calendar, Steps, Years};
use crate::error::Error;
use crate::sources::{OpenedInput, Stacks};
use crate::study::{Aggregate, InputTable};
use crate::tile::InputSpec;
use crate::units::{self, Conversion, Quantity, UnitError};

/// A conversion, the unit after it, and a remark on how it was made.
type Converted = (Conversion, String, String);

/// Brings an input to the unit of the engine, and describes how.
pub(super) fn convert_units(
    stacks: &mut Stacks,
    table: &InputTable,
    years: Years,
    warnings: &mut Vec<String>,
) -> Result<(InputSpec, String), Error> {
    let input = stacks.input(&table.name)?.clone();
    let quantity = Quantity::of_input(&table.name);
    let assumed = quantity.unit(input.steps);
    if let Some((preset, caution)) = table
        .product
        .and_then(|preset| Some((preset, preset.layer.caution?)))
    {
        warnings.push(format!(
            "inputs.{}: {}: {caution}",
            table.name, preset.product.name
        ));
    }
    let of_product = table
        .product
        .and_then(|preset| Some((preset, preset.layer.unit?)));
    if let (None, Some((preset, word))) = (&table.units, of_product) {
        let converted = convert(&input, table, word, years).map_err(|source| Error::Unit {
            input: input.name.clone(),
            source,
        })?;
        let file_unit = input
            .file_unit
            .as_deref()
            .filter(|unit| !preset.layer.file_units.contains(unit));
        if let Some((unit, Ok(other))) =
            file_unit.map(|unit| (unit, convert(&input, table, unit, years)))
            && other.0 != converted.0
        {
            warnings.push(format!(
                "inputs.{}: its files state the unit {unit:?} and the product {} has {word}, which is used; state `units` to \
                 change that",
                table.name, preset.product.name
            ));
        }
        let note = format!("{word}, as the product {} says", preset.product.name);
        return set(stacks, table, converted, &note);
    }
    let (converted, note) = match (&table.units, &input.file_unit) {
        (Some(word), _) => {
            let converted = convert(&input, table, word, years).map_err(|source| Error::Unit {
                input: input.name.clone(),
                source,
            })?;
            (converted, format!("{word}, as the study file says"))
        }
        (None, Some(word)) => match convert(&input, table, word, years) {
            Ok(converted) => (converted, format!("{word}, as the file says")),
            // A word that is no unit, such as `unknown`, may mean anything.
            Err(source) if !matches!(source, UnitError::Unknown { .. }) => {
                let (input, word, source) = (input.name.clone(), word.clone(), Box::new(source));
                return Err(Error::FileUnit {
                    input,
                    word,
                    source,
                });
            }
            Err(error) => {
                warnings.push(format!(
                    "inputs.{}: Doline cannot convert the file's own unit {word:?} ({error}) and assumes {assumed}; \
                     state `units` to be sure",
                    table.name
                ));
                let converted = (Conversion::identity(), assumed.to_owned(), String::new());
                (
                    converted,
                    format!("{assumed}, assumed: the file says {word:?}"),
                )
            }
        },
        (None, None) => {
            let converted = (Conversion::identity(), assumed.to_owned(), String::new());
            (
                converted,
                format!("{assumed}, assumed: neither study nor file says"),
            )
        }
    };
    set(stacks, table, converted, &note)
}

/// Hands a conversion to the reader of an input.
fn set(
    stacks: &mut Stacks,
    table: &InputTable,
    converted: Converted,
    note: &str,
) -> Result<(InputSpec, String), Error> {
    let (conversion, unit, remark) = converted;
    stacks.set_conversion(&table.name, conversion.add, conversion.factor)?;
    Ok((
        stacks.input(&table.name)?.spec(unit),
        format!("{note}{remark}"),
    ))
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
        let days = calendar.days_of_steps(input.steps, years);
        if quantity == Quantity::Other {
            return Ok(further_driver(input.steps, table.aggregate, word, &days));
        }
        let conversion = units::convert(quantity, word, &days)?;
        Ok((
            conversion,
            quantity.unit(input.steps).to_owned(),
            String::new(),
        ))
    };
    let (conversion, unit, mut remark) = by(input.calendar)?;
    if !input.calendar.is_gregorian() && by(Calendar::Standard)?.0 != conversion {
        let calendar = input.calendar.name();
        remark = format!("{remark}; by the days of the files' own calendar, {calendar}");
    }
    Ok((conversion, unit, remark))
}

/// A further driver keeps its unit; a rate is brought to a year by the days of its months.
fn further_driver(
    steps: Steps,
    aggregate: Option<Aggregate>,
    word: &str,
    days: &[u32],
) -> Converted {
    let as_it_is = || (Conversion::identity(), word.to_owned(), String::new());
    if steps != Steps::Monthly {
        return as_it_is();
    }
    let Some((conversion, unit)) =
        units::rate_to_year(word, aggregate == Some(Aggregate::Mean), days)
    else {
        return as_it_is();
    };
    let remark = if unit == word {
        "; its months count by their days".to_owned()
    } else {
        format!("; its months, times their days, are summed to {unit}")
    };
    (conversion, unit, remark)
}
