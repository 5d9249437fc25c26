//! Twelve months as a year.
//!
//! A year needs `min_months` valid months (12 unless the study says otherwise). The amount of a
//! missing month is never taken as 0: the total of the valid months is brought to the length of
//! the year,
//!
//! ```text
//! total = Σ amount · days of the year / days of the valid months
//! ```
//!
//! which is the plain sum where no month is missing.
//!
//! GPU twin: `shaders/lib/annual.wgsl`.

use crate::kernels::real::Real;

/// The months of a year so far.
#[derive(Clone, Copy, Debug)]
pub struct Year<R> {
    /// Sum over the valid months.
    pub total: R,
    /// Days of the valid months.
    pub days_valid: R,
    /// Days of all months.
    pub days: R,
    /// Number of valid months.
    pub n_valid: R,
}

impl<R: Real> Year<R> {
    /// No month yet.
    #[inline(always)]
    #[must_use]
    pub fn new() -> Self {
        let zero = R::of(0.0);
        Self { total: zero, days_valid: zero, days: zero, n_valid: zero }
    }

    /// One month more.
    #[inline(always)]
    #[must_use]
    pub fn add(self, amount: R, days: R, valid: R::Mask) -> Self {
        let zero = R::of(0.0);
        Self {
            total: self.total + R::select(valid, amount, zero),
            days_valid: self.days_valid + R::select(valid, days, zero),
            days: self.days + days,
            n_valid: self.n_valid + R::select(valid, R::of(1.0), zero),
        }
    }

    /// The amount of the whole year.
    #[inline(always)]
    #[must_use]
    pub fn total(self) -> R {
        self.total * (self.days / self.days_valid.max(R::of(1.0)))
    }
}

impl<R: Real> Default for Year<R> {
    fn default() -> Self {
        Self::new()
    }
}
