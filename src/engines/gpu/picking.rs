//! The stored inputs of flagged pixels, as the device picks them from a slab.
//!
//! To gather them on the host would read a whole tile once more.
//!
//! Shader: `shaders/pick.wgsl`

use crate::chain::{Chain, Operand};
use crate::tile::{DataType, Stored, Tile};

use super::memory::Layout;

/// One in so many pixels of a slab may be picked. Where more are flagged the host gathers them.
pub(super) const ONE_IN: usize = 32;

/// The most pixels that are picked from a slab of `stride` pixels.
pub(super) fn most_of(stride: usize) -> usize {
    (stride / ONE_IN).next_multiple_of(crate::kernels::wgsl::WORKGROUP_SIZE as usize)
}

/// Which inputs the stages that lead to flags read.
pub(super) fn read_for_flags(chain: &Chain) -> Vec<bool> {
    let mut read = vec![false; chain.inputs.len()];
    for stage in chain.stages_with_flags() {
        for input in chain.stages[stage].inputs.iter().copied() {
            if let Operand::Input(i) = input {
                read[i] = true;
            }
        }
    }
    read
}

/// The shader's `Row`: one step of an input.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub(super) struct PickedRow {
    at: u32,
    size: u32,
    to: u32,
    pad: u32,
}

const _: () = assert!(size_of::<PickedRow>() == 16);

/// What is picked of each flagged pixel.
#[derive(Clone, Debug)]
pub(super) struct Picking {
    /// Steps of inputs that are read on the way to flags, on the study grid.
    pub(super) rows: Vec<PickedRow>,
    /// Pixels that there is room for.
    pub(super) most: usize,
    /// Bytes of a pixel before the first step of each input; none for an input that is not picked.
    inputs_at: Vec<Option<usize>>,
    /// Bytes of a pixel.
    bytes: usize,
}

/// The inputs of some flagged pixels of a tile.
#[derive(Clone, Debug, Default)]
pub(super) struct PickedPixels {
    /// The pixels, by their number in the tile.
    pub(super) pixels: Vec<usize>,
    /// Their inputs, `[step][pixel]`; empty where no stage on the way to flags reads one.
    pub(super) inputs: Vec<Stored>,
}

impl Picking {
    /// Which rows are picked.
    pub(super) fn new(chain: &Chain, layout: &Layout) -> Self {
        let word = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let read = read_for_flags(chain);
        let (mut rows, mut inputs_at, mut bytes) = (Vec::new(), Vec::new(), 0);
        // Wide values first, so that each row starts at a multiple of its width.
        let mut order: Vec<usize> = (0..chain.inputs.len())
            .filter(|&i| read[i] && !chain.inputs[i].is_on_cells())
            .collect();
        order.sort_by_key(|&i| std::cmp::Reverse(chain.inputs[i].data_type.bytes()));
        inputs_at.resize(chain.inputs.len(), None);
        for i in order {
            let (spec, size) = (&chain.inputs[i], chain.inputs[i].data_type.bytes());
            inputs_at[i] = Some(bytes);
            for step in 0..spec.n_steps {
                let at = layout.input_byte(i) + step * layout.input_stride(spec) * size;
                rows.push(PickedRow {
                    at: word(at / 4),
                    size: word(size),
                    to: word(bytes),
                    pad: 0,
                });
                bytes += size;
            }
        }
        Self {
            rows,
            most: most_of(layout.stride),
            inputs_at,
            bytes,
        }
    }

    /// Bytes of the list: how many, then the pixels.
    pub(super) fn list_bytes(&self) -> usize {
        (4 * (1 + self.most)).next_multiple_of(64)
    }

    /// Bytes of all rows.
    pub(super) fn row_bytes(&self) -> usize {
        self.bytes * self.most
    }

    /// Bytes that come back of a slab.
    pub(super) fn n_bytes(&self) -> usize {
        self.list_bytes() + self.row_bytes()
    }

    /// The picked pixels of a slab that starts at pixel `first` of its tile, from the bytes that came
    /// back. None where more were flagged than there is room for.
    pub(super) fn take(
        &self,
        bytes: &[u8],
        chain: &Chain,
        tile: &Tile,
        first: usize,
    ) -> Option<PickedPixels> {
        let (list, rows) = bytes.split_at(self.list_bytes());
        let list: &[u32] = bytemuck::cast_slice(list);
        let n = list[0] as usize;
        let listed = list[1..].get(..n).filter(|_| n <= self.most)?;
        // The device lists them as its threads come.
        let mut order: Vec<u32> = (0..list[0]).collect();
        order.sort_unstable_by_key(|&index| listed[index as usize]);
        let inputs = chain.inputs.iter().zip(&tile.inputs).zip(&self.inputs_at);
        let inputs = inputs.map(|((spec, stored), &at)| match at {
            Some(at) => {
                let rows =
                    &rows[at * self.most..][..spec.n_steps * self.most * spec.data_type.bytes()];
                in_order(rows, spec.data_type, self.most, &order)
            }
            // Cells belong to no pixel.
            None if spec.is_on_cells() => stored.clone(),
            None => Stored::zeros(spec.data_type, 0),
        });
        let inputs = inputs.collect();
        let pixel = |&index: &u32| first + listed[index as usize] as usize;
        Some(PickedPixels {
            pixels: order.iter().map(pixel).collect(),
            inputs,
        })
    }
}

/// The values of rows of `most` pixels, those in `order`.
fn in_order(rows: &[u8], data_type: DataType, most: usize, order: &[u32]) -> Stored {
    fn pick<T: bytemuck::AnyBitPattern>(rows: &[u8], most: usize, order: &[u32]) -> Vec<T> {
        let values: &[T] = bytemuck::cast_slice(rows);
        let rows = values.chunks_exact(most);
        let mut picked = Vec::with_capacity(rows.len() * order.len());
        for row in rows {
            picked.extend(order.iter().map(|&index| row[index as usize]));
        }
        picked
    }
    match data_type {
        DataType::U8 => Stored::U8(pick(rows, most, order)),
        DataType::I16 => Stored::I16(pick(rows, most, order)),
        DataType::U16 => Stored::U16(pick(rows, most, order)),
        DataType::F32 => Stored::F32(pick(rows, most, order)),
    }
}
