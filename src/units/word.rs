//! Reads a unit word into a scale, dimensions, a time and a substance.
//!
//! The grammar is that of CF and UDUNITS with the habits of ecologists on top: factors apart by
//! blanks, `.`, `*` or `_`; a power as `-2`, `^-2`, `**-2` or superscript; `/` or `per` turns what
//! follows upside down; a substance (`C`, `CO2`) is written beside its mass or attached to it (`gC`).

use super::conversion::Conversion;

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

/// One known factor of a unit word.
#[derive(Clone, Copy)]
enum Atom {
    /// A measure with its factor to the base unit and its dimensions.
    Measure(f64, Dimensions),
    /// A watt and its like: an energy a second.
    Power(f64),
    /// A time.
    Time(Per),
    /// A substance.
    Of(Substance),
    /// A word that changes nothing, as in `m of water equivalent`.
    Nothing,
}

const MASS: Dimensions = Dimensions { mass: 1, ..NONE };
const MOLES: Dimensions = Dimensions { moles: 1, ..NONE };
const AREA: Dimensions = Dimensions { length: 2, ..NONE };
const VOLUME: Dimensions = Dimensions { length: 3, ..NONE };
const ENERGY: Dimensions = Dimensions { energy: 1, ..NONE };

/// Known factors. Case counts where two units differ by it only (`Mg`, `mg`; `MJ`, `mJ`), so those
/// are looked up as written first and in lower case after.
#[rustfmt::skip]
const ATOMS: &[(&[&str], Atom)] = &[
    (&["g", "gram", "grams", "gramme", "grammes"], Atom::Measure(1.0, MASS)),
    (&["kg", "kilogram", "kilograms"], Atom::Measure(1e3, MASS)),
    (&["mg", "milligram", "milligrams"], Atom::Measure(1e-3, MASS)),
    (&["Mg", "megagram", "megagrams", "t", "ton", "tons", "tonne", "tonnes"], Atom::Measure(1e6, MASS)),
    (&["Gg"], Atom::Measure(1e9, MASS)),
    (&["Tg"], Atom::Measure(1e12, MASS)),
    (&["Pg"], Atom::Measure(1e15, MASS)),
    (&["mol", "mole", "moles"], Atom::Measure(1.0, MOLES)),
    (&["mmol", "millimol"], Atom::Measure(1e-3, MOLES)),
    (&["umol", "micromol", "micromole", "micromoles"], Atom::Measure(1e-6, MOLES)),
    (&["m", "metre", "metres", "meter", "meters"], Atom::Measure(1.0, LENGTH)),
    (&["dm"], Atom::Measure(0.1, LENGTH)),
    (&["cm", "centimetre", "centimetres", "centimeter", "centimeters"], Atom::Measure(1e-2, LENGTH)),
    (&["mm", "millimetre", "millimetres", "millimeter", "millimeters"], Atom::Measure(1e-3, LENGTH)),
    (&["hm", "hectometre", "hectometer"], Atom::Measure(100.0, LENGTH)),
    (&["km"], Atom::Measure(1e3, LENGTH)),
    (&["in", "inch", "inches"], Atom::Measure(0.0254, LENGTH)),
    (&["ha", "hectare", "hectares"], Atom::Measure(1e4, AREA)),
    (&["l", "litre", "litres", "liter", "liters"], Atom::Measure(1e-3, VOLUME)),
    (&["J", "j", "joule", "joules"], Atom::Measure(1.0, ENERGY)),
    (&["kJ", "kj", "kilojoule", "kilojoules"], Atom::Measure(1e3, ENERGY)),
    (&["MJ", "mj", "megajoule", "megajoules"], Atom::Measure(1e6, ENERGY)),
    (&["GJ", "gj"], Atom::Measure(1e9, ENERGY)),
    (&["Wh", "wh"], Atom::Measure(3.6e3, ENERGY)),
    (&["kWh", "kwh"], Atom::Measure(3.6e6, ENERGY)),
    (&["W", "w", "watt", "watts"], Atom::Power(1.0)),
    (&["kW", "kw"], Atom::Power(1e3)),
    (&["s", "sec", "second", "seconds"], Atom::Time(Per::Seconds(1.0))),
    (&["min", "minute", "minutes"], Atom::Time(Per::Seconds(60.0))),
    (&["h", "hr", "hour", "hours"], Atom::Time(Per::Seconds(3600.0))),
    (&["d", "day", "days"], Atom::Time(Per::Seconds(SECONDS_PER_DAY))),
    (&["month", "months", "mon", "mo", "mth"], Atom::Time(Per::Month)),
    (&["yr", "y", "a", "year", "years", "yrs", "annum"], Atom::Time(Per::Year)),
    (&["c", "carbon"], Atom::Of(Substance::Carbon)),
    (&["carbondioxide"], Atom::Of(Substance::CarbonDioxide)),
    (&["water", "h2o"], Atom::Of(Substance::Water)),
    (&["of", "equivalent", "equiv"], Atom::Nothing),
    (&["%", "percent", "fraction", "unitless", "dimensionless"], Atom::Measure(1.0, NONE)),
];

