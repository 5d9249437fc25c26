//! Means, variability and trends of annual series.

use std::sync::Arc;

use crate::chain::error::ChainError;
use crate::chain::names::trend_of_default;
use crate::chain::stage::Operand;
use crate::kernels::carbon::Balance;
use crate::kernels::parameters::Parameters;
use crate::kernels::statistics::{MeanCv, StageSlope};
use crate::kernels::trend_tests::TrendTest;

use super::builder::Builder;
use super::outputs::{Outputs, Subject};

/// The input of a test that is the Theil-Sen slope of the series. Every other one is the series.
const SEN: &str = "sen";

impl Builder<'_> {
    /// The series whose trends are asked for, each of which is there.
    pub(super) fn series_of_trends(&self) -> Result<Vec<String>, ChainError> {
        if let Some(named) = &self.recipe.trend_of {
            for name in named {
                self.require("trend.of", name)?;
            }
            return Ok(named.clone());
        }
        let mut names: Vec<String> = trend_of_default().map(str::to_owned).to_vec();
        if !names.contains(&self.recipe.response) {
            names.insert(0, self.recipe.response.clone());
        }
        names.retain(|name| self.series.contains_key(name));
        Ok(names)
    }

    /// These series, then those of the carbon balance that are not among them.
    pub(super) fn with_carbon_balance(&self, series: &[String]) -> Vec<String> {
        let mut all = series.to_vec();
        for name in ["npp", "rs", "rh", "nep"] {
            if self.series.contains_key(name) && !all.iter().any(|n| n == name) {
                all.push(name.to_owned());
            }
        }
        all
    }

    /// Means of all series, and the trends of those in `trends`.
    pub(super) fn statistics(&mut self, trends: &[String]) -> Result<(), ChainError> {
        for name in self.with_carbon_balance(trends) {
            self.mean_and_cv(&name, trends.contains(&name));
        }
        for name in trends {
            let first_file = self.files.len();
            self.trend(name)?;
            self.q_values(name, first_file);
        }
        Ok(())
    }

    /// The slope of the response inside each stage of the study.
    pub(super) fn stages_of_response(&mut self) {
        let response = &self.recipe.response;
        let Some(&operand) = self.series.get(response) else {
            return;
        };
        for (name, years) in &self.recipe.stages {
            let step = |year: i32| usize::try_from(year - self.recipe.years.first).unwrap_or(0);
            let kernel = StageSlope {
                first_step: step(years.first),
                last_step: step(years.last),
            };
            let subject = Subject {
                over: format!("in {}-{}", years.first, years.last),
                ..Subject::series(response)
            };
            let subject = subject.with_stem(format!("stage_{name}"));
            let outputs = self.stage(Arc::new(kernel), vec![operand], subject);
            self.file(&outputs, "slope");
        }
    }

    fn mean_and_cv(&mut self, name: &str, with_cv: bool) {
        let min_years = self.recipe.min_years;
        let inputs = vec![self.series[name]];
        let moments = self.stage(
            Arc::new(MeanCv { min_years }),
            inputs,
            Subject::series(name),
        );
        self.files_if(&moments, |port| port != "cv" || with_cv);
        if name == "nep" {
            let mean = Operand::Layer(moments["mean"]);
            let balance = self.stage(Arc::new(Balance), vec![mean], Subject::series(name));
            self.file(&balance, "class");
        }
    }

    /// Every test of the trend of a series. The count of valid years is always there: it is one of
    /// the linear trend's outputs, whose other files come where the study asks for that test.
    fn trend(&mut self, name: &str) -> Result<(), ChainError> {
        let tests = self.recipe.tests.clone();
        let line = self.test_of_trend(TrendTest::Ols, name)?;
        self.file(&line, "n");
        if tests.contains(&TrendTest::Ols) {
            self.files_if(&line, |port| port != "n");
        }
        for test in tests.into_iter().filter(|test| *test != TrendTest::Ols) {
            let outputs = self.test_of_trend(test, name)?;
            self.files_if(&outputs, |_| true);
        }
        Ok(())
    }

    /// A test of the trend of a series, made once however many need it.
    pub(super) fn test_of_trend(
        &mut self,
        test: TrendTest,
        name: &str,
    ) -> Result<Outputs, ChainError> {
        let key = (test, name.to_owned());
        if let Some(outputs) = self.tests.get(&key) {
            return Ok(outputs.clone());
        }
        let kernel = test.kernel(&self.parameters_of_tests())?;
        let mut inputs = Vec::new();
        for port in kernel.inputs() {
            inputs.push(if port.name == SEN {
                Operand::Layer(self.test_of_trend(TrendTest::Sen, name)?["slope"])
            } else {
                self.series[name]
            });
        }
        let subject = Subject::series(name).with_stem(format!("{name}{}", test.stem()));
        let outputs = self.stage(kernel, inputs, subject);
        self.tests.insert(key, outputs.clone());
        Ok(outputs)
    }

    /// What the study sets of the tests. Each test takes the parameters that it has.
    fn parameters_of_tests(&self) -> Parameters {
        let options = self.recipe.trend_options;
        Parameters::new(self.recipe.years)
            .with("min_years", self.recipe.min_years)
            .with("alpha", self.recipe.alpha)
            .with("min_factor", options.min_variance_factor)
            .with("tau_min", options.hurst.tau_min)
            .with("sample_sd", options.hurst.sample_sd)
    }
}
