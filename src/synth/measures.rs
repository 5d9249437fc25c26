//! What each restoration measure does, and when.

use super::region::{N_YEARS, YEARS, slope};

/// Restoration measures by code; 0 is no zone, 8 is rocky land that was left alone.
pub const MEASURES: [&str; 9] = [
    "outside",
    "enclosure",
    "afforestation",
    "grass planting",
    "farmland to forest",
    "slope to terrace",
    "water and soil works",
    "ecological migration",
    "none",
];

/// The code of land that was left alone.
pub(super) const NONE: u8 = 8;
/// The code of the measure that goes to the worst land.
pub(super) const AFFORESTATION: u8 = 2;

/// The mean rise of NPP over all years that each measure causes where it begins first, gC m-2 yr-2.
pub(super) const RATES: [f64; 9] = [0.0, 4.6, 3.3, 1.15, 2.5, 0.1, 0.6, 1.8, 0.0];

/// Shares of the measures on treated land that is not afforested.
pub(super) const SHARES: [f64; 9] = [0.0, 0.27, 0.0, 0.14, 0.19, 0.13, 0.14, 0.13, 0.0];

/// First years under a measure.
pub(super) const STARTS: [i32; 5] = [2006, 2007, 2008, 2009, 2010];
/// Shares of these years where a measure belongs to the programme of 2006-2011, and elsewhere.
const PROGRAMME: [f64; 5] = [0.65, 0.22, 0.13, 0.0, 0.0];
const ANY_TIME: [f64; 5] = [0.30, 0.25, 0.20, 0.15, 0.10];
/// The years of that programme.
pub(super) const PHASE: [i32; 2] = [2006, 2011];
/// Years of fast rise of measures outside it.
const FAST_YEARS: i32 = 6;
/// Rise after the fast years, as a share of that in them.
const LATER: f64 = 0.15;

/// Number of courses; 0 is that of land without a measure.
#[cfg(any(feature = "gdal", test))]
pub(super) const N_COURSES: usize = 1 + 7 * STARTS.len();

/// The number of the course of a measure that begins in `STARTS[start]`.
pub(super) fn course_number(measure: u8, start: usize) -> usize {
    match measure {
        1..NONE => 1 + usize::from(measure - 1) * STARTS.len() + start,
        _ => 0,
    }
}

/// The place in [`STARTS`] of a patch whose lot is on 0..1.
pub(super) fn start_of(measure: u8, mut lot: f64) -> usize {
    let shares = if measure <= AFFORESTATION {
        PROGRAMME
    } else {
        ANY_TIME
    };
    for (start, share) in shares.iter().enumerate() {
        lot -= share;
        if lot < 0.0 {
            return start;
        }
    }
    0
}

/// What a measure has added by each year, before it is scaled.
fn levels(measure: u8, start: i32) -> [f64; N_YEARS] {
    let fast = if measure <= AFFORESTATION {
        start..=PHASE[1]
    } else {
        start..=start + FAST_YEARS - 1
    };
    let (mut level, mut year) = (0.0, YEARS.first);
    [(); N_YEARS].map(|()| {
        if fast.contains(&year) {
            level += 1.0;
        } else if year > start {
            level += LATER;
        }
        year += 1;
        level
    })
}

/// All courses, 0 before the first year. They are scaled so that the earliest of each measure rises by 1 a year over the
/// study.
pub(super) fn courses() -> Vec<[f64; N_YEARS]> {
    let mut courses = vec![[0.0; N_YEARS]];
    for measure in 1..NONE {
        let scale = 1.0 / slope(&levels(measure, STARTS[0]));
        courses.extend(STARTS.map(|start| levels(measure, start).map(|level| level * scale)));
    }
    courses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn courses_are_0_before_their_start_and_rise_most_until_2011() {
        let courses = courses();
        assert_eq!(courses.len(), N_COURSES);
        assert!(courses[0].iter().all(|&level| level == 0.0));
        for (start, first) in STARTS.iter().zip(5_usize..) {
            let course = &courses[course_number(1, first - 5)];
            assert!(course[..first].iter().all(|&level| level == 0.0), "{start}");
            assert!(course[first] > 0.0, "{start}");
        }
        let early = &courses[course_number(1, 0)];
        assert!((slope(early) - 1.0).abs() < 1e-12);
        assert!(early[10] > 0.8 * early[19]);
    }

    #[test]
    fn shares_are_whole() {
        for shares in [PROGRAMME, ANY_TIME] {
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert!((SHARES.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
