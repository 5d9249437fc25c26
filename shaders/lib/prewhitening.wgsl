// A series without the part that it has from the year before.
//
// Twin:    src/kernels/lib/prewhitening.rs  (formula and source: there)
// Needs:   series.wgsl, persistence.wgsl
// Constants: TIED, NEAR  (from the twin)
// Error:   residuals to 2e-7 of the scale, r to 1e-5 of what it multiplies where residuals are small and to
//          2e-6 where they are not: whether two values are tied is known from 1e-5 beside the tolerance on.

fn prewhitened(y: ptr<function, Series>, x: ptr<function, Residuals>, r: f32, is_applied: bool) -> Series {
    var whitened: Series;
    for (var t = 0u; t < N_YEARS; t++) {
        let before = max(t, 1u) - 1u;
        let has_before = select(0.0, (*x).series.weight[before], t > 0u);
        let value = (*x).series.value[t] - r * select(0.0, (*x).series.value[before], t > 0u) + (*x).slope * f32(t);
        let weight = select((*y).weight[t], (*y).weight[t] * has_before, is_applied);
        whitened.value[t] = select((*y).value[t], value, is_applied);
        whitened.weight[t] = weight;
        whitened.n += weight;
    }
    return whitened;
}

fn margin_of_pairs(whitened: ptr<function, Series>, y: ptr<function, Series>, x: ptr<function, Residuals>, r: f32) -> f32 {
    // An r of 0 leaves ties as they are, an r of 2e-6 separates them.
    var nearest = select(abs(r), 1.0, (*x).is_constant);
    for (var i = 1u; i < N_YEARS; i++) {
        for (var j = 1u; j < i; j++) {
            let from_tied = abs(abs((*whitened).value[i] - (*whitened).value[j]) - TIED);
            // Values made of the same numbers are equal on every engine.
            let made_of = abs((*y).value[i] - (*y).value[j]) + abs(r) * abs((*y).value[i - 1u] - (*y).value[j - 1u]) + abs((*x).slope);
            let is_pair = (*whitened).weight[i] * (*whitened).weight[j] > 0.5 && made_of > 0.0;
            nearest = select(nearest, min(nearest, from_tied), is_pair);
        }
    }
    return min(nearest / NEAR, MAX_MARGIN);
}
