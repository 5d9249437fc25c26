//! The phase of fastest rise of a series.
//!
//! ```text
//! y_t = a + b1 min(t, c1) + b2 clip(t − c1, 0, c2 − c1) + b3 max(t − c2, 0)
//! t   = contrast / its standard error,   contrast = b2 − (L1 b1 + L3 b3) / (L1 + L3)
//! p   = (1 + #{t* >= t}) / (1 + replicates)
//! ```
//!
//! | symbol   | meaning                                                         | unit         |
//! |----------|-----------------------------------------------------------------|--------------|
//! | t        | years from the first of the study                               | yr           |
//! | c1, c2   | every pair of calendar years so many steps apart; the phase is c1 + 1 .. c2 | yr |
//! | b1, b2, b3 | rates before, inside and after; b1 or b3 is absent at an end of the study | of y, a year |
//! | L1, L3   | steps of the study before and after                             | yr           |
//! | t*       | the largest t of a straight line with noise of the same persistence on the same years | 1 |
//!
//! The window with the largest t wins. The persistence of the noise is that of the residuals of one line
//! over all years, `r + (1 + 4 r) / n`, between 0 and 0.9, to the nearest hundredth. A window that the valid years do not tell from
//! others is left out.
//!
//! Phases that cannot be told from the best have a positive contrast and
//! `SSE <= SSE_best (1 + F(0.95; 1, df) / df)`.
//!
//! `docs/science/stages.md#fastest-phase` says how often it is right.
//!
//! Source: Kim, Fay, Feuer & Midthune (2000), Stat. Med. 19, 335-351 (joined lines); Andrews (1993),
//! Econometrica 61, 821-856 (the largest of many tests needs a distribution of its own).

use rayon::prelude::*;

use crate::calendar::Years;
use crate::kernels::lib::persistence::{Line, autocorrelation, fit_line, is_varied};
use crate::kernels::lib::tails::t_quantile;

use super::null::Nulls;
use super::settings::PhaseSettings;
use super::windows::{Fit, Products, ROUNDING, Window, Windows};
use crate::stages::line::series_of;

/// Largest persistence of the simulated noise.
const MOST_LAG1: f64 = 0.9;
/// Phases that this level does not tell from the best are alike.
const LEVEL: f64 = 0.05;

/// A phase in which a series rises faster than in the rest of the study.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    /// First year of the phase: the step to it is the first fast one.
    pub first: i32,
    /// Last year.
    pub last: i32,
    /// Rate before, in the unit of the series a year; `None` where the phase begins with the study.
    pub rate_before: Option<f64>,
    /// Rate inside.
    pub rate_inside: f64,
    /// Rate after; `None` where the phase ends with the study.
    pub rate_after: Option<f64>,
    /// Rate inside less the mean rate of the steps outside.
    pub excess: f64,
    /// Rise inside, in the unit of the series.
    pub gain: f64,
    /// Share of it in the rise of the joined lines over the study; `None` where they do not rise.
    pub share: Option<f64>,
    /// t of the excess; `None` where the series is on its joined lines.
    pub t: Option<f64>,
    /// p of the search: how often a straight line has a phase as clear as this one.
    pub p: f64,
    /// Correlation of the years beside one line, that of the simulated noise to a hundredth.
    pub lag1: f64,
    /// Earliest and latest first year of the phases that cannot be told from this one.
    pub first_range: Option<(i32, i32)>,
    /// Earliest and latest of their last years.
    pub last_range: Option<(i32, i32)>,
}

/// What a search finds in a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhaseOfSeries {
    /// Valid years.
    pub n: usize,
    /// The phase; `None` with too few years, or in a series on one line.
    pub phase: Option<Phase>,
}

/// A search for the phase of fastest rise, for many series of one study.
#[derive(Debug)]
pub struct PhaseSearch {
    years: Years,
    settings: PhaseSettings,
    nulls: Nulls,
}

impl PhaseSearch {
    /// Draws the noise that all series of the study are tested with.
    #[must_use]
    pub fn new(years: Years, settings: PhaseSettings) -> Self {
        let nulls = Nulls::new(years.count(), settings.replicates, settings.seed);
        Self {
            years,
            settings,
            nulls,
        }
    }

    /// The phases of many series, on all cores; the same numbers on any number of them.
    #[must_use]
    pub fn find_all(&self, series: &[Vec<Option<f64>>]) -> Vec<PhaseOfSeries> {
        series.par_iter().map(|series| self.find(series)).collect()
    }

