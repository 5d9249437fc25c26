//! `doline calibrate`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;

use crate::calendar::Years;
use crate::calibrate::{Calibration, Design, Rate, measure};
use crate::chain::{TrendOptions, TrendTest};
use crate::error::Error;
use crate::kernels::lib::random::random_bits;
use crate::kernels::simulation::SimulateAr1;
use crate::run::{
    CalibrationOptions, DEFAULT_DEVICE_BYTES, calibrate as calibrate_study, noise_of, open_engine,
    plan, series_with_trends,
};
use crate::study::{Device, Study, TrendTable};

use super::console::{Console, Outcome};
use super::failure::Failure;
use super::text::table;

/// Arguments of `calibrate`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct CalibrateArgs {
    /// The study file (TOML) whose years, gaps, persistence and tests are used; without one, state --years.
    study: Option<PathBuf>,

    /// The series of the study; default: the first of `trend.of`.
    #[arg(long, value_name = "SERIES", requires = "study")]
    of: Option<String>,

    /// Years of a series, without a study.
    #[arg(long, value_name = "N", conflicts_with = "study")]
    years: Option<usize>,

    /// Share of years that are missing at random, without a study.
    #[arg(
        long,
        value_name = "SHARE",
        conflicts_with = "study",
        default_value_t = 0.0
    )]
    gaps: f64,

    /// Valid years that a series needs, without a study; default: three quarters of the years.
    #[arg(long, value_name = "N", conflicts_with = "study")]
    min_years: Option<usize>,

    /// Lag-1 correlations of the noise, separated by commas; with a study, in addition to that of its data.
    #[arg(
        long,
        value_name = "R,...",
        value_delimiter = ',',
        allow_hyphen_values = true,
        default_value = "0"
    )]
    lag1: Vec<f32>,

    /// The tests; default: those of the study, or ols,sen,mk.
    #[arg(long, value_delimiter = ',', value_parser = words())]
    tests: Vec<String>,

    /// Significance level; default: that of the study, or 0.05.
    #[arg(long, value_name = "P")]
    alpha: Option<f64>,

    /// Trends at which power is measured, in standard deviations of the noise a decade.
    #[arg(
        long,
        value_name = "SD,...",
        value_delimiter = ',',
        allow_hyphen_values = true,
        default_value = "0.5,1,2"
    )]
    trends: Vec<f64>,

    /// Series of each noise and trend.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    series: usize,

    /// Another seed makes other series.
    #[arg(long, default_value_t = 1)]
    seed: u32,

    /// What computes: auto, gpu, cpu, or a part of an adapter's name.
    #[arg(short, long, value_name = "DEVICE")]
    device: Option<String>,
}

const EXAMPLES: &str = "\
Without a trend the rate is that of false alarms and should equal the level; with a trend it is the power.
Each rate has its standard error, for the number of series.

Examples:
  doline calibrate study.toml --of nep
  doline calibrate --years 20 --gaps 0.1 --lag1 0,0.3,0.6 --tests ols,mk";

fn words() -> PossibleValuesParser {
    PossibleValuesParser::new(
        TrendTest::WORDS
            .iter()
            .map(|(word, _)| *word)
            .collect::<Vec<_>>(),
    )
}

pub(super) fn calibrate(args: &CalibrateArgs, console: Console) -> Result<Outcome, Failure> {
    check(args)?;
    let measured = match (&args.study, args.years) {
        (Some(path), _) => of_study(args, path, console)?,
        (None, Some(years)) => of_years(args, years)?,
        (None, None) => {
            let text =
                "give a study file, whose years, gaps and persistence are used, or --years N"
                    .to_owned();
            return Err(Failure::Usage(text));
        }
    };
    if console.json {
        console.result(&serde_json::to_string_pretty(&measured).unwrap_or_default());
    } else {
        console.result(&text_of(&measured));
    }
    if !measured.left_out.is_empty() {
        console.remark(&format!(
            "without a p-value, left out: {}",
            measured.left_out.join(", ")
        ));
    }
    Ok(Outcome::Done)
}

