//! The widest vectors that an x86 processor has.
//!
//! SAFETY, for all of this file: [`run`] and [`decode`] ask the processor before they enter a
//! function that is compiled for AVX2 or AVX-512.

#![allow(
    unsafe_code,
    reason = "vector instructions, behind a check of the processor; see above"
)]

use std::arch::x86_64::{_MM_HINT_T0, _mm_loadu_ps, _mm_prefetch, _mm_sfence, _mm_stream_ps};
use std::ops::Range;

use super::avx2::Avx2;
use super::avx512::Avx512;
use super::vector::Lanes;
use crate::kernels::twin::{Twin, run_all};
use crate::kernels::views::{Block, InputView};

/// Runs `twin` over all pixels of a block, if the processor has one of the two; else does nothing.
pub(in crate::kernels) fn run<T: Twin>(twin: &T, block: &mut Block<'_>) -> bool {
    match widest() {
        // SAFETY: the processor has them.
        Width::Avx512 => unsafe { run_avx512(twin, block) },
        // SAFETY: the processor has them.
        Width::Avx2 => unsafe { run_avx2(twin, block) },
        Width::One => return false,
    }
    true
}

/// Vectors that a processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Avx512,
    Avx2,
    One,
}

/// The widest vectors that this processor has; in a test, those that the test asks for.
fn widest() -> Width {
    #[cfg(test)]
    if let Some(width) = tests::WIDTH.get() {
        return width;
    }
    let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let has_avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    match (has_avx2, has_avx512) {
        (true, true) => Width::Avx512,
        (true, false) => Width::Avx2,
        (false, _) => Width::One,
    }
}

/// Decodes an input, if the processor has one of the two; else does nothing.
pub(in crate::kernels) fn decode(
    input: &InputView<'_>,
    steps: Range<usize>,
    n_pixels: usize,
    layer: &mut [f32],
    stride: usize,
) -> bool {
    match widest() {
        // SAFETY: the processor has them.
        Width::Avx512 => unsafe { decode_avx512(input, steps, n_pixels, layer, stride) },
        // SAFETY: the processor has them.
        Width::Avx2 => unsafe { decode_avx2(input, steps, n_pixels, layer, stride) },
        Width::One => return false,
    }
    true
}

