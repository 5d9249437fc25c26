// Two-sided p of a standard normal deviate.
//
// Twin:    src/kernels/lib/normal.rs  (formula and source: there)
// Needs:   exponential.wgsl
// Error:   the polynomial is cut where 1e-8 is left; x² is good to 1.2e-7 of itself, so p to x² · 1.2e-7:
//          3e-6 at p = 1e-10, where 1e-3 and more is allowed.

fn normal_p_value(z: f32) -> f32 {
    let x = abs(z) * 0.70710678;
    let t = 2.0 / (2.0 + x);
    let u = 2.0 * t - 1.0;
    var p = -8.728381022e-05;
    p = p * u + 8.000738162e-06;
    p = p * u + 5.737663720e-04;
    p = p * u - 2.279109660e-04;
    p = p * u - 2.288765239e-03;
    p = p * u + 1.794066250e-03;
    p = p * u + 8.808825369e-03;
    p = p * u - 9.880019324e-03;
    p = p * u - 4.689364056e-02;
    p = p * u + 4.734388761e-02;
    p = p * u + 6.726431548e-01;
    p = p * u - 6.717940917e-01;
    return min(t * exponential(p - x * x), 1.0);
}
