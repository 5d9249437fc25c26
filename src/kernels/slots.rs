//! What a kernel reads and writes where it runs: types and lengths that its text depends on.

use crate::calendar::Years;
use crate::tile::{DataType, Decoding};

use super::twin::Kernel;

/// Where the values of an input come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// An input in its stored type, and how its numbers become quantities.
    Stored(DataType, Decoding),
    /// A layer on the device.
    Layer,
}

/// An input of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSlot {
    /// Where its values come from.
    pub source: Source,
    /// How many steps it has.
    pub n_steps: usize,
}

/// An output of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputSlot {
    /// Steps of the layer that it becomes.
    pub n_steps: usize,
    /// Whether the kernel writes all of them, and not one step of a layer that others share.
    pub is_whole: bool,
}

/// All inputs and outputs of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Slots {
    /// In the order of the kernel's inputs.
    pub inputs: Vec<InputSlot>,
    /// In the order of its ports.
    pub outputs: Vec<OutputSlot>,
}

impl Slots {
    /// Those of a kernel that runs alone: each input from the source that `source` names.
    #[must_use]
    pub fn alone(kernel: &dyn Kernel, years: Years, source: &dyn Fn(usize) -> Source) -> Self {
        let steps = |port: &super::port::Port| port.steps.count(years);
        let input = |(slot, port)| InputSlot {
            source: source(slot),
            n_steps: steps(&port),
        };
        let output = |port| OutputSlot {
            n_steps: steps(&port),
            is_whole: true,
        };
        Self {
            inputs: kernel.inputs().into_iter().enumerate().map(input).collect(),
            outputs: kernel.outputs().into_iter().map(output).collect(),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.inputs.len() + self.outputs.len()
    }
}
