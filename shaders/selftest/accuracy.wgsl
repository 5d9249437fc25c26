// exp, log, quotient and square root of this driver, and the exponential of the kernels, which the host writes before this text
// (shaders/lib/exponential.wgsl).
//
// Checked by: src/engines/gpu/self_test/accuracy.rs, against f64

@group(0) @binding(0) var<storage, read> arguments: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read_write> found: array<f32>;       // five rows

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let n = arrayLength(&arguments);
    let i = id.x;
    if i >= n {
        return;
    }
    let x = arguments[i].x;         // -80 to 80
    let y = arguments[i].y;         // above 0
    found[i] = exp(x);
    found[n + i] = log(y);
    found[2u * n + i] = x / y;
    found[3u * n + i] = sqrt(y);
    found[4u * n + i] = exponential(x);
}
