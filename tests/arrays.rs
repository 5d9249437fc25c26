//! Trends of arrays in memory: those of a tile of the chain, whatever the type and the order in memory.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::expect_used,
    reason = "small numbers; a test stops at the first surprise"
)]

use std::sync::Arc;

use doline::arrays::{ArraysError, DriversOf, FluxesOf, KeptEngines, Layers, Threads, TrendsOf};
use doline::calendar::{Steps, Years};
use doline::chain::TrendTest;
use doline::device::Device;
use doline::tile::Decoding;
use ndarray::{Array3, ShapeBuilder as _, s};

const YEARS: Years = Years {
    first: 2001,
    last: 2020,
};
/// The second has 366 days.
const TWO_YEARS: Years = Years {
    first: 2003,
    last: 2004,
};
const SHAPE: (usize, usize, usize) = (20, 7, 11);

/// Departures in whole numbers, so that every type has them exactly; some are missing.
fn departure(year: usize, y: usize, x: usize) -> Option<i32> {
    let mixed = (year * 7919 + y * 104_729 + x * 1_299_709 + year * year * (x + 3)) % 101;
    (mixed != 17)
        .then(|| i32::try_from(mixed).expect("small") + 2 * i32::try_from(year).expect("small"))
}

fn floats() -> Array3<f32> {
    Array3::from_shape_fn(SHAPE, |(year, y, x)| {
        departure(year, y, x).map_or(f32::NAN, |value| value as f32)
    })
}

fn trends<T: doline::arrays::Element>(series: &Array3<T>) -> Layers {
    TrendsOf::new(YEARS)
        .run(&series.view(), &mut |_| true)
        .expect("trends")
}

fn assert_same(a: &Layers, b: &Layers) {
    assert!(
        a.iter()
            .map(|(name, _)| name)
            .eq(b.iter().map(|(name, _)| name))
    );
    for (name, _) in a.iter() {
        let (a, b) = (a.steps(name).expect("a"), b.steps(name).expect("b"));
        let same = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
        assert!(a.iter().zip(b).all(same), "{name}");
    }
}

/// Least squares by the textbook.
fn slope_of(values: &[(f64, f64)]) -> f64 {
    let n = values.len() as f64;
    let mean = |part: fn(&(f64, f64)) -> f64| values.iter().map(part).sum::<f64>() / n;
    let (t, y) = (mean(|v| v.0), mean(|v| v.1));
    let products = values.iter().map(|v| (v.0 - t) * (v.1 - y)).sum::<f64>();
    products / values.iter().map(|v| (v.0 - t).powi(2)).sum::<f64>()
}

/// S of Mann and Kendall by its definition.
fn s_of(values: &[(f64, f64)]) -> f64 {
    let pairs = (0..values.len()).flat_map(|i| (i + 1..values.len()).map(move |j| (i, j)));
    pairs
        .map(|(i, j)| match values[j].1.total_cmp(&values[i].1) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Less => -1.0,
            std::cmp::Ordering::Equal => 0.0,
        })
        .sum()
}

/// The valid years of a pixel of a function of year and place.
fn valid(value: impl Fn(usize) -> Option<f64>) -> Vec<(f64, f64)> {
    let years = (0..SHAPE.0).filter_map(|year| Some((year as f64, value(year)?)));
    years.collect()
}

#[test]
fn slopes_and_ranks_are_those_of_the_definitions() {
    let found = trends(&floats());
    let (slope, s) = (
        found.map("slope").expect("slope"),
        found.map("mk_s").expect("S"),
    );
    for y in 0..SHAPE.1 {
        for x in 0..SHAPE.2 {
            let values = valid(|year| departure(year, y, x).map(f64::from));
            assert!(
                (f64::from(slope[[y, x]]) - slope_of(&values)).abs() < 1e-5,
                "{y} {x}"
            );
            assert_eq!(f64::from(s[[y, x]]), s_of(&values), "{y} {x}");
        }
    }
    assert!(found.map("cv").is_none());
}

#[test]
fn the_order_in_memory_changes_nothing() {
    let plain = floats();
    let expected = trends(&plain);
    let mut fortran = Array3::from_elem(SHAPE.f(), 0.0_f32);
    fortran.assign(&plain);
    assert!(fortran.as_slice().is_none());
    assert_same(&trends(&fortran), &expected);
    // Every second column of a wider array, rows from below.
    let mut wide = Array3::from_elem((SHAPE.0, SHAPE.1, 2 * SHAPE.2), -1.0_f32);
    wide.slice_mut(s![.., ..;-1, ..;2]).assign(&plain);
    let part = wide.slice(s![.., ..;-1, ..;2]);
    let found = TrendsOf::new(YEARS).run(&part, &mut |_| true);
    assert_same(&found.expect("trends"), &expected);
}

