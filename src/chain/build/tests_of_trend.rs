//! The tests of trend that a study names: Mann-Kendall and its relatives, change points, persistence.

use std::sync::Arc;

use super::Builder;
use crate::chain::TrendTest;
use crate::chain::catalogue::long_name;
use crate::kernels::statistics::MannKendall;

impl Builder<'_> {
    /// The tests of the trend of `name`, beyond ordinary least squares.
    pub(super) fn tests_of_trend(&mut self, name: &str) {
        for test in self.recipe.tests.clone() {
            if test == TrendTest::Mk {
                self.mann_kendall(name);
            }
        }
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
