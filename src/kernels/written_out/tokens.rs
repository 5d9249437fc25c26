//! Words, numbers and marks of WGSL.

use std::borrow::Cow;

use super::error::{Reason, WriteOutError};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Word,
    /// A literal.
    Number,
    /// One character of punctuation.
    Mark,
    /// White space.
    Space,
    /// From `//` to the end of the line.
    Comment,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: Cow<'a, str>,
    /// Where it begins in the source, in bytes.
    pub(super) at: usize,
}

impl Token<'_> {
    /// Whether it is this mark or this word.
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text && matches!(self.kind, Kind::Mark | Kind::Word)
    }

    /// Whether a compiler passes over it.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.kind, Kind::Space | Kind::Comment)
    }

    /// A whole number in the place of a name.
    pub(super) fn whole_number(number: i64, at: usize) -> Self {
        Token {
            kind: Kind::Number,
            text: Cow::Owned(format!("{number}u")),
            at,
        }
    }
}

/// Cuts a text into tokens; together they are the text.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = if rest.starts_with("//") {
            (Kind::Comment, rest.find('\n').unwrap_or(rest.len()))
        } else if first.is_whitespace() {
            (Kind::Space, run_of(rest, char::is_whitespace))
        } else if first.is_ascii_digit() {
            (Kind::Number, length_of_number(rest))
        } else if is_of_word(first) {
            (Kind::Word, run_of(rest, is_of_word))
        } else {
            (Kind::Mark, first.len_utf8())
        };
        found.push(Token {
            kind,
            text: Cow::Borrowed(&rest[..length]),
            at,
        });
        at += length;
    }
    found
}

fn run_of(text: &str, is_inside: fn(char) -> bool) -> usize {
    text.find(|c: char| !is_inside(c)).unwrap_or(text.len())
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// `12u`, `1.5e-4f`, `0x7fu`: a sign belongs to a number after an exponent's `e`.
fn length_of_number(text: &str) -> usize {
    let is_hex = text.starts_with("0x");
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let is_sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E') && !is_hex;
        if !(c.is_ascii_alphanumeric() || c == '.' || is_sign) {
            return at;
        }
        before = c;
    }
    text.len()
}

/// The place of the first token from `from` on that a compiler sees.
pub(super) fn next_seen(tokens: &[Token<'_>], from: usize) -> Option<usize> {
    (from..tokens.len()).find(|&i| !tokens[i].is_blank())
}

/// The place of the last token before `before` that a compiler sees.
pub(super) fn last_seen(tokens: &[Token<'_>], before: usize) -> Option<usize> {
    (0..before).rev().find(|&i| !tokens[i].is_blank())
}

/// The place of the mark that closes the one at `open`.
pub(super) fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let (opens, closes) = match &*tokens.get(open)?.text {
        "(" => ("(", ")"),
        "[" => ("[", "]"),
        "{" => ("{", "}"),
        "<" => ("<", ">"),
        _ => return None,
    };
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        if token.is(opens) {
            depth += 1;
        } else if token.is(closes) {
            depth -= 1;
            if depth == 0 {
                return Some(i);
            }
        }
    }
    None
}

/// An error with the line of `source` that holds the byte `at`.
pub(super) fn error_at(source: &str, at: usize, reason: Reason) -> WriteOutError {
    let at = at.min(source.len());
    let from = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let to = source[at..].find('\n').map_or(source.len(), |n| at + n);
    WriteOutError {
        source_line: source[from..to].trim().to_owned(),
        reason,
    }
}
