//! Twelve months as a year.
//!
//! A year needs `min_months` valid months (12 unless the study sets another number). The amount of
//! a missing month is never taken as 0: the total of the valid months is brought to the length of
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
use crate::kernels::real::any;

/// The months of a year so far.
#[derive(Clone, Copy, Debug)]
pub struct Year<R> {
    /// Sum over the valid months.
    pub total: R,
    /// Days of all months.
    pub days: R,
    /// Days of the missing months.
    pub days_missing: R,
    /// Number of missing months.
    pub n_missing: R,
}

impl<R: Real> Year<R> {
    /// No month yet.
    #[inline(always)]
    #[must_use]
    pub fn new() -> Self {
        let zero = R::of(0.0);
        Self {
            total: zero,
            days: zero,
            days_missing: zero,
            n_missing: zero,
        }
    }

    /// One month more.
    #[inline(always)]
    #[must_use]
    pub fn add(self, amount: R, days: R, valid: R::Mask) -> Self {
        let [zero, one] = [0.0, 1.0].map(R::of);
        let mut year = Self {
            total: self.total + R::select(valid, amount, zero),
            days: self.days + days,
            ..self
        };
        if any::<R>(!valid) {
            year.days_missing = self.days_missing + R::select(valid, zero, days);
            year.n_missing = self.n_missing + R::select(valid, zero, one);
        }
        year
    }

    /// Valid months of a whole year.
    #[inline(always)]
    #[must_use]
    pub fn n_valid(self) -> R {
        R::of(12.0) - self.n_missing
    }

    /// The amount of the whole year.
    #[inline(always)]
    #[must_use]
    pub fn total(self) -> R {
        self.total * (self.days / (self.days - self.days_missing).max(R::of(1.0)))
    }
}

impl<R: Real> Default for Year<R> {
    fn default() -> Self {
        Self::new()
    }
}
