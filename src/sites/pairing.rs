//! Each record of the field data with the modelled value beside it.

use super::place::cells_of;
use super::record::{Measured, Record};
use super::samples::Samples;
use super::site_row::SiteRow;
use super::words_of_sites::{CellWindow, SiteVariable, Status, When};
use crate::calendar::Years;

/// What a measured value is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matching {
    /// The year of the record, or the mean of all years.
    pub when: When,
    /// The pixel that holds the site, or the mean of the valid ones around it.
    pub window: CellWindow,
    /// The years of the study.
    pub years: Years,
    /// Valid years that the mean of all years needs.
    pub min_years: usize,
}

/// A row for each record, in their order.
///
/// # Arguments
///
/// * `places` - the pixel of each record; `None` outside the grid.
#[must_use]
pub fn pair(
    records: &[Record],
    places: &[Option<[usize; 2]>],
    samples: &Samples,
    matching: &Matching,
) -> Vec<SiteRow> {
    let none = std::iter::repeat(&None);
    let both = records.iter().zip(places.iter().chain(none));
    both.map(|(record, place)| row(record, *place, samples, matching))
        .collect()
}

fn row(
    record: &Record,
    pixel: Option<[usize; 2]>,
    samples: &Samples,
    matching: &Matching,
) -> SiteRow {
    let value = match (step_of(record, matching), pixel, record.variable) {
        (Some(step), Some(pixel), Some(variable)) => {
            mean_around(pixel, variable, step, samples, matching)
        }
        _ => None,
    };
    let status = status(record, pixel, samples, matching, value.is_some());
    let modelled = value.filter(|_| status == Status::Used);
    SiteRow {
        row: record.row,
        site: record.written.clone(),
        position: record.position,
        pixel,
        year_written: record.year_written.clone(),
        year: record.year,
        variable_written: record.variable_written.clone(),
        variable: record.variable,
        measured: match record.measured {
            Measured::Value(value) => Some(value),
            Measured::Missing | Measured::NotANumber => None,
        },
        modelled: modelled.map(|(mean, _)| mean),
        status,
        cells: modelled.map_or(0, |(_, cells)| cells),
    }
}

/// The first of the reasons not to use a record that holds.
fn status(
    record: &Record,
    pixel: Option<[usize; 2]>,
    samples: &Samples,
    matching: &Matching,
    is_modelled: bool,
) -> Status {
    let needs_year = matching.when == When::Year;
    if !record.is_kept {
        return Status::LeftOut;
    }
    if record.measured == Measured::Missing {
        return Status::NoValue;
    }
    let is_number = record.measured != Measured::NotANumber && record.position.is_some();
    if !is_number || (needs_year && record.year.is_none()) {
        return Status::NotANumber;
    }
    let Some(pixel) = pixel else {
        return Status::OutsideGrid;
    };
    if !samples.is_inside(pixel) {
        Status::OutsideMask
    } else if step_of(record, matching).is_none() {
        Status::OutsideYears
    } else if is_modelled {
        Status::Used
    } else {
        Status::NoValue
    }
}

/// What of the years a record is compared with.
#[derive(Clone, Copy)]
enum Step {
    /// One year, counted from the first.
    Year(usize),
    /// The mean of all.
    Mean,
}

/// `None` outside the years of the study.
fn step_of(record: &Record, matching: &Matching) -> Option<Step> {
    if matching.when == When::Mean {
        return Some(Step::Mean);
    }
    let step = record.year?.checked_sub(matching.years.first)?;
    let step = usize::try_from(step).ok()?;
    (step < matching.years.count()).then_some(Step::Year(step))
}

/// The mean of the valid cells around a pixel, and how many these are.
fn mean_around(
    pixel: [usize; 2],
    variable: SiteVariable,
    step: Step,
    samples: &Samples,
    matching: &Matching,
) -> Option<(f64, usize)> {
    let cells = cells_of(pixel, matching.window);
    let of_cell = |cell| value_of(samples.years(variable, cell)?, step, matching.min_years);
    let values: Vec<f64> = cells.filter_map(of_cell).collect();
    mean(&values).map(|mean| (mean, values.len()))
}

