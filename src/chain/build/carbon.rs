//! Soil and heterotrophic respiration, and net ecosystem production.

use std::sync::Arc;

use super::{Builder, FLUX_UNIT, FileKind, Heterotrophic, Kernel, Operand};
use crate::kernels::carbon::{BondLamberty2004, FixedFraction, Nep};

impl Builder<'_> {
    /// Rs, Rh and NEP, as far as the inputs allow.
    pub(super) fn carbon(&mut self) {
        let kernel = Arc::clone(&self.recipe.respiration);
        let sources: Option<Vec<Operand>> = kernel.inputs().iter().map(|port| self.input(&port.name)).collect();
        let Some(sources) = sources else { return };
        let model = kernel.spec().title;
        let rs = self.flux(kernel, sources, "rs");
        self.file("stacks/rs".to_owned(), rs, format!("Annual {model}"), FileKind::Values);

        let law: Arc<dyn Kernel> = match self.recipe.heterotrophic {
            Heterotrophic::BondLamberty2004 => Arc::new(BondLamberty2004::default()),
            Heterotrophic::Fraction(fraction) => Arc::new(FixedFraction { fraction }),
        };
        let title = law.spec().title;
        let rh = self.flux(law, vec![Operand::Layer(rs)], "rh");
        self.file("stacks/rh".to_owned(), rh, format!("Annual {title}"), FileKind::Values);

        let Some((npp, _)) = self.series.get("npp").cloned() else { return };
        let nep = self.flux(Arc::new(Nep), vec![npp, Operand::Layer(rh)], "nep");
        self.file(
            "stacks/nep".to_owned(),
            nep,
            "Annual net ecosystem production, NPP - Rh".to_owned(),
            FileKind::Values,
        );
    }

    pub(super) fn flux(&mut self, kernel: Arc<dyn Kernel>, inputs: Vec<Operand>, name: &str) -> usize {
        let outputs = self.stage(kernel, inputs, name, vec![(name.to_owned(), FLUX_UNIT.to_owned())]);
        self.series.insert(name.to_owned(), (Operand::Layer(outputs[0]), FLUX_UNIT.to_owned()));
        outputs[0]
    }
}
