//! Which year and month a band is of: from a time axis, from metadata, from digits in a label.

use std::collections::HashSet;

use crate::calendar::{Years, days_of_month, is_leap};
use crate::sources::pattern::Time;

/// Years that digits are taken for; anything else is an identifier.
const YEARS: std::ops::RangeInclusive<i32> = 1500..=2500;

/// Calendars of the CF conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Calendar {
    /// Gregorian, Julian before 15 October 1582.
    Standard,
    /// Gregorian throughout.
    Proleptic,
    /// No 29 February.
    NoLeap,
    /// 29 February every year.
    AllLeap,
    /// Twelve months of 30 days.
    Days360,
}

impl Calendar {
    fn from_name(name: Option<&str>) -> Option<Self> {
        match name.map(str::to_lowercase).as_deref() {
            None | Some("" | "standard" | "gregorian") => Some(Self::Standard),
            Some("proleptic_gregorian") => Some(Self::Proleptic),
            Some("noleap" | "365_day") => Some(Self::NoLeap),
            Some("all_leap" | "366_day") => Some(Self::AllLeap),
            Some("360_day") => Some(Self::Days360),
            Some(_) => None,
        }
    }

    fn days_of_month(self, year: i32, month: u32) -> u32 {
        match self {
            Self::Days360 => 30,
            Self::NoLeap => days_of_month(2001, month),
            Self::AllLeap => days_of_month(2000, month),
            Self::Standard | Self::Proleptic => days_of_month(year, month),
        }
    }

    fn days_of_year(self, year: i32) -> i64 {
        match self {
            Self::Days360 => 360,
            Self::NoLeap => 365,
            Self::AllLeap => 366,
            Self::Standard | Self::Proleptic => 365 + i64::from(is_leap(year)),
        }
    }

    /// Days from 1 January of year 1 to a date; all calendars but the mixed one count straight.
    fn days_before(self, date: Date) -> i64 {
        let y = i64::from(date.year) - 1;
        let years = match self {
            Self::Days360 => 360 * y,
            Self::NoLeap => 365 * y,
            Self::AllLeap => 366 * y,
            Self::Standard | Self::Proleptic => 365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400),
        };
        let months: i64 = (1..date.month).map(|month| i64::from(self.days_of_month(date.year, month))).sum();
        years + months + i64::from(date.day) - 1 + self.julian_shift(date)
    }

    /// The mixed calendar counts dates before 15 October 1582 in the Julian way, where the year
    /// 1600 minus `n` centuries has more leap days.
    fn julian_shift(self, date: Date) -> i64 {
        let is_julian = (date.year, date.month, date.day) < (1582, 10, 15);
        if self != Self::Standard || !is_julian {
            return 0;
        }
        let y = i64::from(if date.month > 2 { date.year } else { date.year - 1 });
        y.div_euclid(100) - y.div_euclid(400) - 2
    }

    /// The year and month `days` after 1 January of year 1.
    fn month_of(self, days: i64) -> Option<Time> {
        // Some ten thousand years; what is further away is no climate record.
        if days.abs() > 4_000_000 {
            return None;
        }
        let mut year = i32::try_from(days.div_euclid(366)).ok()?.saturating_add(1);
        let start_of = |year: i32| {
            let first = Date { year, month: 1, day: 1 };
            self.days_before(first) - self.julian_shift(first)
        };
        while start_of(year) + self.days_of_year(year) <= days {
            year += 1;
        }
        let mut rest = days - start_of(year);
        for month in 1..=12 {
            let n_days = i64::from(self.days_of_month(year, month));
            if rest < n_days {
                return Some(Time { year, month: Some(month) });
            }
            rest -= n_days;
        }
        None
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Date {
    year: i32,
    month: u32,
    day: u32,
}

impl Date {
    /// `2001-01-01`, `1-1-1`, with whatever time of day behind.
    fn parse(text: &str) -> Option<Self> {
        let date = text.trim().split([' ', 'T']).next()?;
        let mut parts = date.splitn(3, '-');
        let year = parts.next()?.parse().ok()?;
        let month = parts.next().map_or(Some(1), |part| part.parse().ok())?;
        let day = parts.next().map_or(Some(1), |part| part.trim_end_matches('Z').parse().ok())?;
        ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Self { year, month, day })
    }
}

