// Mean and coefficient of variation of an annual series.
//
// Twin:    src/kernels/statistics/mean_cv.rs  (formula: there)
// Inputs:  0 x [annual]
// Outputs: 0 mean [unit of x], 1 cv [1]
// Error:   sums of n values, n · 6e-8 of the mean magnitude at most; the deviations are taken from a mean
//          that is corrected in the second pass.

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    var of_x: array<Sample, N_STEPS_0>;
    //:unroll
    for (var step = 0u; step < n_steps(0u); step++) {
        of_x[step] = sample(0u, step, pixel);
    }
    var n = 0.0;
    var sum = 0.0;
    var lowest = 0.0;
    var highest = 0.0;
    //:unroll
    for (var step = 0u; step < n_steps(0u); step++) {
        let x = of_x[step];
        let is_first = n < 0.5;
        lowest = select(lowest, select(min(lowest, x.value), x.value, is_first), x.valid);
        highest = select(highest, select(max(highest, x.value), x.value, is_first), x.valid);
        sum += select(0.0, x.value, x.valid);
        n += select(0.0, 1.0, x.valid);
    }
    // A sum of equal values, divided, need not be that value; its cv is 0 all the same.
    let rough_mean = select(sum / max(n, 1.0), lowest, lowest >= highest);
    var deviation = 0.0;
    var square = 0.0;
    //:unroll
    for (var step = 0u; step < n_steps(0u); step++) {
        let x = of_x[step];
        let d = select(0.0, x.value - rough_mean, x.valid);
        deviation += d;
        square += d * d;
    }
    let mean = rough_mean + deviation / max(n, 1.0);
    let variance = max(square - deviation * deviation / max(n, 1.0), 0.0) / max(n - 1.0, 1.0);
    let is_enough = n >= f32(params.min_years);
    let has_cv = abs(mean) >= 1e-6 && n > 1.5;
    put(PORT_MEAN, 0u, pixel, mean, is_enough);
    put(PORT_CV, 0u, pixel, sqrt(variance) / select(1.0, mean, has_cv), is_enough && has_cv);
}
