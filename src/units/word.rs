//! Reads a unit word into a scale, dimensions, a time and a substance.
//!
//! The grammar is that of CF and UDUNITS with the habits of ecologists on top: factors apart by
//! blanks, `.`, `*` or `_`; a power as `-2`, `^-2`, `**-2` or superscript; `/` or `per` turns what
//! follows upside down; a substance (`C`, `CO2`) is written beside its mass or attached to it (`gC`).

mod atoms;
mod reading;
mod tokens;

use super::conversion::Conversion;
use atoms::{Atom, find};
use reading::Reading;
use tokens::{Token, plain, tokens};

/// Powers of the base units gram, mole, metre and joule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dimensions {
    /// Power of the gram.
    mass: i32,
    /// Power of the mole.
    moles: i32,
    /// Power of the metre.
    length: i32,
    /// Power of the joule.
    energy: i32,
}

/// A length.
pub(super) const LENGTH: Dimensions = Dimensions { length: 1, ..NONE };
/// Mass on an area.
pub(super) const MASS_PER_AREA: Dimensions = Dimensions {
    mass: 1,
    length: -2,
    ..NONE
};
/// Amount of substance on an area.
pub(super) const MOLES_PER_AREA: Dimensions = Dimensions {
    moles: 1,
    length: -2,
    ..NONE
};
/// Energy on an area.
pub(super) const ENERGY_PER_AREA: Dimensions = Dimensions {
    energy: 1,
    length: -2,
    ..NONE
};
/// No dimension at all.
const NONE: Dimensions = Dimensions {
    mass: 0,
    moles: 0,
    length: 0,
    energy: 0,
};

/// Seconds of a day.
pub(super) const SECONDS_PER_DAY: f64 = 86_400.0;
/// Grams of carbon in a mole; with it 1 umol CO2 m-2 s-1 is 1.0377504 gC m-2 d-1
/// (`docs/science/units.md#conversions`).
pub(super) const CARBON_G_PER_MOL: f64 = 12.011;
/// Carbon in a mass of carbon dioxide.
pub(super) const CARBON_OF_CO2: f64 = 12.0 / 44.0;

/// The time a unit is divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Per {
    /// None: an amount per step of the input.
    Step,
    /// A fixed number of seconds.
    Seconds(f64),
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

/// The substance of the mass, if the word names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Substance {
    /// Not named.
    Unsaid,
    /// Carbon.
    Carbon,
    /// Carbon dioxide.
    CarbonDioxide,
    /// Water.
    Water,
}

/// A unit word as it is understood.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Word {
    /// Factor to gram, mole, metre and joule.
    pub(super) scale: f64,
    /// Powers of the base units, without time.
    pub(super) dimensions: Dimensions,
    /// The time below.
    pub(super) per: Per,
    /// What the mass is of.
    pub(super) substance: Substance,
}

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
