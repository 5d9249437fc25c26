// Annual heterotrophic respiration as a power of soil respiration in the unit of the law:
// Rh = factor Rs^exponent, with both in gC m-2 d-1 or in kgC m-2 yr-1.
//
// Twin:    src/kernels/heterotrophic/power.rs  (source, units: there)
// Inputs:  0 rs [gC m-2 yr-1]
// Outputs: 0 rh [gC m-2 yr-1]
// Table:   gC m-2 yr-1 that make one unit of the law, a year: its days, or 1000
// Error:   the logarithm is within 4 of 0 and good to 3 ULP or 4.8e-7, the exponential to 2e-7: 1e-6.

struct Params {
    factor: f32,
    exponent: f32,
    _pad0: u32,
    _pad1: u32,
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
        let one = table(step);
        let is_positive = rs.value > 0.0;
        let rate = select(1.0, rs.value / one, is_positive);
        let rh = params.factor * exponential(params.exponent * log(rate)) * one;
        put(PORT_RH, step, pixel, select(0.0, min(rh, rs.value), is_positive), rs.valid);
    }
}
