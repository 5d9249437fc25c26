// Annual soil respiration from monthly temperature, exponential.
//
// Twin:    src/kernels/respiration/q10.rs  (formula, source, valid range: there)
// Inputs:  0 temperature [degC, monthly]
// Outputs: 0 rs [gC m-2 yr-1]
// Table:   days of each month
// Error:   the exponential is good to 2e-7, its argument to 2e-7; twelve additions add a few 6e-8.

struct Params {
    r_ref: f32,
    // ln Q10 / 10
    steepness: f32,
    t_ref: f32,
    min_months: u32,
}

const PORT_FLUX: u32 = PORT_RS;

// Nothing is the same for all months.
fn of_pixel(pixel: u32) -> Sample {
    return Sample(0.0, true);
}

fn amount(step: u32, pixel: u32, of_pixel: Sample, days: f32) -> Sample {
    let t = sample(0u, step, pixel);
    let rate = params.r_ref * exponential(params.steepness * (t.value - params.t_ref));
    return Sample(rate * days, t.valid);
}
