//! How much of the response's trend its drivers explain, by each sensitivity.

use std::sync::Arc;

use crate::chain::error::{AttributionProblem, ChainError};
use crate::chain::recipe::Selection;
use crate::chain::sensitivity::Sensitivity;
use crate::chain::stage::Operand;
use crate::chain::tabled::{AttributionLayers, AttributionSpec};
use crate::kernels::attribution::{Agreement, Attribution, DriverSlopes, HumanPart};
use crate::kernels::trend_tests::TrendTest;

use super::builder::Builder;
use super::drivers::Regressed;
use super::outputs::{Outputs, Subject};

/// Layers of the trends over complete years.
struct Trends {
    /// The observed trend, of all valid years.
    observed: usize,
    /// Of the response and the drivers over the complete years.
    complete: Outputs,
}

impl Builder<'_> {
    /// Attributes the trend of the response by every sensitivity of the study.
    pub(super) fn attribution(&mut self, regression: Option<Regressed>) -> Result<(), ChainError> {
        let Some(regression) = regression else {
            return self.explain_no_attribution();
        };
        self.check_baseline(regression.predictors.len())?;
        let trends = self.trends_of_complete_years(&regression)?;
        let weights = self.bootstrap_weights()?;
        let mut by = Vec::new();
        let mut margins = Vec::new();
        let mut fits = Vec::new();
        for sensitivity in self.recipe.sensitivities.clone() {
            let fit = self.sensitivity(sensitivity, &regression);
            let outputs = self.attribution_by(sensitivity, &regression.predictors, &trends, &fit);
            let mut layers = layers_for_tables(sensitivity, &outputs);
            if let Some(weights) = weights.as_ref().filter(|_| sensitivity.has_bootstrap()) {
                layers.replicates = Some(self.replicates(sensitivity, &regression, weights));
            }
            by.push(layers);
            margins.push(outputs["margin"]);
            fits.push((sensitivity, fit));
        }
        let agreement = self.agreement(&by, &margins);
        self.human_part(&regression, &fits);
        let regime = self.layer("climate_regime").filter(|_| {
            let is_there = |name: &str| self.series.contains_key(name);
            is_there("precipitation") && is_there("radiation")
        });
        let bootstrap = self
            .recipe
            .bootstrap
            .filter(|_| by.iter().any(|by| by.replicates.is_some()));
        self.attribution = Some(AttributionSpec {
            response: self.recipe.response.clone(),
            unit: self.layers[trends.observed].unit.clone(),
            predictors: regression.predictors,
            observed: trends.observed,
            by,
            regime,
            agreement,
            bootstrap,
        });
        Ok(())
    }

    /// Nothing where the study did not ask for an attribution. Where it did, what is lacking.
    fn explain_no_attribution(&self) -> Result<(), ChainError> {
        if !self.recipe.attribution_stated && self.recipe.bootstrap.is_none() {
            return Ok(());
        }
        let response = &self.recipe.response;
        let problem = match self.require("attribution.sensitivity", response) {
            Err(ChainError::LacksInput { missing, .. }) => AttributionProblem::NoResponse {
                response: response.clone(),
                missing,
            },
            Err(other) => return Err(other),
            Ok(_) => AttributionProblem::NoDriver,
        };
        Err(ChainError::Attribution(problem))
    }

    /// The index of a layer by its name.
    pub(super) fn layer(&self, name: &str) -> Option<usize> {
        self.layers.iter().position(|layer| layer.name == name)
    }

    fn trends_of_complete_years(&mut self, regression: &Regressed) -> Result<Trends, ChainError> {
        let response = self.recipe.response.clone();
        let observed = self.test_of_trend(TrendTest::Ols, &response)?["slope"];
        let kernel = DriverSlopes {
            min_years: self.recipe.min_years,
            n_predictors: regression.predictors.len(),
        };
        let subject = Subject {
            stem: format!("complete/{response}"),
            drivers: regression.predictors.clone(),
            ..Subject::series(&response)
        };
        let complete = self.stage(Arc::new(kernel), regression.inputs.clone(), subject);
        Ok(Trends { observed, complete })
    }

    /// The attribution by one sensitivity, with its maps in the folder of the sensitivity.
    fn attribution_by(
        &mut self,
        sensitivity: Sensitivity,
        predictors: &[String],
        trends: &Trends,
        fit: &Outputs,
    ) -> Outputs {
        let complete = &trends.complete;
        let first = [
            trends.observed,
            complete["slope_y"],
            complete["half_range"],
            fit["flags"],
        ];
        let inputs = first
            .into_iter()
            .chain(fit.numbered("coef"))
            .chain(fit.numbered("vif"))
            .chain(complete.numbered("slope"))
            .map(Operand::Layer)
            .collect();
        let kernel = Attribution {
            n_predictors: predictors.len(),
        };
        let subject = self.subject_by(sensitivity, predictors);
        let outputs = self.stage(Arc::new(kernel), inputs, subject);
        // The class after the shares: the order of the files is older than that of the ports.
        self.files_if(&outputs, |port| {
            ["climate", "human"].contains(&port) || port.starts_with("part_")
        });
        for port in [
            "share_climate",
            "share_human",
            "class",
            "dominant",
            "dominant_factor",
        ] {
            self.file(&outputs, port);
        }
        outputs
    }

    /// The response less its climate part, by the detrended sensitivity where there is one, else by the first.
    fn human_part(&mut self, regression: &Regressed, fits: &[(Sensitivity, Outputs)]) {
        if !self.recipe.has_human_series {
            return;
        }
        let is_detrended = |(by, _): &&(Sensitivity, Outputs)| *by == Sensitivity::Detrended;
        let Some((_, fit)) = fits.iter().find(is_detrended).or(fits.first()) else {
            return;
        };
        let coefficients = fit.numbered("coef").into_iter().map(Operand::Layer);
        let inputs = regression.inputs.iter().copied().chain(coefficients);
        let kernel = HumanPart {
            n_predictors: regression.predictors.len(),
        };
        let subject = Subject::series(&self.recipe.response);
        let outputs = self.stage(Arc::new(kernel), inputs.collect(), subject);
        let name = format!("{}_human", self.recipe.response);
        self.human = Some((name, outputs["human"]));
    }

    /// Whether all sensitivities name the same dominant part, where there are several.
    fn agreement(&mut self, by: &[AttributionLayers], margins: &[usize]) -> Option<usize> {
        if by.len() < 2 {
            return None;
        }
        let dominant = by.iter().map(|by| by.dominant);
        let inputs = dominant
            .chain(margins.iter().copied())
            .map(Operand::Layer)
            .collect();
        let kernel = Agreement {
            n_sensitivities: by.len(),
        };
        let words: Vec<&str> = by.iter().map(|by| by.sensitivity.folder()).collect();
        let subject = Subject {
            over: words.join(", "),
            ..Subject::series(&self.recipe.response)
        };
        let outputs = self.stage(Arc::new(kernel), inputs, subject);
        self.file(&outputs, "class");
        Some(outputs["class"])
    }

    /// Leaves the attributions of which a map is wanted, and none where none is. The response without its climate part
    /// stays where tables alone are wanted.
    pub(super) fn keep_wanted_attributions(&mut self) {
        let Some(spec) = &mut self.attribution else {
            return;
        };
        let is_wanted = |by: &AttributionLayers| {
            let folder = format!("maps/{}/", by.sensitivity.folder());
            self.files.iter().any(|file| file.path.starts_with(&folder))
        };
        spec.by.retain(is_wanted);
        if spec.by.len() < 2 {
            spec.agreement = None;
        }
        if spec.by.is_empty() {
            self.attribution = None;
            let wants_tables_alone = match &self.recipe.wanted {
                Selection::All => false,
                Selection::Named(names) => names.is_empty(),
            };
            self.human.take_if(|_| !wants_tables_alone);
        }
    }
}

/// The layers of an attribution that go into the tables.
fn layers_for_tables(sensitivity: Sensitivity, outputs: &Outputs) -> AttributionLayers {
    AttributionLayers {
        sensitivity,
        climate: outputs["climate"],
        human: outputs["human"],
        parts: outputs.numbered("part"),
        class: outputs["class"],
        dominant: outputs["dominant"],
        replicates: None,
    }
}
