//! How wide a text will be, without a font.

/// Widths of the letters from space to `~` in thousandths of the size of the type: Helvetica, Arial and Arimo share them.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Width of a text in the unit of the size of its type.
pub(super) fn width_of(text: &str, size: f64) -> f64 {
    let of = |c: char| match c {
        ' '..='~' => u32::from(c)
            .checked_sub(32)
            .and_then(|at| WIDTHS.get(at as usize))
            .map_or(556.0, |width| f64::from(*width)),
        '\u{a0}' => 278.0,
        '\u{2009}' | '\u{202f}' => 200.0,
        '\u{2070}'..='\u{209c}' | '¹' | '²' | '³' => 333.0,
        // Minus, compared and multiplied.
        '\u{2212}' | '\u{2264}' | '\u{2265}' | '×' => 584.0,
        // Ideographs, the ellipsis, and what is as wide.
        '\u{2e80}'..='\u{ffdc}' | '…' => 1000.0,
        _ => 600.0,
    };
    text.chars().map(of).sum::<f64>() * size / 1000.0
}

/// A text that is no wider than this, cut with an ellipsis where it would be.
pub(super) fn fitted(text: &str, size: f64, width: f64) -> String {
    if width_of(text, size) <= width {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() {
        let cut: String = kept.iter().collect();
        let cut = format!("{}…", cut.trim_end());
        if width_of(&cut, size) <= width {
            return cut;
        }
    }
    String::new()
}

/// A text in lines that are no wider than this.
pub(super) fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match (longer, lines.last_mut()) {
            (Some(longer), Some(last)) if width_of(&longer, size) <= width => *last = longer,
            _ => lines.push(fitted(word, size, width)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_the_widths_of_helvetica() {
        // Adobe's metrics: N 722, E 667, P 667; a digit 556.
        assert!((width_of("NEP", 10.0) - 20.56).abs() < 1e-9);
        assert!((width_of("2001", 10.0) - 22.24).abs() < 1e-9);
        assert!((width_of("~", 1000.0) - 584.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_too_long_is_cut_or_wrapped() {
        assert_eq!(fitted("karst", 10.0, 100.0), "karst");
        assert_eq!(fitted("karst region", 10.0, 40.0), "karst r…");
        assert_eq!(fitted("石漠化", 10.0, 3.0), "");
        assert_eq!(wrapped("one two three", 10.0, 45.0), ["one two", "three"]);
        assert!(wrapped("", 10.0, 45.0).is_empty());
    }
}
