//! The widest vectors that an x86 processor has.
//!
//! SAFETY, for all of this file: [`run`] and [`decode`] ask the processor before they enter a
//! function that is compiled for AVX2 or AVX-512.

#![allow(
    unsafe_code,
    reason = "vector instructions, behind a check of the processor; see above"
)]

use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

use super::lanes::Lanes;
use super::lanes_avx2::Avx2;
use super::lanes_avx512::Avx512;
use super::twin::{Twin, run_all};
use super::views::{Block, InputView};

/// Runs `twin` over all pixels of a block, if the processor has one of the two; else does nothing.
pub(super) fn run<T: Twin>(twin: &T, block: &mut Block<'_>) -> bool {
    if is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx2")
    {
        // SAFETY: the processor has them.
        unsafe { run_avx512(twin, block) };
        return true;
    }
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the processor has them.
        unsafe { run_avx2(twin, block) };
        return true;
    }
    false
}

/// Decodes an input, if the processor has one of the two; else does nothing.
pub(super) fn decode(
    input: &InputView<'_>,
    n_pixels: usize,
    layer: &mut [f32],
    stride: usize,
) -> bool {
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has it.
        unsafe { decode_avx2(input, n_pixels, layer, stride) };
        return true;
    }
    false
}

/// Prefetches values that will be read soon: each step of a tile is far from the last, where no
/// processor prefetches by itself.
#[inline(always)]
pub(super) fn fetch<T>(values: &[T]) {
    const LINE_BYTES: usize = 64;
    for line in values.chunks(LINE_BYTES / size_of::<T>()) {
        // SAFETY: every x86-64 processor has it, and it reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}

#[target_feature(enable = "avx2")]
fn decode_avx2(input: &InputView<'_>, n_pixels: usize, layer: &mut [f32], stride: usize) {
    input.decode_steps(n_pixels, layer, stride);
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
fn run_avx512<T: Twin>(twin: &T, block: &mut Block<'_>) {
    run_all::<T, Lanes<Avx512, 1>>(twin, block);
}

#[target_feature(enable = "avx2,fma")]
fn run_avx2<T: Twin>(twin: &T, block: &mut Block<'_>) {
    run_all::<T, Lanes<Avx2, 2>>(twin, block);
}
