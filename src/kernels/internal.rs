//! Kernels that no word of the study file names: a chain needs them for something else that the
//! study asks for.

use crate::calendar::{Season, Steps, Years};
use crate::tile::Resampling;

use super::attribution::{
    Agreement, Attribution, Bootstrap, ClimateRegime, DriverSlopes, HumanPart, SensitivityBaseline,
    SensitivityDetrended, SensitivityFirstDifference,
};
use super::carbon::{Balance, Nep, NepMean};
use super::climate::{AnnualMean, AnnualSum, Departures};
use super::parameters::{Made, Make, MissingParameter, Parameters, made};
use super::resampled::resampled;
use super::simulation::SimulateAr1;
use super::statistics::{MeanCv, PartialRank, Quantiles, Regression, Spread, StageSlope};

/// Each kernel by the stem of its files, in the order of the chain.
pub const INTERNAL: &[(&str, Make)] = &[
    ("resample_nearest", |p| resample(p, Resampling::Nearest)),
    ("resample_bilinear", |p| resample(p, Resampling::Bilinear)),
    ("resample_cubic", |p| resample(p, Resampling::Cubic)),
    ("resample_average", |p| resample(p, Resampling::Average)),
    ("resample_mode", |p| resample(p, Resampling::Mode)),
    ("annual_mean", |p| {
        made(AnnualMean {
            min_months: p.whole("min_months")?,
            season: season(p),
        })
    }),
    ("annual_sum", |p| {
        made(AnnualSum {
            min_months: p.whole("min_months")?,
            season: season(p),
            years: p.years,
        })
    }),
    ("departures", |p| {
        made(Departures {
            steps: Steps::Monthly,
            years: p.years,
            baseline: Years {
                first: year_of_step(p, "first_step")?,
                last: year_of_step(p, "last_step")?,
            },
        })
    }),
    ("nep", |_| made(Nep)),
    ("balance", |_| made(Balance)),
    ("nep_mean", |p| {
        made(NepMean {
            min_years: p.whole("min_years")?,
        })
    }),
    ("spread", |_| made(Spread)),
    ("mean_cv", |p| {
        made(MeanCv {
            min_years: p.whole("min_years")?,
        })
    }),
    ("quantiles", |p| {
        made(Quantiles {
            n_members: p.size("n_members")?,
            level: p.number("level")?,
        })
    }),
    ("regression", |p| {
        made(Regression {
            min_years: p.whole("min_years")?,
            n_years: p.n_years(),
            n_predictors: p.size("n_predictors")?,
        })
    }),
    ("partial_rank", |p| {
        made(PartialRank {
            min_years: p.whole("min_years")?,
            n_years: p.n_years(),
            n_predictors: p.size("n_predictors")?,
        })
    }),
    ("simulate_ar1", |p| {
        made(SimulateAr1 {
            seed: p.whole("seed")?,
        })
    }),
    ("sensitivity_detrended", |p| {
        made(SensitivityDetrended {
            min_years: p.whole("min_years")?,
            n_predictors: p.size("n_predictors")?,
        })
    }),
    ("sensitivity_first_difference", |p| {
        made(SensitivityFirstDifference {
            min_years: p.whole("min_years")?,
            n_predictors: p.size("n_predictors")?,
        })
    }),
    ("sensitivity_baseline", |p| {
        made(SensitivityBaseline {
            min_years: p.whole("min_years")?,
            years: p.years,
            baseline: Years {
                first: year_of_step(p, "first_step")?,
                last: year_of_step(p, "last_step")?,
            },
            n_predictors: p.size("n_predictors")?,
        })
    }),
    ("driver_slopes", |p| {
        made(DriverSlopes {
            min_years: p.whole("min_years")?,
            n_predictors: p.size("n_predictors")?,
        })
    }),
    ("attribution", |p| {
        made(Attribution {
            n_predictors: p.size("n_predictors")?,
        })
    }),
    ("bootstrap", |p| {
        made(Bootstrap {
            min_years: p.whole("min_years")?,
            n_drivers: p.size("n_predictors")?,
            with_year: p.flag("with_year")?,
            weights: p.rows("weights")?.iter().map(|row| counts(row)).collect(),
        })
    }),
    ("agreement", |p| {
        made(Agreement {
            n_sensitivities: p.size("n_sensitivities")?,
        })
    }),
    ("human_part", |p| {
        made(HumanPart {
            n_predictors: p.size("n_predictors")?,
        })
    }),
    ("stage_slope", |p| {
        made(StageSlope {
            first_step: p.size("first_step")?,
            last_step: p.size("last_step")?,
        })
    }),
    ("climate_regime", |p| {
        made(ClimateRegime {
            bits: counts(p.list("bits")?),
        })
    }),
];

/// A way to resample an input that has a value a year, or one in all where `is_static` is there.
fn resample(p: &Parameters, way: Resampling) -> Made {
    let &[x, y] = p.list("reach")? else {
        return Err(MissingParameter {
            name: "reach".to_owned(),
            needs: "two numbers",
        });
    };
    let (steps, n_steps) = if p.flag("is_static").unwrap_or(false) {
        (Steps::Static, 1)
    } else {
        (Steps::Annual, p.n_years())
    };
    Ok(resampled(way, steps, n_steps, [x, y]))
}

/// The months that make a year; the calendar year where there is none of them.
fn season(p: &Parameters) -> Season {
    let year = Season::default();
    Season {
        first_month: p.whole("first_month").unwrap_or(year.first_month),
        last_month: p.whole("last_month").unwrap_or(year.last_month),
        lag: p.whole("lag").unwrap_or(year.lag),
    }
}

/// The year of a step of the study.
fn year_of_step(p: &Parameters, name: &str) -> Result<i32, MissingParameter> {
    let step = i32::try_from(p.whole(name)?).unwrap_or(i32::MAX);
    Ok(p.years.first.saturating_add(step))
}

/// Small whole numbers; one that is none counts as 0.
fn counts<N: TryFrom<u32> + Default>(numbers: &[f64]) -> Vec<N> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number out of range becomes the nearest, and then 0"
    )]
    numbers
        .iter()
        .map(|&x| N::try_from(x as u32).unwrap_or_default())
        .collect()
}
