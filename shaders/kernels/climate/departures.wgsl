// Departures of months, or years, from their mean over the years of a baseline.
//
// Twin:    src/kernels/climate/departures.rs
// Inputs:  0 x [PERIOD values a year]
// Outputs: 0 departure [the same steps and unit]
// Error:   as many additions of 6e-8 as the baseline has years, and a difference, relative to the sizes of the value
//          and of the mean.

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    var sum: array<f32, PERIOD>;
    var n: array<f32, PERIOD>;
    //:unroll
    for (var y = BASELINE_START; y < BASELINE_END; y++) {
        //:unroll
        for (var m = 0u; m < PERIOD; m++) {
            let x = sample(0u, PERIOD * y + m, pixel);
            sum[m] += x.value;
            n[m] += select(0.0, 1.0, x.valid);
        }
    }
    //:unroll
    for (var y = 0u; y < n_steps(0u) / PERIOD; y++) {
        //:unroll
        for (var m = 0u; m < PERIOD; m++) {
            let x = sample(0u, PERIOD * y + m, pixel);
            let departure = x.value - sum[m] / max(n[m], 1.0);
            put(PORT_DEPARTURE, PERIOD * y + m, pixel, departure, x.valid && n[m] >= f32(params.min_years));
        }
    }
}
