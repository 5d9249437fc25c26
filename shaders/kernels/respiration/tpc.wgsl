// Annual soil respiration from mean annual temperature, annual precipitation and soil carbon.
//
// Twin:    src/kernels/respiration/tpc.rs  (formula, source, valid range: there)
// Inputs:  0 temperature [degC, annual mean], 1 precipitation [mm yr-1], 2 soc [kgC m-2, static]
// Outputs: 0 rs [gC m-2 yr-1]
// Error:   the exponential is good to 2e-7, two quotients to 2.5 ULP each, products: 1e-6.

struct Params {
    f_g: f32,
    q: f32,
    k_mm: f32,
    c: f32,
}

fn run_pixel(pixel: u32) {
    let soc = sample(2u, 0u, pixel);
    let ds = max(soc.value, 0.0);
    let f_soc = ds / (ds + params.c);
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
        let rs = params.f_g * exponential(params.q * t.value) * p_mm / (p_mm + params.k_mm) * f_soc;
        put(PORT_RS, y, pixel, rs, t.valid & p.valid & soc.valid);
    }
}
