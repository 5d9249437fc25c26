//! Writes the inputs of a slab into a staging buffer, on several threads, straight from the tile.
//!
//! A staging buffer may be the device's own memory, which a processor writes in parallel far faster
//! than one thread can, and must never read.

use rayon::prelude::*;

use crate::chain::Chain;
use crate::tile::Tile;

use super::memory::Layout;

/// Bytes that a thread copies at a time, a multiple of what a mapped range starts at.
const PIECE_BYTES: usize = 1 << 17;

/// One step of an input: where it goes in the staging buffer, and its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub(super) to: usize,
    pub(super) bytes: &'a [u8],
}

impl Row<'_> {
    /// Bytes to be copied, in whole words.
    pub(super) fn n_bytes(&self) -> usize {
        self.bytes.len().next_multiple_of(4)
    }
}

/// The rows of `n_pixels` of a tile from `first` on.
pub(super) fn rows<'a>(
    chain: &Chain,
    layout: &Layout,
    tile: &'a Tile,
    first: usize,
    n_pixels: usize,
) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let of_tile = tile.window.n_pixels();
    for (i, (input, spec)) in tile.inputs.iter().zip(&chain.inputs).enumerate() {
        let size = spec.data_type.bytes();
        let (at, to_stride) = (layout.input_byte(i), layout.input_stride(spec));
        let stride = spec.stride(input, of_tile);
        // Cells belong to no pixel: those of the whole tile go with each slab.
        let (first, n) = if spec.is_on_cells() {
            (0, stride)
        } else {
            (first, n_pixels)
        };
        let bytes = input.bytes();
        rows.extend((0..spec.n_steps).map(|step| Row {
            to: at + step * to_stride * size,
            bytes: &bytes[(step * stride + first) * size..][..n * size],
        }));
    }
    rows
}

/// Writes rows into a mapped staging buffer.
///
/// # Errors
///
/// The buffer is not mapped: the device was lost.
pub(super) fn fill(staging: &wgpu::Buffer, rows: &[Row<'_>]) -> Result<(), wgpu::MapRangeError> {
    let pieces: Vec<Row<'_>> = rows
        .iter()
        .flat_map(|row| {
            let pieces = row.bytes.chunks(PIECE_BYTES).enumerate();
            pieces.map(|(i, bytes)| Row {
                to: row.to + i * PIECE_BYTES,
                bytes,
            })
        })
        .collect();
    pieces.par_iter().try_for_each(|piece| {
        let range = piece.to as u64..(piece.to + piece.n_bytes()) as u64;
        let mut view = staging.get_mapped_range_mut(range)?;
        view.slice(..piece.bytes.len()).copy_from_slice(piece.bytes);
        Ok(())
    })
}
