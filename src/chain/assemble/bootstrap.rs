//! Intervals of an attribution: the same again in years drawn with replacement.

use std::sync::Arc;

use crate::chain::error::{AttributionProblem, ChainError};
use crate::chain::sensitivity::Sensitivity;
use crate::chain::stage::Operand;
use crate::chain::tabled::ReplicateLayers;
use crate::kernels::attribution::{Bootstrap, block_weights};
use crate::kernels::statistics::Quantiles;
use crate::kernels::twin::Twin;

use super::builder::Builder;
use super::drivers::Regressed;
use super::outputs::{Outputs, Subject};

/// Iterations of all loops that one thread may take in a dispatch. Software adapters stop at
/// 65,535, and a device must not be busy for long.
const MAX_ITERATIONS: usize = 24_000;

/// Replicates that one stage computes.
fn replicates_of_stage(n_years: usize, n_drivers: usize) -> usize {
    let columns = n_drivers + 2;
    // Values and products of each year, and about as many for reading and solving.
    let iterations =
        n_years * (columns * (columns + 1) / 2 + 5 * columns) + columns * columns * columns;
    (MAX_ITERATIONS / iterations.max(1)).clamp(1, 64)
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
            return Err(ChainError::Attribution(AttributionProblem::NoBootstrap));
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
    ) -> ReplicateLayers {
        let predictors = &regression.predictors;
        let kernel = |weights: &[Vec<u16>]| Bootstrap {
            min_years: self.recipe.min_years,
            n_drivers: predictors.len(),
            with_year: sensitivity == Sensitivity::Detrended,
            weights: weights.into(),
        };
        let chunk = replicates_of_stage(self.n_years(), predictors.len());
        let kernels: Vec<Arc<Bootstrap>> = weights
            .chunks(chunk)
            .map(|weights| Arc::new(kernel(weights)))
            .collect();
        let ports = kernel(&[]).outputs();
        let subject = self.subject_by(sensitivity, predictors);
        let outputs = self.layers_of(ports, &regression.inputs, subject, Some(weights.len()));
        for (number, kernel) in kernels.into_iter().enumerate() {
            self.stage_into(
                kernel,
                regression.inputs.clone(),
                &outputs.subject.of,
                &outputs.layers(),
                number * chunk,
            );
        }
        self.intervals(sensitivity, &outputs, weights.len());
        ReplicateLayers {
            climate: outputs["climate"],
            human: outputs["human"],
            share: outputs["share_human"],
        }
    }

    /// Maps of the intervals of the observed trend, its two parts, and the share of people.
    fn intervals(&mut self, sensitivity: Sensitivity, replicates: &Outputs, n_members: usize) {
        let Subject {
            of, stem, series, ..
        } = &replicates.subject;
        // The observed trend is the same by every sensitivity.
        let of_trend = format!("{of}_slope");
        if self.layer(&format!("{of_trend}_low")).is_none() {
            let what = format!("the trend of {series}");
            self.interval(replicates["observed"], n_members, of_trend, what);
        }
        let how = sensitivity.describe();
        for (port, name, what) in [
            (
                "climate",
                "slope_climate",
                format!("the trend of {series} that the drivers explain; {how}"),
            ),
            (
                "human",
                "slope_human",
                format!("the trend of {series} that the drivers do not explain; {how}"),
            ),
            (
                "share_human",
                "share_human",
                format!("the share of people in the trend of {series}; {how}"),
            ),
        ] {
            self.interval(replicates[port], n_members, format!("{stem}_{name}"), what);
        }
    }

    /// Maps of the two ends of a percentile interval.
    fn interval(&mut self, layer: usize, n_members: usize, stem: String, what: String) {
        let level = self.recipe.bootstrap.map_or(0.95, |options| options.level);
        let subject = Subject {
            of: stem.clone(),
            stem,
            series: what,
            note: Some(format!("{n_members} draws of years in blocks")),
            ..Subject::default()
        };
        let kernel = Quantiles { n_members, level };
        let ends = self.stage(Arc::new(kernel), vec![Operand::Layer(layer)], subject);
        self.files_if(&ends, |_| true);
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
