// e^x from additions and products alone, so that its error is ours and not the driver's.
//
// Twin:    src/kernels/elementary.rs  (Real::exp)
// Error:   the reduction leaves 1e-7 for |x| < 8, the polynomial 2e-8, its evaluation 1e-7: 2e-7 in all,
//          where the built-in may be off by (3 + 2·|x|) ULP.

// The result is 0 below -87 and stays finite above 88.
fn exponential(x: f32) -> f32 {
    let within = clamp(x, -87.0, 88.0);
    let k = round(within * 1.44269504);
    // ln 2 in two parts, the first with trailing zeros, so that its product with k is exact.
    let r = (within - k * 0.693359375) + k * 2.12194440e-4;
    var p = 1.9875691500e-4;
    p = p * r + 1.3981999507e-3;
    p = p * r + 8.3334519073e-3;
    p = p * r + 4.1665795894e-2;
    p = p * r + 1.6666665459e-1;
    p = p * r + 5.0000001201e-1;
    let e_r = p * r * r + r + 1.0;
    let power = bitcast<f32>(u32(i32(k) + 127) << 23u);
    return select(e_r * power, 0.0, x < -87.0);
}
