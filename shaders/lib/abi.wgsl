// How every kernel sees a tile: inputs in the type in which they are stored, layers that stay on
// the device between kernels, and one thread a pixel.
//
// Twin:    src/kernels/views.rs
//
// No NaN or infinity enters float arithmetic here and none leaves: WGSL lets an implementation
// assume that they never occur, so `x != x` proves nothing. Stored floats are tested by their bits;
// a missing value reads as 0 with `valid` false, and is written as 0 with its validity bit clear.
//
// The host writes before this text: WORKGROUP_SIZE, MAX_NODATA, KIND_*, FLAG_*, MIN_BITS, MAX_BITS, the
// constants of the kernel and of its libraries, PORT_* of its outputs, and `kind_of(slot)`.

struct Tile {
    n_pixels: u32,
    table_at: u32,
    n_inputs: u32,
    first_step: u32,
    first_pixel: u32,
    extremes_at: u32,
    _pad2: u32,
    _pad3: u32,
}

// Where the values of an input or an output start, and how they are decoded.
struct Slot {
    at: u32,
    bits_at: u32,
    stride: u32,
    n_steps: u32,
    bias: f32,
    lowest: f32,
    highest: f32,
    scale_at: u32,
    n_scales: u32,
    n_nodata: u32,
    nodata: array<u32, MAX_NODATA>,
}

struct Sample {
    value: f32,
    valid: bool,
}

@group(0) @binding(0) var<uniform> tile: Tile;
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> slots: array<Slot>;            // inputs, then outputs
@group(0) @binding(3) var<storage, read> tables: array<f32>;
@group(0) @binding(4) var<storage, read> stored: array<u32>;            // inputs, [step][pixel], packed
@group(0) @binding(5) var<storage, read_write> layers: array<u32>;      // layers, [step][pixel], then their bits

const MISSING: Sample = Sample(0.0, false);

fn is_finite_bits(bits: u32) -> bool {
    return (bits & 0x7f800000u) != 0x7f800000u;
}

// Whether the pixel has read a number whose square leaves f32: the host computes such pixels in f64.
var<private> is_extreme: bool = false;

fn notice(x: Sample) -> Sample {
    let size = bitcast<u32>(x.value) & 0x7fffffffu;
    // Below the smallest the difference wraps, and is large too.
    is_extreme = is_extreme || (size != 0u && size - MIN_BITS > MAX_BITS - MIN_BITS);
    return x;
}

// Entry `i` of the kernel's own table.
fn table(i: u32) -> f32 {
    return tables[tile.table_at + i];
}

fn n_steps(slot: u32) -> u32 {
    return slots[slot].n_steps;
}

// A stored number with its bits as a quantity, value = (stored + bias) * scale.
fn decode(slot: u32, step: u32, x: f32, bits: u32) -> Sample {
    if x < slots[slot].lowest || x > slots[slot].highest {
        return MISSING;
    }
    for (var i = 0u; i < slots[slot].n_nodata; i++) {
        if bits == slots[slot].nodata[i] {
            return MISSING;
        }
    }
    let scale = tables[slots[slot].scale_at + min(step, slots[slot].n_scales - 1u)];
    return Sample((x + slots[slot].bias) * scale, true);
}

// Cell `cell` of input `slot`, which has a grid of its own, at `step`; missing where it is not `there`.
fn cell(slot: u32, step: u32, cell: u32, there: bool) -> Sample {
    let found = sample(slot, step, select(0u, cell, there));
    return Sample(select(0.0, found.value, there), found.valid && there);
}

// Input `slot` at `step`; layers are quantities already, the rest is decoded.
fn sample(slot: u32, step: u32, pixel: u32) -> Sample {
    return notice(quantity(slot, step, pixel));
}

fn quantity(slot: u32, step: u32, pixel: u32) -> Sample {
    let element = step * slots[slot].stride + pixel;
    switch kind_of(slot) {
        case KIND_U8: {
            let bits = extractBits(stored[slots[slot].at + element / 4u], 8u * (element % 4u), 8u);
            return decode(slot, step, f32(bits), bits);
        }
        case KIND_I16: {
            let word = bitcast<i32>(stored[slots[slot].at + element / 2u]);
            let x = extractBits(word, 16u * (element % 2u), 16u);
            return decode(slot, step, f32(x), bitcast<u32>(x));
        }
        case KIND_U16: {
            let bits = extractBits(stored[slots[slot].at + element / 2u], 16u * (element % 2u), 16u);
            return decode(slot, step, f32(bits), bits);
        }
        case KIND_F32: {
            let bits = stored[slots[slot].at + element];
            if !is_finite_bits(bits) {
                return MISSING;
            }
            // A nodata of 0 also means -0.
            return decode(slot, step, bitcast<f32>(bits), select(bits, 0u, bits == 0x80000000u));
        }
        default: {
            let word = layers[slots[slot].bits_at + (step / 32u) * slots[slot].stride + pixel];
            return Sample(bitcast<f32>(layers[slots[slot].at + element]), ((word >> (step % 32u)) & 1u) != 0u);
        }
    }
}

// Writes output `port` at step `of_kernel`, which the layer may have as a later one. Steps go up from 0,
// so that each word of validity bits starts clear. A value that is not finite is missing.
fn put(port: u32, of_kernel: u32, pixel: u32, value: f32, valid: bool) {
    let slot = tile.n_inputs + port;
    let step = tile.first_step + of_kernel;
    let bits = bitcast<u32>(value);
    let is_valid = valid && is_finite_bits(bits);
    layers[slots[slot].at + step * slots[slot].stride + pixel] = select(0u, bits, is_valid);
    let word_at = slots[slot].bits_at + (step / 32u) * slots[slot].stride + pixel;
    let before = select(layers[word_at], 0u, step % 32u == 0u);
    layers[word_at] = before | (select(0u, 1u, is_valid) << (step % 32u));
}

// x is folded into y because one dimension of a dispatch holds at most 65,535 workgroups. A dispatch
// covers a range of the slab, so that none keeps a device busy for long.
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) n_groups: vec3<u32>) {
    let thread = id.y * n_groups.x * WORKGROUP_SIZE + id.x;
    if thread < tile.n_pixels {
        let pixel = tile.first_pixel + thread;
        run_pixel(pixel);
        if is_extreme {
            layers[tile.extremes_at + pixel] = 1u;
        }
    }
}
