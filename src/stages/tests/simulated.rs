//! What the search finds in series of which the truth is known.

use rayon::prelude::*;

use crate::calendar::Years;
use crate::kernels::lib::random::{normal_deviate, random_bits};
use crate::stages::{Phase, PhaseSearch, PhaseSettings};

const YEARS: Years = Years {
    first: 2001,
    last: 2020,
};
/// Series of each kind.
const N_SERIES: u32 = 400;
/// A seed that no search has.
const SEED: u32 = 20_240;

fn search() -> PhaseSearch {
    PhaseSearch::new(YEARS, PhaseSettings::of_study(YEARS, 15))
}

/// A rise of so much a year, and noise with a standard deviation of 1.
fn series(number: u32, lag1: f64, rise: impl Fn(i32) -> f64) -> Vec<Option<f64>> {
    let mut noise = 0.0;
    YEARS
        .iter()
        .zip(0..)
        .map(|(year, step)| {
            let fresh = normal_deviate::<f64>(|_| random_bits(number, step, SEED));
            noise = if step == 0 {
                fresh
            } else {
                lag1 * noise + (1.0 - lag1 * lag1).sqrt() * fresh
            };
            Some(rise(year) + noise)
        })
        .collect()
}

#[test]
fn a_straight_line_seldom_has_a_phase_however_long_its_years_last() {
    let search = search();
    for lag1 in [0.0, 0.3, 0.6] {
        let is_alarm = |number: u32| {
            let mut y = series(number, lag1, |year| 2.0 * f64::from(year - 2001));
            // Every fourth series has gaps.
            if number % 4 == 3 {
                (y[4], y[11]) = (None, None);
            }
            search.find(&y).phase.is_some_and(|phase| phase.p <= 0.05)
        };
        let n = (0..N_SERIES)
            .into_par_iter()
            .filter(|n| is_alarm(*n))
            .count();
        assert!(n <= 24, "{n} false alarms in {N_SERIES} at lag 1 of {lag1}");
    }
}

/// Rates of 0.5, and of 3 from 2005 to 2011: 2.5 standard deviations of the noise more.
fn planted(year: i32) -> f64 {
    0.5 * (f64::from(year - 2001) + 5.0 * f64::from((year - 2005).clamp(0, 6)))
}

#[test]
fn a_planted_phase_is_found_to_a_year() {
    let search = search();
    let found: Vec<_> = (0..100_u32)
        .into_par_iter()
        .filter_map(|number| search.find(&series(number, 0.0, planted)).phase)
        .collect();
    assert_eq!(found.len(), 100);
    let near = |year: i32, truth: i32| (year - truth).abs() <= 1;
    let holds = |range: Option<(i32, i32)>, year| {
        range.is_some_and(|(low, high)| low <= year && year <= high)
    };
    let count = |f: &dyn Fn(&Phase) -> bool| found.iter().filter(|phase| f(phase)).count();
    let n_near = count(&|phase| near(phase.first, 2006) && near(phase.last, 2011));
    let n_clear = count(&|phase| phase.p <= 0.05);
    let n_held = count(&|phase| holds(phase.first_range, 2006) && holds(phase.last_range, 2011));
    assert!(n_near >= 85, "{n_near} of 100 to a year");
    assert!(n_clear >= 75, "{n_clear} of 100 stand out");
    assert!(n_held >= 85, "the ranges of {n_held} of 100 hold the truth");
}

#[test]
fn unit_level_and_line_of_a_series_do_not_matter() {
    let y = series(5, 0.3, planted);
    let phase = search().find(&y).phase.unwrap();
    let other: Vec<_> = (0..20)
        .zip(&y)
        .map(|(t, y)| y.map(|y| 250.0 * (y - 3.0 * f64::from(t)) + 1e4))
        .collect();
    let same = search().find(&other).phase.unwrap();
    assert_eq!((same.first, same.last), (phase.first, phase.last));
    assert_eq!(
        (same.first_range, same.last_range),
        (phase.first_range, phase.last_range)
    );
    assert!((same.excess / (250.0 * phase.excess) - 1.0).abs() < 1e-10);
    assert!((same.rate_inside / (250.0 * (phase.rate_inside - 3.0)) - 1.0).abs() < 1e-9);
    assert!((same.t.unwrap() / phase.t.unwrap() - 1.0).abs() < 1e-10);
    assert_eq!(same.p, phase.p);
}

#[test]
fn one_series_among_others_on_any_cores_is_as_alone() {
    let search = search();
    let all: Vec<_> = (0..9).map(|number| series(number, 0.3, planted)).collect();
    let alone: Vec<_> = all.iter().map(|y| search.find(y)).collect();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        assert_eq!(pool.install(|| search.find_all(&all)), alone);
    }
}

/// 1, 2, ... 5, then steps of 3 to the sixth one, then of 1: no noise at all.
#[test]
fn joined_lines_without_noise_are_found_exactly() {
    let y: Vec<_> = (0..20_i32)
        .map(|t| Some(f64::from(t + 2 * (t - 4).clamp(0, 6))))
        .collect();
    let phase = search().find(&y).phase.unwrap();
    assert_eq!((phase.first, phase.last), (2006, 2011));
    let share = phase.share.unwrap();
    for (ours, expected) in [
        (phase.rate_before.unwrap(), 1.0),
        (phase.rate_inside, 3.0),
        (phase.rate_after.unwrap(), 1.0),
        (phase.excess, 2.0),
        (phase.gain, 18.0),
        (share, 18.0 / 31.0),
    ] {
        assert!((ours - expected).abs() < 1e-9, "{ours} {expected}");
    }
    assert_eq!((phase.t, phase.p), (None, 0.001));
}

#[test]
fn a_line_a_constant_and_too_few_years_have_no_phase() {
    let line: Vec<_> = (0..20).map(|t| Some(f64::from(t))).collect();
    assert_eq!(search().find(&line).phase, None);
    assert_eq!(search().find(&[Some(3.0); 20]).phase, None);
    let mut few = series(1, 0.0, planted);
    few[..6].fill(None);
    let found = search().find(&few);
    assert_eq!((found.n, found.phase), (14, None));
    assert_eq!(search().find(&[]).n, 0);
    assert_eq!(search().find(&[Some(f64::NAN); 30]).n, 0);
    // Three years tell no rates apart, whatever is asked for.
    let years = Years {
        first: 2001,
        last: 2003,
    };
    let settings = PhaseSettings {
        min_steps: 0,
        ..PhaseSettings::of_study(years, 0)
    };
    let found = PhaseSearch::new(years, settings).find(&[1.0, 5.0, 2.0].map(Some));
    assert_eq!((found.n, found.phase), (3, None));
}
