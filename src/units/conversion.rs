//! How the numbers of a unit become those of the engine.

/// How a word's numbers become the engine's: `engine value = (value + add) · factor`.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// Added to the value first, in the unit of the word.
    pub add: f64,
    /// Factor, one for all steps or one a step, `[step]`.
    pub factor: Vec<f64>,
}

impl Conversion {
    /// Values are in the engine's unit already.
    #[must_use]
    pub fn identity() -> Self {
        Self {
            add: 0.0,
            factor: vec![1.0],
        }
    }

    /// Whether the conversion leaves every value as it is.
    #[must_use]
    #[expect(clippy::float_cmp, reason = "only the exact factor changes nothing")]
    pub fn is_identity(&self) -> bool {
        self.add == 0.0 && self.factor.iter().all(|&factor| factor == 1.0)
    }

    /// The engine's value of `value` at `step`.
    #[must_use]
    pub fn apply(&self, value: f64, step: usize) -> f64 {
        let factor = self
            .factor
            .get(step)
            .or_else(|| self.factor.first())
            .copied()
            .unwrap_or(1.0);
        (value + self.add) * factor
    }
}
