//! Numbers and units as a page prints them.

/// A number with so many significant digits, trailing zeros kept: `4.413`, `446.5`, `1.20e-5`, `−0.25`.
///
/// # Arguments
///
/// * `digits` - 1 or more.
pub(super) fn significant(x: f64, digits: usize) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    if !x.is_finite() {
        return "–".to_owned();
    }
    let scientific = format!("{:.*e}", digits.saturating_sub(1), x.abs());
    let exponent = scientific
        .split_once('e')
        .map_or("0", |(_, exponent)| exponent);
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let plain = if (-4..9).contains(&exponent) {
        let last = i32::try_from(digits).unwrap_or(4) - 1 - exponent;
        let decimals = usize::try_from(last).unwrap_or(0);
        format!("{:.decimals$}", x.abs())
    } else {
        scientific
    };
    if x < 0.0 {
        format!("\u{2212}{plain}")
    } else {
        plain
    }
}

/// The same with its sign.
pub(super) fn signed(x: f64, digits: usize) -> String {
    let text = significant(x, digits);
    if x > 0.0 { format!("+{text}") } else { text }
}

/// A p as papers print it.
pub(super) fn p_words(p: f64) -> String {
    if p < 0.001 {
        "p < 0.001".to_owned()
    } else {
        format!("p = {p:.3}")
    }
}

/// A share of 0 to 1 in per cent.
pub(super) fn percent(share: f64) -> String {
    let text = format!("{:.1}", 100.0 * share.abs());
    let sign = if share < 0.0 { "\u{2212}" } else { "" };
    format!("{sign}{text} %")
}

/// A unit with its exponents raised; nothing for a pure number: `gC m⁻² yr⁻¹`.
pub(super) fn unit_words(unit: &str) -> String {
    if unit == "1" {
        return String::new();
    }
    let word = |word: &str| {
        let at = word.find(|c: char| c == '-' || c.is_ascii_digit());
        let (name, exponent) = word.split_at(at.unwrap_or(word.len()));
        let is_exponent = !name.is_empty()
            && name.chars().all(char::is_alphabetic)
            && exponent.trim_start_matches('-').parse::<u32>().is_ok();
        if name == "degC" {
            return "°C".to_owned();
        }
        if !is_exponent {
            return word.to_owned();
        }
        let raised = exponent.chars().map(|c| match c {
            '-' => '⁻',
            '0' => '⁰',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '4' => '⁴',
            '5' => '⁵',
            '6' => '⁶',
            '7' => '⁷',
            '8' => '⁸',
            '9' => '⁹',
            other => other,
        });
        format!("{name}{}", raised.collect::<String>())
    };
    unit.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// A number with its unit.
pub(super) fn with_unit(number: &str, unit: &str) -> String {
    let unit = unit_words(unit);
    if unit.is_empty() {
        number.to_owned()
    } else {
        format!("{number} {unit}")
    }
}

/// A count with thin spaces between its thousands.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) && digits.len() > 4 {
            text.push('\u{2009}');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_sign() {
        let of = |x| significant(x, 4);
        assert_eq!(
            [
                of(4.413_276),
                of(446.526_97),
                of(-0.25),
                of(19200.0),
                of(0.0)
            ],
            ["4.413", "446.5", "\u{2212}0.2500", "19200", "0"]
        );
        assert_eq!(
            [of(1.2e-5), of(9.9999), of(3.2e12)],
            ["1.200e-5", "10.00", "3.200e12"]
        );
        assert_eq!([signed(2.0, 2), signed(-2.0, 2)], ["+2.0", "\u{2212}2.0"]);
        assert_eq!(
            [percent(0.922_926), p_words(2e-7).as_str().to_owned()],
            ["92.3 %", "p < 0.001"]
        );
        assert_eq!(
            [count(999), count(1234), count(19_200)],
            ["999", "1234", "19\u{2009}200"]
        );
    }

    #[test]
    fn units_are_read_as_papers_print_them() {
        assert_eq!(unit_words("gC m-2 yr-1"), "gC m⁻² yr⁻¹");
        assert_eq!(unit_words("MJ m-2 yr-2"), "MJ m⁻² yr⁻²");
        assert_eq!(unit_words("degC yr-1"), "°C yr⁻¹");
        assert_eq!(unit_words("1"), "");
        assert_eq!(with_unit("3", "1"), "3");
    }
}