    /// The phase of `series`, an entry a year of the study. Further entries are left out, and years
    /// without one are missing.
    #[must_use]
    pub fn find(&self, series: &[Option<f64>]) -> PhaseOfSeries {
        let mut years = series.to_vec();
        years.resize(self.years.count(), None);
        let series = series_of(&years);
        let is_valid: Vec<bool> = series.weight.iter().map(|w| *w > 0.5).collect();
        let n = is_valid.iter().filter(|valid| **valid).count();
        let line = fit_line(&series);
        let has_phase = n >= self.settings.min_years && is_varied(&line.residuals);
        let phase = has_phase.then(|| self.phase_of(&line, &is_valid)).flatten();
        PhaseOfSeries { n, phase }
    }

    /// The phase of a series beside its line.
    fn phase_of(&self, line: &Line<f64>, is_valid: &[bool]) -> Option<Phase> {
        let windows = self.windows(is_valid);
        let products = products_of(line, &windows);
        let fits: Vec<(&Window, Fit)> = windows
            .all
            .iter()
            .map(|window| (window, window.fit(&products)))
            .collect();
        let (best, fit) = fits.iter().copied().reduce(|best, other| {
            if other.1.score > best.1.score {
                other
            } else {
                best
            }
        })?;
        let lag1 = persistence(line);
        let nulls = &self.nulls;
        let n_as_large = nulls.count_at_least(is_valid, &windows, lag1, fit.score);
        let (first_range, last_range) = self.alike(&fits, best, fit.sse).unzip();
        let is_on_its_lines = fit.sse <= ROUNDING * products.square[0];
        let rates = Rates::new(best, &windows, &products, line);
        let p = (1.0 + f64::from(n_as_large)) / (1.0 + f64::from(self.settings.replicates));
        Some(Phase {
            first: self.year(best.c1 + 1),
            last: self.year(best.c2),
            rate_before: rates.before,
            rate_inside: rates.inside,
            rate_after: rates.after,
            excess: rates.excess,
            gain: rates.gain,
            share: (rates.rise > 0.0).then(|| rates.gain / rates.rise),
            t: (!is_on_its_lines).then(|| fit.score.abs().sqrt().copysign(fit.score)),
            p,
            lag1,
            first_range,
            last_range,
        })
    }

    /// All windows in years of which some are missing.
    fn windows(&self, is_valid: &[bool]) -> Windows {
        Windows::new(is_valid, self.settings.min_steps..=self.settings.max_steps)
    }

    /// First years and last years of the windows that cannot be told from the best, earliest and latest.
    fn alike(
        &self,
        fits: &[(&Window, Fit)],
        best: &Window,
        sse: f64,
    ) -> Option<((i32, i32), (i32, i32))> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of years"
        )]
        let df = best.df as usize;
        // F with one degree of freedom is the square of t.
        let limit = sse * (1.0 + t_quantile(LEVEL, df).powi(2) / best.df);
        let is_alike = |fit: &Fit| fit.is_faster && fit.sse <= limit;
        let alike = fits.iter().filter(|(_, fit)| is_alike(fit));
        let ends = alike.map(|(window, _)| (window.c1 + 1, window.c2));
        let whole = ends
            .map(|(first, last)| ((first, first), (last, last)))
            .reduce(|a, b| (wider(a.0, b.0), wider(a.1, b.1)))?;
        let years = |(low, high)| (self.year(low), self.year(high));
        Some((years(whole.0), years(whole.1)))
    }

    /// The calendar year of a step.
    fn year(&self, step: usize) -> i32 {
        let step = i32::try_from(step).unwrap_or(i32::MAX);
        self.years.first.saturating_add(step)
    }
}

/// What the windows need of a series beside its line.
fn products_of(line: &Line<f64>, windows: &Windows) -> Products<1> {
    let residuals = line.residuals.series.value.iter();
    let residuals: Vec<[f64; 1]> = residuals.map(|y| [*y]).collect();
    let mut products = Products::new(residuals.len());
    windows.products(&residuals, &mut products);
    products
}

/// The correlation of years beside one line without most of its bias, as the noise has it.
fn persistence(line: &Line<f64>) -> f64 {
    let r = autocorrelation(&line.residuals, 1);
    (r + (1.0 + 4.0 * r) / line.residuals.series.n).clamp(0.0, MOST_LAG1)
}

fn wider(a: (usize, usize), b: (usize, usize)) -> (usize, usize) {
    (a.0.min(b.0), a.1.max(b.1))
}

