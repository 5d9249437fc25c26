//! What models of soil and heterotrophic respiration take beside their coefficients.

use crate::calendar::Years;
use crate::words::words;

words! {
    /// The denominator of precipitation in GSMSR.
    Denominator {
        /// `P + K`, as the equation is quoted.
        PPlusK = "P+K",
        /// `K + P + P0`, as in the family of models that it comes from.
        KPlusPPlusP0 = "K+P+P0",
    }
}

words! {
    /// How many days a monthly rate stands for.
    DaysOfMonth {
        /// Those of the calendar, 29 February included.
        Calendar = "calendar",
        /// 30, as some papers have it: a year is 1.5 % less.
        Thirty = "30",
    }
}

words! {
    /// The unit in which the power law takes Rs and gives Rh; without it the law means nothing.
    PowerUnit {
        /// The year's mean rate a day.
        GramsADay = "gC m-2 d-1",
        /// Kilograms a year.
        KilogramsAYear = "kgC m-2 yr-1",
    }
}

impl Default for Denominator {
    /// As the equation is quoted.
    fn default() -> Self {
        Self::PPlusK
    }
}

impl Default for DaysOfMonth {
    /// Those of the calendar.
    fn default() -> Self {
        Self::Calendar
    }
}

impl Default for PowerUnit {
    /// A rate a day.
    fn default() -> Self {
        Self::GramsADay
    }
}

/// What models take beside their coefficients; each reads what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Years of the study.
    pub years: Years,
    /// Months that a year needs, 1 to 12.
    pub min_months: u32,
    /// How many days a monthly rate stands for.
    pub days: DaysOfMonth,
    /// The denominator of GSMSR.
    pub denominator: Denominator,
    /// The unit of the power law.
    pub power_unit: PowerUnit,
}

impl Settings {
    /// The settings of a study that states none.
    #[must_use]
    pub fn new(years: Years) -> Self {
        Self {
            years,
            min_months: 12,
            days: DaysOfMonth::default(),
            denominator: Denominator::default(),
            power_unit: PowerUnit::default(),
        }
    }

    /// The months among them.
    #[must_use]
    pub fn months(&self) -> Months {
        Months {
            years: self.years,
            min_months: self.min_months,
            days: self.days,
        }
    }
}

/// The months of a study as models of respiration see them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Months {
    /// Years of the series.
    pub years: Years,
    /// Months that a year needs, 1 to 12.
    pub min_months: u32,
    /// How many days a monthly rate stands for.
    pub days: DaysOfMonth,
}

impl Months {
    /// Days of each month, the table of every monthly kernel.
    pub(in crate::kernels) fn table(&self) -> Vec<f64> {
        match self.days {
            DaysOfMonth::Calendar => days_table(self.years),
            DaysOfMonth::Thirty => vec![30.0; 12 * self.years.count()],
        }
    }

    /// Days of each year.
    pub(in crate::kernels) fn days_of_years(&self) -> Vec<f64> {
        self.table()
            .chunks(12)
            .map(|year| year.iter().sum())
            .collect()
    }
}

/// Days of each month of the study.
fn days_table(years: Years) -> Vec<f64> {
    years.days_of_months().into_iter().map(f64::from).collect()
}
