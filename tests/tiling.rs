//! How a grid is cut, how many threads run and how large slabs are: none of it changes a bit.
//!
//! A whole study is synthesised in memory and computed in pieces. The tests of the GPU need an adapter
//! and fail without one; Debian's `mesa-vulkan-drivers` is one.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use doline::chain::{Chain, Operand};
use doline::engines::cpu::CpuEngine;
use doline::engines::{Engine, EngineError};
use doline::grid::{Grid, Window};
use doline::synth::{self, ClimateType, SynthOptions};
use doline::tables::{ALL_ZONE, Areas, SeriesYear, TilePlaces, ZoneMeans};
use doline::tile::{Tile, TileOutput};
use doline::tiling::tiles;

/// Odd, and wider than two chunks of columns with a rest.
const HEIGHT: usize = 37;
const WIDTH: usize = 150;

/// Rows and columns of tiles: the whole grid, single rows, the smallest tile, odd heights.
const CUTS: [[usize; 2]; 6] = [
    [HEIGHT, WIDTH],
    [1, 64],
    [16, 64],
    [7, 128],
    [5, WIDTH],
    [36, 64],
];

/// A study in memory.
struct Study {
    options: SynthOptions,
    grid: Grid,
    chain: Arc<Chain>,
}

impl Study {
    fn new(climate: ClimateType) -> Self {
        let options = SynthOptions {
            width: WIDTH,
            height: HEIGHT,
            climate,
            ..SynthOptions::default()
        };
        let chain = Arc::new(support::chain_of_everything(
            synth::YEARS,
            synth::input_specs(&options),
        ));
        Self {
            grid: synth::grid(&options),
            options,
            chain,
        }
    }

    /// Every returned layer of the whole grid, `[step][pixel]`, as bits, and the area means of every
    /// series that is a layer, from tiles of `size`.
    fn compute(&self, engine: &mut dyn Engine, size: [usize; 2]) -> Run {
        let n_pixels = self.grid.width * self.grid.height;
        let n_steps = |&layer: &usize| self.chain.layers[layer].n_steps;
        // A pattern that no engine writes, so that a pixel left out shows.
        let mut layers: Vec<Vec<u32>> = self
            .chain
            .returned
            .iter()
            .map(|layer| vec![0xdead_beef; n_steps(layer) * n_pixels])
            .collect();
        let series: Vec<usize> = self
            .chain
            .series
            .iter()
            .filter_map(|series| match series.operand {
                Operand::Layer(layer) => self.chain.index_of_layer(layer),
                Operand::Input(_) => None,
            })
            .collect();
        let mut means: Vec<ZoneMeans> = series
            .iter()
            .map(|_| ZoneMeans::new(synth::YEARS.count(), 1))
            .collect();
        let windows = tiles([self.grid.height, self.grid.width], size, [16, 16]).windows;
        let mut to_start = windows.iter();
        for _ in 0..engine.tiles_in_flight() {
            if let Some(&first) = to_start.next() {
                engine.start(Arc::new(self.tile(first))).expect("a tile");
            }
        }
        for window in &windows {
            let mut output = engine.finish().expect("a tile");
            assert_eq!(output.window, *window);
            if let Some(&next) = to_start.next() {
                engine.start(Arc::new(self.tile(next))).expect("a tile");
            }
            let places = self.places(*window, output.inside.as_deref());
            for (&place, means) in series.iter().zip(&mut means) {
                means.add(&places, &output.layers[place]);
            }
            self.put(&output, &mut layers);
            // Nothing of a tile that is used up may be left in the next.
            output
                .layers
                .iter_mut()
                .for_each(|layer| layer.fill(12345.0));
            engine.reuse(output);
        }
        Run {
            layers,
            means: means.iter().map(|means| means.means(ALL_ZONE)).collect(),
        }
    }

