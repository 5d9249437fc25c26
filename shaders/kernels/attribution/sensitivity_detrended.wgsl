// Regression of an annual response on its drivers and the year.
//
// Twin:    src/kernels/attribution/sensitivity_detrended.rs  (formula, source: there)
// Inputs:  0 y, 1.. x [annual]; N_PREDICTORS counts the year
// Outputs: coef of each driver, vif of each, then flags
// Error:   as drivers.wgsl

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

const N_ROWS: u32 = N_STEPS_0;

// A year's values and the year itself.
fn row(step: u32, pixel: u32) -> Row {
    var row: Row;
    row.valid = true;
    //:unroll
    for (var v = 0u; v < N_VARIABLES - 1u; v++) {
        let s = sample(v, step, pixel);
        row.value[v] = s.value;
        row.valid = row.valid & s.valid;
    }
    row.value[N_VARIABLES - 1u] = f32(step);
    return row;
}

fn run_pixel(pixel: u32) {
    var rows = rows_of(pixel);
    let fit = fit_drivers(&rows, params.min_years);
    //:unroll
    for (var x = 0u; x < N_PREDICTORS - 1u; x++) {
        put(PORT_COEF + x, 0u, pixel, select(fit.coef[x], 0.0, fit.is_constant), fit.is_solved);
        put(PORT_VIF + x, 0u, pixel, fit.vif[x], fit.is_solved);
    }
    put(PORT_FLAGS, 0u, pixel, f32(fit.flags), true);
}
