//! The differences of one layer.

use crate::chain::LayerSpec;
use crate::kernels::tolerance::Tolerance;

/// End to end, the rounding of the layers that a p is computed from comes on top of its own. It stays
/// under half of the distance from a threshold at which classes are decided in `f64`.
const MAX_P_FACTOR: f64 = 5.0;

/// How far a layer is from the reference.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Comparison {
    /// The stage, such as `ols of nep`.
    pub stage: String,
    /// The layer, such as `nep_slope`.
    pub layer: String,
    /// Unit of the errors.
    pub unit: String,
    /// Values that both have.
    pub n_compared: u64,
    /// Values that one has and the other has not.
    pub n_missing_differs: u64,
    /// Classes that differ, within rounding of a threshold or not.
    pub n_class_flips: u64,
    /// Values not compared: every engine decides their pixel in `f64`, or, from the inputs on, the engines
    /// rank values that differ by the rounding of a layer.
    pub n_decided: u64,
    /// Largest difference, in the unit of the layer.
    pub max_error: f64,
    /// 99.9th percentile of the differences.
    pub p999_error: f64,
    /// Largest difference as a part of what is allowed; past 1 is a failure.
    pub worst_share: f64,
    /// Step and pixel of that difference, its value and the reference.
    pub worst: Option<Worst>,
    /// The rule.
    pub tolerance: String,
    /// Where the rule comes from.
    pub reason: &'static str,
}

/// What is allowed on top of the tolerance of a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wider {
    /// Times the tolerance.
    pub factor: f64,
    /// And this much more, in the unit of the value.
    pub by: f64,
}

/// The value that is furthest past its tolerance, or nearest to it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Worst {
    /// Step.
    pub step: usize,
    /// Pixel of the tile.
    pub pixel: usize,
    /// The engine's value.
    pub value: f32,
    /// The reference.
    pub reference: f32,
}

impl Comparison {
    /// Whether engine and reference agree. Where nothing could be compared, both must have nothing.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.n_missing_differs == 0 && self.worst_share <= 1.0
    }
}

/// Differences, value by value.
#[derive(Clone, Debug, Default)]
pub struct Differences {
    errors: Vec<f32>,
    n_missing_differs: u64,
    n_class_flips: u64,
    /// See [`Comparison::n_decided`].
    pub n_decided: u64,
    worst_share: f64,
    worst: Option<Worst>,
    tolerance: Option<Tolerance>,
}

impl Differences {
    /// Adds one value. `magnitude` gives what the tolerance is relative to, `classed` the reference
    /// of the output that a class is a class of; `wider` what is allowed on top.
    #[expect(clippy::too_many_arguments, reason = "one caller")]
    pub(super) fn add(
        &mut self,
        value: f32,
        reference: f32,
        tolerance: &Tolerance,
        wider: Wider,
        magnitude: impl FnOnce(f64) -> f64,
        classed: impl FnOnce(usize) -> f64,
        [step, pixel]: [usize; 2],
    ) {
        self.tolerance.get_or_insert_with(|| tolerance.clone());
        if value.is_nan() != reference.is_nan() {
            // The first of these is the place to look at: no share tells how wrong it is.
            if self.n_missing_differs == 0 {
                self.worst = Some(Worst {
                    step,
                    pixel,
                    value,
                    reference,
                });
            }
            self.n_missing_differs += 1;
            return;
        }
        if value.is_nan() {
            return;
        }
        let error = (f64::from(value) - f64::from(reference)).abs();
        #[expect(clippy::cast_possible_truncation, reason = "for a percentile")]
        self.errors.push(error as f32);
        if error == 0.0 {
            self.worst.get_or_insert(Worst {
                step,
                pixel,
                value,
                reference,
            });
            return;
        }
        let share = match tolerance {
            Tolerance::Exact => f64::INFINITY,
            Tolerance::Class {
                of,
                thresholds,
                within,
            } => {
                self.n_class_flips += 1;
                let p = classed(*of);
                let distance = thresholds
                    .iter()
                    .map(|t| (p - t).abs())
                    .fold(f64::INFINITY, f64::min);
                distance / (within * wider.factor)
            }
            Tolerance::PValue => {
                error / (wider.factor.min(MAX_P_FACTOR) * tolerance.allowed(f64::from(reference)))
            }
            // Both values were rounded to f32 when they were stored.
            Tolerance::Relative { .. } => {
                let rounding = f64::from(f32::EPSILON) * f64::from(reference.abs());
                error
                    / (wider.factor * tolerance.allowed(magnitude(f64::from(reference)))
                        + wider.by
                        + rounding)
            }
        };
        // An undefined share (0 allowed, NaN magnitude) is no agreement.
        let share = if share.is_nan() { f64::INFINITY } else { share };
        if share > self.worst_share {
            self.worst_share = share;
        } else {
            return;
        }
        if self.n_missing_differs == 0 {
            self.worst = Some(Worst {
                step,
                pixel,
                value,
                reference,
            });
        }
    }

    /// The differences of a layer in a row of a table.
    pub(super) fn summary(
        mut self,
        stage: &str,
        layer: &LayerSpec,
        reason: &'static str,
    ) -> Comparison {
        self.errors.sort_unstable_by(f32::total_cmp);
        let n = self.errors.len();
        let at = |rank: usize| self.errors.get(rank).map_or(0.0, |&error| f64::from(error));
        Comparison {
            stage: stage.to_owned(),
            layer: layer.name.clone(),
            unit: layer.unit.clone(),
            n_compared: n as u64,
            n_missing_differs: self.n_missing_differs,
            n_class_flips: self.n_class_flips,
            n_decided: self.n_decided,
            max_error: at(n.saturating_sub(1)),
            p999_error: at((n * 999 / 1000).min(n.saturating_sub(1))),
            worst_share: self.worst_share,
            worst: self.worst,
            tolerance: self.tolerance.map_or_else(String::new, |t| t.describe()),
            reason,
        }
    }
}
