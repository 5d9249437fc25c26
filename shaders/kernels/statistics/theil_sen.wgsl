// Theil-Sen slope of an annual series, its confidence interval and its line.
//
// Twin:    src/kernels/statistics/theil_sen.rs  (formula, source: there)
// Inputs:  0 y [annual]
// Outputs: 0 slope, 1 low, 2 high [unit of y per year], 3 intercept [unit of y], 4 flags
// Table:   2 / distance
// Constants: NEAR_RANK  (from the twin)
// Error:   as slopes.wgsl; the interval's ranks are computed again in f64 where they depend on rounding

struct Params {
    min_years: u32,
    z: f32,
    _pad0: u32,
    _pad1: u32,
}

fn run_pixel(pixel: u32) {
    var series = read_series(0u, pixel);
    var values = sorted(&series);
    let pairs = 0.5 * series.n * (series.n - 1.0);
    let last = max(pairs - 1.0, 0.0);
    let is_enough = series.n >= f32(max(params.min_years, 3u));

    // The ranks of the interval, rounded as scipy and R do.
    let spread = params.z * sqrt(variance_of_sorted(&values, series.n));
    let low_rank = 0.5 * (pairs - spread);
    let high_rank = 0.5 * (pairs + spread);
    let is_near = abs(low_rank - floor(low_rank) - 0.5) < NEAR_RANK || abs(high_rank - floor(high_rank) - 0.5) < NEAR_RANK;
    let flags = select(FLAG_TOO_FEW_YEARS, 0u, is_enough) | select(0u, FLAG_DECIDED_IN_F64, is_enough && is_near);
    put(PORT_FLAGS, 0u, pixel, f32(flags), true);
    let low = max(floor(low_rank + 0.5) - 1.0, 0.0);
    let high = min(floor(high_rank + 0.5), last);
    var slopes: Slopes;
    if is_enough {
        slopes = slopes_of_ranks(&series, pairs, low, high);
    }

    // The median of the values, and that of their years.
    let lower = floor(0.5 * max(series.n - 1.0, 0.0));
    let upper = floor(0.5 * series.n);
    var t_median = 0.0;
    var before = 0.0;
    //:unroll
    for (var step = 0u; step < N_YEARS; step++) {
        let here = 0.5 * f32(step) * series.weight[step];
        t_median += select(0.0, here, abs(before - lower) < 0.5) + select(0.0, here, abs(before - upper) < 0.5);
        before += series.weight[step];
    }
    let y_median = median_of_sorted(&values, series.n);

    let intercept = y_median - slopes.median * t_median;
    put(PORT_SLOPE, 0u, pixel, slopes.median, is_enough);
    put(PORT_LOW, 0u, pixel, slopes.low, is_enough);
    put(PORT_HIGH, 0u, pixel, slopes.high, is_enough);
    put(PORT_INTERCEPT, 0u, pixel, intercept, is_enough);
}
