//! All that the inputs of a study allow.

use crate::chain::error::ChainError;
use crate::chain::recipe::Recipe;

use super::builder::Builder;

/// Adds everything that the inputs allow; gives also the series whose trends are computed.
pub(super) fn everything(recipe: &Recipe) -> Result<(Builder<'_>, Vec<String>), ChainError> {
    let mut builder = Builder::new(recipe);
    builder.inputs();
    builder.carbon();
    let trends = builder.series_of_trends()?;
    builder.statistics(&trends)?;
    builder.ensemble()?;
    builder.draws()?;
    let regression = builder.drivers()?;
    builder.climate_regime()?;
    builder.attribution(regression)?;
    builder.stages_of_response();
    if builder.stages.is_empty() {
        return Err(ChainError::Nothing);
    }
    builder.flags();
    Ok((builder, trends))
}
