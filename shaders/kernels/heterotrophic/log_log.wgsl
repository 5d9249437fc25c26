// Annual heterotrophic respiration from annual soil respiration, ln Rh = intercept + slope ln Rs.
// Computed as at_500 (Rs / 500)^slope, whose logarithm is small.
//
// Twin:    src/kernels/heterotrophic/log_log.rs  (formula, source, valid range: there)
// Inputs:  0 rs [gC m-2 yr-1]
// Outputs: 0 rh [gC m-2 yr-1]
// Error:   the logarithm is within 1.5 of 0 and good to 4.8e-7, the exponential to 2e-7: under 1e-6.

struct Params {
    at_500: f32,
    slope: f32,
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
        let is_positive = rs.value > 0.0;
        let ratio = select(1.0, rs.value / 500.0, is_positive);
        let rh = params.at_500 * exponential(params.slope * log(ratio));
        put(PORT_RH, step, pixel, select(0.0, min(rh, rs.value), is_positive), rs.valid);
    }
}
