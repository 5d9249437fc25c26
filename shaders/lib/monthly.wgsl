// A model that gives an amount a month, and a year that is their sum.
//
// Twin:    src/kernels/lib/monthly.rs
// Needs:   annual.wgsl; params.min_months; PORT_FLUX; `of_pixel(pixel)`, what is the same for all months, and
//          `amount(step, pixel, of_pixel, days)`, what a month of so many days gives; each with whether its inputs are there
// Table:   days of each month

fn run_pixel(pixel: u32) {
    let of_pixel = of_pixel(pixel);
    // Years stay a loop: 240 exponentials in a row are more than a compiler should get.
    for (var y = 0u; y < n_steps(0u) / 12u; y++) {
        var year = Year(0.0, 0.0, 0.0, 0u);
        //:unroll
        for (var m = 0u; m < 12u; m++) {
            let step = 12u * y + m;
            let days = table(step);
            let month = amount(step, pixel, of_pixel, days);
            year = annual_add(year, month.value, days, month.valid);
        }
        put(PORT_FLUX, y, pixel, annual_total(year), annual_n_valid(year) >= params.min_months);
    }
}
