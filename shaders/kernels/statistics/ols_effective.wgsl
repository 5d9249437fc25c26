// t test of the linear trend with as many degrees of freedom as independent years are worth.
//
// Twin:    src/kernels/statistics/ols_effective.rs  (formula, source: there)
// Inputs:  0 y [annual]
// Outputs: 0 n [effective years], 1 p, 2 margin, 3 flags
// Constants: NEAR_TWO  (from the twin)
// Error:   r to 1e-5, n_eff to 2n times that; p moves by less than 0.3 for a year more.

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    var y = read_series(0u, pixel);
    let n = y.n;
    let line = fit_line(&y);
    var x = line.residuals;
    let r = autocorrelation(&x, 1u);
    let rho = clamp((n * r + 2.0) / max(n - 4.0, 1.0), 0.0, 1.0);
    let n_eff = n * (1.0 - rho) / (1.0 + rho);

    let explained = x.slope * x.slope * line.sum_tt;
    let is_varied = is_varied(&x);
    let total = select(1.0, x.square + explained, is_varied);
    let a = 0.5 * max(n_eff - 2.0, 1e-3);
    let p = beta_tail(x.square / total, explained / total, a, 0.5, inverse_beta_half(a));

    let is_enough = n >= f32(max(params.min_years, 5u));
    put(PORT_N, 0u, pixel, n_eff, is_enough && is_varied);
    put(PORT_P, 0u, pixel, p, is_enough && is_varied && n_eff > 2.0);
    let of_spread = select(margin_of_spread(&x), MAX_MARGIN, line.is_constant);
    put_margin(PORT_MARGIN, pixel, min(of_spread, margin_of(n_eff, 2.0, NEAR_TWO)), is_enough);
}
