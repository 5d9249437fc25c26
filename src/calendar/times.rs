//! Years, months and steps, and the days of each in the calendars of files.

/// First and last year of a study, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Years {
    /// First year.
    pub first: i32,
    /// Last year, included; never before `first`.
    pub last: i32,
}

impl Years {
    /// Number of years.
    #[must_use]
    pub fn count(&self) -> usize {
        usize::try_from(self.last - self.first + 1).unwrap_or(0)
    }

    /// Each year in order.
    pub fn iter(&self) -> impl Iterator<Item = i32> + use<> {
        self.first..=self.last
    }

    /// Days of each month from January of the first year to December of the last, `[month]`.
    #[must_use]
    pub fn days_of_months(&self) -> Vec<u32> {
        self.iter()
            .flat_map(|year| (1..=12).map(move |month| days_of_month(year, month)))
            .collect()
    }
}

/// How often an input has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Steps {
    /// One value for all years.
    Static,
    /// One value a year.
    Annual,
    /// Twelve values a year.
    Monthly,
    /// So many values without a time, such as the replicates of a bootstrap. No input has these.
    Members(usize),
}

impl Steps {
    /// Number of steps in `years`.
    #[must_use]
    pub fn count(self, years: Years) -> usize {
        match self {
            Self::Static => 1,
            Self::Annual => years.count(),
            Self::Monthly => 12 * years.count(),
            Self::Members(n) => n,
        }
    }
}

/// A year, and a month where the source has months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Year.
    pub year: i32,
    /// Month, 1..=12.
    pub month: Option<u32>,
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.month {
            Some(month) => write!(f, "{}-{month:02}", self.year),
            None => write!(f, "{}", self.year),
        }
    }
}

impl Time {
    /// Whether `other` is this time, or a month of this year.
    #[must_use]
    pub fn holds(&self, other: Self) -> bool {
        self.year == other.year && (self.month.is_none() || self.month == other.month)
    }
}

/// Calendars of the CF conventions: which days the months of a file have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Calendar {
    /// Gregorian, Julian before 15 October 1582. Files that name no calendar have this one.
    #[default]
    Standard,
    /// Gregorian throughout.
    Proleptic,
    /// Julian throughout: 29 February every fourth year.
    Julian,
    /// No 29 February.
    NoLeap,
    /// 29 February every year.
    AllLeap,
    /// Twelve months of 30 days.
    Days360,
}

impl Calendar {
    /// The calendar of a CF attribute; `None` for one without months.
    #[must_use]
    pub fn from_name(name: Option<&str>) -> Option<Self> {
        match name.map(|name| name.trim().to_lowercase()).as_deref() {
            None | Some("" | "standard" | "gregorian") => Some(Self::Standard),
            Some("proleptic_gregorian") => Some(Self::Proleptic),
            Some("julian") => Some(Self::Julian),
            Some("noleap" | "no_leap" | "365_day" | "365") => Some(Self::NoLeap),
            Some("all_leap" | "366_day" | "366") => Some(Self::AllLeap),
            Some("360_day" | "360") => Some(Self::Days360),
            Some(_) => None,
        }
    }

    /// Its name in the CF conventions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Proleptic => "proleptic_gregorian",
            Self::Julian => "julian",
            Self::NoLeap => "noleap",
            Self::AllLeap => "all_leap",
            Self::Days360 => "360_day",
        }
    }

    /// Whether the months of the years since 1583 are those of the Gregorian calendar.
    #[must_use]
    pub fn is_gregorian(self) -> bool {
        matches!(self, Self::Standard | Self::Proleptic)
    }

    /// Days of `month` (1..=12).
    #[must_use]
    pub fn days_of_month(self, year: i32, month: u32) -> u32 {
        match self {
            Self::Days360 => 30,
            Self::NoLeap => days_of_month(2001, month),
            Self::AllLeap => days_of_month(2000, month),
            Self::Julian => days_of_month(if year.rem_euclid(4) == 0 { 2000 } else { 2001 }, month),
            Self::Standard | Self::Proleptic => days_of_month(year, month),
        }
    }

    /// Days of each step in `years`, `[step]`; none for steps without a time.
    #[must_use]
    pub fn days_of_steps(self, steps: Steps, years: Years) -> Vec<u32> {
        let months = |year| (1..=12).map(move |month| self.days_of_month(year, month));
        match steps {
            Steps::Static | Steps::Members(_) => Vec::new(),
            Steps::Annual => years.iter().map(|year| months(year).sum()).collect(),
            Steps::Monthly => years.iter().flat_map(months).collect(),
        }
    }
}

/// Whether `year` has a 29 February in the Gregorian calendar.
#[must_use]
pub fn is_leap(year: i32) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

/// Days from 1 January 1970 to 1 January of `year` in the Gregorian calendar, negative before.
#[must_use]
pub fn days_since_1970(year: i32) -> i64 {
    let leap_days =
        |years: i64| years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    let before = i64::from(year) - 1;
    365 * (before - 1969) + leap_days(before) - leap_days(1969)
}

/// Days of `month` (1..=12) in the Gregorian calendar.
#[must_use]
pub fn days_of_month(year: i32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_since_1970_are_those_of_the_system() {
        // `date -u -d YEAR-01-01 +%s` divided by 86400.
        let found = [1900, 1969, 1970, 2001, 2101].map(days_since_1970);
        assert_eq!(found, [-25_567, -365, 0, 11_323, 47_847]);
    }

    #[test]
    fn leap_years_follow_the_gregorian_rule() {
        assert!(is_leap(2000) && is_leap(2004) && !is_leap(1900) && !is_leap(2001));
    }

    #[test]
    fn two_decades_have_their_calendar_days() {
        let days = Years {
            first: 2001,
            last: 2020,
        }
        .days_of_months();
        assert_eq!(days.len(), 240);
        assert_eq!(days.iter().sum::<u32>(), 20 * 365 + 5);
    }

    #[test]
    fn each_calendar_has_its_own_days() {
        let years = Years {
            first: 1999,
            last: 2000,
        };
        let annual = |calendar: Calendar| calendar.days_of_steps(Steps::Annual, years);
        assert_eq!(annual(Calendar::Standard), [365, 366]);
        assert_eq!(annual(Calendar::NoLeap), [365, 365]);
        assert_eq!(annual(Calendar::AllLeap), [366, 366]);
        assert_eq!(annual(Calendar::Days360), [360, 360]);
        assert_eq!(Calendar::Julian.days_of_month(1900, 2), 29);
        assert_eq!(
            Calendar::Days360.days_of_steps(Steps::Monthly, years),
            [30; 24]
        );
        assert!(
            Calendar::Standard
                .days_of_steps(Steps::Static, years)
                .is_empty()
        );
        assert_eq!(Calendar::from_name(Some("Julian")), Some(Calendar::Julian));
        assert_eq!(Calendar::from_name(Some("none")), None);
    }
}
