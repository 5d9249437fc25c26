//! Theil-Sen slopes are found by counting, few of them on a processor by sorting. They are those of
//! their ranks in the list of all slopes, sorted, for series that make a search difficult.
//!
//! Without an adapter the test of the shader fails: there is no way to skip it.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "ranks and synthetic values"
)]

mod support;

use std::sync::Arc;

use doline::calendar::{Steps, Years};
use doline::chain::Chain;
use doline::engines::Engine;
use doline::engines::cpu::CpuEngine;
use doline::engines::gpu::{Gpu, GpuEngine};
use doline::grid::Window;
use doline::kernels::registry::{self, Example};
use doline::tile::{Stored, Tile};
use support::Random;

/// Years and pixels. Pairs of up to 24 years are written out in the shader; of more years the series
/// is turned. An even number of years meets itself half way round.
const SHAPES: [(usize, usize); 10] = [
    (4, 16_000),
    (5, 16_000),
    (20, 16_000),
    (21, 16_000),
    (24, 8_000),
    (25, 8_000),
    (31, 8_000),
    (40, 8_000),
    (60, 4_000),
    (100, 1_000),
];

/// Kinds of series; pixels go through them in turn.
const N_KINDS: usize = 16;

/// Quantities that shaders take as they are, 0 or of this size.
const SIZES: [f64; 2] = [1e-30, 1e17];

/// A series of `n` years; NaN is a gap.
#[expect(
    clippy::match_same_arms,
    reason = "a kind of series has a line of its own"
)]
fn hostile_series(kind: usize, n: usize, random: &mut Random) -> Vec<f32> {
    let trend = random.normal();
    let any_size = |random: &mut Random| 10.0_f64.powf(random.uniform() * 47.0 - 30.0);
    let of_all = any_size(random);
    let mut value = |t: usize| match kind {
        0 | 1 => 100.0 + trend * t as f64 + 10.0 * random.normal(),
        // Gaps; ties; both.
        2 if random.uniform() < 0.2 => f64::NAN,
        2 => 100.0 + trend * t as f64 + 10.0 * random.normal(),
        3 => (4.0 * random.normal()).round(),
        4 if random.uniform() < 0.3 => f64::NAN,
        4 => (2.0 * random.normal()).round(),
        // Constants.
        5 => 5.0 * trend,
        6 => 0.0,
        // Outliers.
        7 if random.uniform() < 0.1 => 1e4 * random.normal(),
        7 => trend * t as f64 + random.normal(),
        // Any size, of all years and of each; the largest.
        8 => of_all * random.normal(),
        9 => any_size(random) * random.normal().signum(),
        10 => 1e17 * random.normal().signum(),
        // A straight line, but for rounding; one value most of the time; two values.
        11 => 2.0 * t as f64 + 1e-6 * random.normal(),
        12 if random.uniform() < 0.9 => 3.0,
        12 => random.normal(),
        13 => f64::from(u8::from(random.uniform() < 0.5)),
        // The first half missing; nearly all missing.
        14 if t < n / 2 => f64::NAN,
        14 => 1e9 + 1e7 * random.normal(),
        _ if random.uniform() < 0.6 => f64::NAN,
        _ => random.normal(),
    };
    let within = |x: f64| {
        let size = x.abs().clamp(SIZES[0], SIZES[1]);
        if x.is_nan() || x == 0.0 {
            x
        } else {
            size.copysign(x)
        }
    };
    (0..n).map(&mut value).map(|x| within(x) as f32).collect()
}

/// A chain of Theil-Sen alone, and the series of all pixels.
fn hostile_tile(n: usize, n_pixels: usize) -> (Arc<Chain>, Tile, Vec<Vec<f32>>) {
    let years = Years {
        first: 2001,
        last: 2000 + i32::try_from(n).expect("few years"),
    };
    let example = Example {
        years,
        min_years: 3,
        ..Example::default()
    };
    let kernel = registry::all(example)
        .into_iter()
        .find(|kernel| kernel.spec().name == "theil_sen")
        .expect("the kernel");
    let input = support::plain_input("y", Steps::Annual, years);
    let chain = support::chain_with_inputs(&kernel, years, vec![input]);
    let mut random = Random(n as u64);
    let series: Vec<Vec<f32>> = (0..n_pixels)
        .map(|pixel| hostile_series(pixel % N_KINDS, n, &mut random))
        .collect();
    let values = (0..n).flat_map(|step| series.iter().map(move |series| series[step]));
    let tile = Tile {
        window: Window {
            row: 0,
            col: 0,
            height: 1,
            width: n_pixels,
        },
        inputs: vec![Stored::F32(values.collect())],
        inside: None,
    };
    (Arc::new(chain), tile, series)
}

