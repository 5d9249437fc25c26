//! Colours of a map: of its classes, and of its quantity.
//!
//! A quantity goes from its 2 % to its 98 % point, so that a few extreme pixels do not take all the colours. One with a
//! sign has a diverging ramp centred on zero, `ColorBrewer`'s `BrBG`; others have viridis (Smith & van der Walt 2015).
//!
//! Classes of one meaning have one colour in every map, found by their label. All are safe for readers who do not tell
//! red from green: the ends of `ColorBrewer`'s `RdBu` and `BrBG` for what falls and rises, the colours of Okabe and Ito
//! (2008, *Color Universal Design*) for what only differs.

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// Neither, undecided or not significant.
const NEUTRAL: Rgb = [204, 204, 204];

/// The colour of each label that a kernel gives.
const OF_LABELS: [(&str, Rgb); 22] = [
    // Trends: RdBu, blue is more.
    ("strong decrease", [178, 24, 43]),
    ("decrease", [244, 165, 130]),
    ("no significant change", NEUTRAL),
    ("increase", [146, 197, 222]),
    ("strong increase", [33, 102, 172]),
    // Balance: BrBG, green takes carbon up.
    ("source", [140, 81, 10]),
    ("neutral", NEUTRAL),
    ("sink", [1, 102, 94]),
    // Drivers: cold colours rise, warm ones fall.
    ("unclassified", NEUTRAL),
    ("increase by climate and people", [0, 158, 115]),
    ("increase by climate", [86, 180, 233]),
    ("increase by people", [0, 114, 178]),
    ("decrease by climate and people", [213, 94, 0]),
    ("decrease by climate", [240, 228, 66]),
    ("decrease by people", [230, 159, 0]),
    // Who prevails.
    ("neither", NEUTRAL),
    ("climate", [86, 180, 233]),
    ("people", [230, 159, 0]),
    ("undecided by one", NEUTRAL),
    ("climate by all", [86, 180, 233]),
    ("people by all", [230, 159, 0]),
    ("they contradict each other", [204, 121, 167]),
];

/// Okabe and Ito's colours, for labels that depend on the study; a neutral grey in place of black comes first, since code 0
/// is none or nothing.
const BY_CODE: [Rgb; 8] = [
    NEUTRAL,
    [230, 159, 0],
    [86, 180, 233],
    [0, 158, 115],
    [240, 228, 66],
    [0, 114, 178],
    [213, 94, 0],
    [204, 121, 167],
];

/// The colour of a label that a kernel gives; `None` for labels that depend on the study.
#[must_use]
pub fn colour_of_label(label: &str) -> Option<Rgb> {
    let known = OF_LABELS.iter().find(|(known, _)| *known == label);
    known.map(|(_, colour)| *colour)
}

/// The colours of the classes of one map, in their order.
///
/// By their labels where all of them are known; else by their codes, which repeat the colours from code 8 on.
///
/// # Arguments
///
/// * `classes` - codes with their labels.
#[must_use]
pub fn colours_of(classes: &[(u8, String)]) -> Vec<Rgb> {
    let by_label: Option<Vec<Rgb>> = classes
        .iter()
        .map(|(_, label)| colour_of_label(label))
        .collect();
    by_label.unwrap_or_else(|| {
        let by_code = |code: u8| BY_CODE[usize::from(code) % BY_CODE.len()];
        classes.iter().map(|(code, _)| by_code(*code)).collect()
    })
}

/// The colours of a quantity, from its lowest value to its highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ramp {
    /// One direction: viridis, from dark to light.
    Sequential,
    /// Two directions from zero: `BrBG`, brown below and green above.
    Diverging,
}

/// Viridis at ten equal steps.
const VIRIDIS: [Rgb; 10] = [
    [68, 1, 84],
    [72, 40, 120],
    [62, 73, 137],
    [49, 104, 142],
    [38, 130, 142],
    [31, 158, 137],
    [53, 183, 121],
    [110, 206, 88],
    [181, 222, 43],
    [253, 231, 37],
];

/// `ColorBrewer`'s `BrBG` of eleven.
const BROWN_TO_GREEN: [Rgb; 11] = [
    [84, 48, 5],
    [140, 81, 10],
    [191, 129, 45],
    [223, 194, 125],
    [246, 232, 195],
    [245, 245, 245],
    [199, 234, 229],
    [128, 205, 193],
    [53, 151, 143],
    [1, 102, 94],
    [0, 60, 48],
];

impl Ramp {
    /// The colours at equal steps.
    #[must_use]
    pub const fn colours(self) -> &'static [Rgb] {
        match self {
            Self::Sequential => &VIRIDIS,
            Self::Diverging => &BROWN_TO_GREEN,
        }
    }

    /// The colour at a share of the way from the lower limit (0) to the upper one (1), linear between the colours; shares
    /// outside have the colour of the nearer end.
    #[must_use]
    pub fn colour_at(self, share: f64) -> Rgb {
        let colours = self.colours();
        #[expect(clippy::cast_precision_loss, reason = "a dozen colours")]
        let last = (colours.len() - 1) as f64;
        let place = share.clamp(0.0, 1.0) * last;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to the last colour; NaN becomes the first"
        )]
        let lower = (place.floor() as usize).min(colours.len() - 2);
        #[expect(clippy::cast_precision_loss, reason = "a dozen colours")]
        let part = place - lower as f64;
        std::array::from_fn(|channel| {
            let (from, to) = (colours[lower][channel], colours[lower + 1][channel]);
            let value = f64::from(from) + part * (f64::from(to) - f64::from(from));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between two bytes"
            )]
            let byte = value.round() as u8;
            byte
        })
    }
}

