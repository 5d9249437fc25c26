//! How many pixels a slab has: what the buffers of a device and the budget of a run allow.

use crate::chain::Chain;
use crate::kernels::wgsl::WORKGROUP_SIZE;
use crate::tile::InputSpec;

use super::memory::{stride_of, words_of};
use super::packing::Packing;
use super::picking::ONE_IN;

/// The largest slab on any device: enough to fill the largest device, and as much as a tile has.
const MAX_SLAB_PIXELS: u64 = 1 << 18;
/// Larger buffers are miscomputed by some drivers.
const MAX_BUFFER_BYTES: u64 = 1 << 30;
/// Slabs on their way: one is filled, one computed, one read back.
pub(super) const SLOTS: usize = 3;
/// Large slabs have whole pages in each step.
const PAGE_PIXELS: u64 = 4096;

/// Bytes of one workgroup's pixels in each kind of buffer.
#[derive(Clone, Copy, Debug)]
struct WorkgroupBytes {
    /// Cells of inputs on other grids, which a slab holds once whatever its size.
    cells: u64,
    stored: u64,
    layers: u64,
    /// The returned layers as they travel.
    packed: u64,
    /// Inputs of flagged pixels: one pixel in so many, and one workgroup at least.
    picked: u64,
}

impl WorkgroupBytes {
    fn of(chain: &Chain) -> Self {
        let layers: usize = (0..chain.layers.len())
            .map(|layer| 4 * words_of(chain, layer, 1))
            .sum();
        // Four more bytes mark extreme pixels; a buffer of stored inputs is never empty.
        let [stored, layers, packed] = [
            chain.input_bytes() + 4,
            layers + 4,
            Packing::of(chain).bytes_per_pixel(),
        ]
        .map(|bytes| bytes as u64 * u64::from(WORKGROUP_SIZE));
        let bytes_of_cells =
            |input: &InputSpec| input.n_steps * stride_of(input, 0) * input.data_type.bytes();
        let cells = chain.inputs.iter().map(bytes_of_cells).sum::<usize>() as u64;
        Self {
            cells,
            stored,
            layers,
            packed,
            picked: stored.div_ceil(ONE_IN as u64),
        }
    }

    fn largest(self) -> u64 {
        // The list of flagged pixels is as long as a workgroup at least, and so are their inputs.
        let read_back = self.packed + self.picked + self.stored;
        (self.cells + self.stored).max(self.layers).max(read_back)
    }

    /// Workgroups for which each buffer holds at most `bytes`.
    fn fit_buffers(self, bytes: u64) -> u64 {
        let stored = bytes.saturating_sub(self.cells) / self.stored;
        let read_back = bytes.saturating_sub(self.stored) / (self.packed + self.picked);
        stored.min(bytes / self.layers).min(read_back)
    }

    /// Workgroups for which all buffers together hold at most `bytes`: inputs and results are on
    /// the device once, and once in each slot.
    fn fit_memory(self, bytes: u64) -> u64 {
        let copies = 1 + SLOTS as u64;
        let once = copies * (self.cells + self.stored);
        bytes.saturating_sub(once)
            / (copies * (self.stored + self.packed + self.picked) + self.layers)
    }
}

/// Bytes that one workgroup needs in the largest of the buffers.
pub(super) fn least_buffer(chain: &Chain) -> u64 {
    WorkgroupBytes::of(chain).largest()
}

/// Largest number of pixels of a slab, a multiple of the workgroup: what one buffer can hold, and
/// what the memory budget allows. 0 if not even one workgroup fits a buffer.
#[must_use]
pub fn slab_pixels(chain: &Chain, largest_buffer: u64, memory_bytes: u64) -> usize {
    let bytes = WorkgroupBytes::of(chain);
    let by_buffer = bytes.fit_buffers(largest_buffer.min(MAX_BUFFER_BYTES));
    let by_memory = bytes.fit_memory(memory_bytes).max(1);
    let workgroups = by_buffer.min(by_memory);
    let pixels = (workgroups * u64::from(WORKGROUP_SIZE)).min(MAX_SLAB_PIXELS);
    let whole_pages = pixels / PAGE_PIXELS * PAGE_PIXELS;
    // A small slab would lose too much.
    let pixels = if whole_pages < 4 * PAGE_PIXELS {
        pixels
    } else {
        whole_pages
    };
    usize::try_from(pixels).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an error says that is needed is enough, and a byte less is not.
    #[test]
    fn the_largest_buffer_of_a_workgroup_holds_one_and_no_less_does() {
        let read_back = WorkgroupBytes {
            cells: 0,
            stored: 64,
            layers: 32,
            packed: 100,
            picked: 2,
        };
        let layers = WorkgroupBytes {
            layers: 1000,
            ..read_back
        };
        let cells = WorkgroupBytes {
            cells: 1000,
            ..read_back
        };
        for (bytes, largest) in [(read_back, 166), (layers, 1000), (cells, 1064)] {
            assert_eq!(bytes.largest(), largest, "{bytes:?}");
            assert_eq!(bytes.fit_buffers(largest), 1, "{bytes:?}");
            assert_eq!(bytes.fit_buffers(largest - 1), 0, "{bytes:?}");
        }
    }
}
