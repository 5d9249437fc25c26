//! The speed of an engine on synthetic values of the shapes of a chain's inputs: no file is read.

use std::sync::Arc;

use crate::chain::Chain;
use crate::grid::Window;
use crate::tile::{DataType, Decoding, Geometry, InputSpec, Stored, Tile, places};

use super::engine::Engine;
use super::error::EngineError;
use super::stream::stream;

/// Tiles of a run have no more pixels.
pub(super) const MOST_PIXELS: usize = 1 << 18;
/// Pixels of the first tile a thread: the CPU engine gives each thread as many at a time.
const FIRST_PIXELS: usize = 1024;
/// A tile that takes as long is large enough to be measured.
const ENOUGH_S: f64 = 0.08;
/// No further tile is begun after so many seconds.
const UNTIL_S: f64 = 0.3;
/// Tiles that follow each other at most.
const MOST_TILES: usize = 64;
/// Values that repeat along the pixels of a tile.
const PATTERN: usize = 1021;

/// Pixels a second of an engine on `chain`: tiles that grow, then more of them, until they take long
/// enough; the fastest counts. The engine computes for some 0.4 s, more only where a few pixels alone take
/// longer; making the tiles comes on top.
///
/// # Arguments
///
/// * `most_pixels` - of a tile.
///
/// # Errors
///
/// Those of the engine.
pub(super) fn speed(
    engine: &mut dyn Engine,
    chain: &Chain,
    most_pixels: usize,
) -> Result<f64, EngineError> {
    let most_pixels = most_pixels.clamp(1, MOST_PIXELS);
    let mut n_pixels = FIRST_PIXELS
        .max(128 * rayon::current_num_threads())
        .min(most_pixels);
    let mut n_tiles = 1;
    let mut tile = Arc::new(synthetic_tile(chain, n_pixels));
    let mut spent_s = 0.0;
    let mut fastest = f64::MIN_POSITIVE;
    while spent_s < UNTIL_S {
        let seconds = stream(engine, &tile, n_tiles)?;
        spent_s += seconds;
        #[expect(clippy::cast_precision_loss, reason = "a speed of few digits")]
        let speed = (n_tiles * n_pixels) as f64 / seconds.max(1e-9);
        fastest = speed.max(fastest);
        if seconds >= ENOUGH_S {
            continue;
        }
        if n_pixels < most_pixels {
            // So that the next one takes not much longer than is enough.
            let times = if seconds < ENOUGH_S / 4.0 { 4 } else { 2 };
            n_pixels = (times * n_pixels).min(most_pixels);
            tile = Arc::new(synthetic_tile(chain, n_pixels));
        } else {
            n_tiles = (2 * n_tiles).min(MOST_TILES);
        }
    }
    Ok(fastest)
}

/// A tile of synthetic values: noise of plausible size in every input, nothing missing.
pub(super) fn synthetic_tile(chain: &Chain, n_pixels: usize) -> Tile {
    let mut inputs: Vec<Stored> = Vec::with_capacity(chain.inputs.len());
    let mut side = 1;
    for (number, spec) in chain.inputs.iter().enumerate() {
        inputs.push(match spec.geometry {
            Geometry::StudyGrid => values(spec, n_pixels, number),
            Geometry::SourceGrid { most_cells, .. } => {
                side = side_of(most_cells);
                values(spec, side * side, number)
            }
            Geometry::Positions => positions(n_pixels, side),
        });
    }
    Tile {
        window: Window {
            row: 0,
            col: 0,
            height: 1,
            width: n_pixels,
        },
        inputs,
        inside: None,
    }
}

/// Rows and columns of the cells that a tile brings.
fn side_of(most_cells: usize) -> usize {
    (1..=64)
        .rev()
        .find(|side| side * side <= most_cells)
        .unwrap_or(1)
}

