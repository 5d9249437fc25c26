//! Numbers inputs and layers anew, without those that no kept stage touches.

use std::collections::BTreeSet;

use crate::chain::chain::Chain;
use crate::chain::stage::{Operand, Stage};
use crate::chain::tabled::{AttributionSpec, MapSpec, SeriesSpec};

use super::builder::Builder;

/// The inputs and layers that stay, by their old indices.
struct Kept {
    inputs: BTreeSet<usize>,
    layers: BTreeSet<usize>,
}

impl Kept {
    fn of<'a>(stages: &[Stage], series: impl Iterator<Item = &'a SeriesSpec>) -> Self {
        let operands = stages
            .iter()
            .flat_map(|stage| stage.inputs.iter())
            .copied()
            .chain(series.map(|s| s.operand));
        Self {
            inputs: operands.filter_map(Operand::input).collect(),
            layers: stages
                .iter()
                .flat_map(|stage| stage.outputs.iter().copied())
                .collect(),
        }
    }

    /// The new index of a layer.
    fn layer(&self, old: usize) -> usize {
        index_in(&self.layers, old)
    }

    fn operand(&self, old: Operand) -> Operand {
        match old {
            Operand::Input(input) => Operand::Input(index_in(&self.inputs, input)),
            Operand::Layer(layer) => Operand::Layer(self.layer(layer)),
        }
    }
}

fn index_in(kept: &BTreeSet<usize>, old: usize) -> usize {
    kept.iter()
        .position(|&index| index == old)
        .unwrap_or(usize::MAX)
}

impl Builder<'_> {
    /// The chain of the stages that stay.
    pub(super) fn renumbered(
        mut self,
        mut stages: Vec<Stage>,
        returned: &BTreeSet<usize>,
        mut series: Vec<SeriesSpec>,
        mut covariates: Vec<SeriesSpec>,
        mut maps: Vec<MapSpec>,
    ) -> Chain {
        let kept = Kept::of(&stages, series.iter().chain(&covariates));
        for stage in &mut stages {
            for operand in &mut stage.inputs {
                *operand = kept.operand(*operand);
            }
            for layer in &mut stage.outputs {
                *layer = kept.layer(*layer);
            }
        }
        for s in series.iter_mut().chain(&mut covariates) {
            s.operand = kept.operand(s.operand);
        }
        for map in &mut maps {
            map.layer = kept.layer(map.layer);
        }
        for sample in &mut self.samples {
            sample.layer = kept.layer(sample.layer);
        }
        let attribution = self.attribution.iter_mut();
        for layer in attribution.flat_map(AttributionSpec::layers_mut) {
            *layer = kept.layer(*layer);
        }
        for file in &mut self.files {
            for layer in file.content.layers_mut() {
                *layer = kept.layer(*layer);
            }
        }
        let input = |&index: &usize| self.recipe.inputs[index].clone();
        let layer = |&index: &usize| self.layers[index].clone();
        Chain {
            years: self.recipe.years,
            inputs: kept.inputs.iter().map(input).collect(),
            layers: kept.layers.iter().map(layer).collect(),
            stages,
            returned: returned.iter().map(|&layer| kept.layer(layer)).collect(),
            files: self.files,
            series,
            covariates,
            samples: self.samples,
            attribution: self.attribution,
            maps,
            min_years: self.recipe.min_years,
        }
    }
}
