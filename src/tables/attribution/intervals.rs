//! Percentile intervals of figures.

use serde::Serialize;

use crate::tables::uncertainty::quantile;

/// The percentile interval of the numbers that are there; `None` where fewer than half are.
pub(super) fn interval(numbers: &[Option<f64>], level: f64) -> Option<[f64; 2]> {
    let mut sorted: Vec<f64> = numbers.iter().copied().flatten().collect();
    if sorted.is_empty() || 2 * sorted.len() < numbers.len() {
        return None;
    }
    sorted.sort_unstable_by(f64::total_cmp);
    Some([0.5 * (1.0 - level), 0.5 * (1.0 + level)].map(|q| quantile(&sorted, q)))
}

/// Percentile intervals of the figures of a zone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttributionIntervals {
    /// Replicates.
    pub replicates: usize,
    /// Part of them inside an interval.
    pub level: f64,
    /// See [`AttributionRow`](super::AttributionRow).
    pub slope_observed: Option<[f64; 2]>,
    /// Likewise.
    pub slope_climate: Option<[f64; 2]>,
    /// Likewise.
    pub slope_human: Option<[f64; 2]>,
    /// Likewise.
    pub human_share_over50: Option<[f64; 2]>,
    /// Likewise.
    pub human_share_only: Option<[f64; 2]>,
    /// Likewise.
    pub human_share_over50_all: Option<[f64; 2]>,
}

impl AttributionIntervals {
    /// What there is an interval of, in the order of the table.
    pub(super) const COLUMNS: [&str; 6] = [
        "slope_observed",
        "slope_climate",
        "slope_human",
        "human_share_over50",
        "human_share_only",
        "human_share_over50_all",
    ];

    pub(super) fn all(&self) -> [Option<[f64; 2]>; 6] {
        [
            self.slope_observed,
            self.slope_climate,
            self.slope_human,
            self.human_share_over50,
            self.human_share_only,
            self.human_share_over50_all,
        ]
    }
}
