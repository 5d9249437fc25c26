// Annual sum of a monthly amount.
//
// Twin:    src/kernels/climate/annual_sum.rs
// Inputs:  0 x [amount a month]
// Outputs: 0 sum [amount a year]
// Table:   days of each month
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
        for (var month = 12u * y; month < 12u * (y + 1u); month++) {
            let x = sample(0u, month, pixel);
            year = annual_add(year, x.value, table(month), x.valid);
        }
        put(PORT_SUM, y, pixel, annual_total(year), annual_n_valid(year) >= params.min_months);
    }
}
