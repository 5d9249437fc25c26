// Annual mean of a monthly state.
//
// Twin:    src/kernels/climate/annual_mean.rs
// Inputs:  0 x
// Outputs: 0 mean [the same unit]
// Season:  steps SEASON_START to SEASON_END - 1 of the twelve of a year
// Error:   twelve additions of 6e-8 each and a division, relative to the mean of magnitudes.

struct Params {
    min_months: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    //:unroll
    for (var y = 0u; y < n_steps(0u) / 12u; y++) {
        var sum = 0.0;
        var n_valid = 0u;
        //:unroll
        for (var month = 12u * y + SEASON_START; month < 12u * y + SEASON_END; month++) {
            let x = sample(0u, month, pixel);
            sum += x.value;
            n_valid += select(0u, 1u, x.valid);
        }
        put(PORT_MEAN, y, pixel, sum / f32(max(n_valid, 1u)), n_valid >= params.min_months);
    }
}
