//! Loops after `//:unroll`, written out.

use super::arithmetic::{Numbers, evaluate};
use super::error::{Reason, WriteOutError};
use super::tokens::{Kind, Token, closing, error_at, last_seen, next_seen};

/// What begins a directive.
const DIRECTIVE: &str = "//:";

/// Copies tokens, and loops as often as they run.
pub(super) struct Unroller<'a> {
    source: &'a str,
    numbers: Numbers,
    limit: usize,
    bytes: usize,
    written: Vec<Token<'a>>,
}

/// A loop: its variable with the numbers that it takes, and the places of its braces.
struct Loop {
    variable: String,
    values: std::ops::Range<i64>,
    braces: [usize; 2],
}

impl<'a> Unroller<'a> {
    pub(super) fn new(source: &'a str, numbers: Numbers, limit: usize) -> Self {
        Self {
            source,
            numbers,
            limit,
            bytes: 0,
            written: Vec::new(),
        }
    }

    /// The tokens of the whole text with its loops written out, and the numbers that it names.
    pub(super) fn run(
        mut self,
        tokens: &[Token<'a>],
    ) -> Result<(Vec<Token<'a>>, Numbers), WriteOutError> {
        // A library comes before the kernel whose constants it uses; some are made of others.
        for _ in 0..2 {
            for at in 0..tokens.len() {
                self.note_constant(tokens, at);
            }
        }
        self.copy(tokens, false)?;
        Ok((self.written, self.numbers))
    }

    fn error(&self, token: &Token<'_>, reason: Reason) -> WriteOutError {
        error_at(self.source, token.at, reason)
    }

    fn push(&mut self, token: Token<'a>) -> Result<(), WriteOutError> {
        self.bytes += token.text.len();
        if self.bytes > self.limit {
            let limit = self.limit;
            return Err(self.error(&token, Reason::TooLong { limit }));
        }
        self.written.push(token);
        Ok(())
    }

    /// Copies `tokens`; comments and indentation stay behind in what is copied often.
    fn copy(&mut self, tokens: &[Token<'a>], is_repeated: bool) -> Result<(), WriteOutError> {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token.kind {
                Kind::Comment if token.text.starts_with(DIRECTIVE) => {
                    let found = self.read_loop(tokens, at)?;
                    self.write_loop(tokens, &found)?;
                    at = found.braces[1];
                }
                Kind::Comment if is_repeated => {}
                Kind::Space if is_repeated => {
                    let blank = if token.text.contains('\n') { "\n" } else { " " };
                    self.push(Token {
                        text: blank.into(),
                        ..token.clone()
                    })?;
                }
                Kind::Word => {
                    let is_field = last_seen(tokens, at).is_some_and(|i| tokens[i].is("."));
                    let number = self.numbers.named.get(&*token.text);
                    match number {
                        Some(&number) if is_repeated && !is_field => {
                            self.push(Token::whole_number(number, token.at))?;
                        }
                        _ => self.push(token.clone())?,
                    }
                }
                _ => self.push(token.clone())?,
            }
            at += 1;
        }
        Ok(())
    }

