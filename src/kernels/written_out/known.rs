//! What is known when a shader is composed.

use crate::kernels::constant::Constant;
use crate::kernels::slots::Slots;

use super::arithmetic::Numbers;

/// What is known when a shader is composed.
#[derive(Clone, Debug)]
pub struct Known {
    /// Constants by their names.
    pub constants: Vec<(String, Constant)>,
    /// Inputs and outputs.
    pub slots: Slots,
    /// The kernel's table.
    pub table: Vec<f32>,
}

impl Known {
    pub(super) fn numbers(&self) -> Numbers {
        let whole = |(name, value): &(String, Constant)| match *value {
            Constant::U32(value) => Some((name.clone(), i64::from(value))),
            Constant::F32(_) => None,
        };
        let steps = self.slots.inputs.iter().map(|input| input.n_steps);
        Numbers {
            named: self.constants.iter().filter_map(whole).collect(),
            steps: steps.collect(),
        }
    }
}
