//! What comes back: arrays by name.

use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView2, ArrayView3, Axis};

use crate::chain::{Chain, FileSource, FileSpec};
use crate::formats::FileKind;

/// The name of the series in the chain: its map is `maps/series_slope` there and `slope` in the result.
pub(super) const SERIES: &str = "series";
/// It is of the mean, which a shifted series lacks, and of no trend.
const LEFT_OUT: &str = "cv";

/// A result, `[step, y, x]` with NaN where there is none. A map has one step, a curve one a year.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Its values; classes by their codes.
    pub values: Array3<f32>,
    /// Its unit.
    pub unit: String,
    /// What it shows, in a sentence.
    pub description: String,
    /// How its values are to be read: numbers, classes with their labels, or flags.
    pub kind: FileKind,
}

/// Results by their names: those of the files of a run, without the folder of maps and the name of the series, such as `slope`,
/// `mk_p`, `partial_rain`, `detrended/slope_human`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layers {
    layers: BTreeMap<String, Layer>,
}

impl Layers {
    /// All files of a chain that are layers of it, still missing; and for each the place among the layers that come back.
    pub(super) fn of(chain: &Chain, shape: [usize; 2]) -> (Self, Vec<(usize, String)>) {
        let [height, width] = shape;
        let (mut layers, mut places) = (BTreeMap::new(), Vec::new());
        for file in &chain.files {
            let FileSource::Layer(layer) = file.content else {
                continue;
            };
            let Some(place) = chain.index_of_layer(layer) else {
                continue;
            };
            let name = name_of(&file.path);
            if name == LEFT_OUT {
                continue;
            }
            let n_steps = chain.layers[layer].n_steps;
            let values = Array3::from_elem((n_steps, height, width), f32::NAN);
            places.push((place, name.clone()));
            layers.insert(name, of_file(file, values));
        }
        (Self { layers }, places)
    }

    pub(super) fn values_mut(&mut self, name: &str) -> Option<&mut Array3<f32>> {
        self.layers.get_mut(name).map(|layer| &mut layer.values)
    }

    /// The results with their names, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Layer)> {
        self.layers
            .iter()
            .map(|(name, layer)| (name.as_str(), layer))
    }

    /// A result with all that is known of it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Layer> {
        self.layers.get(name)
    }

    /// A map, `[y, x]`; of several steps the first.
    #[must_use]
    pub fn map(&self, name: &str) -> Option<ArrayView2<'_, f32>> {
        let values = &self.get(name)?.values;
        (values.len_of(Axis(0)) > 0).then(|| values.index_axis(Axis(0), 0))
    }

    /// All steps, `[step, y, x]`.
    #[must_use]
    pub fn steps(&self, name: &str) -> Option<ArrayView3<'_, f32>> {
        Some(self.get(name)?.values.view())
    }
}

impl IntoIterator for Layers {
    type Item = (String, Layer);
    type IntoIter = std::collections::btree_map::IntoIter<String, Layer>;

    /// The results with their names, sorted.
    fn into_iter(self) -> Self::IntoIter {
        self.layers.into_iter()
    }
}

fn of_file(file: &FileSpec, values: Array3<f32>) -> Layer {
    Layer {
        values,
        unit: file.unit.clone(),
        description: file.description.clone(),
        kind: file.kind.clone(),
    }
}

/// `maps/raw/series_slope` is `raw/slope`.
pub(super) fn name_of(path: &str) -> String {
    let inner = path.split_once('/').map_or(path, |(_, inner)| inner);
    let (folder, stem) = inner.rsplit_once('/').unwrap_or(("", inner));
    let own = stem
        .strip_prefix(SERIES)
        .and_then(|own| own.strip_prefix('_'));
    let own = own.unwrap_or(stem);
    if folder.is_empty() {
        own.to_owned()
    } else {
        format!("{folder}/{own}")
    }
}
