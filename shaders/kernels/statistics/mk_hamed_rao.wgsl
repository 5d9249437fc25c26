// Mann-Kendall test with the variance of Hamed and Rao.
//
// Twin:    src/kernels/statistics/mk_hamed_rao.rs  (formula, source: there)
// Inputs:  0 y [annual], 1 sen [unit of y per year]
// Outputs: 0 z, 1 p, 2 margin, 3 flags
// Constants: TIED, NEAR_TIED, NEAR_LIMIT, SMALL_FACTOR  (from the twin)
// Error:   ranks are whole numbers and exact, where differences are not within 1e-6 of the tolerance of
//          ties; sums of n products, n · 6e-8 of the factor, half of that relative to it in Z.

struct Params {
    min_years: u32,
    min_factor: f32,
    _pad0: u32,
    _pad1: u32,
}

struct Ranks {
    ranks: Residuals,
    margin: f32,
}

fn ranks_of(x: ptr<function, Residuals>) -> Ranks {
    var of_x: Ranks;
    of_x.ranks.series.n = (*x).series.n;
    of_x.margin = margin_of_line(x);
    // On a line there are no ranks, only how the series is stored.
    let is_varied = is_varied(x);
    for (var i = 0u; i < N_YEARS; i++) {
        var rank = 0.0;
        for (var j = 0u; j < N_YEARS; j++) {
            let difference = (*x).series.value[i] - (*x).series.value[j];
            let sign = select(0.0, 1.0, difference > TIED) - select(0.0, 1.0, difference < -TIED);
            rank += (*x).series.weight[j] * sign;
            let of_pair = margin_of(abs(difference), TIED, NEAR_TIED);
            let is_pair = (*x).series.weight[i] * (*x).series.weight[j] > 0.0 && i != j;
            of_x.margin = select(of_x.margin, min(of_x.margin, of_pair), is_pair);
        }
        let weighed = select(0.0, (*x).series.weight[i] * rank, is_varied);
        of_x.ranks.series.value[i] = weighed;
        of_x.ranks.square += weighed * weighed;
    }
    return of_x;
}

struct Factor {
    factor: f32,
    margin: f32,
}

fn factor_of(x: ptr<function, Residuals>) -> Factor {
    let n = (*x).series.n;
    let limit = Z_95 / sqrt(max(n, 1.0));
    let of_x = ranks_of(x);
    var ranks = of_x.ranks;
    var margin = of_x.margin;
    var sum = 0.0;
    for (var lag = 1u; lag < N_YEARS; lag++) {
        let rho = autocorrelation(&ranks, lag);
        let left = n - f32(lag);
        let counts = abs(rho) > limit && left > 0.0;
        sum += select(0.0, left * (left - 1.0) * (left - 2.0) * rho, counts);
        margin = select(margin, min(margin, margin_of(abs(rho), limit, NEAR_LIMIT)), left > 2.0);
    }
    let orders = max(n * (n - 1.0) * (n - 2.0), 1.0);
    let factor = max(1.0 + 2.0 * sum / orders, params.min_factor);
    return Factor(factor, min(margin, margin_of(factor, 0.0, SMALL_FACTOR)));
}

fn run_pixel(pixel: u32) {
    var y = read_series(0u, pixel);
    let sen = sample(1u, 0u, pixel);
    var x = residuals(&y, sen.value);
    let score = compare_pairs(&y);
    let of_x = factor_of(&x);
    let is_positive = of_x.factor > 0.0;
    let z = standardised(score.s, score.variance * select(1.0, of_x.factor, is_positive));

    let is_enough = y.n >= f32(max(params.min_years, 3u)) && sen.valid;
    put(PORT_Z, 0u, pixel, z, is_enough && is_positive);
    put(PORT_P, 0u, pixel, normal_p_value(z), is_enough && is_positive);
    put_margin(PORT_MARGIN, pixel, select(of_x.margin, MAX_MARGIN, x.is_constant), is_enough);
}
