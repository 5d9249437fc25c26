//! A unit word cut into names with their powers.

/// ASCII spelling of the signs that people copy from papers; one sign for each operator.
pub(super) fn plain(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            '\u{2070}' => text.push('0'),
            '\u{b9}' => text.push('1'),
            '\u{b2}' => text.push('2'),
            '\u{b3}' => text.push('3'),
            '\u{2074}' => text.push('4'),
            '\u{207b}' | '\u{2212}' | '\u{2013}' => text.push('-'),
            '\u{b5}' | '\u{3bc}' => text.push('u'),
            '\u{b7}' | '\u{22c5}' | '\u{d7}' | '_' => text.push(' '),
            other => text.push(other),
        }
    }
    let text = replace_word(&text.replace("**", "^"), "co2", " carbondioxide ");
    replace_word(&text, "h2o", " water ").replace(['*', '.'], " ")
}

/// Replaces `from` (lower case ASCII) in any case, unless a digit follows.
fn replace_word(text: &str, from: &str, to: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let (mut out, mut at) = (String::new(), 0);
    while let Some(found) = lower[at..].find(from).map(|offset| at + offset) {
        let end = found + from.len();
        let whole = !lower[end..].starts_with(|c: char| c.is_ascii_digit());
        out.push_str(&text[at..found]);
        out.push_str(if whole { to } else { &text[found..end] });
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

/// A piece of a word.
#[derive(Debug, PartialEq)]
pub(super) enum Token {
    /// `/` or `per`.
    Slash,
    /// A name with its power; `None` where no power is written.
    Name(String, Option<i32>),
}

/// The largest power that a unit can have; keeps sums of powers far from overflow.
const MAX_POWER: i32 = 9;

/// Cuts a word into names with powers. Parentheses are dropped: below a slash everything is below.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let chars: Vec<char> = text.chars().filter(|c| !matches!(c, '(' | ')')).collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
        } else if c == '/' {
            tokens.push(Token::Slash);
            at += 1;
        } else if is_name(c) {
            let end = at + chars[at..].iter().take_while(|c| is_name(**c)).count();
            let name: String = chars[at..end].iter().collect();
            let (power, next) = power(&chars, end)?;
            at = next;
            tokens.push(if name.eq_ignore_ascii_case("per") {
                Token::Slash
            } else {
                Token::Name(name, power)
            });
        } else {
            return None;
        }
    }
    Some(tokens)
}

/// Whether a character belongs to a name.
fn is_name(c: char) -> bool {
    c.is_alphabetic() || c == '%'
}

/// The power written at `at`, and where it ends. A `-` before a letter parts two names (`kg-C`).
fn power(chars: &[char], at: usize) -> Option<(Option<i32>, usize)> {
    let caret = chars.get(at) == Some(&'^');
    let mut next = at + usize::from(caret);
    let sign = match chars.get(next) {
        Some('-') => -1,
        _ => 1,
    };
    let signed = matches!(chars.get(next), Some('-' | '+'));
    next += usize::from(signed);
    let n_digits = chars[next..]
        .iter()
        .take_while(|c| c.is_ascii_digit())
        .count();
    if n_digits == 0 {
        let parts_names = signed && !caret && chars.get(next).is_some_and(|c| is_name(*c));
        return (parts_names || (!signed && !caret)).then_some((None, next));
    }
    let digits: String = chars[next..next + n_digits].iter().collect();
    let value: i32 = digits.parse().ok().filter(|n| *n <= MAX_POWER)?;
    Some((Some(sign * value), next + n_digits))
}
