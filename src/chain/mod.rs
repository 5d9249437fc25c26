//! A run as a chain of kernels over one tile.
//!
//! Inputs come from files, layers from kernels. A [`Chain`] says which kernels run in which order,
//! what each reads, which layers come back from the engine, and which files they become. It knows
//! neither files nor devices; both engines and the validation walk it.

mod build;
mod catalogue;
mod false_discovery;
mod sensitivity;
mod trend_test;

use std::sync::Arc;

use crate::calendar::{Steps, Years};
use crate::kernels::abi::Kernel;
use crate::kernels::tolerance::Tolerance;
use crate::tile::InputSpec;

pub use crate::formats::FileKind;
pub use build::{ChainError, Draws, Ensemble, Recipe, Selection, build};
pub use catalogue::{describe_unit_of_slope, trend_of_default};
pub use false_discovery::FalseDiscovery;
pub use sensitivity::{BootstrapOptions, Sensitivity};
pub use trend_test::{TrendOptions, TrendTest};

/// What a kernel reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// An input, by its place in [`Chain::inputs`].
    Input(usize),
    /// A layer, by its place in [`Chain::layers`].
    Layer(usize),
}

/// A layer that a kernel writes, `[step][pixel]`.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerSpec {
    /// Its name, such as `nep_slope`.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Number of steps.
    pub n_steps: usize,
    /// How far a GPU's value may lie from the reference.
    pub tolerance: Tolerance,
}

/// One kernel of the chain.
#[derive(Clone)]
pub struct Stage {
    /// What runs, such as `ols of nep`.
    pub label: String,
    /// The kernel with its parameters.
    pub kernel: Arc<dyn Kernel>,
    /// What it reads, in the order of its slots.
    pub inputs: Vec<Operand>,
    /// The layers it writes, in the order of its ports.
    pub outputs: Vec<usize>,
    /// The step of its layers that its first step is: members of an ensemble write a layer one after the other.
    pub first_step: usize,
}

impl Stage {
    /// The layer with the stage's flags, where it has one.
    #[must_use]
    pub fn flags_layer(&self) -> Option<usize> {
        let port = self
            .kernel
            .outputs()
            .iter()
            .position(|port| port.name == "flags")?;
        Some(self.outputs[port])
    }
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage")
            .field("label", &self.label)
            .field("inputs", &self.inputs)
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileSource {
    /// A layer.
    Layer(usize),
    /// The flags of all stages together.
    Flags,
    /// The q of the p in a layer, over the whole map; known once the last tile is.
    QValues {
        /// The layer of p.
        p: usize,
        /// How they are made.
        rule: FalseDiscovery,
    },
    /// The classes of a layer on q instead of p.
    ClassesOnQ {
        /// The layer of p.
        p: usize,
        /// The layer of the classes on p.
        classes: usize,
        /// How q is made.
        rule: FalseDiscovery,
    },
}

impl FileSource {
    /// The layers that it is made of.
    pub fn layers_mut(&mut self) -> impl Iterator<Item = &mut usize> {
        let (first, second) = match self {
            Self::Layer(layer) | Self::QValues { p: layer, .. } => (Some(layer), None),
            Self::ClassesOnQ { p, classes, .. } => (Some(p), Some(classes)),
            Self::Flags => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// A file that a run leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSpec {
    /// Path under the output folder without ending, such as `maps/nep_slope`.
    pub path: String,
    /// What it shows, in a sentence.
    pub description: String,
    /// Unit of its values.
    pub unit: String,
    /// A name for each band: the years, or one name.
    pub bands: Vec<String>,
    /// How its values are to be read.
    pub kind: FileKind,
    /// What it holds.
    pub content: FileSource,
    /// The stage that makes it, for provenance; none for flags.
    pub made_by: Option<String>,
}

/// An annual series of every pixel whose area mean goes into the tables.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesSpec {
    /// Its name, such as `nep`.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Where its values are.
    pub operand: Operand,
}

/// A layer with a step for each member of an ensemble or each draw of a Monte Carlo run, whose area means go into a
/// table.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleSpec {
    /// `ensemble` or `uncertainty`.
    pub name: &'static str,
    /// The layer, NEP in gC m-2 yr-1.
    pub layer: usize,
    /// Each member: the words of its model and its law, or the number of the draw.
    pub members: Vec<[String; 2]>,
}

/// The attribution by one sensitivity; all but the first are layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributionLayers {
    /// The sensitivity.
    pub sensitivity: Sensitivity,
    /// Trend that the drivers explain.
    pub climate: usize,
    /// Trend that they do not.
    pub human: usize,
    /// Part of each driver.
    pub parts: Vec<usize>,
    /// The scenario, 0 to 6.
    pub class: usize,
    /// 1 climate, 2 people, 0 neither.
    pub dominant: usize,
    /// The same in years drawn with replacement, where the study asks for that.
    pub replicates: Option<ReplicateLayers>,
}

