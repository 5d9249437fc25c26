// A synthetic annual series: a straight line and noise with memory, with gaps where another series has them.
//
// Twin:    src/kernels/simulation/simulate_ar1.rs  (formula and source: there)
// Inputs:  0 series [1], 1 lag1 [1], 2 slope [1 yr-1], 3 pattern [annual, any unit]
// Outputs: 0 y [annual, standard deviations of the noise]
// Error:   deviates to 1.5e-6 of themselves; the recursion adds them with weights that the twin adds up.

struct Params {
    seed: u32,
    most_lag1: f32,
    _pad0: u32,
    _pad1: u32,
}

fn run_pixel(pixel: u32) {
    let series = sample(0u, 0u, pixel);
    let lag1 = sample(1u, 0u, pixel);
    let slope = sample(2u, 0u, pixel);
    let is_number = series.valid && series.value >= 0.0 && series.value < 16777216.0;
    let is_series = is_number && lag1.valid && abs(lag1.value) <= params.most_lag1 && slope.valid;
    let number = u32(select(0.0, series.value, is_series));
    let r = select(0.0, lag1.value, is_series);
    let fresh = sqrt((1.0 - r) * (1.0 + r));
    var noise = 0.0;
    for (var step = 0u; step < n_steps(3u); step++) {
        let deviate = normal_deviate(random_bits(number, step, params.seed));
        noise = select(r * noise + fresh * deviate, deviate, step == 0u);
        let pattern = sample(3u, step, pixel);
        put(PORT_Y, step, pixel, slope.value * f32(step) + noise, is_series && pattern.valid);
    }
}
