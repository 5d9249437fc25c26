//! A run as a chain of kernels.

use crate::calendar::{Steps, Years};
use crate::tile::InputSpec;

use super::files::FileSpec;
use super::stage::{LayerSpec, Operand, Stage};
use super::tabled::{AttributionSpec, MapSpec, SampleSpec, SeriesSpec};

/// Inputs that an equation names, so that it stays in a line.
const MAX_INPUTS: usize = 4;

/// A run as a chain of kernels.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Years of the study.
    pub years: Years,
    /// Inputs that the chain reads, in the order of a tile.
    pub inputs: Vec<InputSpec>,
    /// Layers.
    pub layers: Vec<LayerSpec>,
    /// Kernels in the order in which they run.
    pub stages: Vec<Stage>,
    /// Layers that come back from the engine, in order of their number.
    pub returned: Vec<usize>,
    /// Files that the run writes.
    pub files: Vec<FileSpec>,
    /// Series for the tables.
    pub series: Vec<SeriesSpec>,
    /// Static inputs for the tables, one value a pixel.
    pub covariates: Vec<SeriesSpec>,
    /// Members and draws for the tables.
    pub samples: Vec<SampleSpec>,
    /// Attributions for the tables.
    pub attribution: Option<AttributionSpec>,
    /// Maps for the tables.
    pub maps: Vec<MapSpec>,
    /// Valid years that a statistic needs.
    pub min_years: u32,
}

impl Chain {
    /// Steps of an operand.
    #[must_use]
    pub fn n_steps(&self, operand: Operand) -> usize {
        match operand {
            Operand::Input(i) => self.inputs[i].n_steps,
            Operand::Layer(i) => self.layers[i].n_steps,
        }
    }

    /// Name of an operand.
    #[must_use]
    pub fn name(&self, operand: Operand) -> &str {
        match operand {
            Operand::Input(i) => &self.inputs[i].name,
            Operand::Layer(i) => &self.layers[i].name,
        }
    }

    /// The index of layer `layer` among the returned ones.
    #[must_use]
    pub fn index_of_layer(&self, layer: usize) -> Option<usize> {
        self.returned.binary_search(&layer).ok()
    }

    /// Bytes of one pixel in all inputs, as stored, without cells of inputs on other grids.
    #[must_use]
    pub fn input_bytes(&self) -> usize {
        self.inputs.iter().map(InputSpec::bytes_per_pixel).sum()
    }

    /// Bytes of the cells of a tile at most, over all inputs on other grids.
    #[must_use]
    pub fn bytes_of_cells(&self) -> usize {
        self.inputs.iter().map(InputSpec::bytes_of_cells).sum()
    }

    /// Bytes of one pixel in all returned layers.
    #[must_use]
    pub fn returned_bytes(&self) -> usize {
        self.returned
            .iter()
            .map(|&layer| 4 * self.layers[layer].n_steps)
            .sum()
    }

    /// The stages that lead to layers of flags, by their number, in order.
    #[must_use]
    pub fn stages_with_flags(&self) -> Vec<usize> {
        let mut open: Vec<usize> = self.stages.iter().filter_map(Stage::flags_layer).collect();
        let mut needed = Vec::new();
        for (number, stage) in self.stages.iter().enumerate().rev() {
            if stage.outputs.iter().any(|layer| open.contains(layer)) {
                needed.push(number);
                open.extend(stage.layers_read());
            }
        }
        needed.reverse();
        needed
    }

    /// Whether a later stage overwrites what stage number `stage` reads or writes, as each draw
    /// overwrites the one before.
    #[must_use]
    pub fn is_overwritten(&self, stage: usize) -> bool {
        let Stage {
            inputs,
            outputs,
            first_step,
            ..
        } = &self.stages[stage];
        let touched =
            |layer: &usize| outputs.contains(layer) || inputs.contains(&Operand::Layer(*layer));
        self.stages[stage + 1..].iter().any(|later| {
            let is_another_step = later.first_step != *first_step && later.outputs == *outputs;
            !is_another_step && later.outputs.iter().any(touched)
        })
    }

    /// Each stage as an equation of its layers, such as `nep_slope... = ols(nep)`. Stages of one
    /// label are one line, with how many they are; an input that differs among them ends in dots.
    /// Dots also stand for further outputs and inputs.
    #[must_use]
    pub fn equations(&self) -> Vec<String> {
        let mut by_label: Vec<Vec<&Stage>> = Vec::new();
        for stage in &self.stages {
            match by_label
                .iter_mut()
                .find(|stages| stages[0].label == stage.label)
            {
                Some(stages) => stages.push(stage),
                None => by_label.push(vec![stage]),
            }
        }
        by_label
            .iter()
            .map(|stages| self.equation_of(stages))
            .collect()
    }

    /// The equation of stages that share a label.
    fn equation_of(&self, stages: &[&Stage]) -> String {
        let Some(first) = stages.first() else {
            return String::new();
        };
        let input = |(slot, operand): (usize, &Operand)| {
            let is_shared = stages
                .iter()
                .all(|stage| stage.inputs.get(slot) == Some(operand));
            let dots = if is_shared { "" } else { "..." };
            format!("{}{dots}", self.name(*operand))
        };
        let shown = first.inputs.iter().enumerate().take(MAX_INPUTS);
        let mut inputs: Vec<String> = shown.map(input).collect();
        if first.inputs.len() > MAX_INPUTS {
            inputs.push("...".to_owned());
        }
        let output = first
            .outputs
            .first()
            .map_or("", |&layer| self.layers[layer].name.as_str());
        let dots = if first.outputs.len() > 1 { "..." } else { "" };
        let kernel = first.kernel.recorded_as();
        let times = match stages.len() {
            1 => String::new(),
            n => format!(", {n} times"),
        };
        format!("{output}{dots} = {kernel}({}){times}", inputs.join(", "))
    }

    /// The same chain with every layer returned, for validation.
    #[must_use]
    pub fn returning_everything(&self) -> Self {
        Self {
            returned: (0..self.layers.len()).collect(),
            ..self.clone()
        }
    }

    /// Steps of a monthly, annual or static series.
    #[must_use]
    pub fn steps(&self, steps: Steps) -> usize {
        steps.count(self.years)
    }
}
