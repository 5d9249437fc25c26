//! The order of bands that are numbered: `npp_1`, `npp_2`, ..., `npp_10`.

use crate::sources::times::steps::Band;

/// The bands of an input without times, in their order.
pub(crate) struct Ordered<'a> {
    pub(crate) bands: Vec<&'a Band>,
    /// What the user should know of the order.
    pub(crate) note: Option<String>,
}

/// Puts numbered bands that are in the order of letters (1, 10, 11, 2), as programs list files, in the order of their
/// numbers. Any other order is the user's, and stays.
pub(crate) fn in_order(bands: &[Band]) -> Ordered<'_> {
    let given: Vec<&Band> = bands.iter().collect();
    let as_given = |note| Ordered {
        bands: bands.iter().collect(),
        note,
    };
    let names: Vec<&str> = names_of(&given);
    let Some(numbers) = numbers(&names) else {
        return as_given(None);
    };
    let number_of = |band: &Band| {
        let at = names.iter().position(|name| *name == band.name);
        at.map(|at| numbers[at])
    };
    let mut by_number = given;
    by_number.sort_by_key(|band| number_of(band));
    let sorted = names_of(&by_number);
    if sorted == names {
        return as_given(None);
    }
    let (letters, numbered) = (list(&names), list(&sorted));
    if names.is_sorted() {
        return Ordered {
            note: Some(format!(
                "its bands are numbered, and are taken in the order of their numbers: {numbered}; the files have them in the \
                 order of letters: {letters}"
            )),
            bands: by_number,
        };
    }
    as_given(Some(format!(
        "its bands are numbered, but are taken as they are given: {letters}; in the order of their numbers they would be \
         {numbered}"
    )))
}

/// The distinct names, in order.
fn names_of<'a>(bands: &[&'a Band]) -> Vec<&'a str> {
    let mut names: Vec<&str> = bands.iter().map(|band| band.name.as_str()).collect();
    names.dedup();
    names
}

/// First and last of a list of names.
pub(crate) fn list(names: &[&str]) -> String {
    match names {
        [a, b, c, _, .., last] => format!("{a}, {b}, {c}, ... {last}"),
        _ => names.join(", "),
    }
}

/// The number in each of names that differ in one number only; `None` if they differ otherwise.
fn numbers(names: &[&str]) -> Option<Vec<u64>> {
    let parts: Vec<Vec<&str>> = names.iter().map(|name| parts_of(name)).collect();
    let first = parts.first().filter(|_| parts.len() > 1)?;
    if parts.iter().any(|of| of.len() != first.len()) {
        return None;
    }
    let varies = |at: &usize| parts.iter().any(|of| of[*at] != first[*at]);
    let mut varying = (0..first.len()).filter(varies);
    let (at, None) = (varying.next()?, varying.next()) else {
        return None;
    };
    let number = |of: &Vec<&str>| of[at].parse::<u64>().ok();
    let numbers: Vec<u64> = parts.iter().map(number).collect::<Option<_>>()?;
    let mut distinct = numbers.clone();
    distinct.sort_unstable();
    distinct.dedup();
    (distinct.len() == numbers.len()).then_some(numbers)
}

/// A name cut where digits begin and end.
fn parts_of(name: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let is_digit = |at: usize| name.as_bytes()[at].is_ascii_digit();
    for at in 1..name.len() {
        if is_digit(at) != is_digit(at - 1) {
            parts.push(&name[start..at]);
            start = at;
        }
    }
    parts.push(&name[start..]);
    parts
}
