// Regression of the year-to-year changes of a response on those of its drivers.
//
// Twin:    src/kernels/attribution/sensitivity_first_difference.rs  (formula, source: there)
// Inputs:  0 y, 1.. x [annual]
// Outputs: coef of each driver, vif of each, then flags
// Error:   as drivers.wgsl; a difference of neighbours is rounded once

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

const N_ROWS: u32 = N_STEPS_0 - 1u;

// The change from one year to the next.
fn row(step: u32, pixel: u32) -> Row {
    let earlier = complete_year(step, pixel);
    let later = complete_year(step + 1u, pixel);
    var row: Row;
    row.valid = earlier.valid & later.valid;
    //:unroll
    for (var v = 0u; v < N_VARIABLES; v++) {
        row.value[v] = later.value[v] - earlier.value[v];
    }
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
    let fit = fit_drivers(&rows, 0u);
    let is_there = fit.is_solved && is_enough;
    //:unroll
    for (var x = 0u; x < N_PREDICTORS; x++) {
        put(PORT_COEF + x, 0u, pixel, select(fit.coef[x], 0.0, fit.is_constant), is_there);
        put(PORT_VIF + x, 0u, pixel, fit.vif[x], is_there);
    }
    put(PORT_FLAGS, 0u, pixel, f32(select(FLAG_TOO_FEW_YEARS, fit.flags, is_enough)), true);
}
