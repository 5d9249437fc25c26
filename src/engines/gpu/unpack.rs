//! Takes the packed layers of a slab apart, on several threads.
//!
//! Shader: `shaders/pack.wgsl`

use rayon::prelude::*;

use super::pack::{MISSING_BYTE, MISSING_HALF};
use super::packing::{Packing, Width};

/// Which pixels of a tile a slab has.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlabPixels {
    /// The first.
    pub(super) first: usize,
    /// How many.
    pub(super) n: usize,
    /// Pixels of the tile.
    pub(super) of_tile: usize,
}

/// Pixels from one packed row of a slab of `n_pixels` to the next, so that each starts at a word.
pub(super) fn pitch_of(n_pixels: usize) -> usize {
    n_pixels.next_multiple_of(crate::kernels::wgsl::WORKGROUP_SIZE as usize)
}

/// Writes the packed layers of a slab into those of its tile.
///
/// # Arguments
///
/// * `packed` - as the device gave it.
/// * `layers` - the returned layers of the tile, `[step][pixel]`.
/// * `attention` - what is to be done about each pixel of the tile.
pub(super) fn unpack(
    packed: &[u8],
    packing: &Packing,
    slab: SlabPixels,
    layers: &mut [Vec<f32>],
    attention: &mut [u8],
) {
    let SlabPixels { first, n, of_tile } = slab;
    let pitch = pitch_of(n);
    let rows = layers
        .iter_mut()
        .zip(&packing.layers)
        .flat_map(|(layer, packed)| {
            let steps = layer.chunks_exact_mut(of_tile).enumerate();
            steps.map(|(step, row)| {
                let at = packed.at + step * packed.width.bytes();
                (packed.width, at, &mut row[first..][..n])
            })
        });
    let rows: Vec<_> = rows.collect();
    rows.into_par_iter().for_each(|(width, at, row)| {
        let from = &packed[at * pitch..][..n * width.bytes()];
        match width {
            Width::Float => row.copy_from_slice(bytemuck::cast_slice(from)),
            Width::Half => {
                let halves: &[i16] = bytemuck::cast_slice(from);
                let values = row.iter_mut().zip(halves);
                values.for_each(|(value, &half)| *value = of_half(half));
            }
            Width::Byte => {
                let values = row.iter_mut().zip(from);
                values.for_each(|(value, &byte)| *value = of_byte(byte));
            }
        }
    });
    attention[first..][..n].copy_from_slice(&packed[packing.attention_at * pitch..][..n]);
}

fn of_half(half: i16) -> f32 {
    if half == MISSING_HALF {
        f32::NAN
    } else {
        f32::from(half)
    }
}

fn of_byte(byte: u8) -> f32 {
    if byte == MISSING_BYTE {
        f32::NAN
    } else {
        f32::from(byte)
    }
}