/// Layers with a step for each replicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplicateLayers {
    /// Trend that the drivers explain.
    pub climate: usize,
    /// Trend that they do not.
    pub human: usize,
    /// Share of people in the trend, in per cent.
    pub share: usize,
}

/// The attributions of a run, for the tables; numbers are places of layers.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributionSpec {
    /// The series whose trend is attributed.
    pub response: String,
    /// Unit of the trends.
    pub unit: String,
    /// The drivers.
    pub predictors: Vec<String>,
    /// The observed trend.
    pub observed: usize,
    /// By each sensitivity.
    pub by: Vec<AttributionLayers>,
    /// The climate regime, where precipitation and radiation are in it.
    pub regime: Option<usize>,
    /// Whether the sensitivities agree, where there are several.
    pub agreement: Option<usize>,
    /// How the replicates were drawn, where there are any.
    pub bootstrap: Option<BootstrapOptions>,
}

impl AttributionSpec {
    /// The places of its layers, to be numbered anew.
    fn layers_mut(&mut self) -> impl Iterator<Item = &mut usize> {
        let by = self.by.iter_mut().flat_map(|by| {
            let replicates = by
                .replicates
                .iter_mut()
                .flat_map(|r| [&mut r.climate, &mut r.human, &mut r.share]);
            let own = [
                &mut by.climate,
                &mut by.human,
                &mut by.class,
                &mut by.dominant,
            ];
            own.into_iter().chain(&mut by.parts).chain(replicates)
        });
        std::iter::once(&mut self.observed)
            .chain(by)
            .chain(&mut self.regime)
            .chain(&mut self.agreement)
    }
}

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
    /// Files that the run leaves.
    pub files: Vec<FileSpec>,
    /// Series for the tables.
    pub series: Vec<SeriesSpec>,
    /// Members and draws for the tables.
    pub samples: Vec<SampleSpec>,
    /// Attributions for the tables.
    pub attribution: Option<AttributionSpec>,
    /// Statistics that need `min_years` valid years.
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

    /// The place of layer `layer` among the returned ones.
    #[must_use]
    pub fn index_of_layer(&self, layer: usize) -> Option<usize> {
        self.returned.binary_search(&layer).ok()
    }

    /// Bytes of one pixel in all inputs, as stored, without cells of inputs on other grids.
    #[must_use]
    pub fn input_bytes(&self) -> usize {
        self.inputs.iter().map(InputSpec::bytes_per_pixel).sum()
    }

    /// Bytes of the most cells that a tile brings, over all inputs on other grids.
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
                open.extend(stage.inputs.iter().filter_map(|o| {
                    if let Operand::Layer(l) = o {
                        Some(*l)
                    } else {
                        None
                    }
                }));
            }
        }
        needed.reverse();
        needed
    }

    /// Whether a later stage writes over what stage number `stage` reads or writes, as a draw does over the one before.
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

    /// The same chain with every layer returned, for validation.
    #[must_use]
    pub fn returning_everything(&self) -> Self {
        Self {
            returned: (0..self.layers.len()).collect(),
            ..self.clone()
        }
    }

    /// Bands of an annual file: the years.
    fn year_names(years: Years) -> Vec<String> {
        years.iter().map(|year| year.to_string()).collect()
    }

    /// Steps of a monthly, annual or static series.
    #[must_use]
    pub fn steps(&self, steps: Steps) -> usize {
        steps.count(self.years)
    }
}
