// Annual soil respiration from monthly temperature and precipitation.
//
// Twin:    src/kernels/respiration/raich.rs  (formula, source, valid range: there)
// Inputs:  0 temperature [degC, monthly], 1 precipitation [mm month-1]
// Outputs: 0 rs [gC m-2 yr-1]
// Table:   days of each month
// Error:   as gsmsr.wgsl

struct Params {
    f: f32,
    q: f32,
    k_cm: f32,
    min_months: u32,
}

const PORT_FLUX: u32 = PORT_RS;

// Nothing is the same for all months.
fn of_pixel(pixel: u32) -> Sample {
    return Sample(0.0, true);
}

fn amount(step: u32, pixel: u32, of_pixel: Sample, days: f32) -> Sample {
    let t = sample(0u, step, pixel);
    let p = sample(1u, step, pixel);
    let p_cm = max(p.value, 0.0) * 0.1;
    let rate = params.f * exponential(params.q * t.value) * p_cm / (params.k_cm + p_cm);
    return Sample(rate * days, t.valid & p.valid);
}
