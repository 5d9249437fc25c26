//! Trends of annual series in memory.

use std::collections::VecDeque;
use std::sync::Arc;

use ndarray::{ArrayView3, Axis};

use super::element::Element;
use super::error::ArraysError;
use super::layers::Layers;
use super::tiles::{TILE, tile_of};
use crate::calendar::{Steps, Years};
use crate::chain::{Chain, Recipe, TrendOptions, TrendTest, build};
use crate::device::Device;
use crate::engines::open_engine;
use crate::tile::{Decoding, Geometry, InputSpec, TileOutput};

/// The name of the series in the chain; its layers are `series_slope` there and `slope` in the result.
const SERIES: &str = "series";
/// Not of a trend, and not to be had of a shifted series.
const LEFT_OUT: &str = "cv";
/// Layers that a shift of the series shifts.
const LEVELS: [&str; 3] = ["mean", "intercept", "sen_intercept"];
/// What a GPU may take unless the caller says otherwise.
const MEMORY_BYTES: u64 = 2 << 30;

/// Which trends of series in memory, and on what they are computed.
///
/// ```
/// use doline::arrays::TrendsOf;
/// use doline::calendar::Years;
/// use ndarray::Array3;
///
/// // Twenty years of 2 x 3 pixels that rise by 0.5 a year, near 300.
/// let series = Array3::from_shape_fn((20, 2, 3), |(year, _, _)| 300.0 + 0.5 * year as f64);
/// let years = Years { first: 2001, last: 2020 };
/// let trends = TrendsOf::new(years).run(&series.view(), &mut |_| true)?;
/// let slope = trends.map("slope").expect("least squares are a default");
/// assert!((slope[[1, 2]] - 0.5).abs() < 1e-6);
/// assert!((trends.map("mean").expect("with the slope")[[0, 0]] - 304.75).abs() < 1e-4);
/// # Ok::<(), doline::arrays::ArraysError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrendsOf {
    /// The years of the first axis, one after the other; a year without data is a year of NaN.
    pub years: Years,
    /// Tests and estimates; least squares, Theil-Sen and Mann-Kendall by default.
    pub tests: Vec<TrendTest>,
    /// Their options.
    pub options: TrendOptions,
    /// Valid years that a series needs; three quarters of the years by default.
    pub min_years: Option<u32>,
    /// One minus the level of confidence intervals, and the level of classes.
    pub alpha: f64,
    /// What stored numbers mean; the identity for values.
    pub decoding: Decoding,
    /// What computes.
    pub device: Device,
    /// What a GPU may take.
    pub memory_bytes: u64,
}

impl TrendsOf {
    /// Those of the default tests on the CPU.
    #[must_use]
    pub fn new(years: Years) -> Self {
        Self {
            years,
            tests: TrendTest::DEFAULT.to_vec(),
            options: TrendOptions::default(),
            min_years: None,
            alpha: 0.05,
            decoding: Decoding::identity(),
            device: Device::Cpu,
            memory_bytes: MEMORY_BYTES,
        }
    }

    /// The trends of `series`, `[year, y, x]`, in any order in memory; NaN and infinities are missing.
    ///
    /// # Arguments
    ///
    /// * `goes_on` - is told the share of pixels that is done, and whether to go on is its answer.
    ///
    /// # Errors
    ///
    /// The first axis is not the years, there are too few of them, an array of `f64` has a decoding, or the engine fails.
    pub fn run<T: Element>(
        &self,
        series: &ArrayView3<'_, T>,
        goes_on: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Layers, ArraysError> {
        let chain = Arc::new(self.chain::<T>(series.len_of(Axis(0)))?);
        let shape = [series.len_of(Axis(1)), series.len_of(Axis(2))];
        let names = names_of(&chain);
        let steps = names.iter().map(|(index, name)| {
            let layer = chain.returned[*index];
            (name.clone(), chain.layers[layer].n_steps)
        });
        let mut layers = Layers::new(steps, shape);
        let (mut engine, _) = open_engine(&self.device, Arc::clone(&chain), self.memory_bytes)?;
        let n_pixels = shape[0] * shape[1];
        let mut left = (0..n_pixels).step_by(TILE);
        let mut on_their_way = VecDeque::new();
        loop {
            while on_their_way.len() < engine.tiles_in_flight().max(1) {
                let Some(start) = left.next() else { break };
                let shifted = tile_of(series, start..n_pixels.min(start + TILE));
                engine.start(Arc::new(shifted.tile))?;
                on_their_way.push_back(shifted.shifts);
            }
            let Some(shifts) = on_their_way.pop_front() else {
                return Ok(layers);
            };
            let output = engine.finish()?;
            take(&mut layers, &names, &output, &shifts);
            let done = output.window.col + output.window.width;
            engine.reuse(output);
            if !goes_on(share(done, n_pixels)) {
                return Err(ArraysError::Stopped);
            }
        }
    }

    /// The chain of one series.
    fn chain<T: Element>(&self, found: usize) -> Result<Chain, ArraysError> {
        let years = self.years.count();
        if found != years {
            return Err(ArraysError::Years { found, years });
        }
        if T::IS_SHIFTED && self.decoding != Decoding::identity() {
            return Err(ArraysError::Decoded);
        }
        let input = InputSpec {
            name: SERIES.to_owned(),
            unit: "1".to_owned(),
            steps: Steps::Annual,
            n_steps: years,
            data_type: T::STORED,
            decoding: self.decoding.clone(),
            geometry: Geometry::StudyGrid,
        };
        let recipe = Recipe::of_series(self.years, vec![input]);
        let min_years = self.min_years.unwrap_or(recipe.min_years);
        if years < min_years as usize {
            return Err(ArraysError::TooFewYears { years, min_years });
        }
        Ok(build(&Recipe {
            trend_of: Some(vec![SERIES.to_owned()]),
            tests: self.tests.clone(),
            trend_options: self.options,
            alpha: self.alpha,
            min_years,
            ..recipe
        })?)
    }
}

/// The returned layers of the series: their places and names.
fn names_of(chain: &Chain) -> Vec<(usize, String)> {
    let layers = chain.returned.iter().enumerate();
    layers
        .filter_map(|(index, &layer)| {
            let name = chain.layers[layer].name.strip_prefix(SERIES)?;
            let name = name.strip_prefix('_')?;
            (name != LEFT_OUT).then(|| (index, name.to_owned()))
        })
        .collect()
}

/// Puts the layers of a tile in their places, what was taken out of the series added again to its levels.
fn take(layers: &mut Layers, names: &[(usize, String)], output: &TileOutput, shifts: &[f64]) {
    let n = output.window.width;
    for (index, name) in names {
        let is_level = LEVELS.contains(&name.as_str());
        let Some(array) = layers.array_mut(name) else {
            continue;
        };
        let steps = output.layers[*index].chunks_exact(n.max(1));
        for (step, values) in steps.enumerate() {
            let mut plane = array.index_axis_mut(Axis(0), step);
            let places = plane.iter_mut().skip(output.window.col);
            for (pixel, (place, value)) in places.zip(values).enumerate() {
                let shift = shifts.get(pixel).filter(|_| is_level);
                *place = shift.map_or(*value, |shift| shifted(*value, *shift));
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "layers are f32")]
fn shifted(value: f32, by: f64) -> f32 {
    (f64::from(value) + by) as f32
}

#[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
fn share(done: usize, of: usize) -> f64 {
    done as f64 / of.max(1) as f64
}
