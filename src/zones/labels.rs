//! Labels of zones: texts, and the number of each.

use std::collections::HashMap;

/// Labels by zone number. Equal labels are one zone.
#[derive(Debug, Default)]
pub(super) struct Labels {
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Labels {
    /// The zone of a label, a new one where the label is new; `None` for a blank label.
    pub(super) fn zone_of(&mut self, label: &str) -> Option<u32> {
        if label.trim().is_empty() {
            return None;
        }
        if let Some(&zone) = self.numbers.get(label) {
            return Some(zone);
        }
        let zone = u32::try_from(self.texts.len()).ok()?;
        self.texts.push(label.to_owned());
        self.numbers.insert(label.to_owned(), zone);
        Some(zone)
    }

    pub(super) fn into_texts(self) -> Vec<String> {
        self.texts
    }
}

/// A number as its shortest decimal: 1, not 1.0; `None` where it is no number.
pub(super) fn label_of_number(x: f64) -> Option<String> {
    // Negative zero is zero.
    x.is_finite().then(|| format!("{}", x + 0.0))
}

/// The labels of classes between `breaks`: `<300`, `300-600`, `>=600`.
pub(super) fn labels_of_breaks(breaks: &[f64]) -> Vec<String> {
    let (Some(first), Some(last)) = (breaks.first(), breaks.last()) else {
        return Vec::new();
    };
    let between = breaks
        .windows(2)
        .map(|pair| format!("{}-{}", pair[0], pair[1]));
    [format!("<{first}")]
        .into_iter()
        .chain(between)
        .chain([format!(">={last}")])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_labels_are_one_zone_and_blank_ones_none() {
        let mut labels = Labels::default();
        let zones = ["b", "a", "", "b", "  ", "=1+1"].map(|label| labels.zone_of(label));
        assert_eq!(zones, [Some(0), Some(1), None, Some(0), None, Some(2)]);
        assert_eq!(labels.into_texts(), ["b", "a", "=1+1"]);
    }

    #[test]
    fn numbers_become_their_shortest_decimal() {
        let labels = [1.0, -0.0, 2.5, 1e6, 0.1, f64::NAN].map(label_of_number);
        let expected = ["1", "0", "2.5", "1000000", "0.1"].map(|text| Some(text.to_owned()));
        assert_eq!(labels[..5], expected);
        assert_eq!(labels[5], None);
    }

    #[test]
    fn classes_are_named_by_their_limits() {
        assert_eq!(
            labels_of_breaks(&[300.0, 600.0]),
            ["<300", "300-600", ">=600"]
        );
        assert_eq!(labels_of_breaks(&[0.5]), ["<0.5", ">=0.5"]);
    }
}
