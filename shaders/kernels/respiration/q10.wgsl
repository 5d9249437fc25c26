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

fn run_pixel(pixel: u32) {
    let n_years = n_steps(0u) / 12u;
    for (var y = 0u; y < n_years; y++) {
        var year = Year(0.0, 0.0, 0.0, 0u);
        for (var month = 0u; month < 12u; month++) {
            let step = 12u * y + month;
            let t = sample(0u, step, pixel);
            let rate = params.r_ref * exponential(params.steepness * (t.value - params.t_ref));
            let days = table(step);
            year = annual_add(year, rate * days, days, t.valid);
        }
        put(0u, y, pixel, annual_total(year), annual_n_valid(year) >= params.min_months);
    }
}
