// Annual heterotrophic respiration from annual soil respiration, ln Rh = intercept + slope ln Rs.
//
// Twin:    src/kernels/carbon/bond_lamberty_2004.rs  (source, valid range: there)
// Inputs:  0 rs [gC m-2 yr-1]
// Outputs: 0 rh [gC m-2 yr-1]
// Error:   ln Rs to 3 ULP of about 7, exp of about 6 to 15 ULP: under 3e-6.

struct Params {
    intercept: f32,
    slope: f32,
    _pad0: u32,
    _pad1: u32,
}

fn run_pixel(pixel: u32) {
    for (var step = 0u; step < n_steps(0u); step++) {
        let rs = sample(0u, step, pixel);
        let is_positive = rs.value > 0.0;
        let rh = exp(params.intercept + params.slope * log(select(1.0, rs.value, is_positive)));
        put(0u, step, pixel, select(0.0, min(rh, rs.value), is_positive), rs.valid);
    }
}
