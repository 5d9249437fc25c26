// Mann-Kendall test after trend-free pre-whitening.
//
// Twin:    src/kernels/statistics/mk_tfpw.rs  (formula, source: there)
// Inputs:  0 y [annual], 1 sen [unit of y per year]
// Outputs: 0 z, 1 p, 2 margin, 3 flags
// Table:   exact p, see mann_kendall.wgsl
// Constants: NEAR_LIMIT  (from the twin)
// Error:   S of the whitened series is exact where no two of its values are nearer than 1e-5 of the scale
//          and r is not within 4e-5 of its limit; nearer ones are computed again in f64.

struct Params {
    min_years: u32,
    only_if_significant: u32,
    _pad0: u32,
    _pad1: u32,
}

fn run_pixel(pixel: u32) {
    var y = read_series(0u, pixel);
    let sen = sample(1u, 0u, pixel);
    var x = residuals(&y, sen.value);
    let r = autocorrelation(&x, 1u);
    let limit = Z_95 / sqrt(max(y.n, 1.0));
    let is_applied = abs(r) > limit || params.only_if_significant == 0u;
    var whitened = prewhitened(&y, &x, r, is_applied);
    let score = compare_pairs_within(&whitened, select(0.0, TIED, is_applied));
    let z = standardised(score.s, score.variance);
    let p = p_value(whitened.n, score, z);
    let of_limit = select(MAX_MARGIN, margin_of(abs(r), limit, NEAR_LIMIT), params.only_if_significant != 0u);
    let of_pairs = select(MAX_MARGIN, margin_of_pairs(&whitened, &y, &x, r), is_applied);
    let margin = min(min(margin_of_spread(&x), of_limit), of_pairs);

    let is_enough = y.n >= f32(max(params.min_years, 3u)) && sen.valid;
    let has_pairs = is_enough && whitened.n > 2.5;
    put(PORT_Z, 0u, pixel, z, has_pairs);
    put(PORT_P, 0u, pixel, p, has_pairs);
    put_margin(PORT_MARGIN, pixel, margin, is_enough);
}
