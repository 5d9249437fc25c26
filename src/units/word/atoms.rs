//! The factors of unit words that are known.

use super::meaning::{Dimensions, LENGTH, NONE, Per, SECONDS_PER_DAY, Substance};

/// One known factor of a unit word.
#[derive(Clone, Copy)]
pub(super) enum Atom {
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

/// A name's factor, and the carbon that may be written on it (`gC`, `umolC`).
pub(super) fn find(name: &str) -> Option<(Atom, Option<Substance>)> {
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
