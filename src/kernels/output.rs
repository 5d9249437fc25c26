//! What a kernel says of an output: the end of its layer's name, its unit, and what its file shows.
//!
//! A kernel describes its outputs once, beside their tolerances. A chain decides which series an
//! output is about, and fills that into the text:
//!
//! | in a text      | becomes                                                            |
//! |----------------|--------------------------------------------------------------------|
//! | `{series}`     | the series that the kernel reads, such as `net ecosystem production` |
//! | `{driver}`     | the driver of the output, see [`Port::of_driver`](super::port::Port::of_driver) |
//! | `{over}`       | what the kernel summarises, such as `over 20 pairs of models`        |
//! | `{stem}`       | the beginning of the layer's name, such as `nep_hurst`               |
//! | `{first_year}` | the first year of the study                                          |

use std::borrow::Cow;

/// The unit of carbon fluxes and stocks: all are per m² and year.
pub const FLUX_UNIT: &str = "gC m-2 yr-1";

/// How the unit of an output follows from the units of the kernel's inputs, which are counted by
/// their slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnitRule {
    /// A number without a unit.
    #[default]
    One,
    /// Always this unit.
    Is(&'static str),
    /// The unit of an input.
    OfInput(usize),
    /// The unit of an input, per year: the unit of its trend.
    PerYear(usize),
    /// The unit of the annual sum of a monthly input.
    AnnualSum(usize),
    /// The unit of the first input per unit of the second, as of a regression coefficient.
    Quotient(usize, usize),
}

impl UnitRule {
    /// The unit of an output.
    ///
    /// # Arguments
    ///
    /// * `inputs` - the units of the kernel's inputs, in the order of their slots. One that is
    ///   missing counts as no unit.
    #[must_use]
    pub fn unit(self, inputs: &[&str]) -> String {
        let of = |slot: usize| inputs.get(slot).copied().unwrap_or_default();
        match self {
            Self::One => "1".to_owned(),
            Self::Is(unit) => unit.to_owned(),
            Self::OfInput(slot) => of(slot).to_owned(),
            Self::PerYear(slot) => describe_unit_of_slope(of(slot)),
            Self::AnnualSum(slot) => unit_of_annual_sum(of(slot)),
            Self::Quotient(numerator, denominator) => {
                unit_of_quotient(of(numerator), of(denominator))
            }
        }
    }
}

/// The unit of a trend per year of a series in `unit`: `gC m-2 yr-1` becomes `gC m-2 yr-2`.
#[must_use]
pub fn describe_unit_of_slope(unit: &str) -> String {
    match unit.strip_suffix("yr-1") {
        Some(rest) => format!("{rest}yr-2"),
        None if unit.is_empty() || unit == "1" => "yr-1".to_owned(),
        None => format!("{unit} yr-1"),
    }
}

/// The unit of an annual sum of a monthly amount in `unit`: `mm month-1` becomes `mm yr-1`.
fn unit_of_annual_sum(unit: &str) -> String {
    match unit.strip_suffix("month-1") {
        Some(rest) => format!("{rest}yr-1"),
        None => unit.to_owned(),
    }
}

/// A quotient of two units.
fn unit_of_quotient(numerator: &str, denominator: &str) -> String {
    if denominator.is_empty() || denominator == "1" {
        return numerator.to_owned();
    }
    format!("{numerator} per {denominator}")
}

/// How the values of an output are to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OutputKind {
    /// Quantities.
    #[default]
    Values,
    /// Classes with their labels.
    Classes(&'static [(u8, &'static str)]),
    /// Classes whose labels depend on the kernel's parameters.
    Labelled(Vec<(u8, String)>),
    /// The number of a driver, counted from 1; 0 for none.
    Drivers,
}

/// What a kernel says of an output.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutputInfo {
    /// The end of its layer's name, such as `_slope`; `{driver}` is the name of its driver.
    pub suffix: Cow<'static, str>,
    /// Its unit.
    pub unit: UnitRule,
    /// What a file of it shows. An output without a description stays inside the chain.
    pub description: Option<Cow<'static, str>>,
    /// How its values are to be read.
    pub kind: OutputKind,
    /// Whether its values are whole numbers from −32,767 to 32,767.
    pub is_whole: bool,
    /// The driver that it is about, counted from 0.
    pub driver: Option<usize>,
}

impl OutputInfo {
    /// An output that stays inside the chain, a number without a unit.
    pub(super) fn named(name: &str) -> Self {
        Self {
            suffix: format!("_{name}").into(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_slopes_and_sums_read_as_in_the_literature() {
        assert_eq!(describe_unit_of_slope("gC m-2 yr-1"), "gC m-2 yr-2");
        assert_eq!(describe_unit_of_slope("degC"), "degC yr-1");
        assert_eq!(describe_unit_of_slope("1"), "yr-1");
        assert_eq!(unit_of_annual_sum("MJ m-2 month-1"), "MJ m-2 yr-1");
    }

    #[test]
    fn a_rule_reads_the_units_of_its_slots() {
        let units = ["gC m-2 yr-1", "degC"];
        let of = |rule: UnitRule| rule.unit(&units);
        assert_eq!(of(UnitRule::One), "1");
        assert_eq!(of(UnitRule::PerYear(1)), "degC yr-1");
        assert_eq!(of(UnitRule::Quotient(0, 1)), "gC m-2 yr-1 per degC");
        // A unit of 1 is not divided by.
        assert_eq!(UnitRule::Quotient(0, 1).unit(&["mm", "1"]), "mm");
    }
}
