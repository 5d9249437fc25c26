//! Stored numbers become the same quantities on the device as on the CPU, bit by bit, at the edges
//! of their type, of the valid range and of the nodata codes.
//!
//! Without an adapter the test fails; Debian's `mesa-vulkan-drivers` is one.
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::sync::Arc;

use doline::calendar::{Steps, Years};
use doline::engines::Engine;
use doline::engines::cpu::CpuEngine;
use doline::engines::gpu::{Gpu, GpuEngine};
use doline::grid::Window;
use doline::kernels::carbon::Nep;
use doline::kernels::twin::Kernel;
use doline::tile::{Decoding, InputSpec, Stored, Tile};

const YEARS: Years = Years {
    first: 2001,
    last: 2003,
};

/// More than a workgroup, and an odd number: each stored number has every place in a word.
const N_PIXELS: usize = 131;

/// As it is; as climate archives have it; with a scale of its own in each step; below 0 alone.
fn decodings() -> [Decoding; 4] {
    [
        Decoding::identity(),
        Decoding {
            bias: 273.0,
            scale: vec![0.1],
            valid_range: Some([2.5, 240.5]),
            nodata: vec![7.0, 9.5, -9999.0],
        },
        Decoding {
            scale: vec![0.1, 2.5, 1e-3],
            nodata: vec![0.0],
            ..Decoding::identity()
        },
        Decoding {
            valid_range: Some([-10.0, -5.0]),
            ..Decoding::identity()
        },
    ]
}

/// All numbers around all edges, pixel after pixel, the same in each step.
fn strewn<T: Copy>(numbers: &[T]) -> Vec<T> {
    let of_step: Vec<T> = numbers.iter().copied().cycle().take(N_PIXELS).collect();
    of_step.repeat(YEARS.count())
}

/// The edges of each type.
fn stored() -> [Stored; 4] {
    let small = [0, 2, 3, 4, 6, 7, 8, 9, 10, 240, 241];
    let bytes = [u8::MIN, 1, u8::MAX - 1, u8::MAX];
    let words = [u16::MIN, 1, u16::MAX - 1, u16::MAX];
    let shorts = [
        i16::MIN,
        i16::MIN + 1,
        -9999,
        -11,
        -10,
        -9,
        -6,
        -5,
        -4,
        -1,
        i16::MAX - 1,
        i16::MAX,
    ];
    let gaps = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0];
    let edges = [
        2.5_f32, 240.5, 7.0, 9.5, -9999.0, -10.0, -5.0, 1.0, 3.0, 4.0, 241.0,
    ];
    let around = edges.map(|x| [x.next_down(), x, x.next_up()]);
    let largest = [f32::MIN, f32::MIN.next_up(), f32::MAX.next_down(), f32::MAX];
    let floats = [&gaps[..], around.as_flattened(), &largest].concat();
    [
        Stored::U8(strewn(&[&bytes[..], &small].concat())),
        Stored::I16(strewn(&[&shorts[..], &small.map(i16::from)].concat())),
        Stored::U16(strewn(&[&words[..], &small.map(u16::from)].concat())),
        Stored::F32(strewn(&floats)),
    ]
}

/// NEP of the stored numbers as NPP less respiration of 0: the decoded numbers.
fn chain_and_tile(stored: &Stored, decoding: &Decoding) -> (Arc<doline::chain::Chain>, Tile) {
    let kernel: Arc<dyn Kernel> = Arc::new(Nep);
    let zeros = Stored::F32(vec![0.0; N_PIXELS * YEARS.count()]);
    let npp = InputSpec {
        data_type: stored.data_type(),
        decoding: decoding.clone(),
        ..support::plain_input("npp", Steps::Annual, YEARS)
    };
    let rh = support::plain_input("rh", Steps::Annual, YEARS);
    let chain = support::chain_with_inputs(&kernel, YEARS, vec![npp, rh]);
    let tile = Tile {
        window: Window {
            row: 0,
            col: 0,
            height: 1,
            width: N_PIXELS,
        },
        inputs: vec![stored.clone(), zeros],
        inside: None,
    };
    (Arc::new(chain), tile)
}

#[test]
fn the_device_decodes_as_the_cpu_does_at_every_edge() {
    let mut device = Some(Gpu::open(None).expect("an adapter, such as mesa-vulkan-drivers"));
    let [mut n_there, mut n_missing] = [0, 0];
    for stored in stored() {
        for decoding in decodings() {
            let (chain, tile) = chain_and_tile(&stored, &decoding);
            let cpu = CpuEngine::new(Arc::clone(&chain)).run(&tile);
            let expected = &cpu.expect("the CPU").layers[0];
            let gpu = device.take().expect("one at a time");
            let mut engine = GpuEngine::new(gpu, chain, 1 << 26).expect("an engine");
            let found = engine.run(&tile).expect("the GPU");
            device = Some(engine.into_gpu());
            let what = format!("{:?} {decoding:?}", stored.data_type());
            for (i, (found, expected)) in found.layers[0].iter().zip(expected).enumerate() {
                let both_missing = found.is_nan() && expected.is_nan();
                assert!(
                    both_missing || found.to_bits() == expected.to_bits(),
                    "{what}: {found:e} and not {expected:e} of number {i}"
                );
                n_missing += usize::from(both_missing);
                n_there += usize::from(!both_missing);
            }
        }
    }
    // Neither all of them nor none.
    assert!(n_there > 1000 && n_missing > 1000, "{n_there} {n_missing}");
}
