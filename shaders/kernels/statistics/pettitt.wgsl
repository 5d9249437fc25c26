// Pettitt's change point.
//
// Twin:    src/kernels/statistics/pettitt.rs  (formula, source: there)
// Inputs:  0 y [annual]
// Outputs: 0 year [calendar year], 1 p
// Error:   U is a whole number and exact; the exponent to 3e-7 of itself, p to that times the exponent.

struct Params {
    min_years: u32,
    first_year: f32,
    _pad0: u32,
    _pad1: u32,
}

fn run_pixel(pixel: u32) {
    var y = read_series(0u, pixel);
    var u = 0.0;
    var largest = 0.0;
    var year = 0.0;
    for (var i = 0u; i < N_YEARS; i++) {
        let here = y.value[i];
        var sign = 0.0;
        for (var j = 0u; j < N_YEARS; j++) {
            sign += select(0.0, y.weight[j], y.value[j] < here);
            sign -= select(0.0, y.weight[j], here < y.value[j]);
        }
        u += y.weight[i] * sign;
        let is_larger = abs(u) > largest + 0.5;
        largest = select(largest, abs(u), is_larger);
        year = select(year, params.first_year + f32(i), is_larger);
    }
    let n = y.n;
    let p = 2.0 * exponential(-6.0 * largest * largest / max(n * n * (n + 1.0), 1.0));

    let is_enough = n >= f32(max(params.min_years, 3u));
    put(PORT_YEAR, 0u, pixel, year, is_enough && largest > 0.5);
    put(PORT_P, 0u, pixel, min(p, 1.0), is_enough);
}
