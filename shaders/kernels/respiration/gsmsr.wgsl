// Annual soil respiration from monthly temperature, precipitation and soil carbon.
//
// Twin:    src/kernels/respiration/gsmsr.rs  (formula, source, valid range: there)
// Inputs:  0 temperature [degC, monthly], 1 precipitation [mm month-1], 2 soc [kgC m-2, static]
// Outputs: 0 rs [gC m-2 yr-1]
// Table:   days of each month
// Error:   the exponential is good to 2e-7, its argument to 1e-7, the quotient to 2.5 ULP: 5e-7 a month,
//          and a sum of twelve positive months adds a few 6e-8.

struct Params {
    r0: f32,
    m: f32,
    ln_alpha: f32,
    beta: f32,
    p0_cm: f32,
    k_cm: f32,
    min_months: u32,
    _pad0: u32,
}

const PORT_FLUX: u32 = PORT_RS;

fn of_pixel(pixel: u32) -> Sample {
    let soc = sample(2u, 0u, pixel);
    return Sample(params.r0 + params.m * max(soc.value, 0.0), soc.valid);
}

fn amount(step: u32, pixel: u32, of_pixel: Sample, days: f32) -> Sample {
    let t = sample(0u, step, pixel);
    let p = sample(1u, step, pixel);
    let p_cm = max(p.value, 0.0) * 0.1;
    let f_t = exponential(0.1 * t.value * (params.ln_alpha + params.beta * t.value));
    let f_p = (p_cm + params.p0_cm) / (p_cm + params.k_cm);
    return Sample(of_pixel.value * f_t * f_p * days, of_pixel.valid & t.valid & p.valid);
}
