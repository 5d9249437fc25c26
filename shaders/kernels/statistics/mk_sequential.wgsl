// Sequential Mann-Kendall test: when did the trend begin?
//
// Twin:    src/kernels/statistics/mk_sequential.rs  (formula, source: there)
// Inputs:  0 y [annual]
// Outputs: 0 uf [annual], 1 ub [annual], 2 year [calendar year], 3 margin, 4 flags
// Constants: NEAR  (from the twin)
// Error:   S and 3 Var are whole numbers and exact up to 180 years; a division and a square root, 5 ULP.

struct Params {
    min_years: u32,
    first_year: f32,
    _pad0: u32,
    _pad1: u32,
}

// The year at an index of the order, forwards or backwards.
fn at(index: u32, forwards: bool) -> u32 {
    return select(N_YEARS - 1u - index, index, forwards);
}

// S / sqrt(Var) of the years so far, in the order forwards or backwards.
fn curve(y: ptr<function, Series>, forwards: bool) -> array<f32, N_YEARS> {
    var curve: array<f32, N_YEARS>;
    var s = 0.0;
    var variance = 0.0;
    var before = 0.0;
    for (var i = 0u; i < N_YEARS; i++) {
        let here = (*y).value[at(i, forwards)];
        var smaller = 0.0;
        var larger = 0.0;
        for (var j = 0u; j < i; j++) {
            let there = (*y).value[at(j, forwards)];
            smaller += select(0.0, (*y).weight[at(j, forwards)], there < here);
            larger += select(0.0, (*y).weight[at(j, forwards)], here < there);
        }
        let weight = (*y).weight[at(i, forwards)];
        let tied = before - smaller - larger;
        s += weight * select(larger - smaller, smaller - larger, forwards);
        variance += weight * (before * (before + 2.0) - tied * (tied + 2.0));
        before += weight;
        let is_varied = variance > 0.0;
        curve[at(i, forwards)] = select(0.0, s / sqrt(select(1.0, variance, is_varied) / 3.0), is_varied);
    }
    return curve;
}

fn run_pixel(pixel: u32) {
    var y = read_series(0u, pixel);
    var uf = curve(&y, true);
    var ub = curve(&y, false);
    let is_enough = y.n >= f32(max(params.min_years, 3u));

    var year = 0.0;
    var is_found = false;
    var margin = MAX_MARGIN;
    var distance_before = 0.0;
    var uf_before = 0.0;
    for (var step = 0u; step < N_YEARS; step++) {
        let is_valid = y.weight[step] > 0.5;
        let distance = uf[step] - ub[step];
        // Two curves that are both 0 meet exactly, on every engine.
        let is_exact = abs(uf[step]) + abs(ub[step]) <= 0.0 || !is_valid;
        margin = select(min(margin, margin_of(distance, 0.0, NEAR)), margin, is_exact);
        let falls = distance_before > 0.0 && distance <= 0.0;
        let rises = distance_before < 0.0 && distance >= 0.0;
        let is_crossing = (falls || rises) && is_valid;
        let way = select(0.0, distance_before / select(1.0, distance_before - distance, is_crossing), is_crossing);
        let height = abs(uf_before + way * (uf[step] - uf_before));
        margin = select(margin, min(margin, margin_of(height, Z_95, NEAR)), is_crossing);
        let is_first = is_crossing && height <= Z_95 && !is_found;
        year = select(year, params.first_year + f32(step), is_first);
        is_found = is_found || is_first;
        distance_before = select(distance_before, distance, is_valid);
        uf_before = select(uf_before, uf[step], is_valid);
        put(PORT_UF, step, pixel, uf[step], is_enough && is_valid);
        put(PORT_UB, step, pixel, ub[step], is_enough && is_valid);
    }
    put(PORT_YEAR, 0u, pixel, year, is_enough && is_found);
    put_margin(PORT_MARGIN, pixel, margin, is_enough);
}
