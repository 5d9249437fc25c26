//! Intervals of an attribution: the same again in years drawn with replacement.

use std::sync::Arc;

use super::drivers::Regressed;
use super::{Builder, ChainError, Operand, Sensitivity};
use crate::chain::catalogue::long_name;
use crate::chain::{LayerSpec, ReplicateLayers};
use crate::kernels::abi::Twin;
use crate::kernels::attribution::{Bootstrap, block_weights};
use crate::kernels::statistics::Quantiles;

/// Passes of loops that one dispatch of a thread may take: software adapters stop at 65,535, and a
/// device must not be busy for long.
const MAX_PASSES: usize = 24_000;

/// Replicates that one stage computes.
fn replicates_of_stage(n_years: usize, n_drivers: usize) -> usize {
    let columns = n_drivers + 2;
    // Values and products of each year, and as much again for reading and solving.
    let passes =
        n_years * (columns * (columns + 1) / 2 + 5 * columns) + columns * columns * columns;
    (MAX_PASSES / passes.max(1)).clamp(1, 64)
}

impl Builder<'_> {
    /// How often each replicate draws each year, where the study asks for a bootstrap.
    pub(super) fn bootstrap_weights(&self) -> Result<Option<Vec<Vec<u16>>>, ChainError> {
        let Some(options) = self.recipe.bootstrap else {
            return Ok(None);
        };
        if !self
            .recipe
            .sensitivities
            .iter()
            .any(|sensitivity| sensitivity.has_bootstrap())
        {
            let problem = "has neither \"raw\" nor \"detrended\", which bootstrap.replicates needs; add one, or leave [bootstrap] out";
            return Err(ChainError::Attribution {
                problem: problem.to_owned(),
            });
        }
        Ok(Some(block_weights(
            self.n_years(),
            options.replicates,
            options.block,
            options.seed,
        )))
    }

    /// The attribution by one sensitivity in every replicate, and maps of its intervals.
    pub(super) fn replicates(
        &mut self,
        sensitivity: Sensitivity,
        regression: &Regressed,
        weights: &[Vec<u16>],
        unit: &str,
    ) -> ReplicateLayers {
        let response = self.recipe.response.clone();
        let folder = sensitivity.folder();
        let n_drivers = regression.predictors.len();
        let kernel = |weights: &[Vec<u16>]| Bootstrap {
            min_years: self.recipe.min_years,
            n_drivers,
            with_year: sensitivity == Sensitivity::Detrended,
            weights: weights.into(),
        };
        let chunk = replicates_of_stage(self.n_years(), n_drivers);
        let kernels: Vec<Arc<Bootstrap>> = weights
            .chunks(chunk)
            .map(|weights| Arc::new(kernel(weights)))
            .collect();
        let first = self.layers.len();
        for (port, unit) in kernel(&[])
            .outputs()
            .into_iter()
            .zip([unit, unit, unit, "%"])
        {
            let name = format!("{folder}/{response}_replicates_{}", port.name);
            let tolerance = port.tolerance;
            self.layers.push(LayerSpec {
                name,
                unit: unit.to_owned(),
                n_steps: weights.len(),
                tolerance,
            });
        }
        let layers: Vec<usize> = (first..self.layers.len()).collect();
        for (number, kernel) in kernels.into_iter().enumerate() {
            self.stage_into(
                kernel,
                regression.inputs.clone(),
                &response,
                &layers,
                number * chunk,
            );
        }
        let [observed, climate, human, share] = [0, 1, 2, 3].map(|port| layers[port]);
        let long = long_name(&response);
        // The observed trend is the same by every sensitivity.
        let of_trend = format!("{response}_slope");
        if self.layer(&format!("{of_trend}_low")).is_none() {
            self.interval(
                observed,
                weights.len(),
                &of_trend,
                unit,
                &format!("the trend of {long}"),
            );
        }
        let how = sensitivity.describe();
        for (layer, what, unit, text) in [
            (
                climate,
                "slope_climate",
                unit,
                format!("the trend of {long} that the drivers explain; {how}"),
            ),
            (
                human,
                "slope_human",
                unit,
                format!("the trend of {long} that the drivers do not explain; {how}"),
            ),
            (
                share,
                "share_human",
                "%",
                format!("the share of people in the trend of {long}; {how}"),
            ),
        ] {
            self.interval(
                layer,
                weights.len(),
                &format!("{folder}/{response}_{what}"),
                unit,
                &text,
            );
        }
        ReplicateLayers {
            climate,
            human,
            share,
        }
    }

    /// Maps of the two ends of a percentile interval.
    fn interval(&mut self, layer: usize, n_members: usize, name: &str, unit: &str, what: &str) {
        let level = self.recipe.bootstrap.map_or(0.95, |options| options.level);
        let names = ["low", "high"]
            .map(|end| (format!("{name}_{end}"), unit.to_owned()))
            .to_vec();
        let outputs = self.stage(
            Arc::new(Quantiles { n_members, level }),
            vec![Operand::Layer(layer)],
            name,
            names,
        );
        let percent = 100.0 * level;
        for (end, output) in ["Lower", "Upper"].into_iter().zip(outputs) {
            self.map(
                output,
                format!("{end} end of the {percent} % interval of {what}; {n_members} draws of years in blocks"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_stays_short_on_any_study() {
        assert_eq!(replicates_of_stage(20, 3), 25);
        assert_eq!(replicates_of_stage(4, 1), 64);
        // One replicate of the longest study is as short as it gets.
        assert_eq!(replicates_of_stage(1000, 8), 1);
    }
}
