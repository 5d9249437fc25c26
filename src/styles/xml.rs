//! Text inside XML.

/// A text for an element or an attribute in double quotes. Characters that XML does not have become spaces.
pub(super) fn escaped(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\'' => xml.push_str("&apos;"),
            // Line ends are also spaces: labels are one line.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => xml.push(' '),
            c => xml.push(c),
        }
    }
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_leave_its_attribute() {
        let label = "a<b> & \"c\" 'd'\u{1}\nе";
        let xml = escaped(label);
        assert_eq!(xml, "a&lt;b&gt; &amp; &quot;c&quot; &apos;d&apos;  е");
    }
}