#[test]
fn whole_numbers_are_decoded() {
    let codes = Array3::from_shape_fn(SHAPE, |(year, y, x)| {
        departure(year, y, x).map_or(-3000, |value| i16::try_from(value).expect("small"))
    });
    let mut options = TrendsOf::new(YEARS);
    options.decoding = Decoding {
        nodata: vec![-3000.0],
        ..Decoding::identity()
    };
    let found = options.run(&codes.view(), &mut |_| true).expect("trends");
    assert_same(&found, &trends(&floats()));
}

/// Near 300, with differences of 1e-4: as f32 most of these values are one and the same.
#[test]
fn double_precision_is_not_narrowed_before_the_level_is_taken_out() {
    let value = |year, y, x| departure(year, y, x).map(|value| 300.0 + 1e-6 * f64::from(value));
    let doubles =
        Array3::from_shape_fn(SHAPE, |(year, y, x)| value(year, y, x).unwrap_or(f64::NAN));
    let found = trends(&doubles);
    let narrowed = trends(&doubles.mapv(|value| value as f32));
    let maps = |name| {
        (
            found.map(name).expect(name),
            narrowed.map(name).expect(name),
        )
    };
    let (slopes, levels) = (maps("slope"), maps("mean"));
    let (ranks, narrowed_ranks) = maps("mk_s");
    let mut n_wrong = 0;
    for y in 0..SHAPE.1 {
        for x in 0..SHAPE.2 {
            let values = valid(|year| value(year, y, x));
            let slope = slope_of(&values);
            let error = (f64::from(slopes.0[[y, x]]) - slope).abs();
            assert!(error < 1e-5 * slope.abs().max(1e-6), "{y} {x}: {error}");
            assert_eq!(f64::from(ranks[[y, x]]), s_of(&values), "{y} {x}");
            let mean = values.iter().map(|v| v.1).sum::<f64>() / values.len() as f64;
            assert!((f64::from(levels.0[[y, x]]) - mean).abs() < 2e-5);
            n_wrong += usize::from(f64::from(narrowed_ranks[[y, x]]) != s_of(&values));
        }
    }
    assert!(
        n_wrong > SHAPE.1 * SHAPE.2 / 2,
        "{n_wrong}: the case is no trap any more"
    );
}

#[test]
fn an_array_of_more_than_one_tile_is_that_of_its_parts() {
    let (height, width) = (600, 900);
    let large = Array3::from_shape_fn((20, height, width), |(year, y, x)| {
        departure(year, y, x).map_or(f32::NAN, |value| value as f32)
    });
    let mut options = TrendsOf::new(YEARS);
    options.tests = vec![TrendTest::Ols];
    let mut shares = Vec::new();
    let whole = options.run(&large.view(), &mut |share| {
        shares.push(share);
        true
    });
    let whole = whole.expect("trends");
    assert_eq!(shares.len(), 3, "{shares:?}");
    assert_eq!(shares.last(), Some(&1.0));
    let part = large.slice(s![.., 300..305, 100..]);
    let part = options.run(&part, &mut |_| true).expect("trends");
    let (whole, part) = (
        whole.map("slope").expect("slope"),
        part.map("slope").expect("slope"),
    );
    let of_whole = whole.slice(s![300..305, 100..]);
    assert!(
        of_whole
            .iter()
            .zip(part)
            .all(|(a, b)| a.to_bits() == b.to_bits())
    );
    let stopped = options.run(&large.view(), &mut |share| share > 0.9);
    assert!(matches!(stopped, Err(ArraysError::Stopped)));
}

#[test]
fn what_cannot_be_is_an_error_that_says_why() {
    let series = floats();
    let short = TrendsOf::new(Years {
        first: 2001,
        last: 2019,
    });
    let error = short
        .run(&series.view(), &mut |_| true)
        .expect_err("19 years");
    assert!(
        error
            .to_string()
            .contains("20 values and there are 19 years"),
        "{error}"
    );
    let few = series.slice(s![..3, .., ..]);
    let options = TrendsOf::new(Years {
        first: 2001,
        last: 2003,
    });
    let error = options.run(&few, &mut |_| true).expect_err("3 years");
    assert!(
        error.to_string().contains("fewer than the 4 valid ones"),
        "{error}"
    );
    let mut decoded = TrendsOf::new(YEARS);
    decoded.decoding.nodata = vec![0.0];
    let doubles = series.mapv(f64::from);
    let error = decoded
        .run(&doubles.view(), &mut |_| true)
        .expect_err("codes");
    assert!(matches!(error, ArraysError::Decoded), "{error}");
    let empty = series.slice(s![.., ..0, ..]);
    let nothing = TrendsOf::new(YEARS)
        .run(&empty, &mut |_| true)
        .expect("nothing");
    assert_eq!(nothing.map("slope").expect("an empty map").len(), 0);
}

