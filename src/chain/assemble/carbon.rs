//! Soil and heterotrophic respiration, and net ecosystem production.

use std::sync::Arc;

use crate::chain::stage::Operand;
use crate::kernels::carbon::Nep;
use crate::kernels::output::{FLUX_UNIT, UnitRule};
use crate::kernels::port::Port;
use crate::kernels::twin::Kernel;

use super::builder::Builder;
use super::outputs::Subject;

/// What is said of the output of a model of Rs or Rh: every model gives one annual flux.
pub(super) fn flux_ports(model: &dyn Kernel) -> Vec<Port> {
    let title = model.title();
    let flux = |port: Port| {
        port.suffix("")
            .unit(UnitRule::Is(FLUX_UNIT))
            .described(format!("Annual {title}"))
    };
    model.outputs().into_iter().map(flux).collect()
}

impl Builder<'_> {
    /// Rs, Rh and NEP, as far as the inputs allow. One that is an input is taken from there.
    pub(super) fn carbon(&mut self) {
        let respiration = self.recipe.respiration.iter().map(|model| (model, "rs"));
        for (model, name) in respiration.chain([(&self.recipe.heterotrophic, "rh")]) {
            let sources = self.sources_of(&**model);
            let Some(sources) = sources.filter(|_| !self.series.contains_key(name)) else {
                continue;
            };
            let ports = flux_ports(&**model);
            let flux =
                self.stage_with_ports(Arc::clone(model), ports, sources, Subject::series(name));
            self.files_if(&flux, |_| true);
            self.series
                .insert(name.to_owned(), Operand::Layer(flux.layers()[0]));
        }
        let (Some(&npp), Some(&rh)) = (self.series.get("npp"), self.series.get("rh")) else {
            return;
        };
        if self.series.contains_key("nep") {
            return;
        }
        let nep = self.stage(Arc::new(Nep), vec![npp, rh], Subject::series("nep"));
        self.file(&nep, "nep");
        self.series
            .insert("nep".to_owned(), Operand::Layer(nep["nep"]));
    }
}