/// Slope, lower and upper end of a series, from the sorted list of all slopes; none where a rank of
/// the interval depends on rounding, or the years are too few.
fn from_sorted_slopes(
    series: &[f32],
    slope: impl Fn(f32, f32, usize) -> f32,
    mean: impl Fn(f32, f32) -> f32,
) -> Option<[f32; 3]> {
    let valid: Vec<(usize, f32)> = (0..).zip(series.iter().copied()).collect();
    let valid: Vec<(usize, f32)> = valid.into_iter().filter(|(_, y)| !y.is_nan()).collect();
    if valid.len() < 3 {
        return None;
    }
    let mut slopes = Vec::new();
    let mut values: Vec<f32> = Vec::new();
    for (i, &(t, y)) in valid.iter().enumerate() {
        slopes.extend(valid[..i].iter().map(|&(t0, y0)| slope(y0, y, t - t0)));
        values.push(y + 0.0);
    }
    slopes.sort_by(f32::total_cmp);
    values.sort_by(f32::total_cmp);
    let n = valid.len() as f64;
    let of_ties: f64 = values
        .chunk_by(|a, b| a == b)
        .map(|group| group.len() as f64)
        .map(|u| u * (u - 1.0) * (2.0 * u + 5.0))
        .sum();
    let variance = (n * (n - 1.0) * (2.0 * n + 5.0) - of_ties) / 18.0;
    let width = 1.959_963_984_540_054 * variance.sqrt();
    let n_slopes = slopes.len() as f64;
    let ranks = [0.5 * (n_slopes - width), 0.5 * (n_slopes + width)];
    if ranks
        .iter()
        .any(|rank| (rank.fract().abs() - 0.5).abs() < 2e-3)
    {
        return None;
    }
    let low = ((ranks[0] + 0.5).floor() - 1.0).max(0.0) as usize;
    let high = ((ranks[1] + 0.5).floor() as usize).min(slopes.len() - 1);
    let middle = [(slopes.len() - 1) / 2, slopes.len() / 2].map(|rank| slopes[rank]);
    Some([mean(middle[0], middle[1]), slopes[low], slopes[high]])
}

/// Compares the first three layers with what is expected of each pixel.
fn compare(
    layers: &[Vec<f32>],
    series: &[Vec<f32>],
    expected: impl Fn(&[f32]) -> Option<[f32; 3]>,
    tolerance: f32,
) {
    let mut n_compared = 0;
    for (pixel, series) in series.iter().enumerate() {
        let Some(expected) = expected(series) else {
            continue;
        };
        let largest = series
            .iter()
            .fold(0.0_f32, |largest, y| largest.max(y.abs()));
        for (layer, expected) in layers.iter().zip(expected) {
            let found = layer[pixel];
            let near = tolerance * (expected.abs() + largest);
            assert!(
                found == expected || (found - expected).abs() <= near,
                "{found:e} and not {expected:e} in {series:?}"
            );
            n_compared += 1;
        }
    }
    assert!(n_compared > series.len(), "{n_compared}");
}

#[test]
fn the_shader_finds_the_slopes_of_the_sorted_list() {
    let mut device = Some(Gpu::open(None).expect("an adapter"));
    for (n, n_pixels) in SHAPES {
        let (chain, tile, series) = hostile_tile(n, n_pixels);
        let gpu = device.take().expect("one device");
        // Elsewhere the last bit of a product may differ.
        let tolerance = if gpu.report.is_software() { 0.0 } else { 3e-7 };
        let mut engine = GpuEngine::without_recheck(gpu, chain, 1 << 28).expect("an engine");
        let output = engine.run(&tile).expect("a tile");
        device = Some(engine.into_gpu());
        let expected = |series: &[f32]| {
            from_sorted_slopes(
                series,
                |y0, y, years| (0.5 * y - 0.5 * y0) * (2.0 / years as f64) as f32,
                |a, b| 0.5 * a + 0.5 * b,
            )
        };
        compare(&output.layers, &series, expected, tolerance);
    }
}

#[test]
fn the_twin_finds_the_slopes_of_the_sorted_list() {
    for (n, n_pixels) in SHAPES {
        let (chain, tile, series) = hostile_tile(n, n_pixels);
        let output = CpuEngine::new(chain).run(&tile).expect("a tile");
        let expected = |series: &[f32]| {
            from_sorted_slopes(
                series,
                |y0, y, years| {
                    let [y0, y] = [y0, y].map(f64::from);
                    ((0.5 * y - 0.5 * y0) * (2.0 / years as f64)) as f32
                },
                |a, b| (0.5 * f64::from(a) + 0.5 * f64::from(b)) as f32,
            )
        };
        compare(&output.layers, &series, expected, 0.0);
    }
}
