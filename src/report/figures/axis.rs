//! Axes: round numbers along a range.

use super::numbers::float;

/// Marks of an axis at most, whatever is asked.
const MOST_MARKS: usize = 60;

/// An axis: its range and the marks on it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) domain: [f64; 2],
    pub(super) marks: Vec<f64>,
    decimals: usize,
}

impl Axis {
    /// An axis from a round number to a round number around a range.
    ///
    /// # Arguments
    ///
    /// * `about` - so many marks, about.
    pub(super) fn around(range: [f64; 2], about: f64) -> Self {
        let [low, high] = spread(range);
        let step = round_step((high - low) / about.max(1.0));
        let domain = [(low / step).floor() * step, (high / step).ceil() * step];
        Self::with_step(domain, step)
    }

    /// An axis of exactly this range, its marks inside.
    pub(super) fn within(range: [f64; 2], about: f64) -> Self {
        let range = spread(range);
        Self::with_step(range, round_step((range[1] - range[0]) / about.max(1.0)))
    }

    /// An axis of years, with half a year at both ends.
    pub(super) fn of_years(first: f64, last: f64, about: f64) -> Self {
        let least = (last - first) / about.max(1.0);
        let steps = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0];
        let step = steps.into_iter().find(|step| *step >= least);
        let step = step.unwrap_or(100.0);
        let mut axis = Self::with_step([first - 0.5, last + 0.5], step);
        axis.marks.retain(|year| *year >= first && *year <= last);
        axis
    }

    fn with_step(domain: [f64; 2], step: f64) -> Self {
        let first = (domain[0] / step - 1e-9).ceil();
        let marks = (0..MOST_MARKS).map(|i| (first + float(i)) * step);
        let marks = marks.take_while(|mark| *mark <= domain[1] + step * 1e-9);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 12"
        )]
        let mut decimals = (-step.log10() - 1e-9).ceil().clamp(0.0, 12.0) as usize;
        // A step of 2.5 or 0.25 needs one more.
        let shown = step * 10_f64.powf(float(decimals));
        if (shown - shown.round()).abs() > 1e-6 {
            decimals += 1;
        }
        Self {
            domain,
            marks: marks.collect(),
            decimals,
        }
    }

    /// What is printed beside a mark.
    pub(super) fn label(&self, mark: f64) -> String {
        let largest = self.domain[0].abs().max(self.domain[1].abs());
        let is_zero = mark.abs() < largest * 1e-9;
        if is_zero {
            return "0".to_owned();
        }
        let text = if (1e-4..1e6).contains(&largest) {
            format!("{mark:.*}", self.decimals)
        } else {
            format!("{mark:.1e}")
        };
        text.replace('-', "\u{2212}")
    }

    /// The labels of all marks.
    pub(super) fn labels(&self) -> Vec<String> {
        self.marks.iter().map(|mark| self.label(*mark)).collect()
    }

    /// Where a value is, as a share of the way along the axis.
    pub(super) fn share(&self, value: f64) -> f64 {
        let [low, high] = self.domain;
        (value - low) / (high - low)
    }
}

/// A range of one value is widened.
fn spread([low, high]: [f64; 2]) -> [f64; 2] {
    if !(low.is_finite() && high.is_finite()) {
        return [0.0, 1.0];
    }
    if high - low > 1e-9 * low.abs().max(high.abs()) {
        return [low, high];
    }
    let half = if low == 0.0 { 0.5 } else { low.abs() * 0.05 };
    [low - half, high + half]
}

/// The next of 1, 2, 2.5 and 5 times a power of ten.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let times = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter();
    let fits = |times: &f64| times * power >= step * (1.0 - 1e-9);
    times.into_iter().find(fits).unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_hold_the_range() {
        let axis = Axis::around([412.0, 497.0], 5.0);
        assert_eq!(axis.domain, [400.0, 500.0]);
        assert_eq!(axis.labels(), ["400", "420", "440", "460", "480", "500"]);
        let axis = Axis::around([-0.3, 0.9], 5.0);
        assert_eq!(axis.labels()[..2], ["\u{2212}0.50", "\u{2212}0.25"]);
        assert!(axis.labels().contains(&"0".to_owned()));
        assert!((axis.share(axis.domain[1]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_value_and_none_have_an_axis_too() {
        for range in [
            [3.0, 3.0],
            [0.0, 0.0],
            [f64::NAN, 1.0],
            [1e12, 1e12],
            [1e-12, 2e-12],
        ] {
            let axis = Axis::around(range, 5.0);
            assert!(axis.domain[0] < axis.domain[1], "{range:?}");
            assert!((2..20).contains(&axis.marks.len()), "{range:?} {axis:?}");
        }
    }

    #[test]
    fn years_are_whole() {
        let axis = Axis::of_years(2001.0, 2020.0, 5.0);
        assert_eq!(axis.labels(), ["2005", "2010", "2015", "2020"]);
        assert_eq!(Axis::of_years(2001.0, 2001.0, 5.0).labels(), ["2001"]);
        assert_eq!(
            Axis::of_years(2001.0, 2010.0, 4.0).labels(),
            ["2005", "2010"]
        );
    }
}