/// Values `[step][n]` around 20 with a spread of 10, as they would be stored.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the stored type"
)]
fn values(spec: &InputSpec, n: usize, seed: usize) -> Stored {
    macro_rules! stored {
        ($kind:ident, $type:ty, $lowest:expr, $highest:expr) => {{
            let mut all: Vec<$type> = Vec::with_capacity(spec.n_steps * n);
            let mut random = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            for step in 0..spec.n_steps {
                let range = [$lowest, $highest];
                let mut next = || number(&spec.decoding, step, range, noise(&mut random)) as $type;
                let pattern: Vec<$type> = (0..PATTERN.min(n)).map(|_| next()).collect();
                all.extend(pattern.iter().cycle().take(n));
            }
            Stored::$kind(all)
        }};
    }
    match spec.data_type {
        DataType::U8 => stored!(U8, u8, 0.0, 255.0),
        DataType::I16 => stored!(I16, i16, -32_768.0, 32_767.0),
        DataType::U16 => stored!(U16, u16, 0.0, 65_535.0),
        DataType::F32 => stored!(F32, f32, f64::from(f32::MIN), f64::from(f32::MAX)),
    }
}

/// Noise in 0..1.
fn noise(random: &mut u64) -> f64 {
    *random = random
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    f64::from(u32::try_from(*random >> 40).unwrap_or_default()) / f64::from(1_u32 << 24)
}

/// The stored number of a quantity between 10 and 30 that is none of the codes for missing.
fn number(decoding: &Decoding, step: usize, [lowest, highest]: [f64; 2], noise: f64) -> f64 {
    let [from, to] = decoding.valid_range.unwrap_or([lowest, highest]);
    let (from, to) = (from.max(lowest), to.min(highest));
    let stored_as = |quantity: f64| quantity / decoding.scale_of(step) - decoding.bias;
    let wanted = [stored_as(10.0), stored_as(30.0)];
    let [low, high] = wanted.map(|stored| stored.max(from).min(to));
    // Where most of these cannot be stored, what can: a constant series is another kind of work.
    let [low, high] = if (high - low).abs() < 0.5 * (wanted[1] - wanted[0]).abs() {
        [0.75 * from + 0.25 * to, 0.25 * from + 0.75 * to]
    } else {
        [low, high]
    };
    let is_whole = highest < 1e9;
    let stored = low + (high - low) * noise;
    let stored = if is_whole { stored.round() } else { stored };
    let is_code = |stored: f64| decoding.nodata.contains(&stored);
    [0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 4.0, -4.0]
        .iter()
        .map(|shift| (stored + shift).max(from).min(to))
        .find(|&stored| !is_code(stored))
        .unwrap_or(stored)
}

/// Pixels spread over `side` x `side` cells, each much smaller than a cell.
#[expect(clippy::cast_precision_loss, reason = "a few cells")]
fn positions(n_pixels: usize, side: usize) -> Stored {
    const ROW: usize = 256;
    let mut all = vec![0.0_f32; places::COUNT * n_pixels];
    for (step, of) in all.chunks_exact_mut(n_pixels.max(1)).enumerate() {
        for (pixel, place) in of.iter_mut().enumerate() {
            *place = match step {
                places::COL => (pixel % ROW * side / ROW) as f32,
                places::ROW => (pixel / ROW % ROW * side / ROW) as f32,
                places::COL_PART | places::ROW_PART => 0.3,
                places::HALF_WIDTH | places::HALF_HEIGHT => 0.05,
                places::COLUMNS | places::ROWS => side as f32,
                _ => 0.0,
            };
        }
    }
    Stored::F32(all)
}

#[cfg(test)]
mod tests {
    use super::examples::trend_of_ndvi;
    use super::*;
    use crate::calendar::Steps;
    use crate::engines::cpu::CpuEngine;
    use crate::tile::Resampling;

