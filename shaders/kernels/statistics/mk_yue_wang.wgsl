// Mann-Kendall test with the variance of Yue and Wang.
//
// Twin:    src/kernels/statistics/mk_yue_wang.rs  (formula, source: there)
// Inputs:  0 y [annual], 1 sen [unit of y per year]
// Outputs: 0 z, 1 p, 2 margin, 3 flags
// Constants: SMALL_FACTOR  (from the twin)
// Error:   each correlation to 1e-5 at worst; the factor to the sum of them, and Z to half of that over
//          the factor, which is over 0.05: below it the pixel is computed again in f64.

struct Params {
    min_years: u32,
    n_lags: u32,
    min_factor: f32,
    _pad0: u32,
}

fn factor_of(x: ptr<function, Residuals>) -> f32 {
    let n = max((*x).series.n, 1.0);
    var sum = 0.0;
    for (var lag = 1u; lag <= params.n_lags; lag++) {
        let left = max(n - f32(lag), 0.0);
        sum += left * autocorrelation(x, lag);
    }
    return max(1.0 + 2.0 * sum / n, params.min_factor);
}

fn run_pixel(pixel: u32) {
    var y = read_series(0u, pixel);
    let sen = sample(1u, 0u, pixel);
    var x = residuals(&y, sen.value);
    let score = compare_pairs(&y);
    let factor = factor_of(&x);
    let is_positive = factor > 0.0;
    let z = standardised(score.s, score.variance * select(1.0, factor, is_positive));
    let of_factor = select(margin_of(factor, 0.0, SMALL_FACTOR), MAX_MARGIN, x.is_constant);

    let is_enough = y.n >= f32(max(params.min_years, 3u)) && sen.valid;
    put(PORT_Z, 0u, pixel, z, is_enough && is_positive);
    put(PORT_P, 0u, pixel, normal_p_value(z), is_enough && is_positive);
    put_margin(PORT_MARGIN, pixel, min(margin_of_spread(&x), of_factor), is_enough);
}
