//! Reads a unit word into a scale, dimensions, a time and a substance.
//!
//! The grammar is that of CF and UDUNITS with the habits of ecologists on top: factors apart by
//! blanks, `.`, `*` or `_`; a power as `-2`, `^-2`, `**-2` or superscript; `/` or `per` turns what
//! follows upside down; a substance (`C`, `CO2`) is written beside its mass or attached to it (`gC`).

mod atoms;
mod meaning;
mod reading;
mod tokens;

use super::conversion::Conversion;
use atoms::{Atom, find};
use meaning::NONE;
pub(super) use meaning::{
    CARBON_G_PER_MOL, CARBON_OF_CO2, Dimensions, ENERGY_PER_AREA, LENGTH, MASS_PER_AREA,
    MOLES_PER_AREA, Per, SECONDS_PER_DAY, Substance, Word,
};
use reading::Reading;
use tokens::{Token, plain, tokens};

/// Spellings of temperatures, in lower case without blanks, `_`, and with `deg` for every degree.
#[rustfmt::skip]
const TEMPERATURES: &[(&[&str], f64, f64)] = &[
    (&["degc", "c", "celsius", "degcelsius", "centigrade", "degcentigrade"], 0.0, 1.0),
    (&["k", "kelvin", "kelvins", "degk", "degkelvin"], -273.15, 1.0),
    (&["f", "degf", "fahrenheit", "degfahrenheit"], -32.0, 5.0 / 9.0),
];

/// `mm/m`, as some climate archives write millimetres a month, in full.
pub(super) fn month_for_m(word: &str) -> &str {
    if word.trim().eq_ignore_ascii_case("mm/m") {
        "mm/month"
    } else {
        word
    }
}

/// A factor in front of a unit, as in `0.1 mm`, and the rest; 1 where there is none.
fn factor(word: &str) -> Option<(f64, &str)> {
    let word = word.trim();
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut end = word.find(|c: char| !is_number(c)).unwrap_or(word.len());
    if end == 0 || end == word.len() {
        return Some((1.0, word));
    }
    // `1e-3 m`: an exponent needs its digits.
    let exponent = &word[end..];
    let digits = exponent
        .strip_prefix(['e', 'E'])
        .map(|rest| rest.strip_prefix(['-', '+']).unwrap_or(rest));
    if let Some(n) = digits
        .map(|rest| rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len())
        .filter(|n| *n > 0)
    {
        end += exponent.len() - digits.map_or(0, str::len) + n;
    }
    let value: f64 = word[..end]
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite() && *value > 0.0)?;
    Some((value, word[end..].trim_start_matches([' ', '*'])))
}

/// The conversion of a word for a temperature; `None` where it is none.
pub(super) fn temperature(word: &str) -> Option<Conversion> {
    let (scale, word) = factor(word)?;
    let plain: String = word
        .trim()
        .to_lowercase()
        .replace('\u{2103}', "degc")
        .replace(['\u{b0}', '\u{ba}'], "deg")
        .replace("degrees", "deg")
        .replace("degree", "deg")
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '_')
        .collect();
    let (_, add, factor) = TEMPERATURES
        .iter()
        .find(|(names, ..)| names.contains(&plain.as_str()))?;
    // (stored · scale + add) · factor, with the scale taken out.
    Some(Conversion {
        add: add / scale,
        factor: vec![factor * scale],
    })
}

/// Reads a word; `None` where a factor is unknown or the form is broken.
pub(super) fn parse(word: &str) -> Option<Word> {
    if word.trim() == "1" {
        return Some(Word {
            scale: 1.0,
            dimensions: NONE,
            per: Per::Step,
            substance: Substance::Unsaid,
        });
    }
    let (scale, word) = factor(word)?;
    let tokens = tokens(&plain(word))?;
    let mut reading = Reading::new();
    reading.word.scale = scale;
    for token in &tokens {
        reading.take(token)?;
    }
    reading.finish(!tokens.is_empty())
}

/// A rate without its time, in plain spelling: `mm/day` gives `mm`, `W m**-2` gives `J m-2`; `None` where the word
/// cannot be read.
pub(super) fn amount_of(word: &str) -> Option<String> {
    let (scale, word) = factor(word)?;
    let mut parts = if scale == 1.0 {
        Vec::new()
    } else {
        vec![scale.to_string()]
    };
    let mut below = false;
    for token in tokens(&plain(word))? {
        let Token::Name(name, power) = token else {
            below = true;
            continue;
        };
        let power = match power {
            Some(power) if power < 0 => power,
            other if below => -other.unwrap_or(1),
            other => other.unwrap_or(1),
        };
        let name = match find(&name)?.0 {
            Atom::Time(_) | Atom::Nothing => continue,
            // A watt is a joule a second.
            Atom::Power(_) if name.to_lowercase().starts_with('k') => "kJ".to_owned(),
            Atom::Power(_) => "J".to_owned(),
            Atom::Of(Substance::CarbonDioxide) => "CO2".to_owned(),
            _ => name,
        };
        parts.push(if power == 1 {
            name
        } else {
            format!("{name}{power}")
        });
    }
    Some(parts.join(" "))
}
