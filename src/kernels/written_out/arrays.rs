//! Arrays whose every index is known, taken apart into single variables.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::arithmetic::{Numbers, evaluate};
use super::error::{Reason, WriteOutError};
use super::tokens::{Kind, Token, closing, error_at, last_seen, next_seen};

/// The name of an array, and whether it is a field.
type Name = (String, bool);

/// `name: array<element, length>`, a local variable or a field.
struct Declaration<'a> {
    name: Name,
    /// From the name, or from `var`, to the end of the type.
    places: Range<usize>,
    /// One length for each bracket.
    lengths: Vec<i64>,
    element: Vec<Token<'a>>,
}

/// `name[index]`, with more brackets for an array of arrays.
struct Access {
    name: Name,
    /// The brackets.
    places: Range<usize>,
    /// None where one is not known.
    indices: Option<Vec<i64>>,
}

/// Takes apart what it can; an array with an index that is not known stays one.
pub(super) fn take_apart<'a>(
    source: &str,
    tokens: &[Token<'a>],
    numbers: &Numbers,
) -> Result<Vec<Token<'a>>, WriteOutError> {
    let declared = declarations(tokens, numbers);
    let mut lengths: HashMap<Name, Vec<i64>> = HashMap::new();
    let mut is_whole: HashSet<Name> = HashSet::new();
    for Declaration {
        name, lengths: own, ..
    } in &declared
    {
        // Arrays of one name are taken apart together or not at all.
        let most = lengths.entry(name.clone()).or_insert_with(|| own.clone());
        if most.len() == own.len() {
            let pairs = most.iter_mut().zip(own);
            pairs.for_each(|(most, own)| *most = (*most).max(*own));
        } else {
            is_whole.insert(name.clone());
        }
    }
    let accesses: HashMap<usize, Access> = (0..tokens.len())
        .filter_map(|at| Some((at, access_at(tokens, at, &lengths, numbers)?)))
        .collect();
    let unknown = accesses.values().filter(|access| access.indices.is_none());
    is_whole.extend(unknown.map(|access| access.name.clone()));
    lengths.retain(|name, _| !is_whole.contains(name));

    for (&at, access) in &accesses {
        if let Some((array, index, length)) = out_of_range(access, &lengths) {
            let reason = Reason::OutOfRange {
                array,
                length,
                index,
            };
            return Err(error_at(source, tokens[at].at, reason));
        }
    }
    check_names(source, tokens, &lengths)?;
    Ok(rewrite(tokens, &declared, &accesses, &lengths))
}

/// Every array with a length that is known, variable or field.
fn declarations<'a>(tokens: &[Token<'a>], numbers: &Numbers) -> Vec<Declaration<'a>> {
    let mut found = Vec::new();
    let mut fields = 0..0;
    for (at, token) in tokens.iter().enumerate() {
        if token.is("struct") {
            let open = (at..tokens.len()).find(|&i| tokens[i].is("{"));
            let close = open.and_then(|open| closing(tokens, open));
            fields = open.unwrap_or(at)..close.unwrap_or(at);
        }
        if token.kind == Kind::Word {
            let is_field = fields.contains(&at);
            found.extend(declaration_at(tokens, at, is_field, numbers));
        }
    }
    found
}

fn declaration_at<'a>(
    tokens: &[Token<'a>],
    at: usize,
    is_field: bool,
    numbers: &Numbers,
) -> Option<Declaration<'a>> {
    let colon = next_seen(tokens, at + 1).filter(|&i| tokens[i].is(":"))?;
    let from = if is_field {
        at
    } else {
        last_seen(tokens, at).filter(|&i| tokens[i].is("var"))?
    };
    let mut word = next_seen(tokens, colon + 1)?;
    let mut lengths = Vec::new();
    let mut element = word..word;
    let mut end = word;
    while tokens[word].is("array") {
        let open = next_seen(tokens, word + 1).filter(|&i| tokens[i].is("<"))?;
        let close = closing(tokens, open)?;
        let comma = comma_within(tokens, open, close)?;
        lengths.push(evaluate(&tokens[comma + 1..close], numbers)?);
        end = end.max(close + 1);
        word = next_seen(tokens, open + 1)?;
        element = word..comma;
    }
    // A variable that is given a value at once is used as a whole.
    let after = next_seen(tokens, end)?;
    let is_plain = is_field || tokens[after].is(";");
    (is_plain && !lengths.is_empty()).then(|| Declaration {
        name: (tokens[at].text.clone().into_owned(), is_field),
        places: from..end,
        lengths,
        element: tokens[element].to_vec(),
    })
}

