// Partial correlation of an annual response with each driver, all others held.
//
// Twin:    src/kernels/statistics/partial_correlation.rs  (formula, source: there)
// Inputs:  0 y, 1.. x [annual]
// Outputs: partial correlation with each x, p of each, then flags
// Table:   1 / B(df/2, 1/2)
// Error:   as drivers.wgsl and tails.wgsl

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    let fit = fit_drivers(pixel, params.min_years);
    let df = max(fit.n - f32(N_PREDICTORS) - 1.0, 1.0);
    let has_p = fit.is_solved && !fit.is_constant;
    for (var x = 0u; x < N_PREDICTORS; x++) {
        let explained = fit.beta[x] * fit.beta[x];
        let unexplained = fit.unexplained * fit.vif[x];
        let is_defined = has_p && explained + unexplained > 0.0;
        let total = select(1.0, explained + unexplained, is_defined);
        let r = sign(fit.beta[x]) * sqrt(explained / total);
        let p = beta_tail(unexplained / total, explained / total, 0.5 * df, 0.5, table(u32(df)));
        put(x, 0u, pixel, r, is_defined);
        put(N_PREDICTORS + x, 0u, pixel, p, is_defined);
    }
    put(2u * N_PREDICTORS, 0u, pixel, f32(fit.flags), true);
}
