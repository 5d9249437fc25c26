// Autocorrelation of an annual series at a lag of one year, without its trend.
//
// Twin:    src/kernels/statistics/lag1.rs  (formula, source: there)
// Inputs:  0 y [annual], 1 sen [unit of y per year]
// Outputs: 0 r, 1 margin, 2 flags
// Error:   as in persistence.wgsl, 1e-5; doubled.

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    var y = read_series(0u, pixel);
    let sen = sample(1u, 0u, pixel);
    var x = residuals(&y, sen.value);
    let r = autocorrelation(&x, 1u);

    let is_enough = y.n >= f32(max(params.min_years, 3u)) && sen.valid;
    put(PORT_R, 0u, pixel, r, is_enough && is_varied(&x));
    put_margin(PORT_MARGIN, pixel, margin_of_spread(&x), is_enough);
}
