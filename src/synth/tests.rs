use super::*;
use crate::grid::Window;
use crate::tile::{InputSpec, Stored, Tile};

fn options(width: usize, height: usize) -> SynthOptions {
    SynthOptions {
        width,
        height,
        ..SynthOptions::default()
    }
}

fn window(row: usize, col: usize, height: usize, width: usize) -> Window {
    Window {
        row,
        col,
        height,
        width,
    }
}

/// One input as quantities, `[step][pixel]`; NaN is missing.
fn quantities(tile: &Tile, specs: &[InputSpec], input: usize) -> Vec<f64> {
    let decoding = &specs[input].decoding;
    let stored: Vec<f64> = match &tile.inputs[input] {
        Stored::U8(v) => v.iter().map(|&v| f64::from(v)).collect(),
        Stored::I16(v) => v.iter().map(|&v| f64::from(v)).collect(),
        Stored::U16(v) => v.iter().map(|&v| f64::from(v)).collect(),
        Stored::F32(v) => v.iter().map(|&v| f64::from(v)).collect(),
    };
    let [low, high] = decoding
        .valid_range
        .unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
    let is_valid = |v: f64| v >= low && v <= high && !decoding.nodata.contains(&v);
    let value = |v| {
        if is_valid(v) {
            (v + decoding.bias) * decoding.scale_of(0)
        } else {
            f64::NAN
        }
    };
    stored.into_iter().map(value).collect()
}

fn valid(values: Vec<f64>) -> Vec<f64> {
    values.into_iter().filter(|v| v.is_finite()).collect()
}

#[expect(clippy::cast_precision_loss, reason = "values are few")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Exact: the same sums are done for a pixel whatever the window.
#[test]
fn a_pixel_does_not_depend_on_its_window() {
    let options = options(160, 120);
    let whole = tile(&options, window(40, 30, 12, 20));
    let part = tile(&options, window(43, 37, 5, 6));
    let inside: Vec<usize> = (3..8)
        .flat_map(|row| (7..13).map(move |col| row * 20 + col))
        .collect();
    for (whole, part) in whole.inputs.iter().zip(&part.inputs) {
        assert_eq!(whole.gather(240, &inside).bytes(), part.bytes());
    }
}

#[test]
fn the_same_seed_gives_the_same_study_and_another_seed_another() {
    let here = window(50, 60, 8, 8);
    let first = tile(&options(160, 120), here);
    let again = tile(&options(160, 120), here);
    let other = tile(
        &SynthOptions {
            seed: 7,
            ..options(160, 120)
        },
        here,
    );
    assert_eq!(first, again);
    assert_ne!(first.inputs[0], other.inputs[0]);
}

/// Places coincide where one grid is three times as fine as the other: pixel 3k + 1 has the centre
/// of pixel k. Climate has no noise between pixels, so it is the same up to rounding.
#[test]
fn a_finer_grid_shows_the_same_region() {
    let coarse = tile(&options(40, 30), window(12, 20, 1, 1));
    let fine = tile(&options(120, 90), window(37, 61, 1, 1));
    let specs = input_specs(&options(40, 30));
    let step = |input: usize| specs[input].decoding.scale_of(0);
    for input in 1..5 {
        let (a, b) = (
            quantities(&coarse, &specs, input),
            quantities(&fine, &specs, input),
        );
        assert!(
            a.iter()
                .zip(&b)
                .all(|(a, b)| (a - b).abs() < 1.001 * step(input)),
            "{}",
            specs[input].name
        );
    }
}

#[test]
fn stored_numbers_match_their_specs() {
    for climate in [ClimateType::Packed, ClimateType::Float32] {
        let options = SynthOptions {
            climate,
            ..options(16, 12)
        };
        let tile = tile(&options, grid(&options).window());
        for (spec, stored) in input_specs(&options).iter().zip(&tile.inputs) {
            assert_eq!(stored.data_type(), spec.data_type, "{}", spec.name);
            assert_eq!(stored.len(), spec.n_steps * 16 * 12, "{}", spec.name);
        }
    }
}

#[test]
fn floats_are_the_packed_numbers_decoded() {
    let packed = options(16, 12);
    let floats = SynthOptions {
        climate: ClimateType::Float32,
        ..packed.clone()
    };
    let here = grid(&packed).window();
    let (a, b) = (tile(&packed, here), tile(&floats, here));
    for input in 1..4 {
        let a = quantities(&a, &input_specs(&packed), input);
        let b = quantities(&b, &input_specs(&floats), input);
        let same = |(a, b): (&f64, &f64)| (a.is_nan() && b.is_nan()) || (a - b).abs() < 1e-4;
        assert!(a.iter().zip(&b).all(same));
    }
}

/// Monthly means and sums of Nanning, regional NPP and soil carbon of the literature, loosely.
#[test]
fn values_are_those_of_a_monsoon_region() {
    let options = options(80, 60);
    let (tile, specs) = (
        tile(&options, grid(&options).window()),
        input_specs(&options),
    );
    let of = |input| valid(quantities(&tile, &specs, input));
    let within =
        |value: f64, low, high| assert!(value > low && value < high, "{value} {low} {high}");
    within(mean(&of(0)), 800.0, 1000.0);
    within(mean(&of(1)), 17.0, 22.0);
    within(12.0 * mean(&of(2)), 1200.0, 1700.0);
    within(12.0 * mean(&of(3)), 4200.0, 4800.0);
    within(mean(&of(4)), 3.5, 5.5);
    assert!(of(1).iter().all(|t| (-15.0..40.0).contains(t)));
    assert!(of(2).iter().all(|p| (0.0..1500.0).contains(p)));
    assert!(of(4).iter().all(|soc| (1.5..=9.0).contains(soc)));
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "pixels are few")]
fn some_pixels_and_some_years_are_missing() {
    let options = options(160, 120);
    let (tile, specs) = (
        tile(&options, grid(&options).window()),
        input_specs(&options),
    );
    let npp = quantities(&tile, &specs, 0);
    let n_pixels = 160 * 120;
    let n_valid = |pixel: usize| {
        (0..20)
            .filter(|year| npp[year * n_pixels + pixel].is_finite())
            .count()
    };
    let counts: Vec<usize> = (0..n_pixels).map(n_valid).collect();
    let share =
        |is: fn(&usize) -> bool| counts.iter().filter(|n| is(n)).count() as f64 / n_pixels as f64;
    let (too_few, gaps) = (share(|&n| n < 15), share(|&n| (15..20).contains(&n)));
    assert!((0.03..0.08).contains(&too_few), "{too_few}");
    assert!((0.05..0.5).contains(&gaps), "{gaps}");
}
