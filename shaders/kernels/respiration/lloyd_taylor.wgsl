// Annual soil respiration from monthly temperature by the response of Lloyd and Taylor.
// 1 / 56.02 - 1 / (T + 46.02) is computed as (T - 10) / (56.02 (T + 46.02)), which does not cancel.
//
// Twin:    src/kernels/respiration/lloyd_taylor.rs  (formula, source, valid range: there)
// Inputs:  0 temperature [degC, monthly]
// Outputs: 0 rs [gC m-2 yr-1]
// Table:   days of each month
// Error:   the argument x of the exponential is good to 5e-7 of itself, so a month to 5e-7 |x| + 3e-7.

struct Params {
    r10: f32,
    // E0 / (10 - T0), and -T0
    steepness: f32,
    minus_t0: f32,
    min_months: u32,
}

const PORT_FLUX: u32 = PORT_RS;

// Nothing is the same for all months.
fn of_pixel(pixel: u32) -> Sample {
    return Sample(0.0, true);
}

fn amount(step: u32, pixel: u32, of_pixel: Sample, days: f32) -> Sample {
    let t = sample(0u, step, pixel);
    let is_alive = t.value >= -40.0;
    let x = params.steepness * (t.value - 10.0) / select(1.0, t.value + params.minus_t0, is_alive);
    let rate = select(0.0, params.r10 * exponential(x), is_alive);
    return Sample(rate * days, t.valid);
}
