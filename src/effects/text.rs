//! Numbers and labels as sentences have them.

/// A label in a sentence: in single quotes, on one line.
#[must_use]
pub(super) fn quoted_label(label: &str) -> String {
    format!("'{}'", one_line(label))
}

/// A text on one line: control characters are spaces.
#[must_use]
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The first letter as a sentence has it.
#[must_use]
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Some names, the first five of them spelt out.
#[must_use]
pub(super) fn listed(names: &[String]) -> String {
    const SPELT_OUT: usize = 5;
    let shown = names[..names.len().min(SPELT_OUT)].join(", ");
    match names.len().saturating_sub(SPELT_OUT) {
        0 => shown,
        1 => format!("{shown} and 1 other"),
        n => format!("{shown} and {n} others"),
    }
}

/// A share as whole per cent.
#[must_use]
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// How many decimals tell a number of which `size` matters.
#[must_use]
pub(super) fn decimals(size: f64) -> usize {
    let size = size.abs();
    if size <= 0.0 || !size.is_finite() {
        return 1;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within 0..=12")]
    #[expect(clippy::cast_sign_loss, reason = "within 0..=12")]
    let n = (-size.log10().floor()).clamp(0.0, 12.0) as usize;
    n
}

/// An area in km², with commas between thousands.
#[must_use]
pub(super) fn area(km2: f64) -> String {
    if km2 < 10.0 {
        return format!("{km2:.1} km2");
    }
    let digits = format!("{km2:.0}");
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} km2")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_they_are_known() {
        assert_eq!(decimals(0.5), 1);
        assert_eq!(decimals(0.04), 2);
        assert_eq!(decimals(12.0), 0);
        assert_eq!(area(8_120.4), "8,120 km2");
        assert_eq!(area(1_234_567.0), "1,234,567 km2");
        assert_eq!(area(3.25), "3.2 km2");
    }

    #[test]
    fn long_lists_are_cut_and_labels_stay_on_a_line() {
        let names: Vec<String> = (1..8).map(|i| i.to_string()).collect();
        assert_eq!(listed(&names), "1, 2, 3, 4, 5 and 2 others");
        assert_eq!(quoted_label("a\nb"), "'a b'");
        assert_eq!(capitalised("enclosure"), "Enclosure");
    }
}
