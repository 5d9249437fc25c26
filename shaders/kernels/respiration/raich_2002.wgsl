// Annual soil respiration from monthly temperature and precipitation.
//
// Twin:    src/kernels/respiration/raich_2002.rs  (formula, source, valid range: there)
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

fn run_pixel(pixel: u32) {
    let n_years = n_steps(0u) / 12u;
    for (var y = 0u; y < n_years; y++) {
        var year = Year(0.0, 0.0, 0.0, 0u);
        for (var month = 0u; month < 12u; month++) {
            let step = 12u * y + month;
            let t = sample(0u, step, pixel);
            let p = sample(1u, step, pixel);
            let p_cm = max(p.value, 0.0) * 0.1;
            let rate = params.f * exponential(params.q * t.value) * p_cm / (params.k_cm + p_cm);
            let days = table(step);
            year = annual_add(year, rate * days, days, t.valid && p.valid);
        }
        put(0u, y, pixel, annual_total(year), annual_n_valid(year) >= params.min_months);
    }
}
