//! What a device costs and what happens when it goes: compiled once, kept on disk, held to its budget,
//! opened again when lost.
//!
//! These tests need an adapter and fail without one; Debian's `mesa-vulkan-drivers` is one.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use doline::calendar::Years;
use doline::chain::Chain;
use doline::engines::cpu::CpuEngine;
use doline::engines::gpu::memory::slots_of;
use doline::engines::gpu::{Gpu, GpuEngine, LACKS_MEMORY, LostDevice, RecoveringEngine};
use doline::engines::{Engine, EngineError};
use doline::kernels::statistics::{MannKendall, Quantiles, TheilSen};
use doline::kernels::twin::Kernel;
use doline::kernels::wgsl::compose;
use doline::run::{Event, RunOptions, RunRecord, run};
use doline::study::{Device, Study};
use doline::synth::{self, SynthOptions};
use doline::tile::{Tile, TileOutput};

fn options() -> SynthOptions {
    SynthOptions {
        width: 96,
        height: 40,
        ..SynthOptions::default()
    }
}

fn chain() -> Arc<Chain> {
    Arc::new(support::chain_of_everything(
        synth::YEARS,
        synth::input_specs(&options()),
    ))
}

fn tile() -> Tile {
    synth::tile(&options(), synth::grid(&options()).window())
}

fn device() -> Gpu {
    Gpu::open(None).expect("these tests need an adapter; mesa-vulkan-drivers is one")
}

fn bits(output: &TileOutput) -> Vec<Vec<u32>> {
    output
        .layers
        .iter()
        .map(|layer| layer.iter().map(|x| x.to_bits()).collect())
        .collect()
}

/// llvmpipe ends the loops of a thread after 65,535 passes: of 300 years Theil-Sen may need more. A
/// card is not held to that.
#[test]
fn a_software_adapter_is_not_given_more_passes_than_it_makes() {
    let years = |n| Years {
        first: 2016 - n,
        last: 2015,
    };
    let kernels: [(Arc<dyn Kernel>, Years); 3] = [
        (Arc::new(TheilSen::new(225, 300, 0.05)), years(300)),
        (
            Arc::new(MannKendall {
                min_years: 300,
                n_years: 400,
            }),
            years(400),
        ),
        (
            Arc::new(Quantiles {
                n_members: 1000,
                level: 0.95,
            }),
            years(20),
        ),
    ];
    for (kernel, years) in kernels {
        let name = kernel.spec().name;
        let (chain, _) = support::chain_of(&kernel, years, 8, false, 7);
        let gpu = device();
        let is_software = gpu.report.is_software();
        match GpuEngine::new(gpu, Arc::new(chain), 1 << 26) {
            Err(EngineError::TooManyIterations {
                iterations, limit, ..
            }) => {
                assert!(is_software && iterations > limit, "{name}");
            }
            Err(other) => panic!("{name}: {other}"),
            Ok(_) => assert!(!is_software, "{name} was given to a software adapter"),
        }
    }
}

#[test]
fn stages_with_the_same_text_share_a_pipeline_also_in_the_next_engine() {
    let chain = chain();
    let texts: BTreeSet<String> = chain
        .stages
        .iter()
        .map(|stage| compose(&*stage.kernel, &slots_of(&chain, stage)))
        .collect();
    assert!(
        texts.len() < chain.stages.len(),
        "the chain has stages of one text"
    );
    let engine = GpuEngine::new(device(), Arc::clone(&chain), 1 << 28).expect("an engine");
    let gpu = engine.into_gpu();
    assert_eq!(gpu.compiled().len(), texts.len());
    let mut engine = GpuEngine::new(gpu, Arc::clone(&chain), 1 << 26).expect("another engine");
    let output = engine.run(&tile()).expect("a tile");
    assert_eq!(
        engine.into_gpu().compiled().len(),
        texts.len(),
        "nothing was compiled again"
    );
    assert!(output.layers.iter().flatten().any(|x| x.is_finite()));
}

#[test]
fn an_engine_takes_what_its_budget_allows_and_no_more() {
    let chain = chain();
    let mut gpu = device();
    for budget in [8_u64 << 20, 20 << 20, 50 << 20] {
        let engine = GpuEngine::new(gpu, Arc::clone(&chain), budget).expect("an engine");
        let taken = engine.device_bytes();
        assert!(taken <= budget, "{taken} of {budget}");
        // A workgroup more would not fit.
        let one_more = taken / (engine.slab_pixels() / 64) as u64;
        assert!(taken + 2 * one_more > budget, "{taken} of {budget}");
        gpu = engine.into_gpu();
    }
}

