//! Which year and month a value of a time axis is: CF units and calendars, GRIB seconds.

use crate::calendar::{Calendar, Time};
use crate::sources::times::moment::{Date, Moment, date_after, days_before, moment_of_digits};

/// The month of a value of a CF time axis, such as 710040 `hours since 1900-01-01`.
///
/// `None` where unit or calendar cannot be read.
#[must_use]
pub fn time_of_axis(value: f64, units: &str, calendar: Option<&str>) -> Option<Time> {
    moment_of_axis(value, units, calendar).map(|moment| moment.time)
}

/// As [`time_of_axis`], with the day.
pub(crate) fn moment_of_axis(value: f64, units: &str, calendar: Option<&str>) -> Option<Moment> {
    if !value.is_finite() {
        return None;
    }
    let units = units.trim();
    if units.to_lowercase().starts_with("day as %y%m%d") {
        return moment_of_digits(&format!("{:.0}", value.floor()), false);
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
        "milliseconds" | "millisecond" | "msec" | "msecs" | "ms" => value / 86_400_000.0,
        "weeks" | "week" => 7.0 * value,
        // Counted in the calendar, as the files mean it, not in udunits' 30.44 days.
        "months" | "month" => return months_after(base, value).map(Moment::from),
        "years" | "year" | "common_years" | "common_year" => {
            return months_after(base, 12.0 * value).map(Moment::from);
        }
        _ => return None,
    };
    // Half a second more, so that a rounded midnight of the first does not fall into the month
    // before.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and then is no year"
    )]
    let whole = (days + clock_of(units) + 0.5 / 86_400.0).floor() as i64;
    date_after(calendar, days_before(calendar, base).checked_add(whole)?).map(Date::moment)
}

/// The time of day of a base date, in days.
fn clock_of(units: &str) -> f64 {
    let Some(clock) = units.split([' ', 'T']).find(|part| part.contains(':')) else {
        return 0.0;
    };
    let mut parts = clock
        .splitn(3, ':')
        .map(|part| part.trim_end_matches('Z').parse::<f64>().unwrap_or(0.0));
    let mut next = || parts.next().unwrap_or(0.0);
    next() / 24.0 + next() / 1440.0 + next() / 86_400.0
}

fn months_after(base: Date, months: f64) -> Option<Time> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and then is no year"
    )]
    let months = months.floor() as i64;
    let total = i64::from(base.year)
        .checked_mul(12)?
        .checked_add(i64::from(base.month) - 1)?
        .checked_add(months)?;
    let month = u32::try_from(total.rem_euclid(12)).ok()? + 1;
    Some(Time {
        year: i32::try_from(total.div_euclid(12)).ok()?,
        month: Some(month),
    })
}

/// Seconds since 1970, as GRIB bands carry them (`  315532800 sec UTC`).
pub(crate) fn moment_of_grib(text: &str) -> Option<Moment> {
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    moment_of_axis(
        seconds,
        "seconds since 1970-01-01",
        Some("proleptic_gregorian"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(value: f64, units: &str, calendar: &str) -> Option<String> {
        time_of_axis(value, units, Some(calendar)).map(|time| time.to_string())
    }

    /// Expected months: the metadata of ERA5 files (first line two), the rest counted by hand.
    #[test]
    fn axes_follow_their_calendar() {
        assert_eq!(
            axis(710_040.0, "hours since 1900-01-01", "gregorian").unwrap(),
            "1981-01"
        );
        assert_eq!(
            axis(1_042_392.0, "hours since 1900-01-01", "gregorian").unwrap(),
            "2018-12"
        );
        assert_eq!(
            axis(365.0 * 5.0, "days since 2000-01-01", "noleap").unwrap(),
            "2005-01"
        );
        assert_eq!(
            axis(360.0 * 5.0 + 45.0, "days since 2000-01-01", "360_day").unwrap(),
            "2005-02"
        );
        assert_eq!(
            axis(14.0, "months since 2000-01-01", "standard").unwrap(),
            "2001-03"
        );
        assert_eq!(
            axis(-1.0, "days since 2000-01-01 00:00:0.0", "standard").unwrap(),
            "1999-12"
        );
        assert_eq!(
            axis(20_010_115.0, "day as %Y%m%d.%f", "standard").unwrap(),
            "2001-01"
        );
        assert_eq!(
            axis(5.0, "weeks since 2000-01-01", "standard").unwrap(),
            "2000-02"
        );
        assert_eq!(
            axis(31.0 * 86.4e6, "milliseconds since 2000-01-01", "standard").unwrap(),
            "2000-02"
        );
        assert_eq!(axis(1.0, "furlongs since 2000-01-01", "standard"), None);
    }

    /// As Ferret and `GrADS` write them.
    #[test]
    fn months_may_have_their_names() {
        assert_eq!(
            axis(13.0, "months since jan 1899", "standard").unwrap(),
            "1900-02"
        );
        assert_eq!(
            axis(31.0, "days since 01-JAN-1901 00:00:00", "standard").unwrap(),
            "1901-02"
        );
        assert_eq!(
            axis(30.0, "days since 2-October-1990", "noleap").unwrap(),
            "1990-11"
        );
        for base in ["ja 1899", "jan", "99-jan-1901", "jan 1899x", "dec-"] {
            assert_eq!(
                axis(0.0, &format!("days since {base}"), "standard"),
                None,
                "{base}"
            );
        }
    }

    #[test]
    fn what_is_ages_away_is_no_time() {
        for value in [
            1e30,
            -1e30,
            f64::MAX,
            f64::MIN,
            f64::from_le_bytes(*b"\0\0\0\0\0\0t\xe8"),
        ] {
            for calendar in [
                "standard",
                "noleap",
                "julian",
                "proleptic_gregorian",
                "360_day",
                "all_leap",
            ] {
                for base in ["1", "2000-01-01", "-2147483648-01-01", "2147483647-12-31"] {
                    for unit in ["seconds", "days", "months", "years"] {
                        assert_eq!(axis(value, &format!("{unit} since {base}"), calendar), None);
                    }
                }
            }
        }
    }

    /// Julian day numbers: 2000-01-01 is 2451545, 0001-01-01 is 1721424 in the Julian calendar and
    /// 1721426 in the Gregorian one.
    #[test]
    fn the_mixed_calendar_counts_julian_days_before_1582() {
        assert_eq!(
            axis(730_121.0, "days since 1-1-1", "standard").unwrap(),
            "2000-01"
        );
        assert_eq!(
            axis(730_120.0, "days since 1-1-1", "standard").unwrap(),
            "1999-12"
        );
        assert_eq!(
            axis(730_119.0, "days since 1-1-1", "proleptic_gregorian").unwrap(),
            "2000-01"
        );
    }
}
