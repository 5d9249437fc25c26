// Annual soil respiration from mean annual temperature and annual precipitation, linear in each.
//
// Twin:    src/kernels/respiration/raich_schlesinger_1992.rs  (formula, source, valid range: there)
// Inputs:  0 temperature [degC, annual mean], 1 precipitation [mm yr-1]
// Outputs: 0 rs [gC m-2 yr-1]
// Error:   five roundings of 6e-8 relative to the largest term, which may cancel below 0 degC: 5e-7.

struct Params {
    a: f32,
    b: f32,
    c: f32,
    _pad0: u32,
}

fn run_pixel(pixel: u32) {
    var of_t: array<Sample, N_STEPS_0>;
    var of_p: array<Sample, N_STEPS_0>;
    //:unroll
    for (var y = 0u; y < n_steps(0u); y++) {
        of_t[y] = sample(0u, y, pixel);
        of_p[y] = sample(1u, y, pixel);
    }
    //:unroll
    for (var y = 0u; y < n_steps(0u); y++) {
        let t = of_t[y];
        let p = of_p[y];
        let p_mm = max(p.value, 0.0);
        let rs = params.a * t.value + params.b * t.value * p_mm + params.c;
        put(PORT_RS, y, pixel, max(rs, 0.0), t.valid & p.valid);
    }
}
