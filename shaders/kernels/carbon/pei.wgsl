// Annual heterotrophic respiration directly from monthly temperature and precipitation.
//
// Twin:    src/kernels/carbon/pei.rs  (formula, source, valid range: there)
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

fn run_pixel(pixel: u32) {
    let n_years = n_steps(0u) / 12u;
    for (var y = 0u; y < n_years; y++) {
        var year = Year(0.0, 0.0, 0.0, 0u);
        for (var month = 0u; month < 12u; month++) {
            let step = 12u * y + month;
            let t = sample(0u, step, pixel);
            let p = sample(1u, step, pixel);
            let rh = params.c * (exponential(params.a * t.value) + log(params.b * max(p.value, 0.0) + 1.0));
            year = annual_add(year, rh, table(step), t.valid && p.valid);
        }
        put(0u, y, pixel, annual_total(year), annual_n_valid(year) >= params.min_months);
    }
}
