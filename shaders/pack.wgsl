// Puts the returned layers of a slab together as they travel to the host: a missing value as a code of
// its own, so that no validity bits come back, and classes, flags and counts in fewer bytes.
//
// Twin:    src/engines/gpu/unpack.rs
//
// A row is one step of a layer. Rows follow each other, `pitch` pixels each. The last row has a byte a
// pixel: what the host has to do about it.
//
// The host writes before this text: PACK_THREADS, ROWS_OF_Y, IN_*, MISSING_*, HALF_MOST, PIXEL_*, MARK_* and
// FLAG_DECIDED_IN_F64.

struct Pack {
    first_pixel: u32,
    n_pixels: u32,
    pitch: u32,     // a multiple of 4
    n_rows: u32,
}

struct Row {
    at: u32,        // of its values in `layers`
    bits_at: u32,   // of its validity bits
    shift: u32,     // the bit of its step
    how: u32,
    to: u32,        // bytes of a pixel before it
    pad0: u32,
    pad1: u32,
    pad2: u32,
}

@group(0) @binding(0) var<uniform> pack: Pack;
@group(0) @binding(1) var<storage, read> rows: array<Row>;      // those of the layers, the last, layers of flags
@group(0) @binding(2) var<storage, read> layers: array<u32>;
@group(0) @binding(3) var<storage, read_write> packed: array<u32>;

fn is_valid(row: Row, pixel: u32) -> bool {
    return ((layers[row.bits_at + pixel] >> row.shift) & 1u) != 0u;
}

fn value(row: Row, pixel: u32) -> f32 {
    return bitcast<f32>(layers[row.at + pixel]);
}

fn half(row: Row, pixel: u32) -> u32 {
    let whole = i32(clamp(value(row, pixel), -HALF_MOST, HALF_MOST));
    return select(MISSING_HALF, bitcast<u32>(whole) & 0xffffu, is_valid(row, pixel));
}

fn byte(row: Row, pixel: u32) -> u32 {
    let whole = u32(clamp(value(row, pixel), 0.0, 254.0));
    return select(MISSING_BYTE, whole, is_valid(row, pixel));
}

fn attention(row: Row, pixel: u32) -> u32 {
    let marks = layers[row.at + pixel];
    let extreme = select(0u, PIXEL_EXTREME, (marks & MARK_EXTREME) != 0u);
    let left = select(0u, PIXEL_LEFT, (marks & MARK_LEFT) != 0u);
    var flags = 0u;
    for (var i = pack.n_rows; i < arrayLength(&rows); i++) {
        if is_valid(rows[i], pixel) {
            flags |= u32(value(rows[i], pixel));
        }
    }
    return extreme | left | select(0u, PIXEL_FLAGGED, (flags & FLAG_DECIDED_IN_F64) != 0u);
}

// One thread a word: one, two or four pixels of a row.
@compute @workgroup_size(PACK_THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
    let number = group.z * ROWS_OF_Y + group.y;
    if number >= pack.n_rows {
        return;
    }
    let row = rows[number];
    let pixels = select(select(1u, 2u, row.how == IN_HALVES), 4u, row.how >= IN_BYTES);
    let begin = (group.x * PACK_THREADS + thread.x) * pixels;
    if begin >= pack.n_pixels {
        return;
    }
    let pixel = pack.first_pixel + begin;
    var word = 0u;
    switch row.how {
        case IN_HALVES: {
            word = half(row, pixel) | (half(row, pixel + 1u) << 16u);
        }
        case IN_BYTES: {
            for (var i = 0u; i < 4u; i++) {
                word |= byte(row, pixel + i) << (8u * i);
            }
        }
        case IN_ATTENTION: {
            for (var i = 0u; i < 4u; i++) {
                word |= attention(row, pixel + i) << (8u * i);
            }
        }
        default: {
            word = select(MISSING_FLOAT, layers[row.at + pixel], is_valid(row, pixel));
        }
    }
    packed[row.to * (pack.pitch / 4u) + pixel / pixels] = word;
}
