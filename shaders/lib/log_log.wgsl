// Heterotrophic respiration that is linear in logarithms of annual sums.
//
// Twin:    src/kernels/lib/log_log.rs  (formula: there)
// Error:   the logarithm is within 1.5 of 0 and good to 4.8e-7, the exponential to 2e-7: under 1e-6.

fn log_log(rs: f32, at_500: f32, slope: f32) -> f32 {
    let is_positive = rs > 0.0;
    let rh = at_500 * exponential(slope * log(select(1.0, rs / 500.0, is_positive)));
    return select(0.0, min(rh, rs), is_positive);
}
