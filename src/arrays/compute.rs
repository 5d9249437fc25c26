//! Arrays through a chain, tile after tile.

use std::collections::VecDeque;
use std::sync::Arc;

use ndarray::{ArrayView3, Axis};

use super::element::Element;
use super::error::ArraysError;
use super::layers::{Layers, SERIES};
use super::on::On;
use super::tiles::{Level, tile_of, tile_pixels};
use crate::calendar::{Steps, Years};
use crate::chain::Chain;
use crate::tile::{Decoding, Geometry, InputSpec, TileOutput};

/// Results that a shift of the series shifts.
const LEVELS: [&str; 3] = ["mean", "intercept", "sen_intercept"];

/// An array of years as an input of a chain; the first is the series.
///
/// # Errors
///
/// Its first axis is not the years, or it is of `f64` and has a decoding.
pub(super) fn input_of<T: Element>(
    name: &str,
    array: &ArrayView3<'_, T>,
    years: Years,
    decoding: &Decoding,
) -> Result<InputSpec, ArraysError> {
    input_in_steps(name, array, years, Steps::Annual, decoding)
}

/// The same with another axis than the years.
///
/// # Errors
///
/// Its first axis does not have these steps, or it is of `f64` and has a decoding.
pub(super) fn input_in_steps<T: Element>(
    name: &str,
    array: &ArrayView3<'_, T>,
    years: Years,
    steps: Steps,
    decoding: &Decoding,
) -> Result<InputSpec, ArraysError> {
    let (found, expected) = (array.len_of(Axis(0)), steps.count(years));
    if found != expected {
        let name = name.to_owned();
        return Err(match steps {
            Steps::Annual => ArraysError::Years {
                name,
                found,
                years: expected,
            },
            Steps::Monthly | Steps::Static | Steps::Members(_) => ArraysError::Steps {
                name,
                found,
                expected,
                years: years.count(),
            },
        });
    }
    if T::IS_SHIFTED && *decoding != Decoding::identity() {
        return Err(ArraysError::Decoded);
    }
    Ok(InputSpec {
        name: name.to_owned(),
        unit: "1".to_owned(),
        steps,
        n_steps: expected,
        data_type: T::STORED,
        decoding: decoding.clone(),
        geometry: Geometry::StudyGrid,
    })
}

/// The number of valid years that a series needs.
///
/// # Errors
///
/// There are fewer years.
pub(super) fn min_years_of(
    stated: Option<u32>,
    default: u32,
    years: Years,
) -> Result<u32, ArraysError> {
    let min_years = stated.unwrap_or(default);
    let years = years.count();
    if years < min_years as usize {
        return Err(ArraysError::TooFewYears { years, min_years });
    }
    Ok(min_years)
}

/// All that a chain makes of arrays of one shape, the series first.
///
/// # Arguments
///
/// * `level` - what becomes of the level of series of `f64`.
/// * `goes_on` - gets the share of pixels that is done, and says whether to go on.
pub(super) fn compute<T: Element>(
    chain: Chain,
    arrays: &[ArrayView3<'_, T>],
    level: Level,
    on: &On,
    goes_on: &mut dyn FnMut(f64) -> bool,
) -> Result<Layers, ArraysError> {
    let shape = shape_of(&chain, arrays)?;
    let chain = Arc::new(chain);
    let (mut layers, places) = Layers::of(&chain, shape);
    let mut engine = on.open(&chain)?;
    let n_pixels = shape[0] * shape[1];
    let tile = tile_pixels(&chain);
    let mut left = (0..n_pixels).step_by(tile);
    let mut on_their_way = VecDeque::new();
    loop {
        while on_their_way.len() < engine.tiles_in_flight().max(1) {
            let Some(start) = left.next() else { break };
            let shifted = tile_of(arrays, level, start..n_pixels.min(start + tile));
            on.within(|| engine.start(Arc::new(shifted.tile)))?;
            on_their_way.push_back(shifted.shifts);
        }
        let Some(shifts) = on_their_way.pop_front() else {
            on.keep(&chain, engine);
            return Ok(layers);
        };
        let output = on.within(|| engine.finish())?;
        take(&mut layers, &places, &output, &shifts);
        let done = output.window.col + output.window.width;
        engine.reuse(output);
        if !goes_on(share(done, n_pixels)) {
            return Err(ArraysError::Stopped);
        }
    }
}

/// Rows and columns of all arrays.
fn shape_of<T>(chain: &Chain, arrays: &[ArrayView3<'_, T>]) -> Result<[usize; 2], ArraysError> {
    let shape_of = |array: &ArrayView3<'_, T>| [array.len_of(Axis(1)), array.len_of(Axis(2))];
    let expected = arrays.first().map(shape_of).unwrap_or_default();
    let first = chain.inputs.first().map_or(SERIES, |input| &input.name);
    for (array, input) in arrays.iter().zip(&chain.inputs) {
        let found = shape_of(array);
        if found != expected {
            return Err(ArraysError::Shape {
                name: input.name.clone(),
                found,
                expected,
                of: first.to_owned(),
            });
        }
    }
    Ok(expected)
}

/// Puts the layers of a tile in their places, what was taken out of the series added again to its levels.
fn take(layers: &mut Layers, places: &[(usize, String)], output: &TileOutput, shifts: &[f64]) {
    let window = output.window;
    for (index, name) in places {
        let is_level = LEVELS.contains(&name.as_str());
        let Some(array) = layers.values_mut(name) else {
            continue;
        };
        let n_pixels = array.len_of(Axis(1)) * array.len_of(Axis(2));
        let Some(all) = array.as_slice_mut() else {
            continue;
        };
        let steps = output.layers[*index].chunks_exact(window.width.max(1));
        for (step, values) in all.chunks_exact_mut(n_pixels.max(1)).zip(steps) {
            let places = &mut step[window.col..][..window.width];
            places.copy_from_slice(values);
            if is_level {
                let shifted = places.iter_mut().zip(shifts);
                shifted.for_each(|(place, shift)| *place = shifted_by(*place, *shift));
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "layers are f32")]
fn shifted_by(value: f32, by: f64) -> f32 {
    (f64::from(value) + by) as f32
}

#[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
fn share(done: usize, of: usize) -> f64 {
    done as f64 / of.max(1) as f64
}
