//! Regression and partial correlation of the response on its drivers.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Builder, ChainError, Operand};
use crate::chain::catalogue::{long_name, unit_of_quotient};
use crate::kernels::lib::drivers::MAX_PREDICTORS;
use crate::kernels::statistics::Regression;

/// The regression of the response on its drivers.
pub(super) struct Regressed {
    pub(super) predictors: Vec<String>,
    /// Response and drivers.
    pub(super) inputs: Vec<Operand>,
    /// Unit of the response.
    pub(super) unit: String,
    /// Layers of the coefficients and of the variance inflations, of each driver.
    pub(super) coef: Vec<usize>,
    pub(super) vif: Vec<usize>,
    pub(super) flags: usize,
}

impl Builder<'_> {
    pub(super) fn predictors(&self) -> Result<Vec<String>, ChainError> {
        let problem = |problem: String| Err(ChainError::Predictors { problem });
        let Some(named) = &self.recipe.predictors else {
            let default = ["temperature", "precipitation", "radiation"];
            return Ok(default
                .iter()
                .filter(|name| self.series.contains_key(**name))
                .map(|s| (*s).to_owned())
                .collect());
        };
        if named.len() > MAX_PREDICTORS {
            return problem(format!(
                "names {} drivers; at most {MAX_PREDICTORS} are possible",
                named.len()
            ));
        }
        if named.contains(&self.recipe.response) {
            return problem(format!(
                "names the response {:?} itself; leave it out",
                self.recipe.response
            ));
        }
        if named.iter().collect::<BTreeSet<_>>().len() < named.len() {
            return problem("names a driver twice; leave one out".to_owned());
        }
        for name in named {
            self.require("drivers.predictors", name)?;
        }
        Ok(named.clone())
    }

    /// Regression and partial correlation of the response on its drivers.
    pub(super) fn drivers(&mut self) -> Result<Option<Regressed>, ChainError> {
        let predictors = self.predictors()?;
        let response = self.recipe.response.clone();
        let Some((y, y_unit)) = self.series.get(&response).cloned() else {
            // The default response is only left out where the study did not ask for it.
            if response != "nep" {
                self.require("drivers.response", &response)?;
            }
            return Ok(None);
        };
        if predictors.is_empty() {
            return Ok(None);
        }
        let (n_years, min_years, n_predictors) =
            (self.n_years(), self.recipe.min_years, predictors.len());
        let x: Vec<(Operand, String)> = predictors
            .iter()
            .map(|name| self.series[name].clone())
            .collect();
        let inputs: Vec<Operand> = std::iter::once(y)
            .chain(x.iter().map(|(operand, _)| *operand))
            .collect();
        let one = || "1".to_owned();
        let each = |what: &str| {
            predictors
                .iter()
                .map(|d| (format!("{response}_{what}_{d}"), one()))
                .collect::<Vec<_>>()
        };

        let coefficients = predictors.iter().zip(&x).map(|(d, (_, unit))| {
            (
                format!("{response}_coef_{d}"),
                unit_of_quotient(&y_unit, unit),
            )
        });
        let names: Vec<(String, String)> = coefficients
            .chain(each("beta"))
            .chain(each("vif"))
            .chain(each("partial"))
            .chain(
                predictors
                    .iter()
                    .map(|d| (format!("{response}_partial_{d}_p"), one())),
            )
            .chain(["r2", "p"].map(|what| (format!("{response}_drivers_{what}"), one())))
            .chain([(format!("{response}_regression_flags"), one())])
            .collect();
        let kernel = Arc::new(Regression {
            min_years,
            n_years,
            n_predictors,
        });
        let fit = self.stage(kernel, inputs.clone(), &response, names);

        let long = long_name(&response);
        for (j, d) in predictors.iter().enumerate() {
            let driver = long_name(d);
            self.map(
                fit[3 * n_predictors + j],
                format!("Partial correlation of {long} with {driver}, all other predictors held"),
            );
            self.map(
                fit[4 * n_predictors + j],
                format!("Two-sided p of the partial correlation of {long} with {driver}"),
            );
            self.map(
                fit[j],
                format!("Coefficient of {driver} in the multiple regression of {long}"),
            );
            self.map(
                fit[n_predictors + j],
                format!(
                    "Standardised coefficient of {driver} in the multiple regression of {long}"
                ),
            );
            self.map(
                fit[2 * n_predictors + j],
                format!("Variance inflation factor of {driver}"),
            );
        }
        self.map(
            fit[5 * n_predictors],
            format!("Share of the variance of {long} that all predictors explain"),
        );
        self.map(
            fit[5 * n_predictors + 1],
            format!("p of the multiple regression of {long} (F test)"),
        );
        let each = |from: usize| fit[from..from + n_predictors].to_vec();
        let (coef, vif, flags) = (each(0), each(2 * n_predictors), fit[5 * n_predictors + 2]);
        Ok(Some(Regressed {
            predictors,
            inputs,
            unit: y_unit,
            coef,
            vif,
            flags,
        }))
    }
}
