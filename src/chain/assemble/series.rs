//! The annual series of a study, and what each comes from.

use crate::calendar::Steps;
use crate::chain::error::ChainError;
use crate::chain::stage::Operand;
use crate::kernels::port::Port;
use crate::kernels::twin::Kernel;

use super::builder::Builder;

impl Builder<'_> {
    /// The series `name`, or which inputs it lacks.
    pub(super) fn require(&self, what: &'static str, name: &str) -> Result<Operand, ChainError> {
        if let Some(found) = self.series.get(name) {
            return Ok(*found);
        }
        let series = name.to_owned();
        if self.input(name).is_some() {
            return Err(ChainError::NotAnnual { what, series });
        }
        let needed = self.inputs_needed_for(name);
        let (there, missing): (Vec<String>, Vec<String>) = needed
            .into_iter()
            .partition(|input| self.input(input).is_some());
        if !missing.is_empty() {
            return Err(ChainError::LacksInput {
                what,
                series,
                missing,
            });
        }
        // All are there, so one of them has other steps than its model reads.
        let is_annual = |name: &String| {
            let mut inputs = self.recipe.inputs.iter();
            name != "npp" && inputs.any(|i| i.name == *name && i.steps == Steps::Annual)
        };
        let input = there.into_iter().find(is_annual).unwrap_or_default();
        Err(ChainError::OtherSteps {
            what,
            series,
            input,
        })
    }

    /// What a model reads, or nothing where an input is lacking. What it reads by years is an
    /// annual series, and what it reads by months a monthly input. So a model of annual sums never
    /// reads a month.
    pub(super) fn sources_of(&self, kernel: &dyn Kernel) -> Option<Vec<Operand>> {
        let source = |port: &Port| match port.steps {
            Steps::Annual => self.series.get(&port.name).copied(),
            Steps::Monthly | Steps::Static | Steps::Members(_) => {
                let index = self
                    .recipe
                    .inputs
                    .iter()
                    .position(|input| input.name == port.name)?;
                let has_steps = self.recipe.inputs[index].steps == port.steps;
                self.on_grid.get(index).copied().filter(|_| has_steps)
            }
        };
        kernel.inputs().iter().map(source).collect()
    }

    /// The inputs that a series of the carbon balance comes from, whether they are there or not.
    pub(super) fn inputs_needed_for(&self, series: &str) -> Vec<String> {
        let names = |kernel: &dyn Kernel| {
            kernel
                .inputs()
                .into_iter()
                .map(|port| port.name)
                .collect::<Vec<_>>()
        };
        match series {
            "rs" => match &self.recipe.respiration {
                Some(model) => names(&**model),
                None => vec!["rs".to_owned()],
            },
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
}
