//! Arrays through a chain, tile after tile.

use std::collections::VecDeque;
use std::sync::Arc;

use ndarray::{ArrayView3, Axis};

use super::element::Element;
use super::error::ArraysError;
use super::layers::{Layers, SERIES};
use super::tiles::{TILE, tile_of};
use crate::calendar::{Steps, Years};
use crate::chain::Chain;
use crate::device::Device;
use crate::engines::open_engine;
use crate::tile::{Decoding, Geometry, InputSpec, TileOutput};

/// Results that a shift of the series shifts.
const LEVELS: [&str; 3] = ["mean", "intercept", "sen_intercept"];

/// What computes.
#[derive(Clone, Debug, PartialEq)]
pub struct On {
    /// The device.
    pub device: Device,
    /// What a GPU may take.
    pub memory_bytes: u64,
}

impl Default for On {
    /// The CPU with all its cores.
    fn default() -> Self {
        Self {
            device: Device::Cpu,
            memory_bytes: 2 << 30,
        }
    }
}

/// An array as an input of a chain; the first is the series.
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
    let (found, expected) = (array.len_of(Axis(0)), years.count());
    if found != expected {
        return Err(ArraysError::Years {
            name: name.to_owned(),
            found,
            years: expected,
        });
    }
    if T::IS_SHIFTED && *decoding != Decoding::identity() {
        return Err(ArraysError::Decoded);
    }
    Ok(InputSpec {
        name: name.to_owned(),
        unit: "1".to_owned(),
        steps: Steps::Annual,
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

/// All that a chain makes of arrays, the series first and the others of its shape.
///
/// # Arguments
///
/// * `goes_on` - gets the share of pixels that is done, and says whether to go on.
pub(super) fn compute<T: Element>(
    chain: Chain,
    arrays: &[ArrayView3<'_, T>],
    on: &On,
    goes_on: &mut dyn FnMut(f64) -> bool,
) -> Result<Layers, ArraysError> {
    let shape_of = |array: &ArrayView3<'_, T>| [array.len_of(Axis(1)), array.len_of(Axis(2))];
    let shape = arrays.first().map(shape_of).unwrap_or_default();
    for (array, input) in arrays.iter().zip(&chain.inputs) {
        let found = shape_of(array);
        if found != shape {
            return Err(ArraysError::Shape {
                name: input.name.clone(),
                found,
                expected: shape,
                of: SERIES,
            });
        }
    }
    let chain = Arc::new(chain);
    let (mut layers, places) = Layers::of(&chain, shape);
    let (mut engine, _) = open_engine(&on.device, Arc::clone(&chain), on.memory_bytes)?;
    let n_pixels = shape[0] * shape[1];
    let mut left = (0..n_pixels).step_by(TILE);
    let mut on_their_way = VecDeque::new();
    loop {
        while on_their_way.len() < engine.tiles_in_flight().max(1) {
            let Some(start) = left.next() else { break };
            let shifted = tile_of(arrays, start..n_pixels.min(start + TILE));
            engine.start(Arc::new(shifted.tile))?;
            on_their_way.push_back(shifted.shifts);
        }
        let Some(shifts) = on_their_way.pop_front() else {
            return Ok(layers);
        };
        let output = engine.finish()?;
        take(&mut layers, &places, &output, &shifts);
        let done = output.window.col + output.window.width;
        engine.reuse(output);
        if !goes_on(share(done, n_pixels)) {
            return Err(ArraysError::Stopped);
        }
    }
}

/// Puts the layers of a tile in their places, what was taken out of the series added again to its levels.
fn take(layers: &mut Layers, places: &[(usize, String)], output: &TileOutput, shifts: &[f64]) {
    let n = output.window.width;
    for (index, name) in places {
        let is_level = LEVELS.contains(&name.as_str());
        let Some(array) = layers.values_mut(name) else {
            continue;
        };
        let steps = output.layers[*index].chunks_exact(n.max(1));
        for (step, values) in steps.enumerate() {
            let mut plane = array.index_axis_mut(Axis(0), step);
            let pixels = plane.iter_mut().skip(output.window.col);
            for (pixel, (place, value)) in pixels.zip(values).enumerate() {
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
