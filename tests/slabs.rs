//! How tiles travel to a device and back: several at a time, in slots, in few bytes.
//!
//! These tests need an adapter and fail without one; Debian's `mesa-vulkan-drivers` is one.
#![allow(
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test stops at the first surprise; flags are small whole numbers"
)]

mod support;

use std::sync::Arc;

use doline::calendar::Years;
use doline::chain::{Chain, Stage};
use doline::engines::Engine;
use doline::engines::cpu::CpuEngine;
use doline::engines::gpu::packing::{Packing, Width};
use doline::engines::gpu::{Gpu, GpuEngine, LostDevice, RecoveringEngine};
use doline::grid::Window;
use doline::kernels::registry::{self, Example};
use doline::kernels::twin::Kernel;
use doline::synth::{self, SynthOptions};
use doline::tile::{Tile, TileOutput, gather};

fn options() -> SynthOptions {
    SynthOptions {
        width: 96,
        height: 128,
        ..SynthOptions::default()
    }
}

fn chain() -> Arc<Chain> {
    Arc::new(support::chain_of_everything(
        synth::YEARS,
        synth::input_specs(&options()),
    ))
}

/// A tile of these rows of the region.
fn tile(row: usize, height: usize) -> Arc<Tile> {
    let window = Window {
        row,
        col: 0,
        height,
        width: 96,
    };
    Arc::new(synth::tile(&options(), window))
}

/// A tile of one workgroup.
fn small_tile(row: usize) -> Arc<Tile> {
    let window = Window {
        row,
        col: 16,
        height: 1,
        width: 64,
    };
    Arc::new(synth::tile(&options(), window))
}

fn device() -> Gpu {
    Gpu::open(None).expect("these tests need an adapter; mesa-vulkan-drivers is one")
}

fn bits(output: &TileOutput) -> Vec<Vec<u32>> {
    let layers = output.layers.iter();
    layers
        .map(|layer| layer.iter().map(|x| x.to_bits()).collect())
        .collect()
}

/// The layers of each tile, each alone on the device.
fn one_by_one(engine: &mut dyn Engine, tiles: &[Arc<Tile>]) -> Vec<Vec<Vec<u32>>> {
    let alone = |tile: &Arc<Tile>| bits(&engine.run(tile).expect("a tile"));
    tiles.iter().map(alone).collect()
}

/// The layers of each tile, as many on their way as the engine takes.
fn side_by_side(engine: &mut dyn Engine, tiles: &[Arc<Tile>]) -> Vec<Vec<Vec<u32>>> {
    let at_a_time = engine.tiles_in_flight();
    let mut layers = Vec::new();
    for (number, tile) in tiles.iter().enumerate() {
        if number >= at_a_time {
            let output = engine.finish().expect("a tile");
            layers.push(bits(&output));
            engine.reuse(output);
        }
        engine.start(Arc::clone(tile)).expect("a start");
    }
    while layers.len() < tiles.len() {
        layers.push(bits(&engine.finish().expect("a tile")));
    }
    layers
}

/// Tiles of one workgroup and a chain of one kernel: no device cuts a slab into more than two submissions,
/// so a start does not wait for the device. What it computes takes longer than to send it.
#[test]
fn three_slabs_are_on_their_way_and_a_start_returns_before_its_slab_is_through() {
    const N_PIXELS: usize = 64;
    let example = Example::default();
    let kernels = registry::all(example);
    let is_slow = |kernel: &&Arc<dyn Kernel>| kernel.spec().name == "bootstrap";
    let kernel = kernels.iter().find(is_slow).expect("a slow kernel");
    let inputs_of = |seed| support::chain_of(kernel, example.years, N_PIXELS, false, seed);
    let (chain, _) = inputs_of(0);
    let window = Window {
        row: 0,
        col: 0,
        height: 1,
        width: N_PIXELS,
    };
    let tile = |seed| Tile {
        window,
        inputs: inputs_of(seed).1,
        inside: None,
    };
    let tiles: Vec<Arc<Tile>> = (1..5).map(|seed| Arc::new(tile(seed))).collect();
    let mut engine = GpuEngine::new(device(), Arc::new(chain), 1 << 26).expect("an engine");
    let alone = one_by_one(&mut engine, &tiles);
    let mut was_ahead = false;
    // Other programs may keep this thread from running for a while.
    for _ in 0..1000 {
        for tile in &tiles[..3] {
            engine.start(Arc::clone(tile)).expect("a start");
        }
        let slabs = engine.slabs();
        was_ahead |= slabs.returned + 2 <= slabs.submitted;
        assert!(
            engine.start(Arc::clone(&tiles[3])).is_err(),
            "a fourth tile was taken"
        );
        for expected in &alone[..3] {
            assert!(bits(&engine.finish().expect("a tile")) == *expected);
        }
        if was_ahead && engine.slabs().most_on_their_way == 3 {
            break;
        }
    }
    assert!(was_ahead, "each start waited for its slab");
    assert_eq!(engine.slabs().most_on_their_way, 3);
    assert!(engine.finish().is_err(), "no tile is on its way");
}

