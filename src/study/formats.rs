//! The formats in which a study file writes values.

use toml::{Table, Value};

use super::problem::ProblemKind;
use super::wording::{describe, unknown_word};
use crate::calendar::Years;
use crate::words::Word;

/// Reads a value.
pub(super) type Parse<T> = fn(&Value) -> Result<T, Unread>;

/// A format that a value can be written in.
pub(super) struct ValueFormat<T> {
    /// What is expected, in words.
    pub(super) expected: &'static str,
    /// The right format.
    pub(super) example: &'static str,
    /// Reads it.
    pub(super) parse: Parse<T>,
}

/// Why a value was not read.
pub(super) enum Unread {
    /// It has another format.
    Format,
    /// The format is right, the value is not.
    Wrong(ProblemKind),
}

/// The value, where the format was right.
pub(super) fn or_format<T>(value: Option<T>) -> Result<T, Unread> {
    value.ok_or(Unread::Format)
}

/// A string that is not empty.
pub(super) const fn string(example: &'static str) -> ValueFormat<String> {
    ValueFormat {
        expected: "a string",
        example,
        parse: |value| or_format(text(value)),
    }
}

/// A list of strings, with at least one.
pub(super) const fn strings(example: &'static str) -> ValueFormat<Vec<String>> {
    ValueFormat {
        expected: "a non-empty list of strings",
        example,
        parse: |value| or_format(texts(value)),
    }
}

/// A list of strings, which may be empty.
pub(super) const fn names(example: &'static str) -> ValueFormat<Vec<String>> {
    ValueFormat {
        expected: "a list of strings",
        example,
        parse: |value| {
            let items = or_format(value.as_array())?;
            or_format(items.iter().map(text).collect())
        },
    }
}

/// What cells of a table may hold: a string or several, the empty one included.
pub(super) const fn cells(example: &'static str) -> ValueFormat<Vec<String>> {
    ValueFormat {
        expected: "a string or a list of strings",
        example,
        parse: |value| {
            let texts = one_or_more(value, |value| value.as_str().map(str::to_owned));
            or_format(texts.filter(|texts| !texts.is_empty()))
        },
    }
}

/// Finite numbers, at least one.
pub(super) const fn finite_numbers(example: &'static str) -> ValueFormat<Vec<f64>> {
    ValueFormat {
        expected: "a non-empty list of finite numbers",
        example,
        parse: |value| {
            let items = or_format(value.as_array().filter(|items| !items.is_empty()))?;
            let finite = |value: &Value| number(value).filter(|n| n.is_finite());
            or_format(items.iter().map(finite).collect())
        },
    }
}

/// A table as a value; its entries are read by their own keys.
pub(super) const fn table(example: &'static str) -> ValueFormat<Table> {
    ValueFormat {
        expected: "a table",
        example,
        parse: |value| or_format(value.as_table().cloned()),
    }
}

/// A list of anything, with at least one entry.
pub(super) const fn list(expected: &'static str, example: &'static str) -> ValueFormat<Vec<Value>> {
    ValueFormat {
        expected,
        example,
        parse: |value| or_format(value.as_array().filter(|items| !items.is_empty()).cloned()),
    }
}

/// A finite number.
pub(super) const fn finite(example: &'static str) -> ValueFormat<f64> {
    ValueFormat {
        expected: "a finite number",
        example,
        parse: |value| or_format(number(value).filter(|n| n.is_finite())),
    }
}

/// A whole number.
pub(super) const fn whole(example: &'static str) -> ValueFormat<i64> {
    ValueFormat {
        expected: "a whole number",
        example,
        parse: |value| or_format(value.as_integer()),
    }
}

/// `N` finite numbers.
pub(super) const fn numbers<const N: usize>(
    expected: &'static str,
    example: &'static str,
) -> ValueFormat<[f64; N]> {
    ValueFormat {
        expected,
        example,
        parse: |value| or_format(exactly(value)),
    }
}

/// True or false.
pub(super) const fn flag(example: &'static str) -> ValueFormat<bool> {
    ValueFormat {
        expected: "true or false",
        example,
        parse: |value| or_format(value.as_bool()),
    }
}

/// A word of an enum.
pub(super) const fn word<T: Word>(example: &'static str) -> ValueFormat<T> {
    ValueFormat {
        expected: "a string",
        example,
        parse: |value| one_of(&or_format(text(value))?),
    }
}

/// The first and the last of some years.
pub(super) const fn years(example: &'static str) -> ValueFormat<Years> {
    ValueFormat {
        expected: "the first and the last year",
        example,
        parse: first_and_last,
    }
}

/// The choice that a word makes.
pub(super) fn one_of<T: Word>(word: &str) -> Result<T, Unread> {
    let words = T::words();
    let found = words.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        Unread::Wrong(unknown_word(word, &names))
    })
}

fn first_and_last(value: &Value) -> Result<Years, Unread> {
    let (first, last) = match value.as_array().map(Vec::as_slice) {
        Some([Value::Integer(first), Value::Integer(last)]) => (*first, *last),
        _ => return Err(Unread::Format),
    };
    if first > last {
        return Err(Unread::Wrong(ProblemKind::YearsReversed { first, last }));
    }
    let year = |year: i64| {
        i32::try_from(year)
            .ok()
            .filter(|year| (1..=9999).contains(year))
    };
    match (year(first), year(last)) {
        (Some(first), Some(last)) => Ok(Years { first, last }),
        _ => Err(Unread::Wrong(ProblemKind::Bounds {
            found: describe(value),
            expected: "years from 1 to 9999".to_owned(),
        })),
    }
}

/// A number, whole or not.
pub(super) fn number(value: &Value) -> Option<f64> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a number of a study file is a measure, not a code"
    )]
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// A list of exactly `N` finite numbers.
fn exactly<const N: usize>(value: &Value) -> Option<[f64; N]> {
    let numbers: Vec<f64> = value
        .as_array()?
        .iter()
        .map(number)
        .collect::<Option<_>>()?;
    <[f64; N]>::try_from(numbers)
        .ok()
        .filter(|numbers| numbers.iter().all(|n| n.is_finite()))
}

/// A string that is not empty.
pub(super) fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.trim().is_empty())
        .map(str::to_owned)
}

/// A list of strings, with at least one.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    value
        .as_array()
        .filter(|items| !items.is_empty())?
        .iter()
        .map(text)
        .collect()
}

/// One value or a list of them, each read by `read`.
pub(super) fn one_or_more<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    match value.as_array() {
        Some(items) => items.iter().map(read).collect(),
        None => read(value).map(|one| vec![one]),
    }
}