    /// Values are neither codes for missing nor outside what is valid, whatever the type and the scale.
    #[test]
    fn no_synthetic_value_is_missing() {
        let decodings = [
            (DataType::U8, 0.05, -3.0, vec![200.0, 255.0], None),
            (
                DataType::U8,
                1.0,
                0.0,
                vec![20.0, 21.0, 22.0],
                Some([15.0, 25.0]),
            ),
            (
                DataType::I16,
                0.0001,
                0.0,
                vec![32_767.0],
                Some([-30_000.0, 32_700.0]),
            ),
            (DataType::U16, 0.01, -27_315.0, vec![0.0, 65_535.0], None),
            (DataType::F32, 1.0, 0.0, vec![-9999.0], None),
        ];
        for (data_type, scale, bias, nodata, valid_range) in decodings {
            let spec = InputSpec {
                name: "x".to_owned(),
                unit: "1".to_owned(),
                steps: Steps::Static,
                n_steps: 1,
                data_type,
                decoding: Decoding {
                    bias,
                    scale: vec![scale],
                    valid_range,
                    nodata,
                },
                geometry: Geometry::StudyGrid,
            };
            let stored = values(&spec, 5000, 1);
            let view = crate::kernels::views::InputView::stored(
                crate::engines::cpu::values_from(&stored, 0),
                5000,
                1,
                &spec.decoding,
            );
            let mut quantities = vec![f32::NAN; 5000];
            view.decode(5000, &mut quantities, 5000);
            assert!(quantities.iter().all(|x| x.is_finite()), "{spec:?}");
            let distinct: std::collections::BTreeSet<u32> =
                quantities.iter().map(|x| x.to_bits()).collect();
            assert!(distinct.len() > 3, "{distinct:?} of {spec:?}");
        }
    }

    #[test]
    fn an_engine_has_a_speed_on_a_chain() {
        let chain = trend_of_ndvi(10);
        let mut engine = CpuEngine::new(Arc::new(chain.clone()));
        let speed = speed(&mut engine, &chain, 2048).expect("a speed");
        assert!(speed > 1.0 && speed.is_finite(), "{speed}");
    }

    #[test]
    fn a_tile_has_the_shapes_of_inputs_on_other_grids() {
        let mut chain = trend_of_ndvi(10);
        let coarse = Geometry::SourceGrid {
            resampling: Resampling::Bilinear,
            reach: [1.0, 1.0],
            most_cells: 70,
        };
        chain.inputs[0].geometry = coarse;
        chain.inputs.push(InputSpec {
            n_steps: places::COUNT,
            geometry: Geometry::Positions,
            ..chain.inputs[0].clone()
        });
        let tile = synthetic_tile(&chain, 1000);
        assert_eq!(tile.inputs[0].len(), 10 * 64, "eight by eight cells");
        let Stored::F32(places) = &tile.inputs[1] else {
            panic!("positions are floats");
        };
        let of = |step: usize| &places[step * 1000..][..1000];
        for step in [places::COL, places::ROW] {
            assert!(of(step).iter().all(|&at| (0.0..8.0).contains(&at)));
        }
        assert_eq!(of(places::COLUMNS)[0], 8.0);
    }
}

/// Chains for the tests of this and other files.
#[cfg(test)]
pub(super) mod examples {
    use super::*;
    use crate::calendar::{Steps, Years};
    use crate::chain::{Recipe, build};

    /// The trend of so many years of one series.
    pub(in crate::engines) fn trend_of_ndvi(years: i32) -> Chain {
        let years = Years {
            first: 2001,
            last: 2000 + years,
        };
        let ndvi = InputSpec {
            name: "ndvi".to_owned(),
            unit: "1".to_owned(),
            steps: Steps::Annual,
            n_steps: years.count(),
            data_type: DataType::F32,
            decoding: Decoding::identity(),
            geometry: Geometry::StudyGrid,
        };
        let recipe = Recipe {
            trend_of: Some(vec!["ndvi".to_owned()]),
            ..Recipe::of_series(years, vec![ndvi])
        };
        build(&recipe).expect("a chain")
    }
}
