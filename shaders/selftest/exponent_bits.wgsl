// Whole numbers of 16 bits as floats by their exponent bits. A compiler that multiplies out, (x - C) s = x s - C s, loses the
// last digits; WGSL allows that.
//
// Checked by: src/engines/gpu/self_test/bits.rs
// What counts: nothing, kernels convert with f32(i32). The answer says what this compiler does to sums of floats.

@group(0) @binding(0) var<storage, read> halves: array<u32>;            // 16 bits each, of an i16
@group(0) @binding(1) var<storage, read_write> scaled: array<f32>;      // a tenth of the number

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < arrayLength(&halves) {
        let low = halves[id.x];
        scaled[id.x] = (bitcast<f32>(low ^ 0x4b008000u) - 8421376.0) * 0.1;
    }
}