#[test]
fn slabs_of_one_size_write_nothing_but_their_slots() {
    let mut engine = GpuEngine::new(device(), chain(), 1 << 28).expect("an engine");
    let tiles: Vec<Arc<Tile>> = (0..4).map(small_tile).collect();
    one_by_one(&mut engine, &tiles[..1]);
    let writes = engine.uniform_writes();
    assert_eq!(
        writes,
        chain().stages.len() as u64 + 2,
        "one for each stage, one for what packs and one for what picks"
    );
    side_by_side(&mut engine, &tiles);
    assert_eq!(engine.uniform_writes(), writes);
}

/// What the host did is counted by pixels, and a pixel comes back in the bytes of its packing.
#[test]
fn pixels_are_counted_as_they_are_filled_and_taken_apart() {
    let tiles: Vec<Arc<Tile>> = (0..3).map(small_tile).collect();
    let n_pixels = tiles[0].window.n_pixels();
    let mut engine = GpuEngine::without_recheck(device(), chain(), 1 << 28).expect("an engine");
    side_by_side(&mut engine, &tiles);
    let work = engine.host_work();
    let expected = (3 * n_pixels) as u64;
    assert_eq!([work.filled, work.unpacked], [expected; 2]);
    assert!(work.fill_s > 0.0 && work.unpack_s > 0.0, "{work:?}");
    let packed = Packing::of(&chain()).bytes_per_pixel();
    assert!(packed < chain().returned_bytes());
    // Rows are whole workgroups of 64 pixels.
    assert_eq!(engine.bytes_back(6400), (6400 * packed) as u64);
    assert_eq!(engine.bytes_back(1), (64 * packed) as u64);
    let engine = GpuEngine::new(engine.into_gpu(), chain(), 1 << 28).expect("an engine");
    assert!(engine.bytes_back(6400) > (6400 * packed) as u64);
}

/// Tiles of several slabs, of a part of one, and of odd sizes.
#[test]
fn tiles_of_any_size_give_the_same_bits_side_by_side_as_alone() {
    let heights = [16, 3, 16, 1, 7, 16, 2];
    let firsts = heights
        .iter()
        .scan(0, |row, height| Some(std::mem::replace(row, *row + height)));
    let tiles: Vec<Arc<Tile>> = firsts
        .zip(heights)
        .map(|(row, height)| tile(row, height))
        .collect();
    let mut expected = None;
    let mut gpu = device();
    for memory in [1 << 28, 6 << 20] {
        let mut engine = GpuEngine::new(gpu, chain(), memory).expect("an engine");
        let alone = one_by_one(&mut engine, &tiles);
        assert!(side_by_side(&mut engine, &tiles) == alone, "{memory} bytes");
        assert!(*expected.get_or_insert_with(|| alone.clone()) == alone);
        gpu = engine.into_gpu();
    }
}

#[test]
fn all_tiles_on_their_way_are_computed_again_after_a_loss() {
    let tiles: Vec<Arc<Tile>> = (0..24).map(|i| tile(4 * i, 4)).collect();
    let open = |faults: &[u64]| {
        let faults = faults.to_vec();
        RecoveringEngine::open(
            None,
            None,
            chain(),
            1 << 28,
            LostDevice::CpuForTheRest,
            faults,
        )
        .expect("an adapter")
    };
    let expected = side_by_side(&mut open(&[]), &tiles);
    // While the first tile shows what stages cost, and with three tiles on their way.
    let in_stream = {
        let mut engine = GpuEngine::new(device(), chain(), 1 << 28).expect("an engine");
        side_by_side(&mut engine, &tiles[..1]);
        engine.n_submissions() + 4
    };
    for fault in [5, in_stream] {
        let mut engine = open(&[fault]);
        assert!(
            side_by_side(&mut engine, &tiles) == expected,
            "lost at {fault}"
        );
        assert_eq!(engine.report().losses.len(), 1);
    }
    let mut engine = open(&[in_stream, 3]);
    let cpu = one_by_one(&mut CpuEngine::new(chain()), &tiles);
    let mixed = side_by_side(&mut engine, &tiles);
    let report = engine.report();
    assert_eq!(report.losses.len(), 2);
    let on_cpu = mixed.iter().zip(&cpu).filter(|(a, b)| a == b).count();
    assert!(on_cpu as u64 >= report.tiles_on_cpu && report.tiles_on_cpu >= 2);
}

/// The first pixel that a stage of the chain flags to be decided in `f64`.
fn decided_pixel(chain: &Chain, output: &TileOutput) -> usize {
    let layers = chain.stages.iter().filter_map(Stage::flags_layer);
    let decided = layers.filter_map(|layer| {
        let flags = &output.layers[chain.index_of_layer(layer)?];
        flags
            .iter()
            .position(|&x| x >= 16.0 && (x as u16) & 16 != 0)
    });
    decided.min().expect("a pixel that is decided")
}