    fn places(&self, window: Window, inside: Option<&[bool]>) -> TilePlaces {
        let rows = window.row..window.row + window.height;
        let areas = rows.map(|row| self.grid.pixel_area_m2(row) * 1e-6);
        TilePlaces::new(
            window.width,
            Areas::ByRow(areas.collect()),
            inside,
            &[],
            Vec::new(),
        )
    }

    /// The inputs of a window, with a mask that leaves out a corner.
    fn tile(&self, window: Window) -> Tile {
        let is_inside = |row: usize, col: usize| row + col > 20;
        let rows = window.row..window.row + window.height;
        let inside = rows.flat_map(|row| {
            (window.col..window.col + window.width).map(move |col| is_inside(row, col))
        });
        Tile {
            inside: Some(inside.collect()),
            ..synth::tile(&self.options, window)
        }
    }

    /// Puts the layers of a tile where they belong in the grid.
    fn put(&self, output: &TileOutput, layers: &mut [Vec<u32>]) {
        let (window, n_pixels) = (output.window, self.grid.width * self.grid.height);
        for (tile, layer) in output.layers.iter().zip(layers) {
            for (step, values) in tile.chunks_exact(window.n_pixels()).enumerate() {
                for (row, values) in values.chunks_exact(window.width).enumerate() {
                    let at = step * n_pixels + (window.row + row) * self.grid.width + window.col;
                    layer[at..][..window.width]
                        .iter_mut()
                        .zip(values)
                        .for_each(|(bits, x)| *bits = x.to_bits());
                }
            }
        }
    }
}

/// What a run over a grid gave.
struct Run {
    layers: Vec<Vec<u32>>,
    means: Vec<Vec<SeriesYear>>,
}

/// Exact, because a pixel is computed from its own series alone and sums are of whole numbers.
fn assert_same(study: &Study, what: &str, run: &Run, expected: &Run) {
    for (place, (layer, expected)) in run.layers.iter().zip(&expected.layers).enumerate() {
        let name = &study.chain.layers[study.chain.returned[place]].name;
        let differs = layer.iter().zip(expected).position(|(a, b)| a != b);
        assert_eq!(differs, None, "{what}: first value of {name} that differs");
    }
    assert_eq!(run.means, expected.means, "{what}: area means");
    let n_means = run
        .means
        .iter()
        .flatten()
        .filter(|year| year.mean.is_some())
        .count();
    assert!(n_means >= 6 * 20, "only {n_means} area means to compare");
}

#[test]
fn no_cut_into_tiles_changes_a_bit_on_the_cpu() {
    for climate in [ClimateType::Float32, ClimateType::Packed] {
        let study = Study::new(climate);
        let mut engine = CpuEngine::new(Arc::clone(&study.chain));
        let whole = study.compute(&mut engine, CUTS[0]);
        for size in &CUTS[1..] {
            assert_same(
                &study,
                &format!("tiles of {size:?}"),
                &study.compute(&mut engine, *size),
                &whole,
            );
        }
    }
}

#[test]
fn more_tiles_than_an_engine_takes_and_a_tile_that_was_not_started_are_errors() {
    let study = Study::new(ClimateType::Packed);
    let mut engine = CpuEngine::new(Arc::clone(&study.chain));
    let window = tiles([HEIGHT, WIDTH], [1, 64], [16, 16]).windows[0];
    let tile = Arc::new(study.tile(window));
    assert!(matches!(
        engine.finish(),
        Err(EngineError::OutOfTurn { .. })
    ));
    for _ in 0..engine.tiles_in_flight() {
        engine.start(Arc::clone(&tile)).expect("a tile");
    }
    let error = engine.start(Arc::clone(&tile)).expect_err("one too many");
    assert!(
        error.to_string().contains(&window.to_string()),
        "says which tile: {error}"
    );
    assert_eq!(engine.finish().expect("a tile").window, window);
    assert_eq!(Arc::strong_count(&tile), 1, "it is let go of");
}

