//! Leaves only what is wanted, and what that needs.

use std::collections::BTreeSet;

use super::lacking::{is_named, what_is_lacking};
use super::{Builder, ChainError, FileKind, Selection, stem};
use crate::chain::{AttributionSpec, Chain, FileSource, FileSpec, Operand, SeriesSpec, Stage};
use crate::kernels::abi::flags;

impl Builder<'_> {
    pub(super) fn flags(&mut self) {
        if self
            .stages
            .iter()
            .any(|stage| stage.flags_layer().is_some())
        {
            self.files.push(FileSpec {
                path: "maps/flags".to_owned(),
                description: "Why a pixel has no value, or what to know of it: bits over all statistics of the run"
                    .to_owned(),
                unit: "1".to_owned(),
                bands: vec!["flags".to_owned()],
                kind: FileKind::Flags(&flags::ALL),
                content: FileSource::Flags,
                made_by: None,
            });
        }
    }

    /// Keeps the files that are wanted, and the stages and inputs that these and the tables need.
    pub(super) fn finish(mut self, trends: &[String]) -> Result<Chain, ChainError> {
        self.keep_wanted_files()?;
        let mut series_names: Vec<String> = trends.to_vec();
        for name in ["npp", "rs", "rh", "nep"] {
            if self.series.contains_key(name) && !series_names.iter().any(|n| n == name) {
                series_names.push(name.to_owned());
            }
        }
        let series: Vec<SeriesSpec> = series_names
            .into_iter()
            .map(|name| {
                let (operand, unit) = self.series[&name].clone();
                SeriesSpec {
                    name,
                    unit,
                    operand,
                }
            })
            .collect();
        let mut needed: BTreeSet<usize> = BTreeSet::new();
        for file in &mut self.files {
            needed.extend(file.content.layers_mut().map(|layer| *layer));
        }
        needed.extend(series.iter().filter_map(|s| {
            if let Operand::Layer(layer) = s.operand {
                Some(layer)
            } else {
                None
            }
        }));
        needed.extend(self.samples.iter().map(|sample| sample.layer));
        self.keep_wanted_attributions();
        needed.extend(
            self.attribution
                .iter_mut()
                .flat_map(AttributionSpec::layers_mut)
                .map(|layer| *layer),
        );
        let stages = self.needed_stages(&needed);
        // Flags tell which pixels are decided in f64, so they always come back.
        needed.extend(stages.iter().filter_map(Stage::flags_layer));
        Ok(self.compact(stages, &needed, series))
    }

    pub(super) fn keep_wanted_files(&mut self) -> Result<(), ChainError> {
        let Selection::Named(names) = &self.recipe.wanted else {
            return Ok(());
        };
        for name in names {
            if !self.files.iter().any(|file| is_named(&file.path, name)) {
                if let Some(needs) = what_is_lacking(self.recipe, name) {
                    return Err(ChainError::LayerLacks {
                        name: name.clone(),
                        needs,
                    });
                }
                let nearest = self
                    .files
                    .iter()
                    .map(|file| stem(&file.path).to_owned())
                    .max_by(|a, b| {
                        strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name))
                    });
                let hint = nearest.map_or(String::new(), |nearest| {
                    format!("the nearest that it makes is {nearest:?}")
                });
                return Err(ChainError::UnknownLayer {
                    name: name.clone(),
                    hint,
                });
            }
        }
        self.files
            .retain(|file| names.iter().any(|name| is_named(&file.path, name)));
        Ok(())
    }

    /// The stages that lead to the layers in `needed`, in order.
    pub(super) fn needed_stages(&self, needed: &BTreeSet<usize>) -> Vec<Stage> {
        let mut open = needed.clone();
        let mut kept: Vec<Stage> = Vec::new();
        for stage in self.stages.iter().rev() {
            if stage.outputs.iter().any(|layer| open.contains(layer)) {
                open.extend(stage.inputs.iter().filter_map(|o| {
                    if let Operand::Layer(layer) = o {
                        Some(*layer)
                    } else {
                        None
                    }
                }));
                kept.push(stage.clone());
            }
        }
        kept.reverse();
        kept
    }

    /// Numbers inputs and layers anew, without those that no kept stage touches.
    pub(super) fn compact(
        self,
        mut stages: Vec<Stage>,
        returned: &BTreeSet<usize>,
        mut series: Vec<SeriesSpec>,
    ) -> Chain {
        let used_layers: BTreeSet<usize> = stages
            .iter()
            .flat_map(|stage| stage.outputs.iter().copied())
            .collect();
        let operands = stages
            .iter()
            .flat_map(|stage| stage.inputs.iter())
            .chain(series.iter().map(|s| &s.operand));
        let used_inputs: BTreeSet<usize> = operands
            .filter_map(|o| {
                if let Operand::Input(input) = o {
                    Some(*input)
                } else {
                    None
                }
            })
            .collect();
        let place = |used: &BTreeSet<usize>, i: usize| {
            used.iter().position(|&u| u == i).unwrap_or(usize::MAX)
        };
        let renumber = |operand: &mut Operand| match operand {
            Operand::Input(i) => *i = place(&used_inputs, *i),
            Operand::Layer(i) => *i = place(&used_layers, *i),
        };
        for stage in &mut stages {
            stage.inputs.iter_mut().for_each(renumber);
            for output in &mut stage.outputs {
                *output = place(&used_layers, *output);
            }
        }
        for s in &mut series {
            renumber(&mut s.operand);
        }
        let mut samples = self.samples;
        for sample in &mut samples {
            sample.layer = place(&used_layers, sample.layer);
        }
        let mut attribution = self.attribution;
        for layer in attribution.iter_mut().flat_map(AttributionSpec::layers_mut) {
            *layer = place(&used_layers, *layer);
        }
        let mut files = self.files;
        for file in &mut files {
            for layer in file.content.layers_mut() {
                *layer = place(&used_layers, *layer);
            }
        }
        Chain {
            years: self.recipe.years,
            inputs: used_inputs
                .iter()
                .map(|&i| self.recipe.inputs[i].clone())
                .collect(),
            layers: used_layers
                .iter()
                .map(|&i| self.layers[i].clone())
                .collect(),
            stages,
            returned: returned
                .iter()
                .map(|&layer| place(&used_layers, layer))
                .collect(),
            files,
            series,
            samples,
            attribution,
            min_years: self.recipe.min_years,
        }
    }
}
