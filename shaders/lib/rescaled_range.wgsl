// Rescaled ranges of white noise: how large a Hurst exponent chance alone gives.
//
// Twin:    src/kernels/lib/rescaled_range.rs  (what the table holds, and how it is made: there)
// Needs:   N_QUANTILES
// Table:   quantiles of the exponents of white noise, N_QUANTILES for each number of valid years
// Constants: N_HALVINGS  (from the twin)

fn share_above(table_at: u32, n: f32, h: f32, n_series: f32) -> f32 {
    let first = table_at + u32(n) * N_QUANTILES;
    // The last quantile that is not over h, by halving.
    var low = 0u;
    var step = N_QUANTILES / 2u;
    for (var i = 0u; i < N_HALVINGS; i++) {
        low = select(low + step, low, h < table(first + low + step));
        step /= 2u;
    }
    let last = N_QUANTILES - 1u;
    let here = table(first + low);
    let there = table(first + min(low + 1u, last));
    let is_wide = here < there;
    let part = clamp(select(0.0, (h - here) / select(1.0, there - here, is_wide), is_wide), 0.0, 1.0);
    let below = min((f32(low) + part) / f32(last), 1.0);
    return ((1.0 - below) * n_series + 1.0) / (n_series + 1.0);
}
