// Multiple regression and partial correlation of an annual response with N_PREDICTORS drivers.
//
// Twin:    src/kernels/statistics/regression.rs  (formula, source: there)
// Inputs:  0 y, 1.. x [annual]
// Outputs: coef of each x, beta of each, vif of each, partial correlation with each, p of each, then
//          r2, p, flags
// Tables:  1 / B(df/2, 1/2) for df = 0 to TABLE_DF, then 1 / B(df/2, N_PREDICTORS/2)
// Error:   as drivers.wgsl and tails.wgsl

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

const N_ROWS: u32 = N_STEPS_0;

fn row(step: u32, pixel: u32) -> Row {
    return complete_year(step, pixel);
}

fn run_pixel(pixel: u32) {
    var rows = rows_of(pixel);
    let fit = fit_drivers(&rows, params.min_years);
    let df = max(fit.n - f32(N_PREDICTORS) - 1.0, 1.0);
    let has_p = fit.is_solved && !fit.is_constant;
    var is_whole = has_p;
    //:unroll
    for (var x = 0u; x < N_PREDICTORS; x++) {
        put(PORT_COEF + x, 0u, pixel, select(fit.coef[x], 0.0, fit.is_constant), fit.is_solved);
        put(PORT_BETA + x, 0u, pixel, select(fit.beta[x], 0.0, fit.is_constant), fit.is_solved);
        put(PORT_VIF + x, 0u, pixel, fit.vif[x], fit.is_solved);

        let explained = fit.beta[x] * fit.beta[x];
        let unexplained = fit.unexplained * fit.vif[x];
        // What the others leave of the response; of rounding there is no correlation.
        let left = EXPLAINED_FULLY * fit.vif[x];
        let is_defined = has_p && explained + unexplained > left;
        is_whole = is_whole && is_defined;
        let total = select(1.0, explained + unexplained, is_defined);
        let r = sign(fit.beta[x]) * sqrt(explained / total);
        let p = beta_tail(unexplained / total, explained / total, 0.5 * df, 0.5, table(u32(df)));
        put(PORT_PARTIAL + x, 0u, pixel, r, is_defined);
        put(PORT_PARTIAL_P + x, 0u, pixel, p, is_defined);
    }
    let total = select(1.0, fit.unexplained + fit.explained, has_p);
    let r2 = fit.explained / total;
    let inverse_beta = table(TABLE_DF + 1u + u32(df));
    let p = beta_tail(fit.unexplained / total, r2, 0.5 * df, 0.5 * f32(N_PREDICTORS), inverse_beta);
    put(PORT_R2, 0u, pixel, r2, has_p);
    put(PORT_P, 0u, pixel, p, has_p);
    let more = select(0u, FLAG_SINGULAR, fit.is_solved && !is_whole);
    put(PORT_FLAGS, 0u, pixel, f32(fit.flags | more), true);
}
