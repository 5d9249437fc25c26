// Annual soil respiration from monthly temperature and the precipitation of this month and the one before.
//
// Twin:    src/kernels/respiration/hashimoto_2015.rs  (formula, source, valid range: there)
// Inputs:  0 temperature [degC, monthly], 1 precipitation [mm month-1]
// Outputs: 0 rs [gC m-2 yr-1]
// Table:   days of each month
// Error:   as gsmsr.wgsl

struct Params {
    f: f32,
    b: f32,
    c: f32,
    k_cm: f32,
    a: f32,
    min_months: u32,
    _pad0: u32,
    _pad1: u32,
}

const PORT_FLUX: u32 = PORT_RS;

// Nothing is the same for all months.
fn of_pixel(pixel: u32) -> Sample {
    return Sample(0.0, true);
}

fn amount(step: u32, pixel: u32, of_pixel: Sample, days: f32) -> Sample {
    // Before the first January comes the December of the same year.
    let before = sample(1u, select(max(step, 1u) - 1u, 11u, step == 0u), pixel);
    let t = sample(0u, step, pixel);
    let p = sample(1u, step, pixel);
    let p_cm = (params.a * max(p.value, 0.0) + (1.0 - params.a) * max(before.value, 0.0)) * 0.1;
    let f_t = exponential(t.value * (params.b - params.c * t.value));
    let rate = params.f * f_t * p_cm / (params.k_cm + p_cm);
    return Sample(rate * days, t.valid & p.valid & before.valid);
}
