//! Keys and values as messages show them, and the nearest right word.

use toml::Value;

use super::problem::ProblemKind;

/// Letters of the longest word that is compared with others. No typing error is longer, and the
/// distance takes time.
const MAX_COMPARED: usize = 60;

/// The nearest of `known`, where it is near enough to be a typing error.
pub(super) fn near<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    if word.len() > MAX_COMPARED {
        return None;
    }
    let lower = word.to_lowercase();
    // A few letters may be the start of a longer name, such as that of a product.
    let is_begun = |name: &&&str| lower.len() >= 4 && name.to_lowercase().starts_with(&lower);
    if let Some(whole) = known.iter().filter(is_begun).min_by_key(|name| name.len()) {
        return Some(whole);
    }
    let close = |name: &&&str| {
        let distance = strsim::damerau_levenshtein(&lower, &name.to_lowercase());
        let length = name.chars().count();
        distance < length && distance <= 1 + length / 4 || singular(&lower) == singular(name)
    };
    known
        .iter()
        .filter(close)
        .min_by_key(|name| strsim::damerau_levenshtein(&lower, name))
        .copied()
}

/// A word without a plural's ending.
fn singular(word: &str) -> &str {
    word.strip_suffix('s').unwrap_or(word)
}

/// The problem of a word that is not in `known`.
pub(super) fn unknown_word(word: &str, known: &[&str]) -> ProblemKind {
    ProblemKind::UnknownWord {
        word: word.to_owned(),
        nearest: near(word, known).map(str::to_owned),
        known: known.join(", "),
    }
}

/// The problem of a name that is not in `known`, where `what` names what it should have been.
pub(super) fn no_such(name: &str, what: &'static str, known: &[&str]) -> ProblemKind {
    ProblemKind::NoSuchName {
        name: name.to_owned(),
        what,
        nearest: near(name, known).map(str::to_owned),
        known: listed(known),
    }
}

/// Names that a message lists; a study may have thousands.
const MAX_LISTED: usize = 40;

fn listed(names: &[&str]) -> String {
    match names.len() {
        0 => "(there is none)".to_owned(),
        n if n > MAX_LISTED => {
            let more = n - MAX_LISTED;
            format!("{} and {more} more", names[..MAX_LISTED].join(", "))
        }
        _ => names.join(", "),
    }
}

/// A key as TOML writes it.
pub(super) fn quoted(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) {
        key.to_owned()
    } else {
        format!("{key:?}")
    }
}

/// A value with its type, in words, cut where it is long.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "an empty string".to_owned(),
        Value::String(text) if text.chars().count() > 60 => {
            format!(
                "the string {:?}...",
                text.chars().take(57).collect::<String>()
            )
        }
        Value::String(text) => format!("the string {text:?}"),
        Value::Integer(number) => format!("the number {number}"),
        Value::Float(number) => format!("the number {number:?}"),
        Value::Boolean(flag) => format!("{flag}"),
        Value::Datetime(date) => format!("the date {date}"),
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Array(items) if items.len() > 6 => format!("a list of {}", items.len()),
        Value::Array(items) => format!("the list {}", list(items)),
        Value::Table(_) => "a table".to_owned(),
    }
}

/// A short list as it is written.
fn list(items: &[Value]) -> String {
    let item = |value: &Value| match value {
        Value::String(text) => format!("{:?}", text.chars().take(40).collect::<String>()),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Array(_) => "[...]".to_owned(),
        Value::Table(_) => "{...}".to_owned(),
        other => describe(other),
    };
    format!(
        "[{}]",
        items.iter().map(item).collect::<Vec<_>>().join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn a_beginning_is_taken_for_the_shortest_whole() {
        let products = ["MOD13A3", "MOD17A3HGF", "MOD17A2HGF"];
        assert_eq!(near("MOD17A3", &products), Some("MOD17A3HGF"));
        assert_eq!(near("temp", &["npp", "temperature"]), Some("temperature"));
        assert_eq!(near("mod13a2", &products), Some("MOD13A3"));
        assert_eq!(near("abc", &["abcdefgh"]), None);
    }
}