/// The month of a value of a CF time axis, such as 710040 `hours since 1900-01-01`.
///
/// `None` where unit or calendar cannot be read.
#[must_use]
pub fn time_of_axis(value: f64, units: &str, calendar: Option<&str>) -> Option<Time> {
    if !value.is_finite() {
        return None;
    }
    let units = units.trim();
    if units.to_lowercase().starts_with("day as %y%m%d") {
        return time_of_digits(&format!("{value:.0}"), false);
    }
    let (unit, base) = units.split_once(" since ")?;
    let calendar = Calendar::from_name(calendar)?;
    let base = Date::parse(base)?;
    let unit = unit.trim().to_lowercase();
    let days = match unit.as_str() {
        "days" | "day" | "d" => value,
        "hours" | "hour" | "hr" | "hrs" | "h" => value / 24.0,
        "minutes" | "minute" | "min" | "mins" => value / 1440.0,
        "seconds" | "second" | "sec" | "secs" | "s" => value / 86_400.0,
        // Counted in the calendar, as the files mean it, not in udunits' 30.44 days.
        "months" | "month" => return months_after(base, value),
        "years" | "year" => return months_after(base, 12.0 * value),
        _ => return None,
    };
    // A second more, so that an axis in f32 does not fall before midnight of the first.
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and then is no year")]
    let whole = (days + clock_of(units) + 1.0 / 86_400.0).floor() as i64;
    calendar.month_of(calendar.days_before(base).checked_add(whole)?)
}

/// The time of day of a base date, in days.
fn clock_of(units: &str) -> f64 {
    let Some(clock) = units.split([' ', 'T']).find(|part| part.contains(':')) else {
        return 0.0;
    };
    let mut parts = clock.splitn(3, ':').map(|part| part.parse::<f64>().unwrap_or(0.0));
    let mut next = || parts.next().unwrap_or(0.0);
    next() / 24.0 + next() / 1440.0
}

fn months_after(base: Date, months: f64) -> Option<Time> {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and then is no year")]
    let months = months.floor() as i64;
    let total = i64::from(base.year).checked_mul(12)?.checked_add(i64::from(base.month) - 1)?.checked_add(months)?;
    let month = u32::try_from(total.rem_euclid(12)).ok()? + 1;
    Some(Time { year: i32::try_from(total.div_euclid(12)).ok()?, month: Some(month) })
}

/// Seconds since 1970, as GRIB bands carry them (`  315532800 sec UTC`).
pub(crate) fn time_of_grib(text: &str) -> Option<Time> {
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    time_of_axis(seconds, "seconds since 1970-01-01", Some("proleptic_gregorian"))
}

/// The times in a set of labels (band descriptions, file names), one a label.
///
/// All labels must carry a year at the same place: `2001`, `sst_1982_01`, `2001-07-16`,
/// `MOD17A3.A2001001.h27`, `tas_200107`. A number that is the same in all labels, such as a
/// version, is no time; where several places would do, the first that tells all labels apart
/// is taken. `None` where there is no such place.
#[must_use]
pub fn times_of_labels(labels: &[String]) -> Option<Vec<Time>> {
    let runs: Vec<Vec<Run<'_>>> = labels.iter().map(|label| digit_runs(label)).collect();
    let n_places = runs.iter().map(Vec::len).min()?;
    let mut with_repeats = None;
    for place in 0..n_places {
        let Some(times) = runs.iter().map(|runs| time_at(runs, place)).collect::<Option<Vec<_>>>() else {
            continue;
        };
        let times = without_constant_month(times);
        let n_distinct = times.iter().collect::<HashSet<_>>().len();
        if n_distinct == times.len() {
            return Some(times);
        }
        if n_distinct > 1 && with_repeats.is_none() {
            with_repeats = Some(times);
        }
    }
    with_repeats
}

