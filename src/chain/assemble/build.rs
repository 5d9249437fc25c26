//! From a recipe to a chain.

use crate::chain::chain::Chain;
use crate::chain::error::ChainError;
use crate::chain::recipe::Recipe;

use super::everything::everything;

/// Builds the chain that makes what `recipe` asks for, and nothing else.
///
/// # Errors
///
/// See [`ChainError`].
pub fn build(recipe: &Recipe) -> Result<Chain, ChainError> {
    let (builder, trends) = everything(recipe)?;
    builder.finish(&trends)
}
