//! A time with its day, and dates in calendars.

use crate::calendar::{Calendar, Time, is_leap};

/// A time and, if the source has days, the day of the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Moment {
    /// Year and month.
    pub(crate) time: Time,
    /// Day of the month, to tell values of one month apart; `None` if the source has no days.
    pub(crate) day: Option<u32>,
}

impl From<Time> for Moment {
    fn from(time: Time) -> Self {
        Self { time, day: None }
    }
}

fn days_of_year(calendar: Calendar, year: i32) -> i64 {
    match calendar {
        Calendar::Days360 => 360,
        Calendar::NoLeap => 365,
        Calendar::AllLeap => 366,
        Calendar::Julian => 365 + i64::from(year.rem_euclid(4) == 0),
        Calendar::Standard | Calendar::Proleptic => 365 + i64::from(is_leap(year)),
    }
}

/// Days from 1 January of year 1 to a date, in the calendar's own way of counting.
pub(crate) fn days_before(calendar: Calendar, date: Date) -> i64 {
    let is_julian = (date.year, date.month, date.day) < (1582, 10, 15);
    if calendar == Calendar::Standard && is_julian {
        return days_before(Calendar::Julian, date) - JULIAN_AHEAD;
    }
    let y = i64::from(date.year) - 1;
    let years = match calendar {
        Calendar::Days360 => 360 * y,
        Calendar::NoLeap => 365 * y,
        Calendar::AllLeap => 366 * y,
        Calendar::Julian => 365 * y + y.div_euclid(4),
        Calendar::Standard | Calendar::Proleptic => {
            365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400)
        }
    };
    let months: i64 = (1..date.month)
        .map(|month| i64::from(calendar.days_of_month(date.year, month)))
        .sum();
    years + months + i64::from(date.day) - 1
}

/// 1 January of year 1 in the Julian calendar is two days before that of the Gregorian one.
const JULIAN_AHEAD: i64 = 2;

/// Days from 1 January of year 1 to 15 October 1582, the first Gregorian day.
const GREGORIAN_START: i64 = 577_735;

/// The date `days` after 1 January of year 1.
pub(crate) fn date_after(calendar: Calendar, days: i64) -> Option<Date> {
    // Some ten thousand years; no climate record is longer. No `abs`: that of the lowest i64
    // overflows.
    if !(-4_000_000..=4_000_000).contains(&days) {
        return None;
    }
    if calendar == Calendar::Standard {
        let (own, days) = if days < GREGORIAN_START {
            (Calendar::Julian, days + JULIAN_AHEAD)
        } else {
            (Calendar::Proleptic, days)
        };
        return date_after(own, days);
    }
    let mut year = i32::try_from(days.div_euclid(366)).ok()?.saturating_add(1);
    let start_of = |year: i32| {
        days_before(
            calendar,
            Date {
                year,
                month: 1,
                day: 1,
            },
        )
    };
    while start_of(year) > days {
        year -= 1;
    }
    while start_of(year) + days_of_year(calendar, year) <= days {
        year += 1;
    }
    let mut rest = days - start_of(year);
    for month in 1..=12 {
        let n_days = i64::from(calendar.days_of_month(year, month));
        if rest < n_days {
            return Some(Date {
                year,
                month,
                day: u32::try_from(rest).ok()? + 1,
            });
        }
        rest -= n_days;
    }
    None
}

/// The date of a day of the year, 1 to 366, in the Gregorian calendar.
pub(crate) fn moment_of_day(year: i32, day: u32) -> Option<Moment> {
    if !(1..=366).contains(&day) {
        return None;
    }
    let calendar = Calendar::Proleptic;
    let first = days_before(
        calendar,
        Date {
            year,
            month: 1,
            day: 1,
        },
    );
    date_after(calendar, first + i64::from(day) - 1).map(Date::moment)
}

/// The month of an English name in small letters, or of its first three letters or more.
pub(crate) fn month_of_name(name: &str) -> Option<u32> {
    const NAMES: &str =
        "january february march april may june july august september october november december";
    let index = NAMES
        .split(' ')
        .position(|known| name.len() >= 3 && known.starts_with(name))?;
    u32::try_from(index).ok().map(|index| index + 1)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: i32,
    pub(crate) month: u32,
    pub(crate) day: u32,
}

impl Date {
    pub(crate) fn moment(self) -> Moment {
        Moment {
            time: Time {
                year: self.year,
                month: Some(self.month),
            },
            day: Some(self.day),
        }
    }

    /// `2001-01-01` or `1-1-1`, with or without a time of day; also `jan 1899` and `01-JAN-1899`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::parse_with_name(text).or_else(|| Self::parse_numbers(text))
    }

    /// A date whose month has an English name of three letters or more, the day before it or not at
    /// all.
    fn parse_with_name(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let parts: Vec<&str> = text
            .split([' ', '-', '/', ','])
            .filter(|part| !part.is_empty())
            .collect();
        let at = parts
            .iter()
            .take(2)
            .position(|part| month_of_name(part).is_some())?;
        let month = month_of_name(parts[at])?;
        let day = if at == 1 { parts[0].parse().ok()? } else { 1 };
        let year = parts.get(at + 1)?.parse().ok()?;
        (1..=31).contains(&day).then_some(Self { year, month, day })
    }

    fn parse_numbers(text: &str) -> Option<Self> {
        let date = text.trim().split([' ', 'T']).next()?;
        let mut parts = date.splitn(3, '-');
        let year = parts.next()?.parse().ok()?;
        let month = parts.next().map_or(Some(1), |part| part.parse().ok())?;
        let day = parts
            .next()
            .map_or(Some(1), |part| part.trim_end_matches('Z').parse().ok())?;
        ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Self { year, month, day })
    }
}

/// Years that digits are taken for; anything else is an identifier.
pub(crate) const YEARS: std::ops::RangeInclusive<i32> = 1500..=2500;

/// `2001`, `200107`, `20010716`, `2001197` (day of the year).
pub(crate) fn moment_of_digits(digits: &str, is_modis: bool) -> Option<Moment> {
    let year = digits
        .get(..4)?
        .parse()
        .ok()
        .filter(|year| YEARS.contains(year))?;
    let month = match (digits.len(), is_modis) {
        (4, _) => return Some(Time { year, month: None }.into()),
        (6, _) | (8, false) => digits[4..6].parse().ok()?,
        (7, _) => return moment_of_day(year, digits[4..].parse().ok()?),
        _ => return None,
    };
    let day = digits.get(6..8).and_then(|day| day.parse().ok());
    (1..=12).contains(&month).then_some(Moment {
        time: Time {
            year,
            month: Some(month),
        },
        day,
    })
}