/// The rates of the joined lines, in the unit of the series.
struct Rates {
    before: Option<f64>,
    inside: f64,
    after: Option<f64>,
    excess: f64,
    gain: f64,
    /// Of the whole study.
    rise: f64,
}

impl Rates {
    #[expect(clippy::cast_precision_loss, reason = "years are few")]
    fn new(window: &Window, windows: &Windows, products: &Products<1>, line: &Line<f64>) -> Self {
        let (c1, c2, last) = (window.c1, window.c2, windows.slopes.len() - 1);
        let [g1, g2] = window.bends(products).map(|bend| bend * line.scale);
        let steps = [c1, c2 - c1, last - c2].map(|steps| steps as f64);
        // The hinges have lines of their own, which are in the line of the series.
        let slope = line.residuals.slope * line.scale;
        let first = slope - g1 * windows.slopes[c1] - g2 * windows.slopes[c2];
        let [before, inside, after] = [first, first + g1, first + g1 + g2];
        let outside = (steps[0] * before + steps[2] * after) / (steps[0] + steps[2]);
        let gain = inside * steps[1];
        Self {
            before: (c1 > 0).then_some(before),
            inside,
            after: (c2 < last).then_some(after),
            excess: inside - outside,
            gain,
            rise: steps[0] * before + gain + steps[2] * after,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::tests::support::{case, check, numbers};

    fn search() -> PhaseSearch {
        let years = Years {
            first: 2001,
            last: 2020,
        };
        PhaseSearch::new(years, PhaseSettings::of_study(years, 15))
    }

    /// All windows of a series, from the largest t down.
    fn ranked(series: &[Option<f64>]) -> Vec<(Window, Fit)> {
        let is_valid: Vec<bool> = series.iter().map(Option::is_some).collect();
        let windows = search().windows(&is_valid);
        let products = products_of(&fit_line(&series_of(series)), &windows);
        let fit = |window: Window| (window.clone(), window.fit(&products));
        let mut ranked: Vec<(Window, Fit)> = windows.all.into_iter().map(fit).collect();
        ranked.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
        ranked
    }

    /// `lm` and `vcov` in a loop over all windows.
    #[test]
    fn phases_are_those_of_a_loop_in_r() {
        for name in ["phase_search", "phase_at_the_start"] {
            let case = case(name);
            let (y, expected) = (numbers(&case["inputs"]["y"]), &case["expected"]);
            let phase = search().find(&y).phase.expect("a phase");
            let years = [phase.first, phase.last].map(i64::from).map(Some);
            assert_eq!(years, ["first", "last"].map(|end| expected[end].as_i64()));
            for (column, ours) in [
                ("rate_before", phase.rate_before),
                ("rate_inside", Some(phase.rate_inside)),
                ("rate_after", phase.rate_after),
                ("excess", Some(phase.excess)),
                ("t", phase.t),
            ] {
                check(&format!("{name} {column}"), ours, &expected[column]);
            }
            let windows = ranked(&y);
            assert_eq!(Some(windows.len() as u64), expected["windows"].as_u64());
            assert_eq!(Some(windows[0].0.df), expected["df"].as_f64());
            if expected["second_t"].is_number() {
                let (window, fit) = &windows[1];
                let years = [2002 + window.c1, 2001 + window.c2].map(|year| Some(year as u64));
                let ends = ["second_first", "second_last"].map(|end| expected[end].as_u64());
                assert_eq!(years, ends);
                check("second t", Some(fit.score.sqrt()), &expected["second_t"]);
            }
        }
    }

    /// A rate that no valid year has is not guessed: without 2001 to 2003, 2019 and 2020 there is no
    /// rate before a phase up to 2005, nor one after 2018.
    #[test]
    fn missing_ends_leave_out_what_they_do_not_tell() {
        let mut y: Vec<_> = (0..20).map(|t| Some(f64::from(t * 7 % 11))).collect();
        y[..3].fill(None);
        y[18..].fill(None);
        let windows = ranked(&y);
        let is_told = |w: &Window| (w.c1 == 0 || w.c1 > 3) && (w.c2 == 19 || w.c2 < 17);
        assert!(windows.iter().all(|(window, _)| is_told(window)));
        assert!(windows.iter().any(|(window, _)| window.c1 == 0));
        assert!(windows.iter().any(|(window, _)| window.c2 == 19));
        let found = search().find(&y);
        assert_eq!(found.n, 15);
        let phase = found.phase.expect("a phase");
        assert!(phase.excess.is_finite() && phase.t.is_some_and(f64::is_finite));
    }
}
