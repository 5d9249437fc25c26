//! GPU == CPU for every registered kernel, one named test each, and the test of the test: a shader
//! with a small mistake must not agree.
//!
//! There is no way to skip: without an adapter every test here fails. Debian's
//! `mesa-vulkan-drivers` is an adapter.

mod support;

use std::sync::{Arc, Mutex, PoisonError};

use doline::calendar::{Steps, Years};
use doline::engines::Engine;
use doline::engines::cpu::CpuEngine;
use doline::engines::gpu::memory::slots_of;
use doline::engines::gpu::{Gpu, GpuEngine};
use doline::grid::Window;
use doline::kernels::registry::{self, Example};
use doline::kernels::resampled::resampled;
use doline::kernels::twin::Kernel;
use doline::kernels::wgsl::compose_with;
use doline::tile::{Resampling, Stored, Tile, places};
use doline::validate::{Comparison, compare_stages};
use libtest_mimic::{Arguments, Failed, Trial};

/// Pixels, and whether inputs are packed integers. 1 is the smallest tile, 64 fills one workgroup,
/// 65 and 1000 leave a ragged last one.
const TILES: [(usize, bool); 5] = [
    (1, false),
    (64, true),
    (65, false),
    (1000, true),
    (1000, false),
];

/// More pixels than a slab of a card has: rows as far apart as they are there.
const OF_CARDS: usize = (1 << 18) + 321;

/// What is compared in such a slab: each way to read and to write.
const IN_LARGE_SLABS: [&str; 7] = [
    "ols",
    "nep",
    "gsmsr",
    "theil_sen",
    "regression",
    "sensitivity_detrended",
    "attribution",
];

/// 4 years are the fewest, 20 the usual, 33 need a second word of validity bits.
fn years(n: i32) -> Years {
    Years {
        first: 2001,
        last: 2000 + n,
    }
}

/// One device for all tests: drivers do not like a hundred.
static DEVICE: Mutex<Option<Gpu>> = Mutex::new(None);

/// Runs `kernel` with `body` as its shader and compares with its twin.
fn compare(
    kernel: &Arc<dyn Kernel>,
    body: &str,
    years: Years,
    n_pixels: usize,
    packed: bool,
) -> Result<Vec<Comparison>, Failed> {
    let (chain, inputs) = support::chain_of(kernel, years, n_pixels, packed, 7 + n_pixels as u64);
    let chain = Arc::new(chain);
    let mut slot = DEVICE.lock().unwrap_or_else(PoisonError::into_inner);
    let gpu = match slot.take() {
        Some(gpu) => gpu,
        None => Gpu::open(None)?,
    };
    let shader = |chain: &doline::chain::Chain, stage: usize| {
        let stage = &chain.stages[stage];
        compose_with(&*stage.kernel, &slots_of(chain, stage), body)
    };
    // A small budget makes slabs of one workgroup, so that their borders are tested too.
    let memory = match n_pixels {
        1000 => 1,
        OF_CARDS => 1 << 32,
        _ => 1 << 28,
    };
    let mut engine = GpuEngine::with_shaders(gpu, Arc::clone(&chain), memory, &shader)?;
    let tile = Tile {
        window: row_of(n_pixels),
        inputs,
        inside: None,
    };
    let output = engine.run(&tile)?;
    *slot = Some(engine.into_gpu());
    Ok(compare_stages(
        &chain,
        &tile.inputs,
        &output.layers,
        n_pixels,
    ))
}

fn kernels(years: Years, n_predictors: usize) -> Vec<Arc<dyn Kernel>> {
    let n = u32::try_from(years.count()).unwrap_or(4);
    registry::all(Example {
        years,
        min_years: (n * 3 / 4).max(3),
        min_months: 11,
        n_predictors,
    })
}

