//! Inputs on the study grid, and the annual series that they are.

use std::sync::Arc;

use crate::calendar::Steps;
use crate::chain::stage::Operand;
use crate::kernels::climate::{AnnualMean, AnnualSum, Departures};
use crate::kernels::resampled::resampled;
use crate::kernels::twin::Kernel;
use crate::tile::{Geometry, InputSpec};

use super::builder::Builder;
use super::outputs::Subject;

impl Builder<'_> {
    /// Brings every input to the grid, and makes an annual series of each that has years.
    pub(super) fn inputs(&mut self) {
        for (index, input) in self.recipe.inputs.iter().enumerate() {
            let operand = self.on_grid(index, input);
            self.on_grid.push(operand);
            let operand = self.departures(operand, input);
            self.annual_series_of_input(operand, input);
        }
    }

    /// An input as it is, or brought to the grid by a kernel.
    fn on_grid(&mut self, index: usize, input: &InputSpec) -> Operand {
        let Geometry::SourceGrid {
            resampling, reach, ..
        } = input.geometry
        else {
            return Operand::Input(index);
        };
        let positions = input.places().name;
        let Some(positions) = self
            .recipe
            .inputs
            .iter()
            .position(|other| other.name == positions)
        else {
            return Operand::Input(index);
        };
        let kernel = resampled(resampling, input.steps, input.n_steps, reach);
        let inputs = vec![Operand::Input(index), Operand::Input(positions)];
        let resampled = self.stage(kernel, inputs, Subject::series(&input.name));
        Operand::Layer(resampled["value"])
    }

    /// An input as it is, or its departures from the mean over the baseline that the study states for it.
    fn departures(&mut self, operand: Operand, input: &InputSpec) -> Operand {
        let baseline = self.recipe.anomalies.get(&input.name).copied();
        match (input.steps, baseline) {
            (Steps::Annual | Steps::Monthly, Some(baseline)) => {
                let kernel = Departures {
                    steps: input.steps,
                    years: self.recipe.years,
                    baseline,
                };
                let subject = Subject::series(&input.name);
                let outputs = self.stage(Arc::new(kernel), vec![operand], subject);
                Operand::Layer(outputs.layers()[0])
            }
            _ => operand,
        }
    }

    /// An annual input as it is, a monthly one as its annual mean or sum.
    fn annual_series_of_input(&mut self, operand: Operand, input: &InputSpec) {
        let min_months = self.recipe.min_months;
        let season = self.recipe.seasons.get(&input.name);
        let season = season.copied().unwrap_or_default();
        let annual = match input.steps {
            Steps::Static | Steps::Members(_) => return,
            Steps::Annual => operand,
            Steps::Monthly => {
                let kernel: Arc<dyn Kernel> = if self.recipe.averaged.contains(&input.name) {
                    Arc::new(AnnualMean { min_months, season })
                } else {
                    let years = self.recipe.years;
                    Arc::new(AnnualSum {
                        min_months,
                        season,
                        years,
                    })
                };
                let outputs = self.stage(kernel, vec![operand], Subject::series(&input.name));
                Operand::Layer(outputs.layers()[0])
            }
        };
        self.series.insert(input.name.clone(), annual);
    }
}
