// Regression of an annual response on its drivers in the years of a baseline.
//
// Twin:    src/kernels/attribution/sensitivity_baseline.rs  (formula, source: there)
// Inputs:  0 y, 1.. x [annual]
// Outputs: coef of each driver, vif of each, then flags
// Error:   as drivers.wgsl

struct Params {
    first_step: u32,
    last_step: u32,
    min_rows: u32,
    min_years: u32,
}

const N_ROWS: u32 = N_STEPS_0;

fn row(step: u32, pixel: u32) -> Row {
    var row = complete_year(step, pixel);
    row.valid = row.valid & (step >= params.first_step) & (step <= params.last_step);
    return row;
}

fn run_pixel(pixel: u32) {
    var n = 0u;
    //:unroll
    for (var step = 0u; step < n_steps(0u); step++) {
        let year = complete_year(step, pixel);
        n += select(0u, 1u, year.valid);
    }
    let is_enough = n >= params.min_years;
    var rows = rows_of(pixel);
    let fit = fit_drivers(&rows, params.min_rows);
    let is_there = fit.is_solved && is_enough;
    //:unroll
    for (var x = 0u; x < N_PREDICTORS; x++) {
        put(PORT_COEF + x, 0u, pixel, select(fit.coef[x], 0.0, fit.is_constant), is_there);
        put(PORT_VIF + x, 0u, pixel, fit.vif[x], is_there);
    }
    put(PORT_FLAGS, 0u, pixel, f32(select(FLAG_TOO_FEW_YEARS, fit.flags, is_enough)), true);
}
