//! The tests of trend on series like those of a study: its years, gaps and persistence.

use crate::calibrate::{
    CalibrateError, Calibration, Design, Noise, Open, corrected, lag1_of_residuals, measure,
};
use crate::chain::{Operand, TrendTest};
use crate::engines::cpu::CpuEngine;
use crate::engines::open_engine;
use crate::error::Error;
use crate::study::{Device, Study};

use super::plan::Plan;
use super::recipe::trend_options;
use super::sample::{SpreadSample, spread_sample};
use super::tile::quantities;

/// Pixels that are sampled.
const N_PIXELS: usize = 4096;
/// Trends at which power is measured, in standard deviations of the noise a decade.
const SLOPES: [f64; 4] = [0.0, 0.5, 1.0, 2.0];

/// What to calibrate, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationOptions {
    /// Series of each noise and trend.
    pub n_series: usize,
    /// Another seed makes other series.
    pub seed: u32,
    /// Trends in standard deviations of the noise a decade; 0 measures false alarms.
    pub slopes: Vec<f64>,
    /// Lag-1 correlations beside those of the data.
    pub lag1: Vec<f32>,
    /// Tests instead of the study's.
    pub tests: Option<Vec<TrendTest>>,
}

impl Default for CalibrationOptions {
    fn default() -> Self {
        Self {
            n_series: 20_000,
            seed: 1,
            slopes: SLOPES.to_vec(),
            lag1: vec![0.0],
            tests: None,
        }
    }
}

/// The series of a plan that have trends, by name.
#[must_use]
pub fn series_with_trends(plan: &Plan) -> Vec<String> {
    let names = plan.chain.series.iter().map(|series| series.name.clone());
    names
        .filter(|name| {
            plan.chain
                .stages
                .iter()
                .any(|stage| stage.label == format!("ols of {name}"))
        })
        .collect()
}

/// Measures the tests of a study on synthetic series with the years, gaps and persistence of some of its pixels, once
/// for each of the series `of`.
///
/// # Errors
///
/// An input cannot be read. A series is unknown or has no pixel with enough years. No test has a p.
pub fn calibrate(
    study: &Study,
    plan: &Plan,
    of: &[String],
    device: &Device,
    options: &CalibrationOptions,
) -> Result<Vec<Calibration>, Error> {
    let sample = spread_sample(plan, N_PIXELS)?;
    let layers = CpuEngine::new(std::sync::Arc::clone(&plan.chain))
        .compute(&sample.inputs, sample.inside.len());
    let mut open = |chain| open_engine(device, chain, plan.device_bytes).map(|(engine, _)| engine);
    of.iter()
        .map(|of| calibrate_series(study, plan, of, &sample, &layers, options, &mut open))
        .collect()
}

fn calibrate_series(
    study: &Study,
    plan: &Plan,
    of: &str,
    sample: &SpreadSample,
    layers: &[Vec<f32>],
    options: &CalibrationOptions,
    open: &mut Open<'_>,
) -> Result<Calibration, Error> {
    let min_years = study.trend.min_years;
    let all = series_of(plan, of, sample, layers)?;
    let is_long = |series: &Vec<Option<f64>>| series.iter().flatten().count() >= min_years;
    let estimated = all.into_iter().filter(is_long).filter_map(|series| {
        let estimate = lag1_of_residuals(&series)?;
        Some((
            series.iter().map(Option::is_some).collect::<Vec<bool>>(),
            estimate,
        ))
    });
    let (patterns, estimates): (Vec<Vec<bool>>, Vec<f64>) = estimated.unzip();
    if patterns.is_empty() {
        return Err(CalibrateError::NoPixel {
            of: of.to_owned(),
            min_years,
        }
        .into());
    }
    let design = Design {
        years: study.years,
        min_years,
        alpha: study.trend.alpha,
        tests: options
            .tests
            .clone()
            .unwrap_or_else(|| study.trend.tests.clone()),
        options: trend_options(study),
        patterns,
        noises: Vec::new(),
        slopes: options.slopes.clone(),
        n_series: options.n_series,
        seed: options.seed,
    };
    let (lag1, persistence) = corrected(&design, &estimates)?;
    let stated = options.lag1.iter().map(|&lag1| noise_of(lag1));
    let noises = stated
        .chain([Noise {
            label: "as the data".to_owned(),
            lag1,
        }])
        .collect();
    let measured = measure(&Design { noises, ..design }, open)?;
    Ok(Calibration {
        of: Some(of.to_owned()),
        persistence: Some(persistence),
        ..measured
    })
}

/// Noise of one lag-1 correlation.
#[must_use]
pub fn noise_of(lag1: f32) -> Noise {
    let label = if lag1 == 0.0 {
        "white".to_owned()
    } else {
        format!("lag-1 {lag1}")
    };
    Noise {
        label,
        lag1: vec![lag1],
    }
}

/// A series of each pixel, missing outside the mask.
fn series_of(
    plan: &Plan,
    of: &str,
    sample: &SpreadSample,
    layers: &[Vec<f32>],
) -> Result<Vec<Vec<Option<f64>>>, Error> {
    let chain = &plan.chain;
    let Some(series) = chain.series.iter().find(|series| series.name == of) else {
        let known = chain
            .series
            .iter()
            .map(|series| series.name.clone())
            .collect::<Vec<_>>()
            .join(", ");
        return Err(CalibrateError::NoSeries {
            of: of.to_owned(),
            known,
        }
        .into());
    };
    let n = sample.inside.len();
    let values = match series.operand {
        Operand::Input(i) => quantities(&chain.inputs[i], &sample.inputs[i], n),
        Operand::Layer(layer) => chain
            .index_of_layer(layer)
            .map(|index| layers[index].clone())
            .unwrap_or_default(),
    };
    let inside = (0..n).filter(|&pixel| sample.inside[pixel]);
    let course = |pixel: usize| {
        values
            .iter()
            .skip(pixel)
            .step_by(n)
            .map(|y| (!y.is_nan()).then(|| f64::from(*y)))
    };
    Ok(inside.map(|pixel| course(pixel).collect()).collect())
}
