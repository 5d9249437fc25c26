// Heterotrophic respiration as a fixed fraction of soil respiration.
//
// Twin:    src/kernels/heterotrophic/fixed_fraction.rs
// Inputs:  0 rs [gC m-2 yr-1]
// Outputs: 0 rh [gC m-2 yr-1]
// Error:   one product.

struct Params {
    fraction: f32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    var of_rs: array<Sample, N_STEPS_0>;
    //:unroll
    for (var step = 0u; step < n_steps(0u); step++) {
        of_rs[step] = sample(0u, step, pixel);
    }
    //:unroll
    for (var step = 0u; step < n_steps(0u); step++) {
        let rs = of_rs[step];
        put(PORT_RH, step, pixel, params.fraction * max(rs.value, 0.0), rs.valid);
    }
}
