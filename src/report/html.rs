//! Text that becomes part of a page.

use std::fmt::Write as _;

/// A text as HTML shows it, inside an element or in an attribute in double quotes. Labels of zones, names of studies and
/// paths are data: nothing in them is markup.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // A page has no other control characters, and browsers drop or replace them.
            c if c.is_control() && !matches!(c, '\n' | '\t') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// JSON inside a script element: nothing in it ends the element or begins a comment.
pub(super) fn json_for_script(value: &serde_json::Value) -> String {
    let mut safe = String::new();
    for c in value.to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a String cannot fail.
                let _ = write!(safe, "\\u{:04x}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// A name as an id of an element: letters, digits, `_` and `-`.
pub(super) fn id_of(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    name.chars().map(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_label_is_text() {
        assert_eq!(
            escaped("<script>alert(\"a\" & 'b')</script>"),
            "&lt;script&gt;alert(&quot;a&quot; &amp; &#39;b&#39;)&lt;/script&gt;"
        );
        assert_eq!(escaped("a\u{0}b\u{1b}[1m"), "a\u{fffd}b\u{fffd}[1m");
        assert_eq!(escaped("石漠化 \u{2212}3"), "石漠化 \u{2212}3");
    }

    #[test]
    fn json_cannot_end_its_script() {
        let value = serde_json::json!({"zone": "</script><!-- & \u{2028}"});
        let text = json_for_script(&value);
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read, value);
    }
}