/// The kernel of this name for every shape that it is tested with.
fn shapes(name: &str) -> Vec<(Arc<dyn Kernel>, Years)> {
    if let Some((_, way)) = Resampling::WORDS
        .iter()
        .find(|(word, _)| name == format!("resample_{word}"))
    {
        // Cells larger than pixels and smaller, static, annual and monthly inputs; classes seldom are monthly, and
        // llvmpipe would stop the loops of 240 steps.
        let often = if *way == Resampling::Mode {
            Steps::Annual
        } else {
            Steps::Monthly
        };
        let shapes = [
            (Steps::Annual, [1.0; 2]),
            (Steps::Static, [1.7, 2.3]),
            (often, [1.0, 1.2]),
        ];
        return shapes
            .map(|(steps, reach)| {
                (
                    resampled(*way, steps, steps.count(years(20)), reach),
                    years(20),
                )
            })
            .into();
    }
    let driven = [
        "regression",
        "partial_rank",
        "driver_slopes",
        "attribution",
        "bootstrap",
        "human_part",
    ]
    .contains(&name)
        || name.starts_with("sensitivity");
    let predictors: &[usize] = if driven { &[1, 2, 3, 5, 8] } else { &[3] };
    let mut shapes = Vec::new();
    // 32 and 64 years fill their words of validity bits: what stores them is the same for all kernels.
    let lengths: &[i32] = if ["annual_sum", "nep", "ols"].contains(&name) {
        &[4, 20, 32, 33, 64]
    } else {
        &[4, 20, 33]
    };
    for years in lengths.iter().copied().map(years) {
        // The year is one more regressor, a difference one row less.
        let rest = if name.starts_with("sensitivity") || name == "bootstrap" {
            3
        } else {
            2
        };
        // Many predictors only at the usual length: their text takes long to compile.
        let n = years.count();
        let fits = |k: usize| (!driven || k + rest <= n) && (k <= 3 || n == 20);
        for &k in predictors.iter().filter(|&&k| fits(k)) {
            let found = kernels(years, k)
                .into_iter()
                .find(|kernel| kernel.spec().name == name);
            shapes.extend(found.map(|kernel| (kernel, years)));
        }
    }
    shapes
}

fn agrees(name: &'static str) -> Result<(), Failed> {
    let mut n_compared = 0;
    for (kernel, years) in shapes(name) {
        // The usual length meets every tile; the others the two large ones.
        let tiles = if years.count() == 20 {
            &TILES[..]
        } else {
            &TILES[3..]
        };
        for &(n_pixels, packed) in tiles {
            for comparison in compare(&kernel, kernel.spec().wgsl, years, n_pixels, packed)? {
                n_compared += comparison.n_compared;
                if !comparison.agrees() {
                    let n = years.count();
                    let k = kernel.inputs().len();
                    let what = format!("{n} years, {k} inputs, {n_pixels} pixels, packed {packed}");
                    return Err(format!("{what}: {comparison:#?}").into());
                }
            }
        }
    }
    // Comparing nothing is not agreement.
    if n_compared < 1000 {
        Err(format!("only {n_compared} values were compared").into())
    } else {
        Ok(())
    }
}

fn canary_dies(name: &'static str) -> Result<(), Failed> {
    let (kernel, years) = shapes(name).swap_remove(1.min(shapes(name).len() - 1));
    let spec = kernel.spec();
    let (from, to) = spec.canary;
    if spec.wgsl.matches(from).count() != 1 {
        return Err(format!("{from:?} must stand in {name}.wgsl exactly once").into());
    }
    let comparisons = compare(&kernel, &spec.wgsl.replace(from, to), years, 1000, false)?;
    if comparisons.iter().all(Comparison::agrees) {
        return Err(format!("{to:?} went unnoticed: {comparisons:#?}").into());
    }
    Ok(())
}

/// Each pixel of a slab as large as those of cards, where rows are a quarter of a million pixels
/// apart.
fn agrees_in_large_slabs(name: &'static str) -> Result<(), Failed> {
    let of_usual_length = kernels(years(20), 3)
        .into_iter()
        .find(|kernel| kernel.spec().name == name);
    let kernel = of_usual_length.ok_or_else(|| format!("no kernel {name}"))?;
    let mut n_compared = 0;
    for comparison in compare(&kernel, kernel.spec().wgsl, years(20), OF_CARDS, true)? {
        n_compared += comparison.n_compared;
        if !comparison.agrees() {
            return Err(format!("{comparison:#?}").into());
        }
    }
    // Some pixels have too few years for a result, but not half of them.
    if n_compared < OF_CARDS as u64 / 2 {
        return Err(format!("only {n_compared} values were compared").into());
    }
    Ok(())
}

