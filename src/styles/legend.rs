//! What the colours of a map mean.

use crate::formats::FileKind;
use crate::palette::{self, Ramp, Rgb};

use super::describe::StyledMap;

/// Sums of bits that one legend lists.
const MOST_FLAGS: usize = 64;

/// A colour with what it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Swatch {
    /// The code of a class; the upper end of a range.
    pub value: f64,
    /// Its colour.
    pub colour: Rgb,
    /// What it means.
    pub label: String,
}

/// What the colours of a map mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Legend {
    /// Codes, each with its colour.
    Classes(Vec<Swatch>),
    /// Ranges, each up to its value, the last without an end.
    Ranges(Vec<Swatch>),
    /// A ramp between two limits. Values beyond them have the colours of its ends.
    Ramp {
        /// The colours.
        ramp: Ramp,
        /// Lower and upper limit.
        limits: [f64; 2],
    },
}

/// The legend of a map.
#[must_use]
pub fn legend_of(map: &StyledMap) -> Legend {
    if let Some(classes) = map.kind.classes() {
        let colours = palette::colours_of(&classes);
        let swatches = classes.into_iter().zip(colours);
        let swatches = swatches.map(|((code, label), colour)| Swatch {
            value: code.into(),
            colour,
            label,
        });
        return Legend::Classes(swatches.collect());
    }
    if let FileKind::Flags(bits) = &map.kind {
        let sums = map.values.flags.iter().take(MOST_FLAGS).enumerate();
        let swatches = sums.map(|(place, &sum)| {
            let labels = bits.iter().filter(|(bit, _, _)| sum & bit != 0);
            let labels: Vec<&str> = labels.map(|(_, _, label)| *label).collect();
            let is_empty = labels.is_empty();
            Swatch {
                value: sum.into(),
                colour: palette::colour_of_place(if sum == 0 { 0 } else { place.max(1) }),
                label: if is_empty {
                    "nothing to tell".into()
                } else {
                    labels.join(" + ")
                },
            }
        });
        return Legend::Classes(swatches.collect());
    }
    if is_probability(map.name()) {
        let ranges = palette::OF_P.map(|(up_to, colour, label)| Swatch {
            value: up_to,
            colour,
            label: label.to_owned(),
        });
        return Legend::Ranges(ranges.to_vec());
    }
    let range = map.values.central.unwrap_or([0.0, 1.0]);
    let ramp = palette::ramp_of(&map.path, &map.unit, range);
    Legend::Ramp {
        ramp,
        limits: palette::limits(ramp, range),
    }
}

/// Whether a map has p or q of a test.
fn is_probability(name: &str) -> bool {
    name.ends_with("_p") || name.ends_with("_q")
}

/// A number as a legend shows it: as many digits as tell it from a neighbour that is a hundredth of the range away.
pub(super) fn number_shown(value: f64, [low, high]: [f64; 2]) -> String {
    let hundredth = (high - low).abs() / 100.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to few decimals"
    )]
    let decimals = (-hundredth.log10().floor()).clamp(0.0, 17.0) as usize;
    if hundredth < 1e-9 || high.abs().max(low.abs()) >= 1e9 {
        return format!("{value:.2e}");
    }
    let text = format!("{value:.decimals$}");
    if text.trim_start_matches(['-', '0', '.']).is_empty() {
        return "0".to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::styles::ValuesSeen;

    const BITS: [(u16, &str, &str); 2] = [(1, "few", "too few years"), (4, "vif", "VIF over 10")];

    fn map(path: &str, kind: FileKind, values: ValuesSeen) -> StyledMap {
        StyledMap {
            path: path.to_owned(),
            ending: "tif",
            description: String::new(),
            unit: "1".to_owned(),
            bands: vec![path.to_owned()],
            kind,
            made_by: None,
            values,
        }
    }

    #[test]
    fn a_legend_lists_the_sums_of_bits_that_there_are() {
        let values = ValuesSeen {
            flags: vec![0, 1, 5],
            ..ValuesSeen::default()
        };
        let Legend::Classes(swatches) = legend_of(&map("flags", FileKind::Flags(&BITS), values))
        else {
            panic!("no classes");
        };
        let labels: Vec<(f64, &str)> = swatches
            .iter()
            .map(|swatch| (swatch.value, swatch.label.as_str()))
            .collect();
        assert_eq!(
            labels,
            [
                (0.0, "nothing to tell"),
                (1.0, "too few years"),
                (5.0, "too few years + VIF over 10")
            ]
        );
        let mut colours: Vec<Rgb> = swatches.iter().map(|swatch| swatch.colour).collect();
        colours.dedup();
        assert_eq!(colours.len(), 3);
    }

    #[test]
    fn a_test_has_ranges_and_a_trend_is_centred_on_zero() {
        let values = ValuesSeen {
            central: Some([-1.0, 3.0]),
            ..ValuesSeen::default()
        };
        let legend = |path: &str| legend_of(&map(path, FileKind::Values, values.clone()));
        assert!(matches!(legend("maps/nep_mk_p"), Legend::Ranges(_)));
        let Legend::Ramp { ramp, limits } = legend("maps/nep_slope") else {
            panic!("no ramp");
        };
        assert_eq!((ramp, limits), (Ramp::Diverging, [-3.0, 3.0]));
    }

    #[test]
    fn a_map_without_a_value_has_a_legend() {
        let empty = map("maps/nep_mean", FileKind::Values, ValuesSeen::default());
        let Legend::Ramp {
            limits: [low, high],
            ..
        } = legend_of(&empty)
        else {
            panic!("no ramp");
        };
        assert!(low < high);
    }

    #[test]
    fn numbers_are_as_long_as_the_range_asks() {
        assert_eq!(number_shown(-3.206_411, [-3.206_411, 3.206_411]), "-3.21");
        assert_eq!(number_shown(745.7955, [-0.2, 745.7955]), "746");
        assert_eq!(number_shown(0.012_345, [0.01, 0.025]), "0.0123");
        assert_eq!(number_shown(-1e-18, [-1.0, 1.0]), "0");
        assert_eq!(number_shown(3.2e-12, [0.0, 4e-12]), "3.20e-12");
        assert_eq!(number_shown(f64::NAN, [f64::NAN; 2]), "NaN");
    }
}
