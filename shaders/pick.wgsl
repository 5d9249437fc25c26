// Picks the stored inputs of the flagged pixels of a slab, so that the host need not look for them in a
// whole tile: first the pixels are listed, then a row of each step of each input is written for them.
//
// Twin:    src/engines/gpu/picking.rs
//
// The host writes before this text: PICK_THREADS, ROWS_OF_Y, PIXEL_FLAGGED.

struct Pick {
    n_pixels: u32,
    most: u32,          // pixels that rows have room for, a multiple of 4
    attention_at: u32,  // where the bytes that say what is to be done start in `packed`
    n_rows: u32,
}

struct Row {
    at: u32,            // of its values in `stored`
    size: u32,          // bytes of a value
    to: u32,            // bytes of a pixel before it
    pad: u32,
}

@group(0) @binding(0) var<uniform> pick: Pick;
@group(0) @binding(1) var<storage, read> rows: array<Row>;
@group(0) @binding(2) var<storage, read> packed: array<u32>;
@group(0) @binding(3) var<storage, read> stored: array<u32>;
@group(0) @binding(4) var<storage, read_write> listed: array<atomic<u32>>;   // how many, then pixels
@group(0) @binding(5) var<storage, read_write> picked: array<u32>;

@compute @workgroup_size(PICK_THREADS)
fn find(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
    let pixel = group.x * PICK_THREADS + thread.x;
    if pixel >= pick.n_pixels {
        return;
    }
    let word = packed[pick.attention_at + pixel / 4u];
    if extractBits(word, 8u * (pixel % 4u), 8u) == PIXEL_FLAGGED {
        let index = atomicAdd(&listed[0], 1u);
        if index < pick.most {
            atomicStore(&listed[1u + index], pixel);
        }
    }
}

// One thread a word: one, two or four pixels of a row.
@compute @workgroup_size(PICK_THREADS)
fn copy(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) thread: vec3<u32>) {
    let number = group.z * ROWS_OF_Y + group.y;
    if number >= pick.n_rows {
        return;
    }
    let row = rows[number];
    let in_word = 4u / row.size;
    let n_bits = 8u * row.size;
    let first = (group.x * PICK_THREADS + thread.x) * in_word;
    let end = min(first + in_word, min(atomicLoad(&listed[0]), pick.most));
    if first >= end {
        return;
    }
    var word = 0u;
    for (var i = first; i < end; i++) {
        let byte = atomicLoad(&listed[1u + i]) * row.size;
        let value = extractBits(stored[row.at + byte / 4u], 8u * (byte % 4u), n_bits);
        word |= value << (n_bits * (i - first));
    }
    picked[row.to * (pick.most / 4u) + first / in_word] = word;
}
