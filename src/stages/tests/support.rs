//! What tests of stages share.

use serde_json::Value;

/// A case of `tests/golden/places_stages.json`.
pub(in crate::stages) fn case(name: &str) -> Value {
    let text = include_str!("../../../tests/golden/places_stages.json");
    let golden: Value = serde_json::from_str(text).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    let found = cases.iter().find(|case| case["name"] == name);
    found.unwrap_or_else(|| panic!("no case {name}")).clone()
}

/// Numbers of a list, `None` where there are none.
pub(in crate::stages) fn numbers(list: &Value) -> Vec<Option<f64>> {
    list.as_array().unwrap().iter().map(Value::as_f64).collect()
}

/// Holds a number to the expected one, which may be missing.
pub(in crate::stages) fn check(what: &str, ours: Option<f64>, expected: &Value) {
    match (ours, expected.as_f64()) {
        (Some(ours), Some(expected)) => assert!(
            (ours - expected).abs() <= 1e-9 * expected.abs(),
            "{what}: {ours}, expected {expected}"
        ),
        (ours, expected) => assert_eq!(ours, expected, "{what}"),
    }
}