/// A first year far from all others is not what the rest is measured from.
#[test]
fn one_value_far_from_the_others_is_not_their_level() {
    let value = |year, y, x| match (year, departure(year, y, x)) {
        (0, Some(_)) => Some(0.0),
        (_, value) => value.map(|value| 300.0 + 1e-6 * f64::from(value)),
    };
    let doubles =
        Array3::from_shape_fn(SHAPE, |(year, y, x)| value(year, y, x).unwrap_or(f64::NAN));
    let found = trends(&doubles);
    let ranks = found.map("mk_s").expect("mk_s");
    for y in 0..SHAPE.1 {
        for x in 0..SHAPE.2 {
            let values = valid(|year| value(year, y, x));
            assert_eq!(f64::from(ranks[[y, x]]), s_of(&values), "{y} {x}");
        }
    }
}

/// One driver: the partial correlation is the plain one, and the coefficient that of the textbook.
#[test]
fn a_driver_is_that_of_the_textbook_and_the_trend_is_its_parts() {
    let rain = Array3::from_shape_fn(SHAPE, |(year, y, x)| {
        280.0 + 1e-3 * ((year * 31 + y * 17 + x * 5 + year * year) % 29) as f64
    });
    let value = |year, y, x| departure(year, y, x).map(|value| 300.0 + 1e-3 * f64::from(value));
    let series = Array3::from_shape_fn(SHAPE, |(year, y, x)| value(year, y, x).unwrap_or(f64::NAN));
    let found = DriversOf::new(YEARS)
        .run(&series.view(), &[("rain", rain.view())], &mut |_| true)
        .expect("drivers");
    let map = |name: &str| found.map(name).expect(name);
    let (coef, partial, slope) = (map("coef_rain"), map("partial_rain"), map("slope"));
    let parts = [map("detrended/slope_climate"), map("detrended/slope_human")];
    for y in 0..SHAPE.1 {
        for x in 0..SHAPE.2 {
            let pairs: Vec<(f64, f64)> = (0..SHAPE.0)
                .filter_map(|year| Some((rain[[year, y, x]], value(year, y, x)?)))
                .collect();
            let swapped: Vec<(f64, f64)> = pairs.iter().map(|&(a, b)| (b, a)).collect();
            let (forward, back) = (slope_of(&pairs), slope_of(&swapped));
            let r = forward.signum() * (forward * back).sqrt();
            assert!((f64::from(coef[[y, x]]) - forward).abs() < 1e-4 * forward.abs().max(1.0));
            assert!((f64::from(partial[[y, x]]) - r).abs() < 1e-5, "{y} {x}");
            let sum = parts[0][[y, x]] + parts[1][[y, x]];
            assert!((sum - slope[[y, x]]).abs() < 1e-5, "{y} {x}");
        }
    }
    let classes = found.get("raw/driver_class").expect("classes");
    assert!(
        classes
            .kind
            .classes()
            .is_some_and(|classes| classes.len() == 7)
    );
}

#[test]
fn drivers_of_another_shape_or_name_are_refused() {
    let series = floats();
    let run = |name: &str, driver: ndarray::ArrayView3<'_, f32>| {
        let drivers = [(name, driver)];
        let found = DriversOf::new(YEARS).run(&series.view(), &drivers, &mut |_| true);
        found.expect_err("refused").to_string()
    };
    let other = series.slice(s![.., ..3, ..]);
    assert!(run("rain", other).contains("`rain` has [3, 11] rows and columns"));
    assert!(run("series", series.view()).contains("cannot be called \"series\""));
    // `slope_climate` would be that of the driver and the sum of all drivers.
    let taken = run("climate", series.view());
    assert!(taken.contains("two results would be called"), "{taken}");
    assert!(run("rain", series.slice(s![1.., .., ..])).contains("the first axis of `rain` has 19"));
}

/// An array has no study file: messages name what was given.
#[test]
fn what_a_regression_lacks_is_said_without_a_study() {
    let series = floats();
    let said = |drivers: &[(&str, ndarray::ArrayView3<'_, f32>)]| {
        let found = DriversOf::new(YEARS).run(&series.view(), drivers, &mut |_| true);
        found.expect_err("refused").to_string()
    };
    assert_eq!(
        said(&[]),
        "a regression needs a driver: give one array or more"
    );
    let names: Vec<String> = (0..9).map(|n| format!("d{n}")).collect();
    let nine: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), series.view()))
        .collect();
    assert_eq!(said(&nine), "9 drivers are given; at most 8 are possible");
}

