//! The tests of trend that a study names: Mann-Kendall and its relatives, change points, persistence.

use std::sync::Arc;

use super::Builder;
use crate::chain::TrendTest;
use crate::chain::catalogue::{describe_unit_of_slope, long_name};
use crate::kernels::statistics::{MannKendall, TheilSen};

impl Builder<'_> {
    /// The tests of the trend of `name`, beyond ordinary least squares.
    pub(super) fn tests_of_trend(&mut self, name: &str) {
        for test in self.recipe.tests.clone() {
            match test {
                TrendTest::Sen => self.theil_sen(name),
                TrendTest::Mk => self.mann_kendall(name),
                _ => {}
            }
        }
    }

    fn theil_sen(&mut self, name: &str) {
        let alpha = self.recipe.alpha;
        let kernel = TheilSen { min_years: self.recipe.min_years, n_years: self.n_years(), alpha };
        let (operand, unit) = self.series[name].clone();
        let per_year = describe_unit_of_slope(&unit);
        let names = vec![
            (format!("{name}_sen"), per_year.clone()),
            (format!("{name}_sen_low"), per_year.clone()),
            (format!("{name}_sen_high"), per_year),
            (format!("{name}_sen_intercept"), unit),
            (format!("{name}_sen_flags"), "1".to_owned()),
        ];
        let outputs = self.stage(Arc::new(kernel), vec![operand], name, names);
        let long = long_name(name);
        let (level, first) = (100.0 * (1.0 - alpha), self.recipe.years.first);
        self.map(outputs[0], format!("Theil-Sen slope of {long}, the median of the slopes between all pairs of years"));
        self.map(
            outputs[1],
            format!("Lower end of the {level} % confidence interval of the Theil-Sen slope of {long}"),
        );
        self.map(
            outputs[2],
            format!("Upper end of the {level} % confidence interval of the Theil-Sen slope of {long}"),
        );
        self.map(outputs[3], format!("Value of the Theil-Sen line of {long} in {first}"));
    }

    fn mann_kendall(&mut self, name: &str) {
        let kernel = MannKendall { min_years: self.recipe.min_years, n_years: self.n_years() };
        let operand = self.series[name].0;
        let names = ["s", "z", "p", "tau"].map(|what| (format!("{name}_mk_{what}"), "1".to_owned()));
        let outputs = self.stage(Arc::new(kernel), vec![operand], name, names.to_vec());
        let long = long_name(name);
        self.map(outputs[0], format!("Mann-Kendall S of {long}: rising pairs of years less falling ones"));
        self.map(outputs[1], format!("Mann-Kendall Z of {long}"));
        self.map(outputs[2], format!("Two-sided p of the Mann-Kendall test of {long}"));
        self.map(outputs[3], format!("Kendall's tau-b of {long} with the years"));
    }
}