/// Parts of the names of layers whose values have a sign that means something: trends, correlations, coefficients.
const SIGNED: [&str; 8] = [
    "slope", "sen", "mk_s", "mk_z", "mk_tau", "partial", "coef", "beta",
];

/// The ramp of a layer.
///
/// Diverging where its sign means something: trends, correlations, coefficients, and fluxes that are of both signs in this
/// map. Temperatures about 0 degC are not centred on it.
///
/// # Arguments
///
/// * `layer` - its path without ending, such as `maps/nep_slope`, or its name alone.
/// * `unit` - its unit.
/// * `range` - the values that the colours are for, lowest and highest.
#[must_use]
pub fn ramp_of(layer: &str, unit: &str, range: [f64; 2]) -> Ramp {
    let name = layer.rsplit('/').next().unwrap_or(layer);
    let is_p = name.ends_with("_p");
    let has = |part: &str| format!("_{name}_").contains(&format!("_{part}_"));
    let of_both_signs = range[0] < 0.0 && range[1] > 0.0 && unit != "degC";
    if !is_p && (SIGNED.iter().any(|part| has(part)) || of_both_signs) {
        Ramp::Diverging
    } else {
        Ramp::Sequential
    }
}

/// The 2 % and the 98 % point of values, linear between neighbours in order; NaN is left out. `None` without a value.
///
/// # Arguments
///
/// * `values` - in any order; they are put in order.
#[must_use]
pub fn central_range(values: &mut Vec<f64>) -> Option<[f64; 2]> {
    values.retain(|value| value.is_finite());
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let point = |share: f64| {
        #[expect(clippy::cast_precision_loss, reason = "a place among pixels")]
        let place = share * last as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place among pixels"
        )]
        let lower = place.floor() as usize;
        let (from, to) = (values[lower], values[(lower + 1).min(last)]);
        #[expect(clippy::cast_precision_loss, reason = "a place among pixels")]
        let part = place - lower as f64;
        from + part * (to - from)
    };
    Some([point(0.02), point(0.98)])
}

/// The limits of the colours of a map from the central range of its values: as far to both sides of zero for a diverging
/// ramp; a range of one value is widened, so that the limits always differ.
#[must_use]
pub fn limits(ramp: Ramp, range: [f64; 2]) -> [f64; 2] {
    let [low, high] = range;
    match ramp {
        Ramp::Diverging => {
            let reach = low.abs().max(high.abs());
            let reach = if reach > 0.0 { reach } else { 1.0 };
            [-reach, reach]
        }
        Ramp::Sequential if low < high => [low, high],
        Ramp::Sequential => {
            let half = (low.abs() * 0.05).max(f64::MIN_POSITIVE.sqrt());
            [low - half, low + half]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_goes_through_its_colours_and_stays_at_its_ends() {
        assert_eq!(Ramp::Sequential.colour_at(0.0), VIRIDIS[0]);
        assert_eq!(Ramp::Sequential.colour_at(1.0), VIRIDIS[9]);
        assert_eq!(Ramp::Diverging.colour_at(0.5), [245, 245, 245]);
        assert_eq!(Ramp::Diverging.colour_at(-3.0), BROWN_TO_GREEN[0]);
        assert_eq!(Ramp::Diverging.colour_at(7.0), BROWN_TO_GREEN[10]);
        // Half way from [84, 48, 5] to [140, 81, 10].
        assert_eq!(Ramp::Diverging.colour_at(0.05), [112, 65, 8]);
    }

    #[test]
    fn what_has_a_sign_diverges() {
        let positive = [1.0, 2.0];
        let of = |layer, unit, range| ramp_of(layer, unit, range);
        assert_eq!(
            of("maps/nep_slope", "gC m-2 yr-2", positive),
            Ramp::Diverging
        );
        assert_eq!(
            of("maps/stage_first_slope", "gC m-2 yr-2", positive),
            Ramp::Diverging
        );
        assert_eq!(
            of("nep_partial_temperature", "1", positive),
            Ramp::Diverging
        );
        assert_eq!(
            of("nep_partial_temperature_p", "1", positive),
            Ramp::Sequential
        );
        assert_eq!(of("nep_mean", "gC m-2 yr-1", [-1.0, 2.0]), Ramp::Diverging);
        assert_eq!(of("nep_mean", "gC m-2 yr-1", positive), Ramp::Sequential);
        assert_eq!(
            of("temperature_mean", "degC", [-1.0, 2.0]),
            Ramp::Sequential
        );
        // "absent" has "sen" in it.
        assert_eq!(of("absent_mean", "1", positive), Ramp::Sequential);
    }

    #[test]
    fn limits_leave_out_two_per_cent_at_each_end() {
        // 0 to 100: the points are the numbers themselves, as numpy.percentile has them.
        let mut values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        values.push(f64::NAN);
        assert_eq!(central_range(&mut values), Some([2.0, 98.0]));
        assert_eq!(limits(Ramp::Sequential, [2.0, 98.0]), [2.0, 98.0]);
        assert_eq!(limits(Ramp::Diverging, [-5.0, 3.0]), [-5.0, 5.0]);
        // Between neighbours: 0.02 and 0.98 of the way from 1 to 2.
        let [low, high] = central_range(&mut vec![2.0, 1.0]).unwrap();
        assert!((low - 1.02).abs() < 1e-12 && (high - 1.98).abs() < 1e-12);
    }

    #[test]
    fn limits_always_differ() {
        assert_eq!(central_range(&mut vec![f64::NAN]), None);
        for ramp in [Ramp::Sequential, Ramp::Diverging] {
            for value in [0.0, -3.0, 1e-30, 400.0] {
                let [low, high] = limits(ramp, [value, value]);
                assert!(low < high, "{ramp:?} {value}");
            }
        }
    }
}