/// The comma between the two arguments of `<...>`.
fn comma_within(tokens: &[Token<'_>], open: usize, close: usize) -> Option<usize> {
    let mut depth = 0_usize;
    (open + 1..close).find(|&i| {
        if tokens[i].is("<") || tokens[i].is("(") {
            depth += 1;
        } else if tokens[i].is(">") || tokens[i].is(")") {
            depth -= 1;
        }
        depth == 0 && tokens[i].is(",")
    })
}

fn access_at(
    tokens: &[Token<'_>],
    at: usize,
    lengths: &HashMap<Name, Vec<i64>>,
    numbers: &Numbers,
) -> Option<Access> {
    if tokens[at].kind != Kind::Word {
        return None;
    }
    let first = next_seen(tokens, at + 1).filter(|&i| tokens[i].is("["))?;
    let is_field = last_seen(tokens, at).is_some_and(|i| tokens[i].is("."));
    let name = (tokens[at].text.clone().into_owned(), is_field);
    let n_brackets = lengths.get(&name)?.len();
    let mut indices = Some(Vec::new());
    let mut end = first;
    for _ in 0..n_brackets {
        let open = next_seen(tokens, end).filter(|&i| tokens[i].is("["));
        let Some((open, close)) = open.and_then(|open| Some((open, closing(tokens, open)?))) else {
            // A part of an array of arrays.
            indices = None;
            break;
        };
        let index = evaluate(&tokens[open + 1..close], numbers);
        indices = indices.zip(index).map(|(mut indices, index)| {
            indices.push(index);
            indices
        });
        end = close + 1;
    }
    Some(Access {
        name,
        places: first..end,
        indices,
    })
}

/// Name, index and length of an access past the ends of its array.
fn out_of_range(
    access: &Access,
    lengths: &HashMap<Name, Vec<i64>>,
) -> Option<(String, i64, usize)> {
    let indices = access.indices.as_ref()?;
    let mut pairs = indices.iter().zip(lengths.get(&access.name)?);
    let (&index, &length) = pairs.find(|&(index, length)| !(0..*length).contains(index))?;
    let length = usize::try_from(length).unwrap_or(0);
    Some((access.name.0.clone(), index, length))
}

/// The variable that stands for an element.
fn element_name(name: &str, indices: &[i64]) -> String {
    indices
        .iter()
        .fold(name.to_owned(), |name, index| format!("{name}_{index}"))
}

/// All index tuples of an array, the last index first to change.
fn all_indices(lengths: &[i64]) -> Vec<Vec<i64>> {
    let mut all = vec![Vec::new()];
    for &length in lengths {
        let longer = |indices: &Vec<i64>| {
            let indices = indices.clone();
            (0..length).map(move |index| [&indices[..], &[index]].concat())
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

fn check_names(
    source: &str,
    tokens: &[Token<'_>],
    lengths: &HashMap<Name, Vec<i64>>,
) -> Result<(), WriteOutError> {
    let elements: HashSet<String> = lengths
        .iter()
        .flat_map(|((name, _), lengths)| {
            let all = all_indices(lengths);
            all.into_iter().map(|indices| element_name(name, &indices))
        })
        .collect();
    match tokens.iter().find(|token| elements.contains(&*token.text)) {
        None => Ok(()),
        Some(token) => {
            let name = token.text.clone().into_owned();
            Err(error_at(source, token.at, Reason::NameTaken { name }))
        }
    }
}

fn rewrite<'a>(
    tokens: &[Token<'a>],
    declared: &[Declaration<'a>],
    accesses: &HashMap<usize, Access>,
    lengths: &HashMap<Name, Vec<i64>>,
) -> Vec<Token<'a>> {
    let starts: HashMap<usize, &Declaration<'a>> = declared
        .iter()
        .filter(|declaration| lengths.contains_key(&declaration.name))
        .map(|declaration| (declaration.places.start, declaration))
        .collect();
    let mut written = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let word = |text: String| Token {
            kind: Kind::Word,
            text: text.into(),
            at: tokens[at].at,
        };
        if let Some(declaration) = starts.get(&at) {
            let (name, is_field) = &declaration.name;
            let [before, between] = if *is_field {
                ["", ", "]
            } else {
                ["var ", "; "]
            };
            for (i, indices) in all_indices(&declaration.lengths).iter().enumerate() {
                let between = if i == 0 { "" } else { between };
                let name = element_name(name, indices);
                written.push(word(format!("{between}{before}{name}: ")));
                written.extend(declaration.element.iter().cloned());
            }
            at = declaration.places.end;
            continue;
        }
        let access = accesses.get(&at);
        let known = access.and_then(|access| Some((access, access.indices.as_ref()?)));
        if let Some((access, indices)) =
            known.filter(|(access, _)| lengths.contains_key(&access.name))
        {
            written.push(word(element_name(&access.name.0, indices)));
            at = access.places.end;
        } else {
            written.push(tokens[at].clone());
            at += 1;
        }
    }
    written
}