/// The one file in a folder.
fn only_file(folder: &Path) -> PathBuf {
    let files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("entry").path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

/// Opens a device with pipelines in `folder`, computes, and says whether some were found there.
fn compute_with_cache(folder: &Path, expected: &mut Option<Vec<Vec<u32>>>) -> bool {
    let gpu = Gpu::open_with_cache(None, Some(folder)).expect("an adapter");
    let found = gpu.found_cache();
    let mut engine = GpuEngine::new(gpu, chain(), 1 << 28).expect("an engine");
    let output = bits(&engine.run(&tile()).expect("a tile"));
    assert!(
        *expected.get_or_insert_with(|| output.clone()) == output,
        "a cached pipeline computes something else"
    );
    found
}

/// Vulkan only, and so on every machine with mesa-vulkan-drivers.
#[test]
fn pipelines_are_kept_on_disk_and_a_damaged_file_is_replaced() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("not/yet/there");
    let mut expected = None;
    assert!(!compute_with_cache(&folder, &mut expected));
    let file = only_file(&folder);
    let whole = fs::read(&file).expect("the pipelines");
    // Header and data; lavapipe has little to hand out, and keeps what it compiles elsewhere.
    assert!(whole.len() > 88, "{} bytes", whole.len());
    assert!(
        compute_with_cache(&folder, &mut expected),
        "the second run finds them"
    );

    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x40;
    let mut foreign = whole.clone();
    foreign[20] ^= 1;
    let halved = whole[..middle].to_vec();
    for damaged in [
        flipped,
        foreign,
        halved,
        Vec::new(),
        b"doline pipelines".to_vec(),
    ] {
        fs::write(&file, &damaged).expect("damaged");
        assert!(
            !compute_with_cache(&folder, &mut expected),
            "{} bytes were believed",
            damaged.len()
        );
        assert_eq!(only_file(&folder), file);
        assert!(
            fs::read(&file).expect("the pipelines")[..16] == *b"doline pipelines",
            "it was replaced"
        );
    }
    assert!(
        compute_with_cache(&folder, &mut expected),
        "the last one was replaced by a whole one"
    );
}

#[test]
fn a_cache_that_cannot_be_written_is_no_error() {
    let place = tempfile::tempdir().expect("a folder");
    let occupied = place.path().join("file");
    fs::write(&occupied, b"in the way").expect("written");
    assert!(!compute_with_cache(&occupied, &mut None));
    assert_eq!(fs::read(&occupied).expect("read"), b"in the way");
}

fn recovering(on_second_loss: LostDevice, faults: &[u64]) -> RecoveringEngine {
    recovering_within(1 << 22, on_second_loss, faults)
}

fn recovering_within(
    memory_bytes: u64,
    on_second_loss: LostDevice,
    faults: &[u64],
) -> RecoveringEngine {
    RecoveringEngine::open(
        None,
        None,
        chain(),
        memory_bytes,
        on_second_loss,
        faults.to_vec(),
    )
    .expect("an adapter")
}

#[test]
fn a_lost_device_is_opened_again_and_changes_no_bit() {
    let expected = bits(
        &recovering(LostDevice::EndsTheRun, &[])
            .run(&tile())
            .expect("a tile"),
    );
    for fault in [0, 7] {
        let mut engine = recovering(LostDevice::EndsTheRun, &[fault]);
        for _ in 0..2 {
            let output = bits(&engine.run(&tile()).expect("a tile"));
            assert!(output == expected, "lost at submission {fault}");
        }
        let report = engine.report();
        assert_eq!(
            (
                report.losses.len(),
                report.warnings.len(),
                report.tiles_on_cpu
            ),
            (1, 1, 0),
            "{report:?}"
        );
        assert!(!engine.name().contains("CPU, "), "{}", engine.name());
    }
}

#[test]
fn after_a_second_loss_the_cpu_computes_the_rest_to_the_same_bits_as_alone() {
    let cpu = bits(&CpuEngine::new(chain()).run(&tile()).expect("a tile"));
    let mut engine = recovering(LostDevice::CpuForTheRest, &[3, 2]);
    for _ in 0..2 {
        assert!(bits(&engine.run(&tile()).expect("a tile")) == cpu);
    }
    let report = engine.report();
    assert_eq!(
        (report.losses.len(), report.tiles_on_cpu),
        (2, 2),
        "{report:?}"
    );
    assert!(
        report
            .warnings
            .iter()
            .any(|warning| warning.contains("CPU computes the rest")),
        "{report:?}"
    );
    assert!(engine.name().contains(", then CPU"), "{}", engine.name());
}

