// Annual heterotrophic respiration from annual soil respiration, ln Rh = intercept + slope ln Rs.
//
// Twin:    src/kernels/carbon/bond_lamberty_2004.rs  (source, valid range: there)
// Inputs:  0 rs [gC m-2 yr-1]
// Outputs: 0 rh [gC m-2 yr-1]
// Error:   as log_log.wgsl

struct Params {
    at_500: f32,
    slope: f32,
    _pad0: u32,
    _pad1: u32,
}

fn run_pixel(pixel: u32) {
    for (var step = 0u; step < n_steps(0u); step++) {
        let rs = sample(0u, step, pixel);
        put(0u, step, pixel, log_log(rs.value, params.at_500, params.slope), rs.valid);
    }
}