#[test]
fn a_tile_that_nobody_wants_any_more_is_given_up() {
    let study = Study::new(ClimateType::Packed);
    let mut engine = CpuEngine::new(Arc::clone(&study.chain));
    let is_ending = Arc::new(AtomicBool::new(false));
    engine.give_up_when(Arc::clone(&is_ending));
    let window = tiles([HEIGHT, WIDTH], [1, 64], [16, 16]).windows[0];
    let tile = study.tile(window);
    assert!(engine.run(&tile).is_ok());
    is_ending.store(true, Ordering::Relaxed);
    let given_up = engine.run(&tile);
    assert!(matches!(
        given_up,
        Err(EngineError::GivenUp { window: of }) if of == window
    ));
}

#[test]
fn no_number_of_threads_changes_a_bit() {
    let study = Study::new(ClimateType::Packed);
    let with_threads = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .build()
            .expect("a pool");
        pool.install(|| study.compute(&mut CpuEngine::new(Arc::clone(&study.chain)), [16, 128]))
    };
    let alone = with_threads(1);
    for n in [2, 5] {
        assert_same(&study, &format!("{n} threads"), &with_threads(n), &alone);
    }
}

#[cfg(feature = "gpu")]
mod gpu {
    use super::*;
    use doline::calendar::Steps;
    use doline::chain::{Recipe, TrendTest, build};
    use doline::engines::gpu::{Gpu, GpuEngine};
    use doline::kernels::f32_range::is_extreme;
    use doline::kernels::respiration::{Denominator, Gsmsr};
    use doline::tile::{DataType, InputSpec, Stored};

    /// The adapter of this machine; no test passes without one.
    fn device() -> Gpu {
        Gpu::open(None).expect("these tests need an adapter; mesa-vulkan-drivers is one")
    }

    /// Slabs of one workgroup, of some, and the whole tile at once.
    #[test]
    fn neither_slabs_nor_tiles_change_a_bit() {
        let study = Study::new(ClimateType::Packed);
        let mut gpu = device();
        let mut expected: Option<Run> = None;
        let mut slabs = Vec::new();
        for (memory, cuts) in [
            (1 << 30, &CUTS[..]),
            (20 << 20, &CUTS[..2]),
            (1, &CUTS[..1]),
        ] {
            let mut engine =
                GpuEngine::new(gpu, Arc::clone(&study.chain), memory).expect("an engine");
            slabs.push(engine.slab_pixels());
            for size in cuts {
                let run = study.compute(&mut engine, *size);
                let what = format!("tiles of {size:?} in slabs of {}", engine.slab_pixels());
                assert_same(&study, &what, &run, expected.as_ref().unwrap_or(&run));
                expected.get_or_insert(run);
            }
            gpu = engine.into_gpu();
        }
        // Slices of a workgroup, and of some with a rest, in slabs of the whole tile.
        for most in [64, 1000] {
            let mut engine =
                GpuEngine::new(gpu, Arc::clone(&study.chain), 1 << 30).expect("an engine");
            engine.limit_slices(most);
            let run = study.compute(&mut engine, CUTS[0]);
            assert_same(
                &study,
                &format!("slices of {most}"),
                &run,
                expected.as_ref().expect("the first"),
            );
            let least = study.chain.stages.len() * ((HEIGHT * WIDTH).div_ceil(most) - 1);
            assert!(
                engine.n_submissions() as usize > least,
                "{} submissions",
                engine.n_submissions()
            );
            gpu = engine.into_gpu();
        }
        assert!(
            slabs[0] >= HEIGHT * WIDTH && slabs[1] < HEIGHT * WIDTH && slabs[2] == 64,
            "{slabs:?}"
        );
    }

    /// Numbers that hurt: every kind of NaN, infinities, zeros of both signs, subnormal numbers.
    const GAPS_AND_ZEROS: [u32; 14] = [
        0x7fc0_0000, // the usual NaN
        0xffc0_0000, // the same with a sign
        0x7f80_0001, // the smallest signalling NaN
        0xff80_0001,
        0x7fbf_ffff, // the largest signalling NaN
        0x7fff_ffff, // all bits set
        0xffff_ffff,
        0x7f80_0000, // +infinity
        0xff80_0000, // -infinity
        0x8000_0000, // -0
        0x0000_0000,
        0x0000_0001, // the smallest subnormal number
        0x807f_ffff, // the largest, below 0
        0x0080_0000, // the smallest normal number
    ];