/// Prefetches values that will be read soon: each step of a tile is far from the last, where no
/// processor prefetches by itself.
#[inline(always)]
pub(in crate::kernels) fn fetch<T>(values: &[T]) {
    const LINE_BYTES: usize = 64;
    for line in values.chunks(LINE_BYTES / size_of::<T>()) {
        // SAFETY: every x86-64 processor has it, and it reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}

/// A line of the cache.
#[repr(align(64))]
struct Line([f32; 16]);

/// See [`copy_past_cache`](crate::kernels::copy_past_cache).
pub(in crate::kernels) fn copy_past_cache<'a>(
    rows: impl Iterator<Item = (&'a mut [f32], &'a [f32])>,
) {
    for (to, from) in rows {
        // SAFETY: sixteen f32 on a border of 64 bytes are a line, whatever their bits.
        let (head, lines, tail) = unsafe { to.align_to_mut::<Line>() };
        let (of_head, rest) = from.split_at(head.len());
        let (of_lines, of_tail) = rest.split_at(16 * lines.len());
        head.copy_from_slice(of_head);
        tail.copy_from_slice(of_tail);
        for (Line(to), from) in lines.iter_mut().zip(of_lines.chunks_exact(16)) {
            for (to, from) in to.chunks_exact_mut(4).zip(from.chunks_exact(4)) {
                // SAFETY: SSE is part of every x86-64 processor. Four f32 are read and written, and those
                // that are written begin on a border of 16 bytes.
                unsafe { _mm_stream_ps(to.as_mut_ptr(), _mm_loadu_ps(from.as_ptr())) };
            }
        }
    }
    // SAFETY: as above. What was written is there before anything that this thread does next.
    unsafe { _mm_sfence() };
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
fn decode_avx512(
    input: &InputView<'_>,
    steps: Range<usize>,
    n_pixels: usize,
    layer: &mut [f32],
    stride: usize,
) {
    input.decode_inline(steps, n_pixels, layer, stride);
}

#[target_feature(enable = "avx2,fma")]
fn decode_avx2(
    input: &InputView<'_>,
    steps: Range<usize>,
    n_pixels: usize,
    layer: &mut [f32],
    stride: usize,
) {
    input.decode_inline(steps, n_pixels, layer, stride);
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
fn run_avx512<T: Twin>(twin: &T, block: &mut Block<'_>) {
    run_all::<T, Lanes<Avx512, 1>>(twin, block);
}

#[target_feature(enable = "avx2,fma")]
fn run_avx2<T: Twin>(twin: &T, block: &mut Block<'_>) {
    run_all::<T, Lanes<Avx2, 2>>(twin, block);
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::kernels::port::Port;
    use crate::kernels::registry::{self, Example};
    use crate::kernels::twin::{Kernel, Precision};
    use crate::kernels::views::OutputView;
    use crate::tile::Geometry;

    thread_local! {
        /// The vectors that [`widest`] gives; those of the processor where there is nothing.
        pub(in crate::kernels) static WIDTH: Cell<Option<Width>> = const { Cell::new(None) };
    }

    /// Numbers of about 100 with gaps, ties, and zeros of both signs.
    fn numbers(n: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        let number = |bits: u32| 80.0 + f32::from(u16::try_from(bits % 401).unwrap_or(0)) / 10.0;
        (0..n)
            .map(|_| match next() % 11 {
                0 => f32::NAN,
                1 => 0.0,
                2 => -0.0,
                _ => number(next()),
            })
            .collect()
    }

    /// The bits of all outputs of a kernel.
    fn bits(kernel: &dyn Kernel, width: Width) -> Vec<Vec<u32>> {
        const PIXELS: usize = 43;
        let years = Example::default().years;
        let (inputs, tables) = (kernel.inputs(), kernel.tables());
        let n_numbers = |port: &Port| port.steps.count(years) * PIXELS;
        let layers: Vec<Vec<f32>> = (1..)
            .zip(&inputs)
            .map(|(seed, port)| numbers(n_numbers(port), seed))
            .collect();
        let views = layers.iter().zip(&inputs);
        let mut written: Vec<Vec<f32>> = kernel
            .outputs()
            .iter()
            .map(|port| vec![0.0; n_numbers(port)])
            .collect();
        let mut block = Block {
            n_pixels: PIXELS,
            inputs: views
                .map(|(layer, port)| InputView::layer(layer, PIXELS, port.steps.count(years)))
                .collect(),
            outputs: written
                .iter_mut()
                .map(|values| OutputView {
                    values,
                    stride: PIXELS,
                })
                .collect(),
            tables: &tables,
        };
        WIDTH.set(Some(width));
        kernel.run_block(&mut block, Precision::Lanes);
        WIDTH.set(None);
        let bits = |layer: Vec<f32>| layer.into_iter().map(f32::to_bits).collect();
        written.into_iter().map(bits).collect()
    }

    #[test]
    fn all_vectors_give_the_same_bits() {
        let widest = widest();
        for kernel in registry::all(Example::default()) {
            let is_here = |port: &Port| port.geometry == Geometry::StudyGrid;
            if !kernel.inputs().iter().all(is_here) {
                continue;
            }
            let expected = bits(kernel.as_ref(), Width::One);
            for width in [Width::Avx2, Width::Avx512] {
                let has = width == widest || widest == Width::Avx512;
                assert!(
                    !has || bits(kernel.as_ref(), width) == expected,
                    "{} {width:?}",
                    kernel.spec().name
                );
            }
        }
    }

    #[test]
    fn copies_past_the_cache_are_copies() {
        let from = numbers(200, 1);
        for (first, n) in [
            (0, 0),
            (1, 1),
            (3, 15),
            (0, 64),
            (5, 100),
            (16, 131),
            (7, 193),
        ] {
            let mut to = vec![0.0_f32; 200];
            copy_past_cache(std::iter::once((
                &mut to[first..first + n],
                &from[7..7 + n],
            )));
            for (i, x) in to.iter().enumerate() {
                let is_copied = (first..first + n).contains(&i);
                let expected = if is_copied { from[7 + i - first] } else { 0.0 };
                assert_eq!(x.to_bits(), expected.to_bits(), "{first} {n} {i}");
            }
        }
    }
}
