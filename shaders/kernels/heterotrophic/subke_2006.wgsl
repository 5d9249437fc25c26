// Annual heterotrophic respiration from annual soil respiration, Rh / Rs = intercept - slope ln Rs.
// Computed as at_500 - slope ln(Rs / 500), whose logarithm is small.
//
// Twin:    src/kernels/heterotrophic/subke_2006.rs  (source, valid range: there)
// Inputs:  0 rs [gC m-2 yr-1]
// Outputs: 0 rh [gC m-2 yr-1]
// Error:   the logarithm is within 6 of 0 and good to 3 ULP or 4.8e-7, times 0.138, on a share of at most 1.

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
        let ratio = params.at_500 - params.slope * log(select(1.0, rs.value / 500.0, is_positive));
        put(PORT_RH, step, pixel, clamp(ratio, 0.0, 1.0) * max(rs.value, 0.0), rs.valid);
    }
}