/// First and last year in the name of a file that holds both: `ndvi_1982-2013.tif`, `t2m_1981_2018.nc`.
pub(crate) fn years_in_name(name: &str) -> Option<Years> {
    let runs = digit_runs(name);
    let is_year = |run: &Run<'_>, year: &i32| run.digits.len() == 4 && YEARS.contains(year);
    let year = |run: &Run<'_>| run.digits.parse::<i32>().ok().filter(|year| is_year(run, year));
    let is_joined = |run: &Run<'_>| matches!(run.before, "-" | "_" | "_to_" | "-to-" | "to");
    runs.windows(2).find_map(|pair| {
        let (first, last) = (year(&pair[0])?, year(&pair[1]).filter(|_| is_joined(&pair[1]))?);
        (first < last).then_some(Years { first, last })
    })
}

/// A month that is the same everywhere, as in `2001_01`, `2002_01`, is a suffix.
fn without_constant_month(mut times: Vec<Time>) -> Vec<Time> {
    let is_mixed = times.iter().any(|time| time.month.is_none());
    let is_constant = times.len() > 1 && times.iter().all(|time| time.month == times[0].month);
    if is_mixed || is_constant {
        for time in &mut times {
            time.month = None;
        }
    }
    times
}

/// Digits of a label, with what stands before them.
struct Run<'a> {
    digits: &'a str,
    before: &'a str,
}

fn digit_runs(label: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut end = 0;
    while let Some(start) = label[end..].find(|c: char| c.is_ascii_digit()).map(|at| at + end) {
        let length = label[start..].find(|c: char| !c.is_ascii_digit());
        let stop = length.map_or(label.len(), |length| start + length);
        runs.push(Run { digits: &label[start..stop], before: &label[end..start] });
        end = stop;
    }
    runs
}

fn time_at(runs: &[Run<'_>], place: usize) -> Option<Time> {
    let run = runs.get(place)?;
    let time = time_of_digits(run.digits, run.before.ends_with('A'))?;
    let is_month_behind = |next: &&Run<'_>| {
        next.digits.len() <= 2 && matches!(next.before, "-" | "_" | "." | "/" | " " | "m" | "_m" | "M")
    };
    let month = runs
        .get(place + 1)
        .filter(is_month_behind)
        .and_then(|next| next.digits.parse().ok())
        .filter(|month| (1..=12).contains(month));
    Some(Time { month: time.month.or(month), ..time })
}

/// `2001`, `200107`, `20010716`, `2001197` (day of the year).
fn time_of_digits(digits: &str, is_modis: bool) -> Option<Time> {
    let year = digits.get(..4)?.parse().ok().filter(|year| YEARS.contains(year))?;
    let month = match (digits.len(), is_modis) {
        (4, _) => return Some(Time { year, month: None }),
        (6, _) | (8, false) => digits[4..6].parse().ok()?,
        (7, _) => return time_of_day(year, digits[4..].parse().ok()?),
        _ => return None,
    };
    (1..=12).contains(&month).then_some(Time { year, month: Some(month) })
}

