//! Means, variability and trends of annual series.

use std::sync::Arc;

use super::{Builder, ChainError, FileKind, Operand};
use crate::chain::TrendTest;
use crate::chain::catalogue::{describe_unit_of_slope, long_name, trend_of_default};
use crate::kernels::carbon::{BALANCE_CLASSES, Balance};
use crate::kernels::statistics::{MeanCv, Ols, TREND_CLASSES};

impl Builder<'_> {
    /// The series whose trends are asked for, each of which is there.
    pub(super) fn trends(&self) -> Result<Vec<String>, ChainError> {
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

    pub(super) fn statistics(&mut self, trends: &[String]) {
        let mut averaged: Vec<String> = trends.to_vec();
        for name in ["npp", "rs", "rh", "nep"] {
            if self.series.contains_key(name) && !averaged.iter().any(|n| n == name) {
                averaged.push(name.to_owned());
            }
        }
        for name in &averaged {
            self.mean_and_cv(name, trends.contains(name));
        }
        for name in trends {
            let first = self.files.len();
            self.trend(name);
            self.tests_of_trend(name);
            self.q_values(name, first);
        }
    }

    pub(super) fn mean_and_cv(&mut self, name: &str, with_cv: bool) {
        let (operand, unit) = self.series[name].clone();
        let min_years = self.recipe.min_years;
        let names = vec![
            (format!("{name}_mean"), unit),
            (format!("{name}_cv"), "1".to_owned()),
        ];
        let outputs = self.stage(Arc::new(MeanCv { min_years }), vec![operand], name, names);
        let long = long_name(name);
        self.map(outputs[0], format!("Mean of {long} over the years"));
        if with_cv {
            self.map(
                outputs[1],
                format!("Coefficient of variation of {long}, standard deviation / mean"),
            );
        }
        if name == "nep" {
            let mean = Operand::Layer(outputs[0]);
            let balance = self.stage(
                Arc::new(Balance),
                vec![mean],
                name,
                vec![("nep_balance".to_owned(), "1".to_owned())],
            );
            let description =
                "Sign of mean net ecosystem production: 1 source, 2 neutral, 3 sink".to_owned();
            self.file(
                "maps/nep_balance".to_owned(),
                balance[0],
                description,
                FileKind::Classes(&BALANCE_CLASSES),
            );
        }
    }

    /// The linear trend; its count of valid years also where the study asks for other tests alone.
    pub(super) fn trend(&mut self, name: &str) {
        let (operand, unit) = self.series[name].clone();
        let one = || "1".to_owned();
        let names = vec![
            (format!("{name}_slope"), describe_unit_of_slope(&unit)),
            (format!("{name}_intercept"), unit),
            (format!("{name}_r2"), one()),
            (format!("{name}_p"), one()),
            (format!("{name}_n"), one()),
            (format!("{name}_class"), one()),
            (format!("{name}_flags"), one()),
        ];
        let kernel = Ols {
            min_years: self.recipe.min_years,
            n_years: self.n_years(),
        };
        let outputs = self.stage(Arc::new(kernel), vec![operand], name, names);
        let long = long_name(name);
        let first = self.recipe.years.first;
        self.map(outputs[4], format!("Valid years of {long}"));
        if !self.recipe.tests.contains(&TrendTest::Ols) {
            return;
        }
        self.map(
            outputs[0],
            format!("Linear trend of {long} by ordinary least squares"),
        );
        self.map(
            outputs[1],
            format!("Value of the linear trend of {long} in {first}"),
        );
        self.map(
            outputs[2],
            format!("Share of the variance of {long} that its linear trend explains"),
        );
        self.map(
            outputs[3],
            format!("Two-sided p of the linear trend of {long}"),
        );
        let description = format!(
            "Linear trend of {long}: 1 strong decrease (p < 0.01), 2 decrease (p < 0.05), 3 no significant change, 4 increase, 5 strong increase"
        );
        let path = format!("maps/{name}_class");
        self.file(
            path,
            outputs[5],
            description,
            FileKind::Classes(&TREND_CLASSES),
        );
    }
}