    /// Inputs of the whole chain as plain floats: climate-like series with `hurting` bits strewn in,
    /// a few of them in most pixels and nothing else in some.
    fn hostile(
        specs: &[InputSpec],
        n_pixels: usize,
        hurting: &[u32],
        one_input_a_pixel: bool,
    ) -> Vec<Stored> {
        let mut random = support::Random(11);
        let mut series = |place: usize, spec: &InputSpec| {
            let (level, spread) = [
                (850.0, 60.0),
                (19.0, 7.0),
                (95.0, 30.0),
                (380.0, 60.0),
                (4.0, 1.0),
            ][place];
            let mut values = vec![0.0_f32; spec.n_steps * n_pixels];
            for pixel in 0..n_pixels {
                let share = [0.0, 0.01, 0.1, 0.5, 1.0][pixel % 5];
                let is_hit = !one_input_a_pixel || pixel / 5 % 5 == place;
                for step in 0..spec.n_steps {
                    let is_hurting = is_hit && random.uniform() < share;
                    let bits = hurting[random.next() as usize % hurting.len()];
                    let plain = (level + spread * random.normal()) as f32;
                    values[step * n_pixels + pixel] = if is_hurting {
                        f32::from_bits(bits)
                    } else {
                        plain
                    };
                }
            }
            Stored::F32(values)
        };
        specs
            .iter()
            .enumerate()
            .map(|(place, spec)| series(place, spec))
            .collect()
    }

    /// Where CPU and GPU have values, `[layer][step][pixel]`, with the names of the layers.
    fn patterns(hurting: &[u32], one_input_a_pixel: bool) -> Vec<(String, Vec<bool>, Vec<bool>)> {
        const N_PIXELS: usize = 1000;
        let options = SynthOptions {
            climate: ClimateType::Float32,
            ..SynthOptions::default()
        };
        let plain = |spec: InputSpec| InputSpec {
            data_type: DataType::F32,
            decoding: doline::tile::Decoding::identity(),
            ..spec
        };
        let specs: Vec<InputSpec> = synth::input_specs(&options)
            .into_iter()
            .map(plain)
            .collect();
        let chain = Arc::new(
            support::chain_of_everything(synth::YEARS, specs.clone()).returning_everything(),
        );
        let inputs = hostile(&specs, N_PIXELS, hurting, one_input_a_pixel);
        let window = Window {
            row: 0,
            col: 0,
            height: 1,
            width: N_PIXELS,
        };
        let tile = Tile {
            window,
            inputs,
            inside: None,
        };
        let cpu = CpuEngine::new(Arc::clone(&chain))
            .run(&tile)
            .expect("the CPU");
        let mut engine = GpuEngine::new(device(), Arc::clone(&chain), 1 << 28).expect("an engine");
        let gpu = engine.run(&tile).expect("the GPU");
        let is_there =
            |layer: &Vec<f32>| -> Vec<bool> { layer.iter().map(|x| !x.is_nan()).collect() };
        let finite = gpu
            .layers
            .iter()
            .flatten()
            .all(|x| x.is_nan() || x.is_finite());
        assert!(finite, "an infinity left the GPU");
        let layers = chain.layers.iter().zip(cpu.layers.iter().zip(&gpu.layers));
        layers
            .map(|(layer, (cpu, gpu))| (layer.name.clone(), is_there(cpu), is_there(gpu)))
            .collect()
    }

