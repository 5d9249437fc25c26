//! What charts read of their data.

use serde_json::Value;

use crate::palette::{Rgb, colour_of_place};

/// Colours of series, sites and kinds of noise, in the order in which they come: Okabe and Ito's.
const IN_ORDER: [usize; 5] = [5, 3, 6, 1, 7];

/// The colour of the n-th of what only differs, from 0.
pub(super) fn colour(n: usize) -> Rgb {
    colour_of_place(IN_ORDER[n % IN_ORDER.len()])
}

/// A number of an object; none where it is null or absent.
pub(super) fn number(of: &Value, key: &str) -> Option<f64> {
    of.get(key)?.as_f64().filter(|x| x.is_finite())
}

/// A text of an object, empty where it is absent.
pub(super) fn text<'a>(of: &'a Value, key: &str) -> &'a str {
    of.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The objects of a list.
pub(super) fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of.get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The different texts of objects, in the order in which they come.
pub(super) fn different<'a>(rows: impl Iterator<Item = &'a Value>, key: &str) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for row in rows {
        let text = text(row, key);
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// The least and the largest of numbers; none without any.
pub(super) fn range(numbers: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    numbers.fold(None, |range, x| match range {
        Some([low, high]) => Some([x.min(low), x.max(high)]),
        None => Some([x, x]),
    })
}

/// The interval of a row, where it has both ends.
pub(super) fn interval_of(row: &Value) -> Option<[f64; 2]> {
    let (low, high) = number(row, "low").zip(number(row, "high"))?;
    Some([low, high])
}

/// A count as a number of a drawing.
#[expect(clippy::cast_precision_loss, reason = "counts of what is drawn")]
pub(super) fn float(n: usize) -> f64 {
    n as f64
}
