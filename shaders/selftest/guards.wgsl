// Writes past the end of a buffer whose neighbours hold known words.
//
// Checked by: src/engines/gpu/self_test/dispatches.rs
// What counts: a mistaken index must never reach the memory of another buffer. Where in its own buffer such a write ends is open.

@group(0) @binding(0) var<storage, read> words: array<u32>;             // the word to write past the end
@group(0) @binding(1) var<storage, read_write> between: array<u32>;     // the guards are on both sides of it

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = arrayLength(&between);
    let i = id.x;
    if i >= n {
        return;
    }
    between[n + i] = words[0];
    between[0u - 1u - i] = words[0];
    // Where a stray write is moved to the end of the buffer it ends in the last word, which is not looked at.
    if i + 1u < n {
        between[i] = i;
    }
}
