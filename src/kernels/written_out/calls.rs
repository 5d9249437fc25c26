//! Calls of the interface with a known slot, as calls of that slot's own functions.

use crate::kernels::accessors::sample_name;

use super::arithmetic::{Numbers, evaluate};
use super::known::Known;
use super::tokens::{Kind, Token, closing, last_seen, next_seen};

/// What takes the place of some tokens.
struct Replacement {
    text: String,
    /// The first token that stays.
    end: usize,
}

/// Writes `sample_0(step, pixel)` for `sample(0u, step, pixel)`, `put_1(...)` for `put(1u, ...)`, and
/// literals for `table(7u)` and `n_steps(0u)`.
pub(super) fn name_slots<'a>(
    tokens: &[Token<'a>],
    known: &Known,
    numbers: &Numbers,
) -> Vec<Token<'a>> {
    let mut written = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(Replacement { text, end }) = replacement(tokens, at, known, numbers) {
            written.push(Token {
                kind: Kind::Word,
                text: text.into(),
                at: token.at,
            });
            at = end;
        } else {
            written.push(token.clone());
            at += 1;
        }
    }
    written
}

fn replacement(
    tokens: &[Token<'_>],
    at: usize,
    known: &Known,
    numbers: &Numbers,
) -> Option<Replacement> {
    let name = &tokens[at];
    let is_call = ["sample", "put", "table", "n_steps"]
        .iter()
        .any(|word| name.is(word));
    if !is_call || last_seen(tokens, at).is_some_and(|i| tokens[i].is("fn") || tokens[i].is(".")) {
        return None;
    }
    let open = next_seen(tokens, at + 1).filter(|&i| tokens[i].is("("))?;
    let close = closing(tokens, open)?;
    let commas = commas(tokens, open, close);
    let ends: Vec<usize> = commas.iter().copied().chain([close]).collect();
    let argument = |i: usize| {
        let from = if i == 0 { open } else { *ends.get(i - 1)? };
        usize::try_from(evaluate(&tokens[from + 1..*ends.get(i)?], numbers)?).ok()
    };
    let first = argument(0)?;
    // The rest of the arguments stays, from the one after the first on.
    let rest = commas
        .first()
        .and_then(|&comma| next_seen(tokens, comma + 1));
    let (text, end) = match &*name.text {
        "sample" => (sample_name(&known.slots, first, argument(1))? + "(", rest?),
        "put" if first < known.slots.outputs.len() => (format!("put_{first}("), rest?),
        "table" => {
            let number = known.table.get(first).filter(|x| x.is_finite())?;
            (format!("{number:?}f"), close + 1)
        }
        "n_steps" => (
            format!("{}u", known.slots.inputs.get(first)?.n_steps),
            close + 1,
        ),
        _ => return None,
    };
    Some(Replacement { text, end })
}

/// The commas between the arguments of a call.
fn commas(tokens: &[Token<'_>], open: usize, close: usize) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for (i, token) in tokens.iter().enumerate().take(close).skip(open + 1) {
        if token.is("(") || token.is("[") {
            depth += 1;
        } else if token.is(")") || token.is("]") {
            depth -= 1;
        } else if depth == 0 && token.is(",") {
            found.push(i);
        }
    }
    found
}