/// Checks what the argument parser cannot.
fn check(args: &CalibrateArgs) -> Result<(), Failure> {
    let wrong = |text: String| Err(Failure::Usage(text));
    let most = SimulateAr1::MAX_LAG1;
    if let Some(lag1) = args
        .lag1
        .iter()
        .find(|lag1| !(-most..=most).contains(*lag1))
    {
        return wrong(format!(
            "--lag1 {lag1}: a correlation of stationary noise is between -{most} and {most}"
        ));
    }
    if !(0.0..1.0).contains(&args.gaps) {
        return wrong(format!("--gaps {}: a share is between 0 and 1", args.gaps));
    }
    if args
        .alpha
        .is_some_and(|alpha| !(alpha > 0.0 && alpha < 1.0))
    {
        return wrong("--alpha: a level is between 0 and 1".to_owned());
    }
    if args.series == 0 || args.series > SimulateAr1::MAX_SERIES as usize {
        return wrong(format!("--series: 1 to {}", SimulateAr1::MAX_SERIES));
    }
    if let Some(slope) = args.trends.iter().find(|slope| !slope.is_finite()) {
        return wrong(format!("--trends {slope}: a trend is a number"));
    }
    let Some(years) = args.years else {
        return Ok(());
    };
    let least = TrendTable::MIN_YEARS;
    if !(least..=1000).contains(&years) {
        return wrong(format!("--years {years}: {least} to 1000"));
    }
    match args.min_years {
        Some(min_years) if !(least..=years).contains(&min_years) => wrong(format!(
            "--min-years {min_years}: {least} to the years, {years}"
        )),
        _ => Ok(()),
    }
}

fn options_of(args: &CalibrateArgs) -> CalibrationOptions {
    let tests = args.tests.iter().filter_map(|word| {
        TrendTest::WORDS
            .iter()
            .find(|(known, _)| known == word)
            .map(|(_, test)| *test)
    });
    CalibrationOptions {
        n_series: args.series,
        seed: args.seed,
        // False alarms first, whatever trends are asked for.
        slopes: std::iter::once(0.0)
            .chain(args.trends.iter().copied().filter(|slope| *slope != 0.0))
            .collect(),
        lag1: args.lag1.clone(),
        tests: (!args.tests.is_empty()).then(|| tests.collect()),
    }
}

fn of_study(
    args: &CalibrateArgs,
    path: &std::path::Path,
    console: Console,
) -> Result<Calibration, Failure> {
    let mut study = Study::load(path, &[]).map_err(Error::from)?;
    study.trend.alpha = args.alpha.unwrap_or(study.trend.alpha);
    let plan = plan(&study, None)?;
    let of = args
        .of
        .clone()
        .or_else(|| series_with_trends(&plan).first().cloned());
    let Some(of) = of else {
        return Err(Failure::Usage(
            "this study has no series with a trend; name one with --of".to_owned(),
        ));
    };
    console.remark(&format!("measuring the tests of {of} of {}", study.name));
    let device = args
        .device
        .as_deref()
        .map_or_else(|| study.engine.device.clone(), Device::from_word);
    let mut measured = calibrate_study(&study, &plan, &[of], &device, &options_of(args))?;
    measured
        .pop()
        .ok_or_else(|| Failure::Usage("nothing was measured".to_owned()))
}

fn of_years(args: &CalibrateArgs, n_years: usize) -> Result<Calibration, Failure> {
    let options = options_of(args);
    // The calendar does not matter, the number of years does.
    let years = Years {
        first: 1,
        last: i32::try_from(n_years).unwrap_or(1),
    };
    let min_years = args
        .min_years
        .unwrap_or_else(|| TrendTable::default_min_years(n_years));
    let design = Design {
        years,
        min_years,
        alpha: args.alpha.unwrap_or(0.05),
        tests: options.tests.unwrap_or_else(|| TrendTest::DEFAULT.to_vec()),
        options: TrendOptions::default(),
        patterns: patterns(args, n_years, min_years)?,
        noises: options.lag1.iter().map(|&lag1| noise_of(lag1)).collect(),
        slopes: options.slopes,
        n_series: options.n_series,
        seed: options.seed,
    };
    let device = args
        .device
        .as_deref()
        .map_or(Device::Auto, Device::from_word);
    let mut open =
        |chain| open_engine(&device, chain, DEFAULT_DEVICE_BYTES).map(|(engine, _)| engine);
    Ok(measure(&design, &mut open).map_err(Error::from)?)
}

