// Spread over the members of an ensemble or the draws of a Monte Carlo run.
//
// Twin:    src/kernels/statistics/spread.rs  (formula: there)
// Inputs:  0 x [one step a member]
// Outputs: 0 mean, 1 sd, 2 min, 3 max [unit of x], 4 positive [1], 5 n [1]
// Error:   as mean_cv.wgsl; minimum, maximum and counts are exact.

struct Params {
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
    _pad3: u32,
}

fn run_pixel(pixel: u32) {
    var n = 0.0;
    var n_positive = 0.0;
    var sum = 0.0;
    var least = 0.0;
    var most = 0.0;
    for (var step = 0u; step < n_steps(0u); step++) {
        let x = sample(0u, step, pixel);
        let is_first = n < 0.5;
        least = select(least, select(min(least, x.value), x.value, is_first), x.valid);
        most = select(most, select(max(most, x.value), x.value, is_first), x.valid);
        sum += select(0.0, x.value, x.valid);
        n_positive += select(0.0, 1.0, x.valid && x.value > 0.0);
        n += select(0.0, 1.0, x.valid);
    }
    // A sum of equal values, divided, need not be that value; its spread is 0 all the same.
    let rough_mean = select(sum / max(n, 1.0), least, least >= most);
    var deviation = 0.0;
    var square = 0.0;
    for (var step = 0u; step < n_steps(0u); step++) {
        let x = sample(0u, step, pixel);
        let d = select(0.0, x.value - rough_mean, x.valid);
        deviation += d;
        square += d * d;
    }
    let mean = rough_mean + deviation / max(n, 1.0);
    let variance = max(square - deviation * deviation / max(n, 1.0), 0.0) / max(n - 1.0, 1.0);
    let is_any = n > 0.5;
    put(PORT_MEAN, 0u, pixel, mean, is_any);
    put(PORT_SD, 0u, pixel, sqrt(variance), n > 1.5);
    put(PORT_MIN, 0u, pixel, least, is_any);
    put(PORT_MAX, 0u, pixel, most, is_any);
    put(PORT_POSITIVE, 0u, pixel, n_positive / max(n, 1.0), is_any);
    put(PORT_N, 0u, pixel, n, true);
}
