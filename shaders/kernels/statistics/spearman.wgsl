// Spearman's rank correlation of an annual series with the years.
//
// Twin:    src/kernels/statistics/spearman.rs  (formula, source: there)
// Inputs:  0 y [annual]
// Outputs: 0 rho, 1 p
// Table:   1 / B(df/2, 1/2)
// Error:   sums are whole numbers and exact up to 369 years; rho a division and a square root of them, 5 ULP;
//          the unexplained share a sum of positive numbers, 5 ULP; p as in tails.wgsl.

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    var y = read_series(0u, pixel);
    var before = 0.0;
    var years = 0.0;
    var ranks = 0.0;
    var products = 0.0;
    for (var i = 0u; i < N_YEARS; i++) {
        let here = y.value[i];
        var rank = 0.0;
        for (var j = 0u; j < N_YEARS; j++) {
            rank += select(0.0, y.weight[j], y.value[j] < here);
            rank -= select(0.0, y.weight[j], here < y.value[j]);
        }
        let year = 2.0 * before - y.n + 1.0;
        let weight = y.weight[i];
        years += weight * year * year;
        ranks += weight * rank * rank;
        products += weight * year * rank;
        before += weight;
    }
    let is_varied = ranks > 0.5;
    years = max(years, 1.0);
    ranks = select(1.0, ranks, is_varied);
    let size = abs(products);
    let untied = (years - ranks) / years;
    let unexplained = untied + (ranks - size) / years * ((ranks + size) / ranks);
    let explained = size / years * (size / ranks);
    let df = max(y.n - 2.0, 1.0);
    let p = beta_tail(max(unexplained, 0.0), explained, 0.5 * df, 0.5, table(u32(df)));
    let rho = products / sqrt(years * ranks);

    let is_enough = y.n >= f32(max(params.min_years, 3u));
    put(PORT_RHO, 0u, pixel, rho, is_enough && is_varied);
    put(PORT_P, 0u, pixel, select(1.0, p, is_varied), is_enough);
}