/// Patterns with years missing at random, those with enough years.
fn patterns(
    args: &CalibrateArgs,
    n_years: usize,
    min_years: usize,
) -> Result<Vec<Vec<bool>>, Failure> {
    /// Enough that no pattern counts much.
    const N_PATTERNS: u32 = 4096;
    if args.gaps == 0.0 {
        return Ok(vec![vec![true; n_years]]);
    }
    let is_valid = |pattern: u32, step: usize| {
        let step = u32::try_from(step).unwrap_or(u32::MAX);
        // Other bits than those of the noise.
        f64::from(random_bits(pattern, step, args.seed ^ 0x5bd1_e995))
            >= args.gaps * f64::from(u32::MAX)
    };
    let all = (0..N_PATTERNS).map(|pattern| {
        (0..n_years)
            .map(|step| is_valid(pattern, step))
            .collect::<Vec<_>>()
    });
    let long: Vec<Vec<bool>> = all
        .filter(|p| p.iter().filter(|valid| **valid).count() >= min_years)
        .collect();
    if long.is_empty() {
        return Err(Failure::Usage(format!(
            "--gaps {}: no series of {n_years} years has {min_years} valid ones; lower --gaps or --min-years",
            args.gaps
        )));
    }
    Ok(long)
}

/// The table as text.
fn text_of(measured: &Calibration) -> String {
    let mut lines = vec![format!(
        "{}{} years, {:.1} of them valid, at least {}; level {}; {}",
        measured
            .of
            .as_ref()
            .map_or_else(String::new, |of| format!("{of}: ")),
        measured.years,
        measured.mean_valid_years,
        measured.min_years,
        measured.alpha,
        measured.device
    )];
    if let Some(found) = &measured.persistence {
        lines.push(format!(
            "lag-1 correlation of the noise of {} pixels: {:.2}, half of them within {:.2} and {:.2} (estimated from the residuals, too small in short series: {:.2})",
            measured.pixels, found.mean, found.lower_quartile, found.upper_quartile, found.mean_estimate
        ));
    }
    lines.push(
        "series in which a trend is found, in %, with its standard error; trend 0: false alarms"
            .to_owned(),
    );
    let mut tests: Vec<&str> = Vec::new();
    for rate in &measured.rates {
        if !tests.contains(&rate.test.as_str()) {
            tests.push(&rate.test);
        }
    }
    let header: Vec<&str> = ["noise", "trend, sd a decade"]
        .into_iter()
        .chain(tests.iter().copied())
        .collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut seen = BTreeSet::new();
    for rate in &measured.rates {
        let is_same = |other: &&Rate| {
            other.noise == rate.noise && other.slope_sd_per_decade == rate.slope_sd_per_decade
        };
        if !seen.insert((rate.noise.clone(), rate.slope_sd_per_decade.to_bits())) {
            continue;
        }
        let of_row: Vec<&Rate> = measured.rates.iter().filter(is_same).collect();
        let cell = |test: &&str| {
            let rate = of_row.iter().find(|rate| rate.test == **test);
            rate.map_or_else(String::new, |r| {
                format!("{:.2} ± {:.2}", 100.0 * r.rate, 100.0 * r.standard_error)
            })
        };
        let start = [rate.noise.clone(), format!("{}", rate.slope_sd_per_decade)];
        rows.push(start.into_iter().chain(tests.iter().map(cell)).collect());
    }
    lines.push(table(&header, &rows, 1));
    lines.join("\n")
}