    /// Remembers `const NAME: u32 = NUMBER;`.
    fn note_constant(&mut self, tokens: &[Token<'a>], at: usize) {
        if !tokens[at].is("const") {
            return;
        }
        let seen: Vec<usize> = (at + 1..tokens.len())
            .filter(|&i| !tokens[i].is_blank())
            .take(4)
            .collect();
        let &[name, colon, ty, equals] = &*seen else {
            return;
        };
        let end = (equals..tokens.len()).find(|&i| tokens[i].is(";"));
        if let Some(end) = end
            && tokens[colon].is(":")
            && tokens[ty].is("u32")
            && let Some(value) = evaluate(&tokens[equals + 1..end], &self.numbers)
        {
            let name = tokens[name].text.clone().into_owned();
            self.numbers.named.insert(name, value);
        }
    }

    /// The loop after the directive at `at`.
    fn read_loop(&self, tokens: &[Token<'a>], at: usize) -> Result<Loop, WriteOutError> {
        let directive = &tokens[at];
        let error = |reason| self.error(directive, reason);
        if directive.text.trim_end() != "//:unroll" {
            return Err(error(Reason::UnknownDirective));
        }
        let word = next_seen(tokens, at + 1).ok_or_else(|| error(Reason::NotALoop))?;
        let error = |reason| self.error(&tokens[word], reason);
        let head = next_seen(tokens, word + 1).ok_or_else(|| error(Reason::NotALoop))?;
        if !(tokens[word].is("for") && tokens[head].is("(")) {
            return Err(error(Reason::NotALoop));
        }
        let end = closing(tokens, head).ok_or_else(|| error(Reason::Unclosed))?;
        let open = next_seen(tokens, end + 1).filter(|&i| tokens[i].is("{"));
        let open = open.ok_or_else(|| error(Reason::NotALoop))?;
        let close = closing(tokens, open).ok_or_else(|| error(Reason::Unclosed))?;
        let (variable, first, last) =
            parts_of(&tokens[head + 1..end]).ok_or_else(|| error(Reason::NotALoop))?;
        let bound = |bound: &[Token<'_>]| {
            evaluate(bound, &self.numbers).ok_or_else(|| error(Reason::UnknownBound))
        };
        let (from, to) = (bound(&first)?, bound(&last.0)? + i64::from(last.1));
        if let Some(way_out) = way_out(&tokens[open + 1..close]) {
            return Err(self.error(way_out, Reason::WayOut));
        }
        Ok(Loop {
            variable,
            values: from..to,
            braces: [open, close],
        })
    }

    fn write_loop(&mut self, tokens: &[Token<'a>], found: &Loop) -> Result<(), WriteOutError> {
        let [open, close] = found.braces;
        let outer = self.numbers.named.get(&found.variable).copied();
        for value in found.values.clone() {
            self.numbers.named.insert(found.variable.clone(), value);
            self.copy(&tokens[open..=close], true)?;
        }
        // A variable is known inside its loop alone.
        match outer {
            Some(outer) => self.numbers.named.insert(found.variable.clone(), outer),
            None => self.numbers.named.remove(&found.variable),
        };
        Ok(())
    }
}

/// An upper bound, and whether it is one of the numbers.
type UpperBound<'a> = (Vec<Token<'a>>, bool);

/// Variable and bounds of `var i = FROM; i < TO; i++`.
fn parts_of<'a>(head: &[Token<'a>]) -> Option<(String, Vec<Token<'a>>, UpperBound<'a>)> {
    let seen: Vec<Token<'a>> = head.iter().filter(|t| !t.is_blank()).cloned().collect();
    let parts: Vec<&[Token<'a>]> = seen.split(|token| token.is(";")).collect();
    let [first, condition, step] = &*parts else {
        return None;
    };
    let [var, name, equals, from @ ..] = first else {
        return None;
    };
    let [tested, less, to @ ..] = condition else {
        return None;
    };
    let [stepped, plus, plus_again] = step else {
        return None;
    };
    let (to, is_inside) = match to.split_first() {
        Some((mark, rest)) if mark.is("=") => (rest, true),
        _ => (to, false),
    };
    let is_loop = var.is("var")
        && name.kind == Kind::Word
        && equals.is("=")
        && less.is("<")
        && plus.is("+")
        && plus_again.is("+")
        && tested.text == name.text
        && stepped.text == name.text;
    let name = name.text.clone().into_owned();
    is_loop.then(|| (name, from.to_vec(), (to.to_vec(), is_inside)))
}

/// A `break` or `continue` that leaves the loop with this body; loops inside it have their own.
fn way_out<'t, 'a>(body: &'t [Token<'a>]) -> Option<&'t Token<'a>> {
    let mut at = 0;
    while let Some(token) = body.get(at) {
        let is_inner = ["for", "while", "loop", "switch"]
            .iter()
            .any(|w| token.is(w));
        if token.is("break") || token.is("continue") {
            return Some(token);
        }
        if is_inner {
            let open = (at..body.len()).find(|&i| body[i].is("{"))?;
            at = closing(body, open)?;
        }
        at += 1;
    }
    None
}
