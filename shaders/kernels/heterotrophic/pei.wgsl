// Annual heterotrophic respiration directly from monthly temperature and precipitation.
//
// Twin:    src/kernels/heterotrophic/pei.rs  (formula, source, valid range: there)
// Inputs:  0 temperature [degC, monthly], 1 precipitation [mm month-1]
// Outputs: 0 rh [gC m-2 yr-1]
// Table:   days of each month
// Error:   the exponential is good to 2e-7, the logarithm to 3 ULP or 4.8e-7 absolute; twelve months of
//          the latter times 3.1 gC m-2 are 1.8e-5 gC m-2.

struct Params {
    c: f32,
    a: f32,
    b: f32,
    min_months: u32,
}

const PORT_FLUX: u32 = PORT_RH;

// Nothing is the same for all months.
fn of_pixel(pixel: u32) -> Sample {
    return Sample(0.0, true);
}

fn amount(step: u32, pixel: u32, of_pixel: Sample, days: f32) -> Sample {
    let t = sample(0u, step, pixel);
    let p = sample(1u, step, pixel);
    let rh = params.c * (exponential(params.a * t.value) + log(params.b * max(p.value, 0.0) + 1.0));
    return Sample(rh, t.valid & p.valid);
}
