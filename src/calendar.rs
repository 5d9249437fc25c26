//! Years and months of a study: how many steps a stack has and how long each is.

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
        self.iter().flat_map(|year| (1..=12).map(move |month| days_of_month(year, month))).collect()
    }
}

/// How often an input has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Steps {
    /// One value that holds for all years.
    Static,
    /// One value a year.
    Annual,
    /// Twelve values a year.
    Monthly,
    /// So many values that have no time, such as the replicates of a bootstrap; never an input's.
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

/// Whether `year` has a 29 February in the Gregorian calendar.
#[must_use]
pub fn is_leap(year: i32) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
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
    fn leap_years_follow_the_gregorian_rule() {
        assert!(is_leap(2000) && is_leap(2004) && !is_leap(1900) && !is_leap(2001));
    }

    #[test]
    fn two_decades_have_their_calendar_days() {
        let days = Years { first: 2001, last: 2020 }.days_of_months();
        assert_eq!(days.len(), 240);
        assert_eq!(days.iter().sum::<u32>(), 20 * 365 + 5);
    }
}
