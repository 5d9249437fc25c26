//! What comes back: arrays by name.

use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView2, ArrayView3, Axis};

/// Results by their names, each `[step, y, x]` with NaN where there is none. Maps have one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layers {
    arrays: BTreeMap<String, Array3<f32>>,
}

impl Layers {
    pub(super) fn new(names: impl Iterator<Item = (String, usize)>, shape: [usize; 2]) -> Self {
        let [height, width] = shape;
        let missing = |n_steps| Array3::from_elem((n_steps, height, width), f32::NAN);
        Self {
            arrays: names
                .map(|(name, n_steps)| (name, missing(n_steps)))
                .collect(),
        }
    }

    pub(super) fn array_mut(&mut self, name: &str) -> Option<&mut Array3<f32>> {
        self.arrays.get_mut(name)
    }

    /// The names, sorted, such as `slope`, `p`, `mk_p`, `sen`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// A map, `[y, x]`; of several steps the first.
    #[must_use]
    pub fn map(&self, name: &str) -> Option<ArrayView2<'_, f32>> {
        let array = self.arrays.get(name)?;
        (array.len_of(Axis(0)) > 0).then(|| array.index_axis(Axis(0), 0))
    }

    /// All steps, `[step, y, x]`: the curves of the sequential test have one a year.
    #[must_use]
    pub fn steps(&self, name: &str) -> Option<ArrayView3<'_, f32>> {
        Some(self.arrays.get(name)?.view())
    }
}
