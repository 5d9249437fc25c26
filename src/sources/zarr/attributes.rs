//! Attributes of arrays, as xarray and GDAL write them.

use base64::Engine as _;
use serde_json::{Map, Value};

/// Attributes by their names.
pub(crate) type Attributes = Map<String, Value>;

/// An attribute that is a text.
pub(crate) fn text<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    attributes.get(name)?.as_str()
}

/// An attribute that is a number, or a list with a single one.
pub(crate) fn number(attributes: &Attributes, name: &str) -> Option<f64> {
    match numbers(attributes.get(name)?).as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// The numbers of a value: of a number, a list of numbers, a text that is one (`NaN`), or the bytes of a float in base64,
/// as which xarray writes the fill value of floats in format 3.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Number(number) => number.as_f64().into_iter().collect(),
        Value::Bool(is_set) => vec![f64::from(u8::from(*is_set))],
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        Value::String(text) => text
            .trim()
            .parse()
            .ok()
            .or_else(|| of_base64(text))
            .into_iter()
            .collect(),
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

fn of_base64(text: &str) -> Option<f64> {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .ok()?;
    Some(f64::from_le_bytes(bytes.try_into().ok()?))
}

/// What `_Unsigned` says of whole numbers, with which netCDF tells the sign that its type does not; `None` if nothing.
pub(crate) fn is_unsigned(attributes: &Attributes) -> Option<bool> {
    let said = text(attributes, "_Unsigned")?;
    said.to_lowercase().parse().ok()
}

/// An attribute as GDAL's netCDF driver writes it into metadata: several numbers as `{1,2}`; none for what it has not.
pub(crate) fn as_metadata(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is_set) => Some(u8::from(*is_set).to_string()),
        Value::Array(values) => {
            let items: Option<Vec<String>> = values.iter().map(as_metadata).collect();
            Some(format!("{{{}}}", items?.join(",")))
        }
        Value::Null | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts are those that xarray 2026.9 writes for NaN and for -9999 as a float.
    #[test]
    fn numbers_may_be_texts_and_bytes() {
        let of = |text: &str| numbers(&Value::String(text.to_owned()));
        assert!(of("AAAAAAAA+H8=")[0].is_nan());
        assert_eq!(of("AAAAAICHw8A="), [-9999.0]);
        assert!(of("NaN")[0].is_nan());
        assert_eq!(of("-9999"), [-9999.0]);
        assert!(of("g C m-2").is_empty());
        assert_eq!(numbers(&serde_json::json!([-1, 2.5])), [-1.0, 2.5]);
    }
}
