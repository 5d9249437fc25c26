// How every kernel sees a tile: inputs in the type in which they are stored, layers that stay on
// the device between kernels, and one thread a pixel.
//
// Twin:    src/kernels/views.rs
//
// No NaN or infinity enters float arithmetic here and none leaves: WGSL lets an implementation
// assume that they never occur, so `x != x` proves nothing. Stored floats are tested by their bits;
// a missing value reads as 0 with `valid` false, and is written as 0 with its validity bit clear.
//
// The composer writes before this text: WORKGROUP_SIZE, N_SLOTS, FLAG_*, MIN_BITS, MAX_BITS, the constants of
// the kernel and of its libraries, PORT_* of its outputs, and N_STEPS_0 and so on, the steps of its inputs, for
// lengths of arrays. After it come functions that it makes of what is
// known of each slot: `n_steps(slot)`; `sample(slot, step, pixel)`, input `slot` at `step`, decoded as
// (stored + bias) * scale; `put(port, step, pixel, value, valid)`, which writes an output, its steps going up
// from 0 and each of them once, and where a value that is not finite is missing; and `read_validity` and
// `write_validity`, which read and write the words of validity bits that a pixel needs once.

struct Tile {
    n_pixels: u32,
    table_at: u32,
    first_step: u32,
    first_pixel: u32,
    extremes_at: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

// Where an input or an output lies in its buffer. From step to step are `stride` words.
struct Slot {
    at: u32,
    bits_at: u32,
    stride: u32,
    scale_at: u32,
}

struct Sample {
    value: f32,
    valid: bool,
}

@group(0) @binding(0) var<uniform> tile: Tile;
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<uniform> slots: array<Slot, N_SLOTS>;         // inputs, then outputs
@group(0) @binding(3) var<storage, read> tables: array<f32>;
@group(0) @binding(4) var<storage, read> stored: array<u32>;            // inputs, [step][pixel], packed
@group(0) @binding(5) var<storage, read_write> layers: array<u32>;      // layers, [step][pixel], then their bits

fn is_finite_bits(bits: u32) -> bool {
    return (bits & 0x7f800000u) != 0x7f800000u;
}

// Sizes that the pixel has read, as bits: the host computes pixels in f64 whose squares leave f32. One is
// taken from the smallest, so that 0 is none.
var<private> largest_size: u32 = 0u;
var<private> smallest_size: u32 = 0xffffffffu;

fn notice(x: Sample) -> Sample {
    let size = bitcast<u32>(x.value) & 0x7fffffffu;
    largest_size = max(largest_size, size);
    smallest_size = min(smallest_size, size - 1u);
    return x;
}

// Whether a kernel leaves all of this pixel to the host, since what later kernels make of it depends on rounding.
var<private> is_left_to_f64: bool = false;

fn leave_to_f64() {
    is_left_to_f64 = true;
}

// Entry `i` of the kernel's own table.
fn table(i: u32) -> f32 {
    return tables[tile.table_at + i];
}

// Cell `cell` of input `slot`, which has a grid of its own, at `step`; missing where it is not `there`.
fn cell(slot: u32, step: u32, cell: u32, there: bool) -> Sample {
    let found = sample(slot, step, select(0u, cell, there));
    return Sample(select(0.0, found.value, there), found.valid && there);
}

// x is folded into y because one dimension of a dispatch holds at most 65,535 workgroups. A dispatch
// covers a range of the slab, so that none keeps a device busy for long.
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let thread = id.y * n_groups.x * WORKGROUP_SIZE + id.x;
    if thread < tile.n_pixels {
        let pixel = tile.first_pixel + thread;
        read_validity(pixel);
        run_pixel(pixel);
        write_validity(pixel);
        if largest_size > MAX_BITS || smallest_size < MIN_BITS - 1u {
            layers[tile.extremes_at + pixel] |= MARK_EXTREME;
        }
        if is_left_to_f64 {
            layers[tile.extremes_at + pixel] |= MARK_LEFT;
        }
    }
}
