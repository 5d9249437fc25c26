//! Names of counties.

/// Syllables of names, which no county of China has together.
const FIRST: [&str; 10] = [
    "Al", "Bor", "Cel", "Dun", "Er", "Fal", "Gor", "Hel", "Ir", "Jor",
];
const SECOND: [&str; 10] = [
    "ava", "beck", "cot", "dale", "ebo", "fen", "gate", "holm", "ick", "ley",
];

/// The name of a county by its number.
pub(super) fn name(number: u16) -> String {
    let number = usize::from(number);
    let round = number / 100;
    let base = format!(
        "{}{}",
        FIRST[number % 10],
        SECOND[(number / 10 + number) % 10]
    );
    if round == 0 {
        base
    } else {
        format!("{base} {}", round + 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_county_has_its_own_name() {
        let names: BTreeSet<String> = (0..300).map(name).collect();
        assert_eq!(names.len(), 300);
    }
}
