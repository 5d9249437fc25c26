//! How much the response changes with each driver, by each sensitivity.

use std::sync::Arc;

use crate::chain::error::{AttributionProblem, ChainError};
use crate::chain::sensitivity::Sensitivity;
use crate::kernels::attribution::{
    SensitivityBaseline, SensitivityDetrended, SensitivityFirstDifference, least_baseline_years,
};
use crate::kernels::twin::Kernel;

use super::builder::Builder;
use super::drivers::Regressed;
use super::outputs::{Outputs, Subject};

impl Builder<'_> {
    /// What a stage of an attribution by a sensitivity is about.
    pub(super) fn subject_by(&self, sensitivity: Sensitivity, predictors: &[String]) -> Subject {
        let response = &self.recipe.response;
        Subject {
            stem: format!("{}/{response}", sensitivity.folder()),
            drivers: predictors.to_vec(),
            note: Some(sensitivity.describe()),
            ..Subject::series(response)
        }
    }

    /// The coefficients by a sensitivity. The raw ones are those of the regression.
    pub(super) fn sensitivity(
        &mut self,
        sensitivity: Sensitivity,
        regression: &Regressed,
    ) -> Outputs {
        let n_predictors = regression.predictors.len();
        let (years, min_years) = (self.recipe.years, self.recipe.min_years);
        let kernel: Arc<dyn Kernel> = match sensitivity {
            Sensitivity::Raw => return regression.fit.clone(),
            Sensitivity::Detrended => Arc::new(SensitivityDetrended {
                min_years,
                n_predictors,
            }),
            Sensitivity::FirstDifference => Arc::new(SensitivityFirstDifference {
                min_years,
                n_predictors,
            }),
            Sensitivity::Baseline(baseline) => Arc::new(SensitivityBaseline {
                min_years,
                years,
                baseline,
                n_predictors,
            }),
        };
        let subject = self.subject_by(sensitivity, &regression.predictors);
        let fit = self.stage(kernel, regression.inputs.clone(), subject);
        self.files_if(&fit, |_| true);
        fit
    }

    /// A baseline too short for a regression on all drivers would leave every map empty.
    pub(super) fn check_baseline(&self, n_predictors: usize) -> Result<(), ChainError> {
        for sensitivity in &self.recipe.sensitivities {
            let Sensitivity::Baseline(years) = *sensitivity else {
                continue;
            };
            let least = least_baseline_years(years, n_predictors);
            if years.count() < least {
                return Err(ChainError::Attribution(AttributionProblem::ShortBaseline {
                    years,
                    n_drivers: n_predictors,
                    least,
                }));
            }
        }
        Ok(())
    }
}
