//! The months that make a year of an input, and by how many years they are earlier.

use super::times::{Calendar, Steps, Time, Years};

/// The months that make a year of an input, and how many years earlier they are.
///
/// A season whose first month comes after its last one crosses the new year. It belongs to the year in which it
/// ends: November to March of 2001 begins in November 2000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Season {
    /// First month, 1..=12.
    pub first_month: u32,
    /// Last month, 1..=12, included.
    pub last_month: u32,
    /// Years by which a value is earlier than the year of the study that it stands for.
    pub lag: u32,
}

impl Default for Season {
    /// The calendar year itself.
    fn default() -> Self {
        Self {
            first_month: 1,
            last_month: 12,
            lag: 0,
        }
    }
}

impl Season {
    /// Whether it begins in the year before the one in which it ends.
    #[must_use]
    pub fn crosses_new_year(self) -> bool {
        self.first_month > self.last_month
    }

    /// Whether months of a study are other months in the files.
    #[must_use]
    pub fn shifts(self) -> bool {
        self.lag > 0 || self.crosses_new_year()
    }

    /// Number of its months, 1 to 12.
    #[must_use]
    pub fn n_months(self) -> usize {
        ((self.last_month + 12 - self.first_month) % 12 + 1) as usize
    }

    /// Whether `month` is one of its months.
    #[must_use]
    pub fn has_month(self, month: u32) -> bool {
        let (is_from, is_to) = (month >= self.first_month, month <= self.last_month);
        if self.crosses_new_year() {
            is_from || is_to
        } else {
            is_from && is_to
        }
    }

    /// The places of its months among the twelve steps of a year of the study. Those twelve are the calendar year or,
    /// where the season crosses the new year, the twelve months that end with it.
    #[must_use]
    pub fn steps_of_year(self) -> std::ops::Range<usize> {
        if self.crosses_new_year() {
            12 - self.n_months()..12
        } else {
            (self.first_month as usize).saturating_sub(1)..self.last_month as usize
        }
    }

    /// The time in the files that stands for `time` of the study.
    #[must_use]
    pub fn in_files(self, time: Time) -> Time {
        let lag = i32::try_from(self.lag).unwrap_or(i32::MAX);
        let year = time.year.saturating_sub(lag);
        match time.month {
            Some(month) if self.crosses_new_year() => {
                let month = month + self.last_month;
                if month > 12 {
                    let month = Some(month - 12);
                    Time { year, month }
                } else {
                    Time {
                        year: year - 1,
                        month: Some(month),
                    }
                }
            }
            month => Time { year, month },
        }
    }

    /// The years of the files that have months of `years` of the study.
    #[must_use]
    pub fn years_in_files(self, years: Years) -> Years {
        let first = self.in_files(Time {
            year: years.first,
            month: Some(1),
        });
        let last = self.in_files(Time {
            year: years.last,
            month: Some(12),
        });
        Years {
            first: first.year,
            last: last.year,
        }
    }

    /// Days of each step in `years` of the study, `[step]`; none for steps without a time.
    #[must_use]
    pub fn days_of_steps(self, calendar: Calendar, steps: Steps, years: Years) -> Vec<u32> {
        let of_month = |year, month| {
            let time = self.in_files(Time {
                year,
                month: Some(month),
            });
            calendar.days_of_month(time.year, time.month.unwrap_or(month))
        };
        let of_year = |year: i32| {
            let year = self.in_files(Time { year, month: None }).year;
            (1..=12)
                .map(|month| calendar.days_of_month(year, month))
                .sum()
        };
        match steps {
            Steps::Static | Steps::Members(_) => Vec::new(),
            Steps::Annual => years.iter().map(of_year).collect(),
            Steps::Monthly => years
                .iter()
                .flat_map(|year| (1..=12).map(move |month| of_month(year, month)))
                .collect(),
        }
    }
}

/// What is not as in a plain calendar year, such as `a year is November to March, and has the number of the year in which
/// March is; 1 year earlier`. Nothing for a calendar year.
impl std::fmt::Display for Season {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const NAMES: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let name = |month: u32| NAMES[(month as usize + 11) % 12];
        let (first, last) = (name(self.first_month), name(self.last_month));
        let is_part = self.n_months() < 12 || self.crosses_new_year();
        if self.crosses_new_year() {
            write!(
                f,
                "a year is {first} to {last}, and has the number of the year in which it ends"
            )?;
        } else if self.n_months() == 1 {
            write!(f, "a year is its {first}")?;
        } else if is_part {
            write!(f, "a year is {first} to {last}")?;
        }
        if self.lag > 0 {
            let (lead, plural) = (
                if is_part { ", " } else { "" },
                if self.lag == 1 { "" } else { "s" },
            );
            write!(
                f,
                "{lead}{} year{plural} earlier than the response",
                self.lag
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_across_the_new_year_ends_in_its_year() {
        let years = Years {
            first: 2004,
            last: 2005,
        };
        let winter = Season {
            first_month: 11,
            last_month: 3,
            lag: 0,
        };
        let time = |year, month| Time {
            year,
            month: Some(month),
        };
        assert_eq!((winter.n_months(), winter.steps_of_year()), (5, 7..12));
        let months: Vec<Time> = winter
            .steps_of_year()
            .map(|step| winter.in_files(time(2004, u32::try_from(step + 1).unwrap_or(0))))
            .collect();
        assert_eq!(
            months,
            [(2003, 11), (2003, 12), (2004, 1), (2004, 2), (2004, 3)].map(|(y, m)| time(y, m))
        );
        // November 2003 to March 2004 has a 29 February, the next winter has none.
        let days = winter.days_of_steps(Calendar::Standard, Steps::Monthly, years);
        assert_eq!(days[7..12], [30, 31, 31, 29, 31]);
        assert_eq!(days[19..24], [30, 31, 31, 28, 31]);
        let earlier = Season { lag: 2, ..winter };
        assert_eq!(earlier.in_files(time(2004, 12)), time(2002, 3));
        assert_eq!(
            earlier.years_in_files(years),
            Years {
                first: 2001,
                last: 2003
            }
        );
    }

    #[test]
    fn a_season_inside_a_year_is_where_its_months_are() {
        let summer = Season {
            first_month: 4,
            last_month: 10,
            lag: 0,
        };
        assert_eq!((summer.n_months(), summer.steps_of_year()), (7, 3..10));
        assert!(summer.has_month(4) && !summer.has_month(11) && !summer.shifts());
        assert_eq!(summer.to_string(), "a year is April to October");
        assert_eq!(Season::default().to_string(), "");
        let hydrological = Season {
            first_month: 10,
            last_month: 9,
            lag: 0,
        };
        assert_eq!(
            (hydrological.n_months(), hydrological.steps_of_year()),
            (12, 0..12)
        );
    }
}