/// Words that differ from a known one by case alone and mean something else: millijoule, and `MG`,
/// which may be either of two masses.
const AMBIGUOUS: &[&str] = &["mJ", "MG", "mG"];

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

/// ASCII spelling of the signs that people copy from papers; one sign for each operator.
fn plain(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            '\u{2070}' => text.push('0'),
            '\u{b9}' => text.push('1'),
            '\u{b2}' => text.push('2'),
            '\u{b3}' => text.push('3'),
            '\u{2074}' => text.push('4'),
            '\u{207b}' | '\u{2212}' | '\u{2013}' => text.push('-'),
            '\u{b5}' | '\u{3bc}' => text.push('u'),
            '\u{b7}' | '\u{22c5}' | '\u{d7}' | '_' => text.push(' '),
            other => text.push(other),
        }
    }
    let text = replace_word(&text.replace("**", "^"), "co2", " carbondioxide ");
    replace_word(&text, "h2o", " water ").replace(['*', '.'], " ")
}

/// Replaces `from` (lower case ASCII) in any case, unless a digit follows.
fn replace_word(text: &str, from: &str, to: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let (mut out, mut at) = (String::new(), 0);
    while let Some(found) = lower[at..].find(from).map(|offset| at + offset) {
        let end = found + from.len();
        let whole = !lower[end..].starts_with(|c: char| c.is_ascii_digit());
        out.push_str(&text[at..found]);
        out.push_str(if whole { to } else { &text[found..end] });
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

/// A piece of a word.
#[derive(Debug, PartialEq)]
enum Token {
    /// `/` or `per`.
    Slash,
    /// A name with its power; `None` where no power is written.
    Name(String, Option<i32>),
}

/// The largest power that a unit can have; keeps sums of powers far from overflow.
const MAX_POWER: i32 = 9;

/// Cuts a word into names with powers. Parentheses are dropped: below a slash everything is below.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let chars: Vec<char> = text.chars().filter(|c| !matches!(c, '(' | ')')).collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
        } else if c == '/' {
            tokens.push(Token::Slash);
            at += 1;
        } else if is_name(c) {
            let end = at + chars[at..].iter().take_while(|c| is_name(**c)).count();
            let name: String = chars[at..end].iter().collect();
            let (power, next) = power(&chars, end)?;
            at = next;
            tokens.push(if name.eq_ignore_ascii_case("per") {
                Token::Slash
            } else {
                Token::Name(name, power)
            });
        } else {
            return None;
        }
    }
    Some(tokens)
}

/// Whether a character belongs to a name.
fn is_name(c: char) -> bool {
    c.is_alphabetic() || c == '%'
}

