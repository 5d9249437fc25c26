// Annual sum of a monthly amount.
//
// Twin:    src/kernels/climate/annual_sum.rs
// Inputs:  0 x [amount a month]
// Outputs: 0 sum [amount a year]
// Table:   days of each month
// Season:  steps SEASON_START to SEASON_END - 1 of the twelve of a year
// Error:   twelve additions of 6e-8 each, relative to the sum of magnitudes.

struct Params {
    min_months: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    //:unroll
    for (var y = 0u; y < n_steps(0u) / 12u; y++) {
        var year = Year(0.0, 0.0, 0.0, 0u);
        //:unroll
        for (var step = 12u * y + SEASON_START; step < 12u * y + SEASON_END; step++) {
            let x = sample(0u, step, pixel);
            year = annual_add(year, x.value, table(step), x.valid);
        }
        let n_valid = SEASON_END - SEASON_START - year.n_missing;
        put(PORT_SUM, y, pixel, annual_total(year), n_valid >= params.min_months);
    }
}