#[test]
fn what_is_wanted_is_made_and_nothing_else() {
    let series = floats();
    let all = trends(&series);
    let mut options = TrendsOf::new(YEARS);
    options.unit = "gC m-2 yr-1".to_owned();
    options.wanted = Some(vec!["mk_z".to_owned(), "slope".to_owned()]);
    let found = options.run(&series.view(), &mut |_| true).expect("trends");
    let names: Vec<&str> = found.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["mk_z", "slope"]);
    assert_eq!(found.get("slope").expect("slope").unit, "gC m-2 yr-2");
    for name in names {
        let (found, all) = (found.map(name).expect(name), all.map(name).expect(name));
        assert!(
            found
                .iter()
                .zip(all)
                .all(|(a, b)| a.to_bits() == b.to_bits())
        );
    }
    options.wanted = Some(vec!["steepness".to_owned()]);
    let error = options
        .run(&series.view(), &mut |_| true)
        .expect_err("no such result");
    let text = error.to_string();
    assert!(
        text.contains("\"steepness\"") && text.contains("slope"),
        "{text}"
    );
}

#[test]
fn threads_of_their_own_and_engines_that_stay_open_change_nothing() {
    let series = floats();
    let expected = trends(&series);
    let mut options = TrendsOf::new(YEARS);
    options.on.threads = Some(Threads::new(3).expect("three threads"));
    assert_eq!(options.on.threads.as_ref().map(Threads::count), Some(3));
    let run = |options: &TrendsOf| options.run(&series.view(), &mut |_| true).expect("trends");
    assert_same(&run(&options), &expected);
    let kept = Arc::new(KeptEngines::default());
    options.on.kept = Some(Arc::clone(&kept));
    run(&options);
    assert_eq!(kept.count(), 0, "the CPU costs nothing to open");
    // Without a hardware GPU this is the CPU as well, and is kept.
    options.on.device = Device::Auto;
    for _ in 0..2 {
        run(&options);
        assert_eq!(kept.count(), 1, "one engine for one kind of call");
    }
    options.tests = vec![TrendTest::Ols];
    run(&options);
    assert_eq!(kept.count(), 2);
}

/// Heterotrophic respiration as a fixed part, and soil respiration of a year of which each month is alike.
#[test]
fn respiration_is_that_of_the_equations() {
    let temperature = Array3::from_elem((24, 2, 3), 20.0_f64);
    let mut model = FluxesOf::soil_respiration(TWO_YEARS, "lloyd-taylor").expect("a model");
    model.parameters = vec![("R10".to_owned(), 2.0)];
    assert_eq!(
        model.reads().expect("what it reads"),
        [("temperature".to_owned(), Steps::Monthly)]
    );
    let found = model
        .run(&[("temperature", temperature.view())], &mut |_| true)
        .expect("respiration");
    let rs = found.steps("rs").expect("rs");
    let rate = 2.0 * (308.56_f64 * (1.0 / 56.02 - 1.0 / 66.02)).exp();
    for (year, days) in [(0, 365.0), (1, 366.0)] {
        let expected = rate * days;
        assert!((f64::from(rs[[year, 1, 2]]) - expected).abs() < 1e-4 * expected);
    }
    assert_eq!(found.iter().count(), 1);
    let mut law = FluxesOf::heterotrophic(TWO_YEARS, "fraction").expect("a law");
    law.parameters = vec![("fraction".to_owned(), 0.5)];
    let rh = law.run(&[("rs", rs)], &mut |_| true).expect("rh");
    assert_eq!(rh.steps("rh").expect("rh")[[0, 0, 0]], rs[[0, 0, 0]] * 0.5);
}

#[test]
fn a_model_says_what_it_reads_and_what_it_got() {
    let cube = Array3::from_elem((24, 2, 3), 10.0_f32);
    let gsmsr = FluxesOf::soil_respiration(TWO_YEARS, "gsmsr").expect("a model");
    let run = |arrays: &[(&str, ndarray::ArrayView3<'_, f32>)]| {
        let found = gsmsr.run(arrays, &mut |_| true);
        found.expect_err("refused").to_string()
    };
    let text = run(&[("temperature", cube.view())]);
    assert_eq!(
        text,
        "gsmsr reads temperature, precipitation, soc, and got temperature"
    );
    let all = ["temperature", "precipitation", "soc"].map(|name| (name, cube.view()));
    let text = run(&all);
    assert!(
        text.contains("`soc` has 24 values, and 2 years have 1"),
        "{text}"
    );
    let error = FluxesOf::soil_respiration(YEARS, "best").expect_err("no such model");
    assert!(error.to_string().contains("choose one of gsmsr"), "{error}");
}
