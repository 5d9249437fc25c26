//! Adds stages with their layers, and files.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chain::files::{FileSource, FileSpec};
use crate::chain::names::stem;
use crate::chain::recipe::Recipe;
use crate::chain::stage::{LayerSpec, Operand, Stage};
use crate::chain::tabled::{AttributionSpec, SampleSpec};
use crate::formats::FileKind;
use crate::kernels::flags;
use crate::kernels::port::Port;
use crate::kernels::trend_tests::TrendTest;
use crate::kernels::twin::Kernel;

use super::outputs::{Outputs, Subject, folder_of};

/// A chain that is being built.
pub(super) struct Builder<'a> {
    pub(super) recipe: &'a Recipe,
    /// Each input on the grid, in the order of the recipe.
    pub(super) on_grid: Vec<Operand>,
    pub(super) layers: Vec<LayerSpec>,
    pub(super) stages: Vec<Stage>,
    pub(super) files: Vec<FileSpec>,
    /// Annual series by name.
    pub(super) series: BTreeMap<String, Operand>,
    /// The tests of trend that are there already, by the test and the series.
    pub(super) tests: BTreeMap<(TrendTest, String), Outputs>,
    /// Members and draws.
    pub(super) samples: Vec<SampleSpec>,
    /// The attributions, for the tables.
    pub(super) attribution: Option<AttributionSpec>,
    /// The response less its climate part, for the tables: its name and layer.
    pub(super) human: Option<(String, usize)>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(recipe: &'a Recipe) -> Self {
        Self {
            recipe,
            on_grid: Vec::new(),
            layers: Vec::new(),
            stages: Vec::new(),
            files: Vec::new(),
            series: BTreeMap::new(),
            tests: BTreeMap::new(),
            samples: Vec::new(),
            attribution: None,
            human: None,
        }
    }

    pub(super) fn n_years(&self) -> usize {
        self.recipe.years.count()
    }

    /// An input of the recipe, on the grid.
    pub(super) fn input(&self, name: &str) -> Option<Operand> {
        let index = self
            .recipe
            .inputs
            .iter()
            .position(|input| input.name == name)?;
        self.on_grid.get(index).copied()
    }

    /// The unit of an operand.
    pub(super) fn unit(&self, operand: Operand) -> &str {
        match operand {
            Operand::Input(input) => &self.recipe.inputs[input].unit,
            Operand::Layer(layer) => &self.layers[layer].unit,
        }
    }

    /// Adds a kernel, and a layer for each of its outputs.
    pub(super) fn stage(
        &mut self,
        kernel: Arc<dyn Kernel>,
        inputs: Vec<Operand>,
        subject: Subject,
    ) -> Outputs {
        let ports = kernel.outputs();
        self.stage_with_ports(kernel, ports, inputs, subject)
    }

    /// The same with what is said here of the outputs, in place of what the kernel says.
    pub(super) fn stage_with_ports(
        &mut self,
        kernel: Arc<dyn Kernel>,
        ports: Vec<Port>,
        inputs: Vec<Operand>,
        subject: Subject,
    ) -> Outputs {
        let outputs = self.layers_of(ports, &inputs, subject, None);
        self.stage_into(kernel, inputs, &outputs.subject.of, &outputs.layers(), 0);
        outputs
    }

    /// Adds a layer for each port of a kernel that reads `inputs`.
    ///
    /// # Arguments
    ///
    /// * `n_steps` - the steps of the layers, where many stages write them one after the other.
    pub(super) fn layers_of(
        &mut self,
        ports: Vec<Port>,
        inputs: &[Operand],
        subject: Subject,
        n_steps: Option<usize>,
    ) -> Outputs {
        let units: Vec<String> = inputs
            .iter()
            .map(|&operand| self.unit(operand).to_owned())
            .collect();
        let units: Vec<&str> = units.iter().map(String::as_str).collect();
        let mut with_layers = Vec::new();
        for port in ports {
            let layer = LayerSpec {
                name: subject.name_of(&port),
                unit: port.info.unit.unit(&units),
                n_steps: n_steps.unwrap_or_else(|| port.steps.count(self.recipe.years)),
                tolerance: port.tolerance.clone(),
            };
            with_layers.push((port, self.layers.len()));
            self.layers.push(layer);
        }
        Outputs::new(subject, with_layers)
    }

    /// Adds a kernel that writes existing layers, from step `first_step` on.
    pub(super) fn stage_into(
        &mut self,
        kernel: Arc<dyn Kernel>,
        inputs: Vec<Operand>,
        of: &str,
        outputs: &[usize],
        first_step: usize,
    ) {
        let label = format!("{} of {of}", kernel.recorded_as());
        self.stages.push(Stage {
            label,
            kernel,
            inputs,
            outputs: outputs.to_vec(),
            first_step,
        });
    }

    /// Adds the file of one output, if the kernel describes it.
    pub(super) fn file(&mut self, outputs: &Outputs, port: &str) {
        self.files_if(outputs, |name| name == port);
    }

    /// Adds the files of the outputs that the kernel describes and `is_wanted` takes by their
    /// names.
    pub(super) fn files_if(&mut self, outputs: &Outputs, is_wanted: impl Fn(&str) -> bool) {
        for (port, layer) in &outputs.ports {
            if is_wanted(&port.name) {
                self.file_of_port(&outputs.subject, port, *layer);
            }
        }
    }

    fn file_of_port(&mut self, subject: &Subject, port: &Port, layer: usize) {
        let years = self.recipe.years;
        let Some(description) = subject.description_of(port, years.first) else {
            return;
        };
        let spec = &self.layers[layer];
        let bands = if spec.n_steps == 1 {
            vec![stem(&spec.name).to_owned()]
        } else {
            years.iter().map(|year| year.to_string()).collect()
        };
        let made_by = self
            .stages
            .iter()
            .find(|stage| stage.outputs.contains(&layer))
            .map(|stage| stage.kernel.recorded_as().to_owned());
        self.files.push(FileSpec {
            path: format!("{}/{}", folder_of(port), spec.name),
            description,
            unit: spec.unit.clone(),
            bands,
            kind: subject.kind_of(port),
            content: FileSource::Layer(layer),
            made_by,
        });
    }

    /// Adds the file of flags, where a stage has any.
    pub(super) fn flags(&mut self) {
        if self
            .stages
            .iter()
            .any(|stage| stage.flags_layer().is_some())
        {
            self.files.push(FileSpec {
                path: "maps/flags".to_owned(),
                description: "Why a pixel has no value, or what to know of it: bits over all \
                              statistics of the run"
                    .to_owned(),
                unit: "1".to_owned(),
                bands: vec!["flags".to_owned()],
                kind: FileKind::Flags(&flags::ALL),
                content: FileSource::Flags,
                made_by: None,
            });
        }
    }
}