fn value_of(years: &[f32], step: Step, min_years: usize) -> Option<f64> {
    match step {
        Step::Year(step) => years
            .get(step)
            .copied()
            .map(f64::from)
            .filter(|x| x.is_finite()),
        Step::Mean => {
            let valid = years
                .iter()
                .copied()
                .map(f64::from)
                .filter(|x| x.is_finite());
            let valid: Vec<f64> = valid.collect();
            mean(&valid).filter(|_| valid.len() >= min_years)
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "cells and years are few")]
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATCHING: Matching = Matching {
        when: When::Year,
        window: CellWindow::One,
        years: Years {
            first: 2001,
            last: 2003,
        },
        min_years: 2,
    };

    fn record(year: i32, measured: Measured) -> Record {
        Record {
            row: 1,
            written: ["1".to_owned(), "2".to_owned()],
            position: Some([1.0, 2.0]),
            year_written: year.to_string(),
            year: Some(year),
            variable_written: "rs".to_owned(),
            variable: Some(SiteVariable::Rs),
            measured,
            is_kept: true,
        }
    }

    /// Two pixels side by side: 10, missing, 40 and 20, missing, missing.
    fn samples() -> Samples {
        let mut samples = Samples::new(vec![[0, 0], [0, 1], [5, 5]], vec![SiteVariable::Rs], 3);
        for (pixel, year, value) in [(0, 0, 10.0), (0, 2, 40.0), (1, 0, 20.0)] {
            samples.set(SiteVariable::Rs, pixel, year, value);
        }
        samples.set_inside(2, false);
        samples
    }

    #[test]
    fn each_reason_has_its_status() {
        let of = |record: &Record, place: Option<[usize; 2]>| {
            row(record, place, &samples(), &MATCHING).status
        };
        let good = record(2001, Measured::Value(5.0));
        assert_eq!(of(&good, Some([0, 0])), Status::Used);
        assert_eq!(of(&good, None), Status::OutsideGrid);
        assert_eq!(of(&good, Some([5, 5])), Status::OutsideMask);
        let late = record(2004, Measured::Value(5.0));
        assert_eq!(of(&late, Some([0, 0])), Status::OutsideYears);
        let unseen = record(2002, Measured::Value(5.0));
        assert_eq!(of(&unseen, Some([0, 0])), Status::NoValue);
        assert_eq!(of(&record(2001, Measured::Missing), None), Status::NoValue);
        assert_eq!(
            of(&record(2001, Measured::NotANumber), None),
            Status::NotANumber
        );
        let undated = Record {
            year: None,
            ..good.clone()
        };
        assert_eq!(of(&undated, Some([0, 0])), Status::NotANumber);
        let other = Record {
            variable: None,
            ..good.clone()
        };
        assert_eq!(of(&other, Some([0, 0])), Status::NoValue);
        let dropped = Record {
            is_kept: false,
            ..good
        };
        assert_eq!(of(&dropped, Some([0, 0])), Status::LeftOut);
    }

    #[test]
    fn the_mean_of_all_years_needs_enough_of_them() {
        let mean = Matching {
            when: When::Mean,
            window: CellWindow::Three,
            ..MATCHING
        };
        let undated = Record {
            year: None,
            ..record(2001, Measured::Value(5.0))
        };
        let found = row(&undated, Some([0, 1]), &samples(), &mean);
        assert_eq!(
            (found.status, found.modelled, found.cells),
            (Status::Used, Some(25.0), 1)
        );
        let year = Matching {
            window: CellWindow::Three,
            ..MATCHING
        };
        let found = row(
            &record(2001, Measured::Value(5.0)),
            Some([0, 1]),
            &samples(),
            &year,
        );
        assert_eq!((found.modelled, found.cells), (Some(15.0), 2));
    }
}
