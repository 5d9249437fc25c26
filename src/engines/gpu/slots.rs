//! The buffers of a device, and the slots in which slabs travel.

use super::adapter::Gpu;
use super::budget::SLOTS;
use super::memory::Layout;
use super::packing::Packing;

/// What all slabs share on the device.
pub(super) struct Buffers {
    pub(super) stored: wgpu::Buffer,
    pub(super) layers: wgpu::Buffer,
    pub(super) packed: wgpu::Buffer,
    pub(super) tables: wgpu::Buffer,
}

/// A slab on its way: what the host fills, and what it reads.
pub(super) struct Slot {
    /// Mapped while the slot is free.
    pub(super) staging: wgpu::Buffer,
    pub(super) readback: wgpu::Buffer,
}

/// Makes the buffers; staging buffers are mapped.
///
/// # Arguments
///
/// * `picked_bytes` - what comes back before the packed layers.
pub(super) fn make(
    gpu: &Gpu,
    layout: &Layout,
    packing: &Packing,
    picked_bytes: usize,
) -> (Buffers, Vec<Slot>) {
    use wgpu::BufferUsages as Usage;
    let buffer = |label: &str, bytes: usize, usage: Usage| {
        gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes.max(16).next_multiple_of(8) as u64,
            usage,
            mapped_at_creation: usage.contains(Usage::MAP_WRITE),
        })
    };
    let (stored, packed) = (
        4 * layout.stored_words,
        packing.bytes_per_pixel() * layout.stride,
    );
    let on_device = Usage::STORAGE | Usage::COPY_DST;
    let buffers = Buffers {
        stored: buffer("stored inputs", stored, on_device),
        layers: buffer("layers", 4 * layout.layer_words, on_device),
        packed: buffer("packed layers", packed, Usage::STORAGE | Usage::COPY_SRC),
        tables: buffer("tables", 4 * layout.tables.len(), on_device),
    };
    gpu.queue
        .write_buffer(&buffers.tables, 0, bytemuck::cast_slice(&layout.tables));
    let slot = |_| Slot {
        staging: buffer("staging", stored, Usage::MAP_WRITE | Usage::COPY_SRC),
        readback: buffer(
            "read-back",
            picked_bytes + packed,
            Usage::MAP_READ | Usage::COPY_DST,
        ),
    };
    (buffers, (0..SLOTS).map(slot).collect())
}

/// Bytes of all buffers but the tables.
pub(super) fn bytes_of(buffers: &Buffers, slots: &[Slot]) -> u64 {
    let slots = slots
        .iter()
        .flat_map(|slot| [&slot.staging, &slot.readback]);
    [&buffers.stored, &buffers.layers, &buffers.packed]
        .into_iter()
        .chain(slots)
        .map(wgpu::Buffer::size)
        .sum()
}
