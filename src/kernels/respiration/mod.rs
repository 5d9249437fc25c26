//! Soil respiration Rs from climate and soil carbon, as annual totals in gC m-2 yr-1.

mod gsmsr;
mod hashimoto_2015;
mod lloyd_taylor;
mod q10;
mod raich_2002;
mod raich_potter_1995;
mod tpc;

pub use gsmsr::{Denominator, Gsmsr, GsmsrParams};
pub use hashimoto_2015::{Hashimoto2015, Hashimoto2015Params};
pub use lloyd_taylor::{LloydTaylor, LloydTaylorParams};
pub use q10::{Q10, Q10Params};
pub use raich_2002::{Raich2002, Raich2002Params};
pub use raich_potter_1995::{RaichPotter1995, RaichPotter1995Params};
pub use tpc::{Tpc, TpcParams};

pub use super::coefficients::ParameterError;
use crate::calendar::Years;
use crate::kernels::tolerance::Tolerance;

/// How many days a monthly rate stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DaysOfMonth {
    /// Those of the calendar, 29 February included.
    #[default]
    Calendar,
    /// 30, as some papers have it: a year is 1.5 % less.
    Thirty,
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
pub(in crate::kernels) fn days_table(years: Years) -> Vec<f64> {
    years.days_of_months().into_iter().map(f64::from).collect()
}

/// Rs is right to 1e-5 relative on every engine; the shaders are derived to be within 1e-6.
const RS_TOLERANCE: Tolerance = Tolerance::relative(2e-6);
