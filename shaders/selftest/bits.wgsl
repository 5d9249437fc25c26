// How 32-bit patterns pass through buffers and registers: those of NaN, infinities, subnormals and plain numbers.
//
// Checked by: src/engines/gpu/self_test/bits.rs
// What counts: kernels test stored floats by their bits and write missing values as the bits of a NaN (pack.wgsl).
//              What a NaN or a subnormal becomes as a float is reported alone: no kernel needs either.

@group(0) @binding(0) var<storage, read> patterns: array<u32>;          // the last is that of 1.0
@group(0) @binding(1) var<storage, read_write> found: array<u32>;       // five rows of as many

fn is_finite_bits(bits: u32) -> bool {
    return (bits & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = arrayLength(&patterns);
    let i = id.x;
    if i >= n {
        return;
    }
    let bits = patterns[i];
    let one = bitcast<f32>(patterns[n - 1u]);
    found[i] = bits;
    found[n + i] = u32(is_finite_bits(bits));
    found[2u * n + i] = select(0x7fc00000u, bits, is_finite_bits(bits));
    found[3u * n + i] = bitcast<u32>(bitcast<f32>(bits));
    found[4u * n + i] = bitcast<u32>(bitcast<f32>(bits) * one);
}