fn time_of_day(year: i32, day: i64) -> Option<Time> {
    if !(1..=366).contains(&day) {
        return None;
    }
    let calendar = Calendar::Proleptic;
    calendar.month_of(calendar.days_before(Date { year, month: 1, day: 1 }) + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(of: &[&str]) -> Option<Vec<String>> {
        let owned: Vec<String> = of.iter().map(|&label| label.to_owned()).collect();
        times_of_labels(&owned).map(|times| times.iter().map(Time::to_string).collect())
    }

    fn axis(value: f64, units: &str, calendar: &str) -> Option<String> {
        time_of_axis(value, units, Some(calendar)).map(|time| time.to_string())
    }

    #[test]
    fn labels_carry_years_and_months() {
        assert_eq!(labels(&["2001", "2002"]).unwrap(), ["2001", "2002"]);
        assert_eq!(labels(&["sst_1982_01", "sst_1982_02"]).unwrap(), ["1982-01", "1982-02"]);
        assert_eq!(labels(&["t 200111.tif", "t 200112.tif"]).unwrap(), ["2001-11", "2001-12"]);
        assert_eq!(labels(&["MOD17A3.A2001001.h27.tif", "MOD17A3.A2001032.h27.tif"]).unwrap(), ["2001-01", "2001-02"]);
        assert_eq!(labels(&["20010716", "20020716"]).unwrap(), ["2001", "2002"]);
    }

    #[test]
    fn a_constant_number_is_no_time() {
        assert_eq!(labels(&["v2017_2001", "v2017_2002"]).unwrap(), ["2001", "2002"]);
        assert_eq!(labels(&["npp_2001_01", "npp_2002_01"]).unwrap(), ["2001", "2002"]);
        assert_eq!(labels(&["a1000b", "a3000b"]), None);
        assert_eq!(labels(&["Npp", "Npp"]), None);
        assert_eq!(labels(&["lai 2000", "lai 2000"]), None);
    }

    #[test]
    fn a_repeated_year_is_kept_to_be_reported() {
        assert_eq!(labels(&["2001", "2002", "2001"]).unwrap(), ["2001", "2002", "2001"]);
    }

    #[test]
    fn a_name_may_state_first_and_last_year() {
        let years = |first, last| Some(Years { first, last });
        assert_eq!(years_in_name("MOD15A2_LAI_China_G050_2001-2020.tif"), years(2001, 2020));
        assert_eq!(years_in_name("t2m_1981_2018.nc"), years(1981, 2018));
        assert_eq!(years_in_name("h2020_v2017_2001.tif"), None, "backwards");
        assert_eq!(years_in_name("ndvi_2001.tif"), None);
    }

    /// Expected months: the metadata of ERA5 files (first line two), the rest counted by hand.
    #[test]
    fn axes_follow_their_calendar() {
        assert_eq!(axis(710_040.0, "hours since 1900-01-01", "gregorian").unwrap(), "1981-01");
        assert_eq!(axis(1_042_392.0, "hours since 1900-01-01", "gregorian").unwrap(), "2018-12");
        assert_eq!(axis(365.0 * 5.0, "days since 2000-01-01", "noleap").unwrap(), "2005-01");
        assert_eq!(axis(360.0 * 5.0 + 45.0, "days since 2000-01-01", "360_day").unwrap(), "2005-02");
        assert_eq!(axis(14.0, "months since 2000-01-01", "standard").unwrap(), "2001-03");
        assert_eq!(axis(-1.0, "days since 2000-01-01 00:00:0.0", "standard").unwrap(), "1999-12");
        assert_eq!(axis(20_010_115.0, "day as %Y%m%d.%f", "standard").unwrap(), "2001-01");
        assert_eq!(axis(1.0, "furlongs since 2000-01-01", "standard"), None);
    }

    /// Julian day numbers: 2000-01-01 is 2451545, 0001-01-01 is 1721424 in the Julian calendar and
    /// 1721426 in the Gregorian one.
    #[test]
    fn the_mixed_calendar_counts_julian_days_before_1582() {
        assert_eq!(axis(730_121.0, "days since 1-1-1", "standard").unwrap(), "2000-01");
        assert_eq!(axis(730_120.0, "days since 1-1-1", "standard").unwrap(), "1999-12");
        assert_eq!(axis(730_119.0, "days since 1-1-1", "proleptic_gregorian").unwrap(), "2000-01");
    }
}
