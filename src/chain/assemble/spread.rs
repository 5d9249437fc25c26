//! The spread of many NEP means of a pixel.

use std::sync::Arc;

use crate::calendar::Steps;
use crate::chain::stage::Operand;
use crate::chain::tabled::SampleSpec;
use crate::kernels::carbon::NepMean;
use crate::kernels::statistics::Spread;
use crate::kernels::twin::{Kernel, Twin};

use super::builder::Builder;
use super::carbon::flux_ports;
use super::outputs::{Outputs, Subject};

/// What a spread is called, in layers and in words.
pub(super) struct SpreadNames {
    /// The name of the table.
    pub(super) sample: &'static str,
    /// The beginning of the layers' names.
    pub(super) stem: &'static str,
    /// What it goes over, in words.
    pub(super) over: String,
    /// The ports of [`Spread`] that become maps.
    pub(super) maps: &'static [&'static str],
}

pub(super) fn reads_months(model: &dyn Kernel) -> bool {
    model
        .inputs()
        .iter()
        .any(|port| port.steps == Steps::Monthly)
}

pub(super) fn reads_rs(model: &dyn Kernel) -> bool {
    model.inputs().iter().any(|port| port.name == "rs")
}

impl Builder<'_> {
    /// The annual flux of a model, in a layer of its own.
    pub(super) fn scratch(
        &mut self,
        model: Arc<dyn Kernel>,
        sources: Vec<Operand>,
        name: &str,
    ) -> usize {
        let ports = flux_ports(&*model);
        let flux = self.stage_with_ports(model, ports, sources, Subject::series(name));
        flux.layers()[0]
    }

    /// The annual flux of a model, in the layer `reused`, which is made the first time.
    pub(super) fn scratch_again(
        &mut self,
        reused: &mut Option<usize>,
        model: Arc<dyn Kernel>,
        sources: Vec<Operand>,
        name: &str,
    ) -> Operand {
        let layer = if let Some(layer) = *reused {
            self.stage_into(model, sources, name, &[layer], 0);
            layer
        } else {
            self.scratch(model, sources, name)
        };
        *reused = Some(layer);
        Operand::Layer(layer)
    }

    /// A layer for mean NEP with a step for every member.
    pub(super) fn member_means(&mut self, name: &str, n_members: usize) -> Outputs {
        let ports = Twin::outputs(&self.nep_mean());
        self.layers_of(ports, &[], Subject::series(name), Some(n_members))
    }

    fn nep_mean(&self) -> NepMean {
        NepMean {
            min_years: self.recipe.min_years,
        }
    }

    /// Mean NEP of one member, into its step of `means`.
    pub(super) fn mean_of_member(
        &mut self,
        npp: Operand,
        rh: Operand,
        means: &Outputs,
        member: usize,
    ) {
        let kernel = Arc::new(self.nep_mean());
        let of = &means.subject.of;
        self.stage_into(kernel, vec![npp, rh], of, &means.layers(), member);
    }

    /// The spread over the members, as maps and for a table.
    pub(super) fn spread(
        &mut self,
        means: &Outputs,
        members: Vec<[String; 2]>,
        names: SpreadNames,
    ) {
        let layer = means["mean"];
        let subject = Subject {
            of: means.subject.of.clone(),
            stem: names.stem.to_owned(),
            series: "mean NEP".to_owned(),
            over: names.over,
            ..Subject::default()
        };
        let spread = self.stage(Arc::new(Spread), vec![Operand::Layer(layer)], subject);
        self.files_if(&spread, |port| names.maps.contains(&port));
        self.samples.push(SampleSpec {
            name: names.sample,
            layer,
            members,
        });
    }
}
