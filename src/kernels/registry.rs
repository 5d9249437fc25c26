//! Every kernel, once. Tests, benchmarks and listings iterate this table.
//!
//! It joins the lists by who asks for a kernel: [`models`] of respiration and
//! [`trend_tests`](super::trend_tests) are words of a study file, [`internal`](super::internal)
//! kernels are not.

use std::sync::Arc;

use crate::calendar::Years;

use super::attribution::block_weights;
use super::internal::INTERNAL;
use super::lib::rescaled_range::RangeRule;
use super::models::{self, Settings};
use super::parameters::{Made, Make, Parameter, Parameters};
use super::trend_tests::TREND_TESTS;
use super::twin::Kernel;

pub use super::trend_tests::TrendTest;

/// The sizes that a kernel of the table is made for.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Years of the series.
    pub years: Years,
    /// Valid years that a pixel needs.
    pub min_years: u32,
    /// Months that a year needs.
    pub min_months: u32,
    /// Number of predictors.
    pub n_predictors: usize,
}

impl Default for Example {
    /// Two decades, three quarters of them valid, whole years, three predictors.
    fn default() -> Self {
        Self {
            years: Years {
                first: 2001,
                last: 2020,
            },
            min_years: 15,
            min_months: 12,
            n_predictors: 3,
        }
    }
}

impl Example {
    /// Every parameter of every kernel. Options take both ways of a kernel where one value does.
    fn parameters(self) -> Parameters {
        let Self {
            years,
            min_years,
            min_months,
            n_predictors,
        } = self;
        let n_years = years.count();
        // The first half of the study, or what a regression needs.
        let half = (n_years / 2).max(n_predictors + 2).min(n_years);
        let weights = block_weights(n_years, 8, 3, 1);
        let weights = weights
            .into_iter()
            .map(|row| row.into_iter().map(f64::from).collect());
        let hurst = RangeRule::default();
        Parameters::new(years)
            .with("min_years", min_years)
            .with("min_months", min_months)
            .with("n_predictors", n_predictors)
            .with("alpha", 0.05)
            .with("only_if_significant", true)
            .with("all_lags", true)
            .with("min_factor", 0.0)
            .with("tau_min", hurst.tau_min)
            .with("sample_sd", hurst.sample_sd)
            .with("reach", Parameter::List(vec![1.0; 2]))
            .with("n_members", 50_u32)
            .with("level", 0.8)
            .with("seed", 1_u32)
            .with("first_step", 0_u32)
            .with("last_step", half.saturating_sub(1))
            .with("with_year", true)
            .with("weights", Parameter::Rows(weights.collect()))
            .with("n_sensitivities", 2_u32)
            .with("bits", Parameter::List(vec![1.0, 2.0, 4.0]))
    }
}

/// Every kernel but the models: the stem of its files and what makes it.
fn rows() -> impl Iterator<Item = (&'static str, Make)> {
    // Two words of one kernel follow each other.
    let mut last = "";
    let tests = TREND_TESTS.iter().filter_map(move |row| {
        let is_new = row.kernel != std::mem::replace(&mut last, row.kernel);
        is_new.then_some((row.kernel, row.make))
    });
    INTERNAL.iter().copied().chain(tests)
}

/// The kernel whose files have the stem `name`, with these parameters; `None` where there is none,
/// or it is a model.
#[must_use]
pub fn kernel(name: &str, parameters: &Parameters) -> Option<Made> {
    let (_, make) = rows().find(|(stem, _)| *stem == name)?;
    Some(make(parameters))
}

/// The name of the layer with the p of a test of the trend of `series`; none for an estimate, which
/// has no p.
#[must_use]
pub fn layer_of_p(test: TrendTest, series: &str) -> Option<String> {
    let kernel = test.kernel(&Example::default().parameters()).ok()?;
    let mut outputs = kernel.outputs().into_iter();
    let p = outputs.find(|port| port.name == "p")?;
    Some(format!("{series}{}{}", test.stem(), p.info.suffix))
}

/// Every kernel with its published coefficients and the given sizes: models, then the others.
#[must_use]
#[expect(
    clippy::missing_panics_doc,
    clippy::expect_used,
    reason = "the examples and the parameters above are complete, and a test checks them"
)]
pub fn all(example: Example) -> Vec<Arc<dyn Kernel>> {
    let settings = Settings {
        min_months: example.min_months,
        ..Settings::new(example.years)
    };
    let models = models::equations().map(|model| {
        let example = model.info.example();
        model.kernel(&settings, &example).expect("valid examples")
    });
    let parameters = example.parameters();
    let others = rows().map(|(_, make)| make(&parameters).expect("every parameter"));
    models.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::parameters::MissingParameter;

    #[test]
    fn every_row_makes_the_kernel_of_its_stem() -> Result<(), MissingParameter> {
        let parameters = Example::default().parameters();
        let mut stems = std::collections::BTreeSet::new();
        for (stem, make) in rows() {
            assert_eq!(make(&parameters)?.spec().name, stem);
            assert!(stems.insert(stem), "{stem} comes twice");
        }
        Ok(())
    }

    #[test]
    fn a_kernel_without_a_parameter_that_it_needs_is_an_error() {
        let bare = Parameters::new(Example::default().years);
        let made = kernel("ols", &bare).map(|made| made.map(|kernel| kernel.spec().name));
        let lacks = MissingParameter::named("min_years", "a whole number, 0 or more");
        assert_eq!(made, Some(Err(lacks)));
        assert!(kernel("no such kernel", &bare).is_none());
    }
}
