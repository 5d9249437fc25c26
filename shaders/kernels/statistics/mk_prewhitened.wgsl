// Mann-Kendall test of a pre-whitened series.
//
// Twin:    src/kernels/statistics/mk_prewhitened.rs  (formula, source: there)
// Inputs:  0 y [annual]
// Outputs: 0 z, 1 p, 2 margin, 3 flags
// Table:   exact p, see mann_kendall.wgsl
// Error:   S of the whitened series is exact where no two of its values are nearer than 1e-5 of the scale;
//          nearer ones are computed again in f64.

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    var y = read_series(0u, pixel);
    var x = residuals(&y, 0.0);
    let r = autocorrelation(&x, 1u);
    var whitened = prewhitened(&y, &x, r, true);
    let score = compare_pairs_within(&whitened, TIED);
    let z = standardised(score.s, score.variance);
    let p = p_value(whitened.n, score, z);
    let margin = min(margin_of_spread(&x), margin_of_pairs(&whitened, &y, &x, r));

    let is_enough = y.n >= f32(max(params.min_years, 3u));
    let has_pairs = is_enough && whitened.n > 2.5;
    put(PORT_Z, 0u, pixel, z, has_pairs);
    put(PORT_P, 0u, pixel, p, has_pairs);
    put_margin(PORT_MARGIN, pixel, margin, is_enough);
}
