//! q over whole maps: against scipy and statsmodels, and in whole runs, where a map of p is read back.
#![allow(clippy::too_many_lines, reason = "tables of cases")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "layers are f32, maps are small"
)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use doline::chain::FalseDiscovery;
use doline::run::{RunOptions, RunRecord, run};
use doline::sinks::RasterRead;
use doline::study::{Device, Study};
use doline::synth::{self, SynthOptions};
use doline::tables::false_discovery::{LEVELS, PCounts, QValues};
use serde_json::Value;

fn q_values(rule: FalseDiscovery, p: &[f32], piece: usize) -> QValues {
    let mut counts = PCounts::new(rule);
    p.chunks(piece).for_each(|piece| counts.add(piece));
    while counts.needs_fine() {
        p.chunks(piece).for_each(|piece| counts.add_fine(piece));
    }
    counts.q_values()
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .expect("a list")
        .iter()
        .map(|x| x.as_f64().unwrap_or(f64::NAN))
        .collect()
}

#[test]
fn q_is_that_of_scipy_and_statsmodels_and_every_class_exactly_so() {
    let path = format!(
        "{}/tests/golden/false_discovery.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let golden: Value =
        serde_json::from_str(&fs::read_to_string(&path).expect(&path)).expect("JSON");
    let cases = golden["cases"].as_array().expect("cases");
    assert!(cases.len() >= 15);
    for case in cases {
        let name = &case["name"];
        let p: Vec<f32> = numbers(&case["inputs"]["p"])
            .into_iter()
            .map(|p| p as f32)
            .collect();
        for (key, rule) in [
            ("bh", FalseDiscovery::BenjaminiHochberg),
            ("by", FalseDiscovery::BenjaminiYekutieli),
        ] {
            let ours = q_values(rule, &p, 13);
            let expected = numbers(&case["expected"][key]);
            for (&p, &expected) in p.iter().zip(&expected) {
                let q = ours.of(p);
                assert_eq!(q.is_nan(), expected.is_nan(), "{name}: {key} of {p}");
                // Never below, and above by no more than a bucket is wide.
                let (least, most) = (expected * (1.0 - 1e-12), expected * (1.0 + 6.2e-5) + 1e-39);
                assert!(
                    q.is_nan() || (least..=most).contains(&q),
                    "{name}: {key} of {p:e} is {q:e}, not {expected:e}"
                );
            }
            for level in LEVELS {
                let below = case["expected"][format!("{key}_below_{level}")]
                    .as_array()
                    .expect("0, 1 or null");
                for (&p, below) in p.iter().zip(below) {
                    let is_below = (!p.is_nan()).then(|| u64::from(ours.of(p) < level));
                    assert_eq!(is_below, below.as_u64(), "{name}: {key} of {p} at {level}");
                }
            }
        }
    }
}

fn options() -> SynthOptions {
    SynthOptions {
        width: 150,
        height: 70,
        ..SynthOptions::default()
    }
}

/// A run of the synthetic region with these changes to its study.
fn run_with(
    place: &Path,
    out: &str,
    overrides: &[&str],
    tile: Option<[usize; 2]>,
    device: Device,
) -> RunRecord {
    let inputs = place.join("inputs");
    if !inputs.exists() {
        synth::write(&inputs, &options(), &mut |_, _| {}).expect("a study");
    }
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    let study = Study::load(&inputs.join("study.toml"), &overrides).expect("a study file");
    let options = RunOptions {
        out: Some(place.join(out)),
        device: Some(device),
        tile,
        ..RunOptions::default()
    };
    run(&study, &options, &AtomicBool::new(false), &mut |_| {}).expect("a run")
}

fn band(path: &Path) -> Vec<f64> {
    RasterRead::open(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .values
        .swap_remove(0)
}

/// q as the rule is written, on the sorted map.
fn by_sorting(p: &[f64], factor: f64) -> Vec<f64> {
    let mut sorted: Vec<f64> = p.iter().copied().filter(|p| !p.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let mut q: Vec<f64> = (1..)
        .zip(&sorted)
        .map(|(rank, p)| p * (n / f64::from(rank)) * factor)
        .collect();
    for i in (0..q.len().saturating_sub(1)).rev() {
        q[i] = q[i].min(q[i + 1]);
    }
    let of = |p: f64| {
        if p.is_nan() {
            p
        } else {
            q[sorted.partition_point(|&s| s <= p) - 1].min(1.0)
        }
    };
    p.iter().map(|&p| of(p)).collect()
}

/// 1 + 1/2 + ... to the number of pixels with this p.
fn harmonic(record: &RunRecord, p: &str) -> f64 {
    let map = record
        .false_discovery
        .iter()
        .find(|map| map.p == p)
        .expect("a record of that p");
    (1..=map.tests).map(|i| 1.0 / i as f64).sum()
}

fn assert_same_map(a: &[f64], b: &[f64], what: &str) {
    let differs = a
        .iter()
        .zip(b)
        .position(|(a, b)| a != b && !(a.is_nan() && b.is_nan()));
    assert_eq!((a.len(), differs), (b.len(), None), "{what}");
}

#[test]
fn a_run_makes_maps_of_q_and_classes_on_q() {
    let place = tempfile::tempdir().expect("a folder");
    let plain = run_with(place.path(), "plain", &[], None, Device::Cpu);
    assert!(plain.false_discovery.is_empty());
    let maps = |out: &str, name: &str| place.path().join(out).join(format!("maps/{name}.tif"));
    assert!(!maps("plain", "nep_q").exists());
    for (out, rule) in [("bh", "benjamini-hochberg"), ("by", "benjamini-yekutieli")] {
        let record = run_with(
            place.path(),
            out,
            &[&format!("trend.fdr={rule}")],
            Some([16, 64]),
            Device::Cpu,
        );
        for name in [
            "nep",
            "npp",
            "rh",
            "temperature",
            "precipitation",
            "radiation",
        ] {
            let p = band(&maps(out, &format!("{name}_p")));
            assert_same_map(&p, &band(&maps("plain", &format!("{name}_p"))), name);
            let n = p.iter().filter(|p| !p.is_nan()).count();
            let factor = if out == "bh" {
                1.0
            } else {
                harmonic(&record, &format!("{name}_p"))
            };
            let expected = by_sorting(&p, factor);
            for (q, expected) in band(&maps(out, &format!("{name}_q")))
                .into_iter()
                .zip(&expected)
            {
                assert_eq!(q.is_nan(), expected.is_nan());
                let most = expected * (1.0 + 6.2e-5);
                assert!(
                    q.is_nan() || q > expected * (1.0 - 1e-7) && q < most + 1e-30,
                    "{name}: {q} {expected}"
                );
            }
            let (on_p, on_q) = (
                maps("plain", &format!("{name}_class")),
                maps(out, &format!("{name}_class")),
            );
            let mut significant = [0; 2];
            for ((on_p, on_q), q) in band(&on_p).into_iter().zip(band(&on_q)).zip(&expected) {
                let strength = LEVELS.iter().filter(|&&level| *q < level).count() as f64;
                let expected = if on_p.is_nan() {
                    on_p
                } else {
                    3.0 + (on_p - 3.0).signum() * strength
                };
                assert!(
                    on_q == expected || on_q.is_nan() && expected.is_nan(),
                    "{name}: {on_q} for {on_p}, q {q}"
                );
                significant
                    .iter_mut()
                    .zip(LEVELS)
                    .for_each(|(n, level)| *n += u64::from(*q < level));
            }
            let told = record
                .false_discovery
                .iter()
                .find(|map| map.p == format!("{name}_p"))
                .expect("a record");
            assert_eq!((told.rule, told.tests), (rule, n as u64));
            assert_eq!(
                told.levels
                    .iter()
                    .map(|level| level.pixels)
                    .collect::<Vec<_>>(),
                significant,
                "{name}"
            );
            assert!(
                told.levels
                    .iter()
                    .all(|level| level.largest_p.is_some() == (level.pixels > 0))
            );
            // What is missing is counted inside the mask alone, as of every other layer.
            let missing = |of: &str| {
                record
                    .layers
                    .iter()
                    .find(|l| l.path == format!("maps/{name}_{of}"))
                    .expect(of)
                    .missing
            };
            assert_eq!(
                (missing("q"), missing("class")),
                (missing("p"), missing("slope")),
                "{name}"
            );
        }
        let expected = by_sorting(
            &band(&maps(out, "nep_mk_p")),
            if out == "bh" {
                1.0
            } else {
                harmonic(&record, "nep_mk_p")
            },
        );
        for (q, expected) in band(&maps(out, "nep_mk_q")).into_iter().zip(expected) {
            assert!(
                q.is_nan() && expected.is_nan() || (q - expected).abs() <= 6.2e-5 * expected,
                "{q} {expected}"
            );
        }
        assert!(!maps(out, "nep_drivers_q").exists());
    }
    let class = RasterRead::open(&maps("bh", "nep_class")).expect("classes");
    assert!(
        class.metadata.iter().any(|item| item.contains("q < 0.01")),
        "{:?}",
        class.metadata
    );
    let hidden = fs::read_dir(place.path().join("bh"))
        .expect("a folder")
        .map(|e| e.expect("entry").file_name());
    assert!(
        hidden
            .into_iter()
            .all(|name| !name.to_string_lossy().contains("scratch"))
    );
}

#[test]
fn neither_tiles_nor_the_form_of_files_nor_the_layers_asked_for_change_a_class() {
    let place = tempfile::tempdir().expect("a folder");
    run_with(
        place.path(),
        "whole",
        &["trend.fdr=true"],
        None,
        Device::Cpu,
    );
    let of = |out: &str, name: &str| band(&place.path().join(out).join(format!("maps/{name}.tif")));
    run_with(
        place.path(),
        "tiles",
        &["trend.fdr=true"],
        Some([7, 64]),
        Device::Cpu,
    );
    for name in ["nep_q", "nep_mk_q", "nep_class", "temperature_class"] {
        assert_same_map(&of("tiles", name), &of("whole", name), name);
    }
    let table = |out: &str| {
        fs::read_to_string(place.path().join(out).join("tables/classes.csv")).expect("classes.csv")
    };
    assert_eq!(table("tiles"), table("whole"));
    // The areas are those of the classes on q: their shares are near those of the pixels, whose rows differ in area.
    let class = of("whole", "nep_class");
    let n_there = class.iter().filter(|class| !class.is_nan()).count() as f64;
    let mut n_rows = 0;
    for row in table("whole")
        .lines()
        .filter(|row| row.starts_with("nep_class,all,all,"))
    {
        let cells: Vec<&str> = row.split(',').collect();
        let number = |cell: &str| cell.parse::<f64>().expect("a number");
        let n = class
            .iter()
            .filter(|&&class| class == number(cells[3]))
            .count() as f64;
        let share = number(cells.last().expect("a share"));
        assert!(
            (share - n / n_there).abs() < 2e-3,
            "{row}: {} of the pixels",
            n / n_there
        );
        n_rows += 1;
    }
    assert!(n_rows >= 3, "{}", table("whole"));
    let other = ["trend.fdr=true", "trend.tests=[\"mk-tfpw\"]"];
    run_with(place.path(), "other", &other, None, Device::Cpu);
    let expected = by_sorting(&of("other", "nep_mk_tfpw_p"), 1.0);
    for (q, expected) in of("other", "nep_mk_tfpw_q").into_iter().zip(expected) {
        assert!(
            q.is_nan() && expected.is_nan() || (q - expected).abs() <= 6.2e-5 * expected,
            "{q} {expected}"
        );
    }
    let cog = [
        "trend.fdr=true",
        "output.format=cog",
        "output.layers=[\"nep_class\", \"npp_mk_q\"]",
    ];
    let record = run_with(place.path(), "cog", &cog, Some([16, 64]), Device::Cpu);
    for name in ["nep_class", "npp_mk_q"] {
        assert_same_map(&of("cog", name), &of("whole", name), name);
    }
    let maps = fs::read_dir(place.path().join("cog/maps"))
        .expect("maps")
        .flatten()
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|ending| ending != "qml")
        })
        .count();
    assert_eq!(
        (maps, record.false_discovery.len()),
        (3, 2),
        "classes, q and flags: nothing else is kept"
    );
}

