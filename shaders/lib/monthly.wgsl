// A model that gives an amount a month, and a year that is their sum.
//
// Twin:    src/kernels/lib/monthly.rs
// Needs:   annual.wgsl; params.min_months; PORT_FLUX; `of_pixel(pixel)`, what is the same for all months, and
//          `amount(step, pixel, of_pixel, days)`, what a month of so many days gives; each with whether its inputs are there
// Table:   days of each month

fn run_pixel(pixel: u32) {
    let of_pixel = of_pixel(pixel);
    //:unroll
    for (var y = 0u; y < n_steps(0u) / 12u; y++) {
        var year = Year(0.0, 0.0, 0.0, 0u);
        //:unroll
        for (var step = 12u * y; step < 12u * (y + 1u); step++) {
            let month = amount(step, pixel, of_pixel, table(step));
            year = annual_add(year, month.value, table(step), month.valid);
        }
        put(PORT_FLUX, y, pixel, annual_total(year), annual_n_valid(year) >= params.min_months);
    }
}
