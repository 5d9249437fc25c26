//! Soil and heterotrophic respiration, and net ecosystem production.

use std::sync::Arc;

use super::{Builder, FLUX_UNIT, FileKind, Kernel, Operand};
use crate::calendar::Steps;
use crate::kernels::abi::Port;
use crate::kernels::carbon::Nep;

impl Builder<'_> {
    /// Rs, Rh and NEP, as far as the inputs allow.
    pub(super) fn carbon(&mut self) {
        for (kernel, name) in [
            (&self.recipe.respiration, "rs"),
            (&self.recipe.heterotrophic, "rh"),
        ] {
            let Some(sources) = self.sources_of(&**kernel) else {
                continue;
            };
            let model = kernel.title();
            let layer = self.flux(Arc::clone(kernel), sources, name);
            self.file(
                format!("stacks/{name}"),
                layer,
                format!("Annual {model}"),
                FileKind::Values,
            );
        }
        let (Some((npp, _)), Some((rh, _))) = (
            self.series.get("npp").cloned(),
            self.series.get("rh").cloned(),
        ) else {
            return;
        };
        let nep = self.flux(Arc::new(Nep), vec![npp, rh], "nep");
        self.file(
            "stacks/nep".to_owned(),
            nep,
            "Annual net ecosystem production, NPP - Rh".to_owned(),
            FileKind::Values,
        );
    }

    /// What a model or a law reads, or nothing where an input is lacking. What is annual to it is the annual
    /// series, what is monthly a monthly input: a law of annual sums never sees a month.
    pub(super) fn sources_of(&self, kernel: &dyn Kernel) -> Option<Vec<Operand>> {
        let source = |port: &Port| match port.steps {
            Steps::Annual => self.series.get(&port.name).map(|(operand, _)| *operand),
            Steps::Monthly | Steps::Static | Steps::Members(_) => {
                let place = |i: &usize| self.recipe.inputs[*i].steps == port.steps;
                let found = self
                    .recipe
                    .inputs
                    .iter()
                    .position(|input| input.name == port.name);
                found
                    .filter(place)
                    .and_then(|i| self.operands.get(i).copied())
            }
        };
        kernel.inputs().iter().map(source).collect()
    }

    /// The inputs that a series of the carbon balance comes from, there or not.
    pub(super) fn inputs_needed_for(&self, series: &str) -> Vec<String> {
        let names = |kernel: &dyn Kernel| {
            kernel
                .inputs()
                .into_iter()
                .map(|port| port.name)
                .collect::<Vec<_>>()
        };
        match series {
            "rs" => names(&*self.recipe.respiration),
            "rh" => {
                let read = names(&*self.recipe.heterotrophic);
                if read.iter().any(|name| name == "rs") {
                    self.inputs_needed_for("rs")
                } else {
                    read
                }
            }
            "nep" => [vec!["npp".to_owned()], self.inputs_needed_for("rh")].concat(),
            other => vec![other.to_owned()],
        }
    }

    pub(super) fn flux(
        &mut self,
        kernel: Arc<dyn Kernel>,
        inputs: Vec<Operand>,
        name: &str,
    ) -> usize {
        let outputs = self.stage(
            kernel,
            inputs,
            name,
            vec![(name.to_owned(), FLUX_UNIT.to_owned())],
        );
        self.series.insert(
            name.to_owned(),
            (Operand::Layer(outputs[0]), FLUX_UNIT.to_owned()),
        );
        outputs[0]
    }
}
