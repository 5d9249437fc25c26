//! A chain that makes what is wanted and nothing else.

use super::error::ArraysError;
use super::layers::name_of;
use crate::chain::{Chain, Recipe, Selection, build};

/// The chain of a recipe that makes these results, or all.
///
/// # Errors
///
/// There is no chain, or it makes no result of one of the names.
pub(super) fn chain_of(recipe: &Recipe, wanted: Option<&[String]>) -> Result<Chain, ArraysError> {
    let all = build(recipe)?;
    let Some(wanted) = wanted else {
        return Ok(all);
    };
    let mut paths = Vec::new();
    for name in wanted {
        let made = all.files.iter().find(|file| name_of(&file.path) == *name);
        let Some(file) = made else {
            let known = all.files.iter().map(|file| name_of(&file.path));
            return Err(ArraysError::Result {
                name: name.clone(),
                known: known.collect::<Vec<_>>().join(", "),
            });
        };
        paths.push(file.path.clone());
    }
    let wanted = Selection::Named(paths);
    Ok(build(&Recipe {
        wanted,
        ..recipe.clone()
    })?)
}