#[test]
fn who_asked_for_a_gpu_gets_an_error_after_the_second_loss() {
    let mut engine = recovering(LostDevice::EndsTheRun, &[3, 2]);
    for _ in 0..2 {
        let error = engine.run(&tile()).expect_err("nothing may fall back");
        assert!(matches!(error, EngineError::DeviceLost { .. }), "{error}");
    }
}

#[test]
fn a_device_without_memory_gets_smaller_slabs_and_changes_no_bit() {
    let expected = bits(
        &recovering(LostDevice::EndsTheRun, &[])
            .run(&tile())
            .expect("a tile"),
    );
    // Three times too little, and then a loss, which is the first.
    let faults = [LACKS_MEMORY, LACKS_MEMORY | 3, LACKS_MEMORY | 1, 2];
    let mut engine = recovering_within(1 << 26, LostDevice::EndsTheRun, &faults);
    for _ in 0..2 {
        assert!(bits(&engine.run(&tile()).expect("a tile")) == expected);
    }
    let report = engine.report();
    assert_eq!(
        (report.losses.len(), report.tiles_on_cpu),
        (4, 0),
        "{report:?}"
    );
    let of_memory = report
        .warnings
        .iter()
        .filter(|text| text.contains("lacked memory"));
    assert_eq!(of_memory.count(), 3, "{report:?}");
    // It does not go on for ever.
    let faults = [LACKS_MEMORY; 9];
    let mut engine = recovering_within(1 << 26, LostDevice::EndsTheRun, &faults);
    let error = engine.run(&tile()).expect_err("no memory at all");
    assert!(matches!(error, EngineError::DeviceLost { .. }), "{error}");
    assert!(engine.report().losses.len() <= 6, "{:?}", engine.report());
}

/// A whole run on the best adapter, whose devices are lost at these submissions.
fn run_with(
    device: Device,
    faults: &[u64],
    out: &Path,
) -> (Result<RunRecord, doline::error::Error>, Vec<String>) {
    let study = synth::write(&out.join("inputs"), &options(), &mut |_, _| {})
        .expect("a study")
        .study;
    let study = Study::load(&study, &[]).expect("a study file");
    let options = RunOptions {
        out: Some(out.join("out")),
        device: Some(device),
        tile: Some([16, 64]),
        device_faults: faults.to_vec(),
        ..RunOptions::default()
    };
    let mut warnings = Vec::new();
    let record = run(&study, &options, &AtomicBool::new(false), &mut |event| {
        if let Event::Warning(warning) = event
            && warning.contains("the device was lost")
        {
            warnings.push(warning.to_owned());
        }
    });
    (record, warnings)
}

#[test]
fn a_run_says_what_happened_to_its_device() {
    let name = doline::engines::gpu::adapters()
        .first()
        .expect("an adapter")
        .name
        .clone();
    let place = tempfile::tempdir().expect("a folder");
    let (record, warnings) = run_with(Device::Named(name), &[2, 5], place.path());
    let record = record.expect("the CPU takes over");
    assert_eq!(
        (record.device_losses.len(), warnings.len()),
        (2, 2),
        "{warnings:?}"
    );
    assert!(
        record.tiles_on_cpu > 0 && record.device.contains(", then CPU"),
        "{}",
        record.device
    );
    let text = fs::read_to_string(place.path().join("out/run.json")).expect("run.json");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["device_losses"].as_array().map(Vec::len), Some(2));
    assert!(
        json["seconds"]["compile_shaders"]
            .as_f64()
            .is_some_and(|seconds| seconds > 0.0),
        "{text}"
    );
    assert!(
        json["warnings"]
            .to_string()
            .contains("CPU computes the rest")
    );
    let audit = &json["audit"];
    assert!(audit["pixels"].as_u64().is_some_and(|n| n >= 64), "{audit}");
    assert_eq!(audit["over"].as_array().map(Vec::len), Some(0), "{audit}");
}

#[test]
fn a_run_on_nothing_but_a_gpu_ends_with_exit_code_5_and_no_output() {
    let place = tempfile::tempdir().expect("a folder");
    let (record, _) = run_with(Device::Gpu, &[2, 5], place.path());
    let error = record.expect_err("two losses");
    assert_eq!(error.exit_code(), 5, "{error}");
    assert!(!place.path().join("out/run.json").exists() && !place.path().join("out/maps").exists());
    let place = tempfile::tempdir().expect("a folder");
    let (record, warnings) = run_with(Device::Gpu, &[2], place.path());
    let record = record.expect("one loss is recovered from");
    assert_eq!(
        (
            record.device_losses.len(),
            record.tiles_on_cpu,
            warnings.len()
        ),
        (1, 0, 1)
    );
}
