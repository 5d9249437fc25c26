//! What is wrong with a unit word.

use super::quantity::{Quantity, steps_of};

/// A unit cannot be taken.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// The word is none that the table knows.
    #[error("the unit \"{word}\" is unknown{}", did_you_mean(.nearest.as_deref()))]
    Unknown {
        /// The word as written.
        word: String,
        /// The nearest known spelling of a unit of the quantity; `None` where that would mean something else.
        nearest: Option<String>,
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

/// The error for a unit of something else.
pub(super) fn not_convertible(quantity: Quantity, word: &str, days_of_steps: &[u32]) -> UnitError {
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
pub(super) fn unknown(quantity: Quantity, word: &str) -> UnitError {
    // The beginning of a long word is enough, and the distance takes time.
    let beginning: String = word
        .chars()
        .take(MAX_COMPARED)
        .flat_map(char::to_lowercase)
        .collect();
    let distance = |known: &str| strsim::damerau_levenshtein(&beginning, &known.to_lowercase());
    let known = quantity.spellings().iter();
    let nearest = known.min_by_key(|known| distance(known));
    UnitError::Unknown {
        word: word.to_owned(),
        nearest: nearest
            .filter(|_| !counts_several(&beginning))
            .map(|known| (*known).to_owned()),
    }
}

/// The question that follows an unknown word.
fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| {
        format!("; did you mean \"{nearest}\"?")
    })
}

/// Whether a word counts several of a unit, as in `8day-1`: the nearest spelling, of one, would be another quantity.
fn counts_several(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.windows(2).enumerate().any(|(at, pair)| {
        let is_first = at == 0 || matches!(bytes[at - 1], b' ' | b'/' | b'(' | b'.');
        is_first && pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic()
    })
}
