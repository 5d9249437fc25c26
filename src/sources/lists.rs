//! Lists in messages: the first few items, and how many more there are.

use std::fmt::Write as _;

/// How many items of a list a message shows, and how many unusable files of an input are reported
/// each.
pub(crate) const SHOWN: usize = 5;

pub(crate) fn shorten(items: &[String]) -> String {
    let mut text = items
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if items.len() > SHOWN {
        let _ = write!(text, " and {} more", items.len() - SHOWN);
    }
    text
}

/// Times as the study file has them.
pub(crate) fn as_toml(steps: &[String]) -> String {
    let word = |step: &String| {
        if step.contains('-') {
            format!("\"{step}\"")
        } else {
            step.clone()
        }
    };
    shorten_with(&steps.iter().map(word).collect::<Vec<_>>(), ", ...")
}

fn shorten_with(items: &[String], more: &str) -> String {
    let mut text = items
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if items.len() > SHOWN {
        text.push_str(more);
    }
    text
}
