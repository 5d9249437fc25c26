//! Runs a twin in the precision asked for, with the widest vectors that the processor has.

use std::ops::Range;

use super::constant::NamedConstant;
#[cfg(target_arch = "x86_64")]
use super::lanes::x86;
use super::port::Port;
use super::twin::{Kernel, KernelSpec, Precision, RankDependence, Twin, run_all};
use super::views::{Block, InputView, Pixel};

impl<T: Twin> Kernel for T {
    fn spec(&self) -> &'static KernelSpec {
        const { &T::SPEC }
    }
    fn recorded_as(&self) -> &'static str {
        Twin::recorded_as(self)
    }
    fn title(&self) -> &'static str {
        Twin::title(self)
    }
    fn inputs(&self) -> Vec<Port> {
        Twin::inputs(self)
    }
    fn outputs(&self) -> Vec<Port> {
        Twin::outputs(self)
    }
    fn params(&self) -> Vec<u8> {
        Twin::params(self)
    }
    fn constants(&self) -> Vec<NamedConstant> {
        Twin::constants(self)
    }
    fn tables(&self) -> Vec<f64> {
        Twin::tables(self)
    }
    fn run_block(&self, block: &mut Block<'_>, precision: Precision) {
        match precision {
            Precision::Reference => run_all::<T, f64>(self, block),
            Precision::Single => run_all::<T, f32>(self, block),
            Precision::Lanes => run(self, block),
        }
    }
    fn is_by_year(&self) -> bool {
        Twin::is_by_year(self)
    }
    fn max_iterations(&self) -> usize {
        Twin::max_iterations(self)
    }
    fn ranks(&self) -> RankDependence {
        Twin::ranks(self)
    }
    fn error_scale(
        &self,
        block: &mut Block<'_>,
        pixel: usize,
        port: usize,
        step: usize,
        reference: f64,
    ) -> f64 {
        Twin::error_scale(self, &mut Pixel::new(block, pixel), port, step, reference)
    }
}

/// Runs `twin` over all pixels of a block, with the widest vectors that the processor has; on an
/// x86 processor from before 2013 one pixel at a time.
fn run<T: Twin>(twin: &T, block: &mut Block<'_>) {
    #[cfg(target_arch = "x86_64")]
    if !x86::run(twin, block) {
        run_all::<T, f64>(twin, block);
    }
    #[cfg(not(target_arch = "x86_64"))]
    run_all::<T, super::lanes::vector::Lanes<super::lanes::portable::Portable, 1>>(twin, block);
}

/// [`InputView::decode_steps`] with the widest vectors that the processor has.
pub(super) fn decode(
    input: &InputView<'_>,
    steps: Range<usize>,
    n_pixels: usize,
    layer: &mut [f32],
    stride: usize,
) {
    #[cfg(target_arch = "x86_64")]
    if x86::decode(input, steps.clone(), n_pixels, layer, stride) {
        return;
    }
    input.decode_inline(steps, n_pixels, layer, stride);
}

/// Copies rows that nobody reads soon. Where the processor can, they go past the cache: then it need not
/// read the memory that is overwritten.
pub(crate) fn copy_past_cache<'a>(rows: impl Iterator<Item = (&'a mut [f32], &'a [f32])>) {
    #[cfg(target_arch = "x86_64")]
    x86::copy_past_cache(rows);
    #[cfg(not(target_arch = "x86_64"))]
    rows.for_each(|(to, from)| to.copy_from_slice(from));
}

/// Prefetches values that will be read soon, where the processor can.
#[inline(always)]
pub(super) fn fetch<T>(values: &[T]) {
    #[cfg(target_arch = "x86_64")]
    x86::fetch(values);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}
