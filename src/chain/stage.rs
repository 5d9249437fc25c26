//! One kernel of a chain: what it reads and which layers it writes.

use std::sync::Arc;

use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::Kernel;

/// What a kernel reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// An input, by its index in [`Chain::inputs`](super::Chain::inputs).
    Input(usize),
    /// A layer, by its index in [`Chain::layers`](super::Chain::layers).
    Layer(usize),
}

impl Operand {
    /// The index of the input, if it is one.
    #[must_use]
    pub fn input(self) -> Option<usize> {
        match self {
            Self::Input(input) => Some(input),
            Self::Layer(_) => None,
        }
    }

    /// The index of the layer, if it is one.
    #[must_use]
    pub fn layer(self) -> Option<usize> {
        match self {
            Self::Layer(layer) => Some(layer),
            Self::Input(_) => None,
        }
    }
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
    /// How far a GPU's value may be from the reference.
    pub tolerance: Tolerance,
}

/// One kernel of the chain.
#[derive(Clone)]
pub struct Stage {
    /// The kernel and what it is about, such as `ols of nep`: the name of the stage in `run.json`.
    pub label: String,
    /// The kernel with its parameters.
    pub kernel: Arc<dyn Kernel>,
    /// What the kernel reads, in the order of its slots.
    pub inputs: Vec<Operand>,
    /// The layers that the kernel writes, in the order of its ports.
    pub outputs: Vec<usize>,
    /// The step of its layers that its first step goes to. Members of an ensemble write one layer,
    /// each its own steps.
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

    /// The layers that it reads.
    pub fn layers_read(&self) -> impl Iterator<Item = usize> {
        self.inputs.iter().filter_map(|operand| operand.layer())
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