/// Cubic convolution where a missing cell has about the least weight that counts: whether the pixel takes the weights for
/// pixels beside a gap depends on the last digits of that weight, and `f32` has too few of them.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn cubic_agrees_at_the_least_weight() -> Result<(), Failed> {
    const N_PIXELS: usize = 1000;
    // The weight of a cell two columns away, 1.16 (1/2 d³ - 5/2 d² + 4 d - 2) with d = 5/2 - part, is 1e-4 there.
    const LEAST_WEIGHT_AT: f32 = 0.513_217;
    let kernel = resampled(Resampling::Cubic, Steps::Static, 1, [1.0; 2]);
    let (chain, mut inputs) = support::chain_of(&kernel, years(4), N_PIXELS, false, 7);
    // Five rows of five cells, of which the last column is missing.
    let cells = (0..support::N_CELLS).map(|cell| match cell % 5 {
        4 => f32::NAN,
        _ => (cell * cell % 17) as f32,
    });
    let mut steps = vec![vec![0.0; N_PIXELS]; places::COUNT];
    for (step, value) in [
        (places::COL, 2.0),
        (places::ROW, 2.0),
        (places::ROW_PART, 0.7),
        (places::HALF_WIDTH, 0.5),
        (places::HALF_HEIGHT, 0.5),
        (places::COLUMNS, 5.0),
        (places::ROWS, 5.0),
    ] {
        steps[step].fill(value);
    }
    for (pixel, part) in steps[places::COL_PART].iter_mut().enumerate() {
        *part = LEAST_WEIGHT_AT + (pixel as f32 - 500.0) * 1e-6;
    }
    inputs[0] = Stored::F32(cells.collect());
    inputs[1] = Stored::F32(steps.concat());
    let chain = Arc::new(chain);
    let expected = CpuEngine::new(Arc::clone(&chain)).compute(&inputs, N_PIXELS);
    let tile = Tile {
        window: row_of(N_PIXELS),
        inputs,
        inside: None,
    };
    let mut slot = DEVICE.lock().unwrap_or_else(PoisonError::into_inner);
    let gpu = match slot.take() {
        Some(gpu) => gpu,
        None => Gpu::open(None)?,
    };
    let mut engine = GpuEngine::new(gpu, chain, 1 << 28)?;
    let found = engine.run(&tile)?;
    *slot = Some(engine.into_gpu());
    let n_near = expected[1].iter().filter(|&&flags| flags >= 16.0).count();
    if n_near < 100 || n_near == N_PIXELS {
        return Err(format!("{n_near} pixels are near the threshold").into());
    }
    let is_off = |(ours, theirs): (&f32, &f32)| (ours - theirs).abs() > 1e-4 * theirs.abs();
    match found.layers[0].iter().zip(&expected[0]).position(is_off) {
        Some(pixel) => Err(format!("pixel {pixel} takes other weights").into()),
        None => Ok(()),
    }
}

/// A window of one row.
fn row_of(n_pixels: usize) -> Window {
    Window {
        row: 0,
        col: 0,
        height: 1,
        width: n_pixels,
    }
}

fn main() {
    let in_large_slabs = |name| {
        let title = format!("{name}::agrees_in_slabs_of_cards");
        Trial::test(title, move || agrees_in_large_slabs(name))
    };
    let mut trials: Vec<Trial> = IN_LARGE_SLABS.map(in_large_slabs).into();
    for kernel in kernels(years(20), 3) {
        let name = kernel.spec().name;
        trials.push(Trial::test(format!("{name}::agrees"), move || agrees(name)));
        trials.push(Trial::test(format!("{name}::canary_dies"), move || {
            canary_dies(name)
        }));
    }
    trials.push(Trial::test(
        "resample_cubic::agrees_at_the_least_weight",
        cubic_agrees_at_the_least_weight,
    ));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