#[cfg(feature = "gpu")]
#[test]
fn a_gpu_differs_only_in_the_pixels_that_its_run_counts() {
    let place = tempfile::tempdir().expect("a folder");
    run_with(place.path(), "cpu", &["trend.fdr=true"], None, Device::Cpu);
    let record = run_with(place.path(), "gpu", &["trend.fdr=true"], None, Device::Gpu);
    let of = |out: &str, name: &str| band(&place.path().join(out).join(format!("maps/{name}.tif")));
    let mut n_compared = 0;
    for map in &record.false_discovery {
        let Some(name) = map
            .p
            .strip_suffix("_p")
            .filter(|name| !name.ends_with("_mk"))
        else {
            continue;
        };
        let pairs = || {
            of("cpu", &format!("{name}_class"))
                .into_iter()
                .zip(of("gpu", &format!("{name}_class")))
        };
        let n_differ = pairs()
            .filter(|(a, b)| a != b && !(a.is_nan() && b.is_nan()))
            .count() as u64;
        n_compared += pairs().filter(|(a, _)| !a.is_nan()).count();
        let n_near: u64 = map.levels.iter().map(|level| level.pixels_near).sum();
        assert!(
            n_differ <= n_near,
            "{name}: {n_differ} differ, {n_near} are near"
        );
    }
    assert!(n_compared > 10_000);
}