/// The power written at `at`, and where it ends. A `-` before a letter parts two names (`kg-C`).
fn power(chars: &[char], at: usize) -> Option<(Option<i32>, usize)> {
    let caret = chars.get(at) == Some(&'^');
    let mut next = at + usize::from(caret);
    let sign = match chars.get(next) {
        Some('-') => -1,
        _ => 1,
    };
    let signed = matches!(chars.get(next), Some('-' | '+'));
    next += usize::from(signed);
    let n_digits = chars[next..]
        .iter()
        .take_while(|c| c.is_ascii_digit())
        .count();
    if n_digits == 0 {
        let parts_names = signed && !caret && chars.get(next).is_some_and(|c| is_name(*c));
        return (parts_names || (!signed && !caret)).then_some((None, next));
    }
    let digits: String = chars[next..next + n_digits].iter().collect();
    let value: i32 = digits.parse().ok().filter(|n| *n <= MAX_POWER)?;
    Some((Some(sign * value), next + n_digits))
}

/// A word while it is read.
struct Reading {
    word: Word,
    /// Whether a slash has been seen.
    below: bool,
    /// Whether the last token was a slash.
    after_slash: bool,
}

impl Reading {
    fn new() -> Self {
        let word = Word {
            scale: 1.0,
            dimensions: NONE,
            per: Per::Step,
            substance: Substance::Unsaid,
        };
        Self {
            word,
            below: false,
            after_slash: false,
        }
    }

    fn take(&mut self, token: &Token) -> Option<()> {
        let Token::Name(name, written) = token else {
            // A second slash in a row is a slip, not a unit.
            let first = !self.after_slash;
            (self.below, self.after_slash) = (true, true);
            return first.then_some(());
        };
        let power = match *written {
            Some(n) if n < 0 && !self.after_slash => n,
            Some(n) if n < 0 => return None,
            other if self.below => -other.unwrap_or(1),
            other => other.unwrap_or(1),
        };
        self.after_slash = false;
        let (atom, substance) = find(name)?;
        if let Some(substance) = substance {
            self.name_substance(substance)?;
        }
        self.apply(atom, power)
    }

    fn apply(&mut self, atom: Atom, power: i32) -> Option<()> {
        match atom {
            Atom::Measure(scale, d) => {
                self.word.scale *= scale.powi(power);
                let sum = &mut self.word.dimensions;
                sum.mass += d.mass * power;
                sum.moles += d.moles * power;
                sum.length += d.length * power;
                sum.energy += d.energy * power;
                Some(())
            }
            Atom::Power(scale) if power == 1 => {
                self.word.scale *= scale;
                self.word.dimensions.energy += 1;
                self.divide_by(Per::Seconds(1.0))
            }
            Atom::Time(per) if power == -1 => self.divide_by(per),
            Atom::Of(substance) if power.abs() == 1 => self.name_substance(substance),
            Atom::Nothing => Some(()),
            Atom::Power(_) | Atom::Time(_) | Atom::Of(_) => None,
        }
    }

    /// Sets the time below; a word has one at most.
    fn divide_by(&mut self, per: Per) -> Option<()> {
        let first = self.word.per == Per::Step;
        self.word.per = per;
        first.then_some(())
    }

    /// Sets the substance; a word has one at most.
    fn name_substance(&mut self, substance: Substance) -> Option<()> {
        let first = self.word.substance == Substance::Unsaid;
        self.word.substance = substance;
        first.then_some(())
    }

    fn finish(self, any: bool) -> Option<Word> {
        (any && !self.after_slash).then_some(self.word)
    }
}

/// A name's factor, and the carbon that may be written on it (`gC`, `umolC`).
fn find(name: &str) -> Option<(Atom, Option<Substance>)> {
    if let Some(atom) = find_atom(name) {
        return Some((atom, None));
    }
    let mass = name.strip_suffix(['C', 'c'])?;
    match find_atom(mass)? {
        atom @ Atom::Measure(_, MASS | MOLES) => Some((atom, Some(Substance::Carbon))),
        _ => None,
    }
}

/// A name as written, else in lower case.
fn find_atom(name: &str) -> Option<Atom> {
    let exact = |wanted: &str| {
        ATOMS
            .iter()
            .find(|(names, _)| names.contains(&wanted))
            .map(|(_, atom)| *atom)
    };
    if AMBIGUOUS.contains(&name) {
        return None;
    }
    exact(name).or_else(|| exact(&name.to_lowercase()))
}
