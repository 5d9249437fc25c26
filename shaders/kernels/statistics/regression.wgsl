// Multiple regression of an annual response on N_PREDICTORS drivers.
//
// Twin:    src/kernels/statistics/regression.rs  (formula, source: there)
// Inputs:  0 y, 1.. x [annual]
// Outputs: coef of each x, beta of each, vif of each, then r2, p, flags
// Table:   1 / B(df/2, N_PREDICTORS/2)
// Error:   as drivers.wgsl and tails.wgsl

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    let fit = fit_drivers(pixel, params.min_years);
    for (var x = 0u; x < N_PREDICTORS; x++) {
        put(x, 0u, pixel, select(fit.coef[x], 0.0, fit.is_constant), fit.is_solved);
        put(N_PREDICTORS + x, 0u, pixel, select(fit.beta[x], 0.0, fit.is_constant), fit.is_solved);
        put(2u * N_PREDICTORS + x, 0u, pixel, fit.vif[x], fit.is_solved);
    }
    let has_p = fit.is_solved && !fit.is_constant;
    let total = select(1.0, fit.unexplained + fit.explained, has_p);
    let r2 = fit.explained / total;
    let df = max(fit.n - f32(N_PREDICTORS) - 1.0, 1.0);
    let p = beta_tail(fit.unexplained / total, r2, 0.5 * df, 0.5 * f32(N_PREDICTORS), table(u32(df)));
    put(3u * N_PREDICTORS, 0u, pixel, r2, has_p);
    put(3u * N_PREDICTORS + 1u, 0u, pixel, p, has_p);
    put(3u * N_PREDICTORS + 2u, 0u, pixel, f32(fit.flags), true);
}