/// The inputs of a flagged pixel come back from the device. Of a slab in which all are flagged they do
/// not, and are gathered on the host.
#[test]
fn flagged_pixels_are_decided_alike_whoever_gathers_them() {
    let chain = chain();
    let mut engine = GpuEngine::new(device(), Arc::clone(&chain), 1 << 28).expect("an engine");
    let whole = tile(32, 8);
    let output = engine.run(&whole).expect("a tile");
    let pixel = decided_pixel(&chain, &output);
    for n in [1, 64, 700] {
        let copies = vec![pixel; n];
        let window = Window {
            row: 0,
            col: 0,
            height: 1,
            width: n,
        };
        let of_pixel = Tile {
            window,
            inputs: gather(&chain.inputs, &whole.inputs, 768, &copies),
            inside: None,
        };
        let layers = engine.run(&of_pixel).expect("a tile").layers;
        let cpu = CpuEngine::for_recheck(Arc::clone(&chain)).compute(&of_pixel.inputs, n);
        let mut n_decided = 0;
        for (index, expected) in output.layers.iter().enumerate() {
            let expected = expected.iter().skip(pixel).step_by(768);
            for (values, expected) in layers[index].chunks_exact(n).zip(expected) {
                let same = |x: &f32| x.to_bits() == expected.to_bits();
                assert!(values.iter().all(same), "layer {index} of {n} pixels");
            }
            let same = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits() && !a.is_nan();
            n_decided += usize::from(layers[index].iter().zip(&cpu[index]).all(same));
        }
        assert!(n_decided > 0, "some layers are those of the CPU");
    }
}

/// Of the whole study: 278 values a pixel, of which so many are classes, flags and counts.
#[test]
fn classes_flags_and_counts_come_back_in_few_bytes() {
    let chain = chain();
    let packing = Packing::of(&chain);
    let values = |width: Width| -> usize {
        let layers = packing.layers.iter().filter(|layer| layer.width == width);
        layers.map(|layer| layer.n_steps).sum()
    };
    let counts = [Width::Float, Width::Half, Width::Byte].map(values);
    assert_eq!(counts.iter().sum::<usize>() * 4, chain.returned_bytes());
    assert_eq!(counts, [233, 12, 33]);
    assert_eq!(packing.bytes_per_pixel(), 990);
    assert_eq!(
        packing.bytes_per_pixel(),
        4 * counts[0] + 2 * counts[1] + counts[2] + 1
    );
    for layer in &packing.layers {
        assert_eq!(layer.at % layer.width.bytes(), 0, "{layer:?}");
    }
}

/// What a kernel declares as classes, flags or whole numbers is that, on nasty series.
#[test]
fn no_value_is_too_large_for_its_bytes() {
    const N_PIXELS: usize = 500;
    let years = Years {
        first: 2001,
        last: 2020,
    };
    let example = Example {
        years,
        min_years: 15,
        min_months: 11,
        n_predictors: 3,
    };
    let mut n_checked = 0;
    for kernel in registry::all(example) {
        let (chain, inputs) = support::chain_of(&kernel, years, N_PIXELS, false, 11);
        let chain = Arc::new(chain);
        let layers = CpuEngine::new(Arc::clone(&chain)).compute(&inputs, N_PIXELS);
        let packing = Packing::of(&chain);
        for ((values, packed), &layer) in layers.iter().zip(&packing.layers).zip(&chain.returned) {
            let range = match packed.width {
                Width::Float => continue,
                Width::Half => -32_767.0..=32_767.0,
                Width::Byte => 0.0..=254.0,
            };
            let name = &chain.layers[layer].name;
            for x in values.iter().filter(|x| !x.is_nan()) {
                assert!(range.contains(x) && x.fract() == 0.0, "{name}: {x}");
            }
            n_checked += 1;
        }
    }
    assert!(n_checked > 20, "{n_checked} layers");
}

/// The structs of the shaders that pack and pick have the sizes of those that the host writes.
#[test]
fn passes_that_are_no_kernels_have_the_structs_of_the_host() {
    use doline::engines::gpu::pack::{PackWords, RowWords, pack_text};
    use doline::engines::gpu::pick::{PickWords, pick_text};
    let structs = [
        (pack_text(), "Pack", size_of::<PackWords>()),
        (pack_text(), "Row", size_of::<RowWords>()),
        (pick_text(), "Pick", size_of::<PickWords>()),
        (pick_text(), "Row", 16),
    ];
    for (text, name, bytes) in structs {
        let module = naga::front::wgsl::parse_str(&text).expect("a shader");
        let span = module.types.iter().find_map(|(_, ty)| match ty.inner {
            naga::TypeInner::Struct { span, .. } if ty.name.as_deref() == Some(name) => Some(span),
            _ => None,
        });
        assert_eq!(span.map(|span| span as usize), Some(bytes), "{name}");
    }
}
