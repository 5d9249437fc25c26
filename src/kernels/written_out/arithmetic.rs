//! Whole numbers that are known when a shader is composed.

use std::collections::HashMap;

use super::tokens::{Kind, Token, closing};

/// Names of whole numbers, and the steps of each slot.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    pub(super) named: HashMap<String, i64>,
    pub(super) steps: Vec<usize>,
}

/// The value of an expression; none where a part of it is not known.
pub(super) fn evaluate(tokens: &[Token<'_>], numbers: &Numbers) -> Option<i64> {
    let seen: Vec<Token<'_>> = tokens.iter().filter(|t| !t.is_blank()).cloned().collect();
    let mut reader = Reader {
        tokens: &seen,
        at: 0,
        numbers,
    };
    let value = reader.sum()?;
    (reader.at == seen.len()).then_some(value)
}

struct Reader<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
    numbers: &'t Numbers,
}

impl Reader<'_, '_> {
    fn takes(&mut self, mark: &str) -> bool {
        let is_it = self.tokens.get(self.at).is_some_and(|t| t.is(mark));
        self.at += usize::from(is_it);
        is_it
    }

    fn sum(&mut self) -> Option<i64> {
        let mut value = self.product()?;
        loop {
            if self.takes("+") {
                value = value.checked_add(self.product()?)?;
            } else if self.takes("-") {
                value = value.checked_sub(self.product()?)?;
            } else {
                return Some(value);
            }
        }
    }

    fn product(&mut self) -> Option<i64> {
        let mut value = self.atom()?;
        loop {
            if self.takes("*") {
                value = value.checked_mul(self.atom()?)?;
            } else if self.takes("/") {
                value = value.checked_div(self.atom()?)?;
            } else if self.takes("%") {
                value = value.checked_rem(self.atom()?)?;
            } else {
                return Some(value);
            }
        }
    }

    fn atom(&mut self) -> Option<i64> {
        if self.takes("(") {
            let value = self.sum()?;
            return self.takes(")").then_some(value);
        }
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        match token.kind {
            Kind::Number => token.text.trim_end_matches(['u', 'i']).parse().ok(),
            Kind::Word if self.tokens.get(self.at).is_some_and(|t| t.is("(")) => {
                self.call(&token.text)
            }
            Kind::Word => self.numbers.named.get(&*token.text).copied(),
            _ => None,
        }
    }

    fn call(&mut self, name: &str) -> Option<i64> {
        let end = closing(self.tokens, self.at)?;
        self.at += 1;
        let first = self.sum()?;
        let second = if self.takes(",") {
            Some(self.sum()?)
        } else {
            None
        };
        if self.at != end {
            return None;
        }
        self.at += 1;
        match (name, second) {
            ("n_steps", None) => {
                let slot = usize::try_from(first).ok()?;
                i64::try_from(*self.numbers.steps.get(slot)?).ok()
            }
            ("min", Some(second)) => Some(first.min(second)),
            ("max", Some(second)) => Some(first.max(second)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    fn value(text: &str) -> Option<i64> {
        let named = HashMap::from([("N_YEARS".to_owned(), 20), ("j".to_owned(), 3)]);
        let steps = vec![240, 20];
        evaluate(&tokens(text), &Numbers { named, steps })
    }

    #[test]
    fn whole_numbers_are_computed_as_wgsl_does() {
        assert_eq!(value("N_YEARS - 1u"), Some(19));
        assert_eq!(value("2u + 3u * (j + 1u)"), Some(14));
        assert_eq!(value("n_steps(0u) / 12u % 7u"), Some(6));
        assert_eq!(value("max(j, 1u) - min(j, 1u)"), Some(2));
        assert_eq!(value("j - 4u"), Some(-1));
    }

    #[test]
    fn what_is_not_known_has_no_value() {
        for text in ["n", "params.n", "n_steps(2u)", "j +", "1.5", "", "1u / 0u"] {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
