//! Keeps what is wanted, and what that needs.

use std::collections::BTreeSet;

use crate::chain::chain::Chain;
use crate::chain::error::ChainError;
use crate::chain::names::{is_named, stem};
use crate::chain::recipe::Selection;
use crate::chain::stage::{Operand, Stage};
use crate::chain::tabled::{AttributionSpec, MapSpec, SeriesSpec};

use super::builder::Builder;
use super::what_is_missing::what_is_missing;

impl Builder<'_> {
    /// Keeps the files that are wanted, and the stages and inputs that they and the tables need.
    pub(super) fn finish(mut self, trends: &[String]) -> Result<Chain, ChainError> {
        let maps = self.maps_of_tables()?;
        self.keep_wanted_files()?;
        let series: Vec<SeriesSpec> = self
            .with_carbon_balance(trends)
            .into_iter()
            .map(|name| SeriesSpec {
                operand: self.series[&name],
                unit: self.unit(self.series[&name]).to_owned(),
                name,
            })
            .collect();
        self.keep_wanted_attributions();
        let human = self.human.take().map(|(name, layer)| SeriesSpec {
            operand: Operand::Layer(layer),
            unit: self.layers[layer].unit.clone(),
            name,
        });
        let series: Vec<SeriesSpec> = series.into_iter().chain(human).collect();
        let covariates = self.covariates();
        let tabled: Vec<SeriesSpec> = series.iter().chain(&covariates).cloned().collect();
        let mut needed = self.layers_of_results(&tabled, &maps);
        let stages = self.needed_stages(&needed);
        // Flags show which pixels are decided in f64, so they always come back.
        needed.extend(stages.iter().filter_map(Stage::flags_layer));
        Ok(self.renumbered(stages, &needed, series, covariates, maps))
    }

    /// The static inputs that tables are made of, on the grid.
    fn covariates(&self) -> Vec<SeriesSpec> {
        let names = self.recipe.covariates.iter();
        let spec = |name: &String| {
            let operand = self.input(name)?;
            Some(SeriesSpec {
                name: name.clone(),
                unit: self.unit(operand).to_owned(),
                operand,
            })
        };
        names.filter_map(spec).collect()
    }

    /// The layers that files and tables are made of.
    fn layers_of_results(&mut self, series: &[SeriesSpec], maps: &[MapSpec]) -> BTreeSet<usize> {
        let mut needed: BTreeSet<usize> = BTreeSet::new();
        for file in &mut self.files {
            needed.extend(file.content.layers_mut().map(|layer| *layer));
        }
        needed.extend(series.iter().filter_map(|s| s.operand.layer()));
        needed.extend(maps.iter().map(|map| map.layer));
        needed.extend(self.samples.iter().map(|sample| sample.layer));
        needed.extend(
            self.attribution
                .iter_mut()
                .flat_map(AttributionSpec::layers_mut)
                .map(|layer| *layer),
        );
        needed
    }

    fn keep_wanted_files(&mut self) -> Result<(), ChainError> {
        let Selection::Named(names) = &self.recipe.wanted else {
            return Ok(());
        };
        for name in names {
            if !self.files.iter().any(|file| is_named(&file.path, name)) {
                return Err(self.no_file("output.layers", name));
            }
        }
        self.files
            .retain(|file| names.iter().any(|name| is_named(&file.path, name)));
        Ok(())
    }

    /// Why there is no file of this name.
    pub(super) fn no_file(&self, key: &'static str, name: &str) -> ChainError {
        if let Some(needs) = what_is_missing(self.recipe, name) {
            return ChainError::LayerLacks {
                key,
                name: name.to_owned(),
                needs,
            };
        }
        let nearness = |known: &str| strsim::jaro_winkler(known, name);
        let nearest = self
            .files
            .iter()
            .map(|file| stem(&file.path))
            .max_by(|a, b| nearness(a).total_cmp(&nearness(b)));
        let hint = nearest.map_or(String::new(), |nearest| {
            format!("the nearest that it makes is {nearest:?}")
        });
        ChainError::UnknownLayer {
            key,
            name: name.to_owned(),
            hint,
        }
    }

    /// The stages that lead to the layers in `needed`, in order.
    fn needed_stages(&self, needed: &BTreeSet<usize>) -> Vec<Stage> {
        let mut open = needed.clone();
        let mut kept: Vec<Stage> = Vec::new();
        for stage in self.stages.iter().rev() {
            if stage.outputs.iter().any(|layer| open.contains(layer)) {
                open.extend(stage.layers_read());
                kept.push(stage.clone());
            }
        }
        kept.reverse();
        kept
    }
}
