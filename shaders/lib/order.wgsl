// The values of years in order: what a median and the variance of Mann-Kendall's S are read from.
//
// Twin:    src/kernels/lib/order.rs  (source: there)
// Needs:   series.wgsl, search.wgsl, N_YEARS
// Error:   none but that of the mean of two values: order is exact.

struct Ordered {
    value: array<f32, N_YEARS>,
}

// The values from the smallest to the largest, and BEYOND for each missing one.
fn sorted(series: ptr<function, Series>) -> Ordered {
    var ordered: Ordered;
    //:unroll
    for (var i = 0u; i < N_YEARS; i++) {
        ordered.value[i] = select(BEYOND, (*series).value[i], (*series).weight[i] > 0.5);
    }
    // Neighbours change places; in each turn a value moves two places, if it has to.
    for (var turn = 0u; turn < (N_YEARS + 1u) / 2u; turn++) {
        //:unroll
        for (var i = 0u; i < N_YEARS / 2u; i++) {
            let first = ordered.value[2u * i];
            let second = ordered.value[2u * i + 1u];
            ordered.value[2u * i] = min(first, second);
            ordered.value[2u * i + 1u] = max(first, second);
        }
        //:unroll
        for (var i = 0u; i < (N_YEARS - 1u) / 2u; i++) {
            let first = ordered.value[2u * i + 1u];
            let second = ordered.value[2u * i + 2u];
            ordered.value[2u * i + 1u] = min(first, second);
            ordered.value[2u * i + 2u] = max(first, second);
        }
    }
    return ordered;
}

// The value of a rank, counted from 0.
fn of_rank(ordered: ptr<function, Ordered>, rank: f32) -> f32 {
    var value = 0.0;
    //:unroll
    for (var i = 0u; i < N_YEARS; i++) {
        value = select(value, (*ordered).value[i], abs(f32(i) - rank) < 0.5);
    }
    return value;
}

// The mean of the middle two of `n` values, which may be one.
fn median_of_sorted(ordered: ptr<function, Ordered>, n: f32) -> f32 {
    return 0.5 * of_rank(ordered, floor(0.5 * max(n - 1.0, 0.0))) + 0.5 * of_rank(ordered, floor(0.5 * n));
}

// The variance of Mann-Kendall's S: equal values are neighbours.
fn variance_of_sorted(ordered: ptr<function, Ordered>, n: f32) -> f32 {
    var variance = 0.0;
    var tied = 0.0;
    var last = -BEYOND;
    //:unroll
    for (var i = 0u; i < N_YEARS; i++) {
        let before = f32(i);
        let here = (*ordered).value[i];
        tied = select(tied + 1.0, 0.0, last < here);
        let term = 6.0 * (before * (before + 2.0) - tied * (tied + 2.0));
        variance += select(0.0, term, before + 0.5 < n);
        last = here;
    }
    return variance / 18.0;
}