    #[test]
    fn every_kind_of_nan_is_missing_on_the_gpu_where_it_is_on_the_cpu() {
        let patterns = patterns(&GAPS_AND_ZEROS, false);
        for (name, cpu, gpu) in &patterns {
            assert_eq!(
                cpu.iter().zip(gpu).position(|(a, b)| a != b),
                None,
                "{name}"
            );
        }
        // Both kinds are there to be compared.
        let nep = &patterns
            .iter()
            .find(|(name, ..)| name == "nep")
            .expect("nep")
            .1;
        assert!(nep.iter().any(|is| *is) && nep.iter().any(|is| !is));
    }

    /// What overflows in `f32` and not in `f64` is left to `f64`.
    #[test]
    fn the_gpu_has_values_where_the_cpu_has_them_where_numbers_overflow() {
        for (name, cpu, gpu) in
            patterns(&[0x7f7f_ffff, 0xff7f_ffff, 0x7f00_0000, 0x7149_f2ca], true)
        {
            assert_eq!(
                cpu.iter().zip(gpu).position(|(cpu, gpu)| *cpu != gpu),
                None,
                "{name}"
            );
        }
    }

    /// One series in all powers of ten that an `f32` has, in every test of trend: past the sizes that are left to
    /// `f32` the GPU's layers are those of the CPU bit by bit, within them classes and missing values are.
    #[test]
    fn a_series_of_any_size_has_the_same_result_on_gpu_and_cpu() {
        let npp = support::plain_input("npp", Steps::Annual, synth::YEARS);
        let respiration = Gsmsr::new(synth::YEARS, 12, Denominator::default(), &[])
            .expect("published coefficients");
        let recipe = Recipe {
            trend_of: Some(vec!["npp".to_owned()]),
            tests: TrendTest::WORDS.iter().map(|(_, test)| *test).collect(),
            ..Recipe::new(synth::YEARS, vec![npp], Arc::new(respiration))
        };
        let chain = Arc::new(build(&recipe).expect("a chain").returning_everything());
        let n_years = synth::YEARS.count();
        let powers: Vec<i32> = (-44..=38).collect();
        let mut random = support::Random(5);
        let wave: Vec<f64> = (0..n_years)
            .map(|year| 1.0 + 0.03 * year as f64 + 0.2 * random.normal())
            .collect();
        let values: Vec<f32> = wave
            .iter()
            .flat_map(|y| {
                powers
                    .iter()
                    .map(move |&e| (y * 10_f64.powi(e)).min(3e38) as f32)
            })
            .collect();
        let is_extreme = |pixel: usize| {
            values
                .iter()
                .skip(pixel)
                .step_by(powers.len())
                .any(|&y| is_extreme(y))
        };
        let extreme: Vec<bool> = (0..powers.len()).map(is_extreme).collect();
        assert!(extreme[0] && !extreme[44] && extreme[powers.len() - 1]);

        let window = Window {
            row: 0,
            col: 0,
            height: 1,
            width: powers.len(),
        };
        let tile = Tile {
            window,
            inputs: vec![Stored::F32(values)],
            inside: None,
        };
        let cpu = CpuEngine::new(Arc::clone(&chain))
            .run(&tile)
            .expect("the CPU");
        let gpu = GpuEngine::new(device(), Arc::clone(&chain), 1 << 28)
            .expect("an engine")
            .run(&tile)
            .expect("the GPU");
        for (layer, (cpu, gpu)) in chain.layers.iter().zip(cpu.layers.iter().zip(&gpu.layers)) {
            for (i, (ours, theirs)) in gpu.iter().zip(cpu).enumerate() {
                let what = format!(
                    "{} at 1e{}: {ours} and {theirs}",
                    layer.name,
                    powers[i % powers.len()]
                );
                assert_eq!(ours.is_nan(), theirs.is_nan(), "{what}");
                let same = ours.to_bits() == theirs.to_bits()
                    || ours.is_nan()
                    || layer.name.ends_with("flags");
                assert!(
                    same || !(extreme[i % powers.len()] || layer.name.ends_with("class")),
                    "{what}"
                );
            }
        }
    }
}
