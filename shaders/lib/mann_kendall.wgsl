// Mann-Kendall's S with its variance under the null hypothesis.
//
// Twin:    src/kernels/lib/mann_kendall.rs  (formula, proof of the sums and source: there)
// Needs:   exponential.wgsl, normal.wgsl, series.wgsl, MAX_EXACT_YEARS, EXACT_STRIDE
// Table:   exact p at n · EXACT_STRIDE + |S|
// Error:   S and the tied pairs are whole numbers and exact; 18 Var too, up to 180 years, and good to
//          n · 6e-8 beyond. Z has a division and a square root on top, 5 ULP.

struct Score {
    s: f32,
    tied_pairs: f32,
    variance: f32,
}

fn compare_pairs(series: ptr<function, Series>) -> Score {
    return compare_pairs_within(series, 0.0);
}

fn compare_pairs_within(series: ptr<function, Series>, within: f32) -> Score {
    var s = 0.0;
    var tied_pairs = 0.0;
    var variance = 0.0;
    var before = 0.0;
    //:unroll
    for (var i = 0u; i < N_YEARS; i++) {
        let low = (*series).value[i] - within;
        let high = (*series).value[i] + within;
        var smaller = 0.0;
        var larger = 0.0;
        //:unroll
        for (var j = 0u; j < i; j++) {
            smaller += select(0.0, (*series).weight[j], (*series).value[j] < low);
            larger += select(0.0, (*series).weight[j], high < (*series).value[j]);
        }
        let weight = (*series).weight[i];
        let tied = before - smaller - larger;
        s += weight * (smaller - larger);
        tied_pairs += weight * tied;
        variance += weight * 6.0 * (before * (before + 2.0) - tied * (tied + 2.0));
        before += weight;
    }
    return Score(s, tied_pairs, variance / 18.0);
}

fn standardised(s: f32, variance: f32) -> f32 {
    let sign = select(0.0, 1.0, s > 0.5) - select(0.0, 1.0, s < -0.5);
    let is_zero = abs(s) < 0.5;
    return select((s - sign) / sqrt(select(variance, 1.0, is_zero)), 0.0, is_zero);
}

fn p_value(n: f32, score: Score, z: f32) -> f32 {
    let is_exact = n < f32(MAX_EXACT_YEARS) + 0.5 && score.tied_pairs < 0.5;
    let exact = table(u32(select(0.0, n * f32(EXACT_STRIDE) + abs(score.s), is_exact)));
    let normal = select(normal_p_value(z), 1.0, abs(score.s) < 0.5);
    return select(normal, exact, is_exact);
}
