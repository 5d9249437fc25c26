// Mann-Kendall test of an annual series.
//
// Twin:    src/kernels/statistics/mann_kendall.rs  (formula, source: there)
// Inputs:  0 y [annual]
// Outputs: 0 s, 1 z, 2 p, 3 tau
// Table:   exact p, see mann_kendall.wgsl of the library
// Error:   s exact; z and tau a division and a square root of whole numbers, 5 ULP; p as in normal.wgsl.

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    var series = read_series(0u, pixel);
    let score = compare_pairs(&series);
    let z = standardised(score.s, score.variance);
    let p = p_value(series.n, score, z);
    let pairs = 0.5 * series.n * (series.n - 1.0);
    let untied = pairs - score.tied_pairs;
    let is_varied = untied > 0.5;
    let tau = score.s / sqrt(select(1.0, pairs * untied, is_varied));

    let is_enough = series.n >= f32(max(params.min_years, 3u));
    put(PORT_S, 0u, pixel, score.s, is_enough);
    put(PORT_Z, 0u, pixel, z, is_enough);
    put(PORT_P, 0u, pixel, p, is_enough);
    put(PORT_TAU, 0u, pixel, tau, is_enough && is_varied);
}
