//! Regression and partial correlation of the response on its drivers.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chain::correlation::Correlation;
use crate::chain::error::ChainError;
use crate::chain::names::DEFAULT_DRIVERS;
use crate::chain::stage::Operand;
use crate::kernels::lib::drivers::MAX_PREDICTORS;
use crate::kernels::statistics::{PartialRank, Regression};

use super::builder::Builder;
use super::outputs::{Outputs, Subject};

/// The regression of the response on its drivers.
pub(super) struct Regressed {
    pub(super) predictors: Vec<String>,
    /// Response and drivers.
    pub(super) inputs: Vec<Operand>,
    /// Coefficients, variance inflations and flags.
    pub(super) fit: Outputs,
}

impl Builder<'_> {
    fn predictors(&self) -> Result<Vec<String>, ChainError> {
        let Some(named) = &self.recipe.predictors else {
            return Ok(DEFAULT_DRIVERS
                .iter()
                .filter(|name| self.series.contains_key(**name))
                .map(|s| (*s).to_owned())
                .collect());
        };
        if named.len() > MAX_PREDICTORS {
            return Err(ChainError::TooManyDrivers { count: named.len() });
        }
        let response = &self.recipe.response;
        if named.contains(response) {
            return Err(ChainError::ResponseIsDriver {
                response: response.clone(),
            });
        }
        if named.iter().collect::<BTreeSet<_>>().len() < named.len() {
            return Err(ChainError::RepeatedDriver);
        }
        for name in named {
            self.require("drivers.predictors", name)?;
        }
        Ok(named.clone())
    }

    /// The partial correlations of the ranks, where these are asked for.
    fn ranked(
        &mut self,
        n_predictors: usize,
        inputs: &[Operand],
        subject: Subject,
    ) -> Option<Outputs> {
        let kernel = match self.recipe.correlation {
            Correlation::Pearson => return None,
            Correlation::Spearman => PartialRank {
                min_years: self.recipe.min_years,
                n_years: self.n_years(),
                n_predictors,
            },
        };
        Some(self.stage(Arc::new(kernel), inputs.to_vec(), subject))
    }

    /// Regression and partial correlation of the response on its drivers.
    pub(super) fn drivers(&mut self) -> Result<Option<Regressed>, ChainError> {
        let predictors = self.predictors()?;
        let response = self.recipe.response.clone();
        let Some(&y) = self.series.get(&response) else {
            // The default response is only left out where the study did not ask for it.
            if response != "nep" {
                self.require("drivers.response", &response)?;
            }
            return Ok(None);
        };
        if predictors.is_empty() {
            return Ok(None);
        }
        let kernel = Regression {
            min_years: self.recipe.min_years,
            n_years: self.n_years(),
            n_predictors: predictors.len(),
        };
        let x = predictors.iter().map(|name| self.series[name]);
        let inputs: Vec<Operand> = std::iter::once(y).chain(x).collect();
        let subject = Subject {
            drivers: predictors.clone(),
            ..Subject::series(&response)
        };
        let ranked = self.ranked(predictors.len(), &inputs, subject.clone());
        let fit = self.stage(Arc::new(kernel), inputs.clone(), subject);
        for x in 1..=predictors.len() {
            for what in ["partial", "partial_p"] {
                self.file(ranked.as_ref().unwrap_or(&fit), &format!("{what}_{x}"));
            }
            for what in ["coef", "beta", "vif"] {
                self.file(&fit, &format!("{what}_{x}"));
            }
        }
        self.file(&fit, "r2");
        self.file(&fit, "p");
        Ok(Some(Regressed {
            predictors,
            inputs,
            fit,
        }))
    }
}
