//! From a recipe to a chain.

use std::collections::HashSet;

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
    let chain = builder.finish(&trends)?;
    has_names_of_its_own(&chain)?;
    Ok(chain)
}

/// Refuses two results of one name: one would take the place of the other.
fn has_names_of_its_own(chain: &Chain) -> Result<(), ChainError> {
    let mut known = HashSet::new();
    match chain.files.iter().find(|file| !known.insert(&file.path)) {
        Some(file) => Err(ChainError::SameName {
            path: file.path.clone(),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::calendar::{Steps, Years};
    use crate::chain::recipe::Ensemble;
    use crate::kernels::heterotrophic::FixedFraction;
    use crate::kernels::respiration::{Denominator, Gsmsr, ParameterError};
    use crate::kernels::twin::Kernel;
    use crate::tile::{DataType, Decoding, Geometry, InputSpec};

    #[test]
    fn stages_read_as_equations_of_their_layers() -> Result<(), ParameterError> {
        let years = Years {
            first: 2001,
            last: 2010,
        };
        let annual = |name: &str| InputSpec {
            name: name.to_owned(),
            unit: "gC m-2 yr-1".to_owned(),
            steps: Steps::Annual,
            n_steps: 10,
            data_type: DataType::F32,
            decoding: Decoding::identity(),
            geometry: Geometry::StudyGrid,
        };
        let gsmsr = Arc::new(Gsmsr::new(years, 12, Denominator::default(), &[])?);
        let fraction: Arc<dyn Kernel> = Arc::new(FixedFraction { fraction: 0.55 });
        let monthly = ["temperature", "precipitation", "soc"].map(|name| InputSpec {
            steps: if name == "soc" {
                Steps::Static
            } else {
                Steps::Monthly
            },
            n_steps: if name == "soc" { 1 } else { 120 },
            ..annual(name)
        });
        let inputs = [vec![annual("npp")], monthly.to_vec()].concat();
        let words = ["a", "b"].map(|word| (word.to_owned(), Arc::clone(&fraction)));
        let recipe = Recipe {
            ensemble: Some(Ensemble {
                models: vec![("gsmsr".to_owned(), gsmsr.clone())],
                rh_models: words.to_vec(),
                rh_models_of_years: Vec::new(),
            }),
            ..Recipe::new(years, inputs, gsmsr)
        };
        let equations = build(&recipe).map(|chain| chain.equations());
        let equations = equations.unwrap_or_default();
        for equation in [
            "rs = gsmsr(temperature, precipitation, soc)",
            "nep_slope... = ols(nep)",
            "nep_members = nep_mean(npp, ensemble_rh_1...), 2 times",
        ] {
            assert!(
                equations.iter().any(|line| line == equation),
                "{equations:?}"
            );
        }
        Ok(())
    }
}
