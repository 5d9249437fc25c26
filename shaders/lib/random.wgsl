// Random numbers that depend only on a series, a step and a seed.
//
// Twin:    src/kernels/lib/random.rs  (method and source: there)
// Error:   the bits are whole numbers and equal everywhere; the deviate: two polynomials of degree 7 with
//          positive terms, a quotient to 2.5 ULP, log to 3 ULP and a square root: 1.5e-6 of itself.

// The high half of a product of 32-bit numbers, by halves of 16 bits.
fn high_half(a: u32, b: u32) -> u32 {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
    return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}

// 32 bits.
fn random_bits(series: u32, step: u32, seed: u32) -> u32 {
    var left = series;
    var right = step;
    var key = seed;
    for (var round = 0u; round < 10u; round++) {
        let high = high_half(left, 0xd256d193u);
        let low = left * 0xd256d193u;
        left = high ^ key ^ right;
        right = low;
        key += 0x9e3779b9u;
    }
    return left;
}

// The standard normal deviate of 32 bits: the lowest is the sign, the highest 23 are the tail.
fn normal_deviate(bits: u32) -> f32 {
    let p = (f32(bits >> 9u) + 0.5) * 5.9604644775390625e-8;
    let q = 0.5 - p;
    let r = 0.180625 - q * q;
    var a = 2.5090809287301226727e3;
    a = a * r + 3.3430575583588128105e4;
    a = a * r + 6.7265770927008700853e4;
    a = a * r + 4.5921953931549871457e4;
    a = a * r + 1.3731693765509461125e4;
    a = a * r + 1.9715909503065514427e3;
    a = a * r + 1.3314166789178437745e2;
    a = a * r + 3.3871328727963666080e0;
    var b = 5.2264952788528545610e3;
    b = b * r + 2.8729085735721942674e4;
    b = b * r + 3.9307895800092710610e4;
    b = b * r + 2.1213794301586595867e4;
    b = b * r + 5.3941960214247511077e3;
    b = b * r + 6.8718700749205790830e2;
    b = b * r + 4.2313330701600911252e1;
    b = b * r + 1.0;
    let s = sqrt(-log(p)) - 1.6;
    var c = 7.74545014278341407640e-4;
    c = c * s + 2.27238449892691845833e-2;
    c = c * s + 2.41780725177450611770e-1;
    c = c * s + 1.27045825245236838258e0;
    c = c * s + 3.64784832476320460504e0;
    c = c * s + 5.76949722146069140550e0;
    c = c * s + 4.63033784615654529590e0;
    c = c * s + 1.42343711074968357734e0;
    var d = 1.05075007164441684324e-9;
    d = d * s + 5.47593808499534494600e-4;
    d = d * s + 1.51986665636164571966e-2;
    d = d * s + 1.48103976427480074590e-1;
    d = d * s + 6.89767334985100004550e-1;
    d = d * s + 1.67638483018380384940e0;
    d = d * s + 2.05319162663775882187e0;
    d = d * s + 1.0;
    let size = select(c / d, q * a / b, q <= 0.425);
    return select(size, -size, (bits & 1u) == 1u);
}
