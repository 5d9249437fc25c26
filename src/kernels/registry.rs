//! Every kernel, once. Tests, benchmarks and listings iterate this table.

use std::sync::Arc;

use crate::calendar::{Steps, Years};
use crate::tile::Resampling;

use super::abi::Kernel;
use super::attribution::{
    Agreement, Attribution, Bootstrap, ClimateRegime, DriverSlopes, SensitivityBaseline,
    SensitivityDetrended, SensitivityFirstDifference, block_weights,
};
use super::carbon::{Balance, Nep, NepMean};
use super::climate::{AnnualMean, AnnualSum};
use super::lib::rescaled_range::RangeRule;
use super::models::{self, Settings};
use super::resampling;
use super::simulation::SimulateAr1;
use super::statistics::{
    Hurst, Lag1, MannKendall, MeanCv, MkHamedRao, MkPrewhitened, MkSequential, MkTfpw, MkYueWang,
    Ols, OlsEffective, Pettitt, Quantiles, Regression, Spread, TheilSen, TwoSegment,
};

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

/// Every kernel of the given sizes, in the order of the chain; models with the values of their first row, stated.
#[must_use]
#[expect(
    clippy::missing_panics_doc,
    clippy::expect_used,
    reason = "the values of every row are valid, and a test checks them"
)]
pub fn all(example: Example) -> Vec<Arc<dyn Kernel>> {
    let Example {
        years,
        min_years,
        min_months,
        n_predictors,
    } = example;
    let n_years = years.count();
    let first_year = years.first;
    // The first half of the study, or what a regression needs.
    let half = i32::try_from((n_years / 2).max(n_predictors + 2).min(n_years)).unwrap_or(i32::MAX);
    let baseline = Years {
        first: years.first,
        last: years.first + half - 1,
    };
    let weights = block_weights(n_years, 8, 3, 1).into();
    let settings = Settings {
        min_months,
        ..Settings::new(years)
    };
    let respiration = models::equations().map(|model| {
        let example = model.info.example();
        model.kernel(&settings, &example).expect("valid examples")
    });
    let resampled = Resampling::WORDS
        .iter()
        .map(|(_, way)| resampling::kernel(*way, Steps::Annual, n_years, [1.0; 2]));
    let others: Vec<Arc<dyn Kernel>> = vec![
        Arc::new(AnnualMean { min_months }),
        Arc::new(AnnualSum { min_months, years }),
        Arc::new(Nep),
        Arc::new(Balance),
        Arc::new(NepMean { min_years }),
        Arc::new(Spread),
        Arc::new(MeanCv { min_years }),
        Arc::new(Ols { min_years, n_years }),
        Arc::new(TheilSen::new(min_years, n_years, 0.05)),
        Arc::new(MannKendall { min_years, n_years }),
        Arc::new(Lag1 { min_years, n_years }),
        Arc::new(MkPrewhitened { min_years, n_years }),
        // With its option, which takes both ways.
        Arc::new(MkTfpw {
            min_years,
            n_years,
            only_if_significant: true,
        }),
        Arc::new(MkHamedRao {
            min_years,
            n_years,
            min_factor: 0.0,
        }),
        Arc::new(MkYueWang {
            min_years,
            n_years,
            all_lags: true,
            min_factor: 0.0,
        }),
        Arc::new(OlsEffective { min_years, n_years }),
        Arc::new(Pettitt {
            min_years,
            n_years,
            first_year,
        }),
        Arc::new(MkSequential {
            min_years,
            n_years,
            first_year,
        }),
        Arc::new(TwoSegment {
            min_years,
            n_years,
            first_year,
        }),
        Arc::new(Hurst::new(min_years, n_years, RangeRule::default())),
        Arc::new(Quantiles {
            n_members: 50,
            level: 0.8,
        }),
        Arc::new(Regression {
            min_years,
            n_years,
            n_predictors,
        }),
        Arc::new(SimulateAr1 { seed: 1 }),
        Arc::new(SensitivityDetrended {
            min_years,
            n_predictors,
        }),
        Arc::new(SensitivityFirstDifference {
            min_years,
            n_predictors,
        }),
        Arc::new(SensitivityBaseline {
            years,
            baseline,
            n_predictors,
        }),
        Arc::new(DriverSlopes {
            min_years,
            n_predictors,
        }),
        Arc::new(Attribution { n_predictors }),
        Arc::new(Bootstrap {
            min_years,
            n_drivers: n_predictors,
            with_year: true,
            weights,
        }),
        Arc::new(Agreement { n_sensitivities: 2 }),
        Arc::new(ClimateRegime {
            bits: vec![1, 2, 4],
        }),
    ];
    resampled.chain(respiration).chain(others).collect()
}
