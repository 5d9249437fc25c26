// Tail probabilities of the t and F distributions.
//
// Twin:    src/kernels/lib/tails.rs  (formula and source: there)
// Constants: MAX_TERMS, CONVERGED  (from the twin)
// Error:   log is good to 2^-21 absolute near 1, so x^a to a · 5e-7; exp to 3 + 2·|a log x| ULP; the
//          continued fraction adds a few ULP. Below 3e-5 relative for a <= 32, a thirtieth of the bound.

// Continued fraction of the incomplete beta function by Steed's method.
fn beta_fraction(x: f32, a: f32, b: f32) -> f32 {
    let start = a - (a + b) * x + 1.0;
    // a + 2m + 1 of the last term, and x divided by it.
    var last = a + 1.0;
    var x_per_last = x / last;
    var quotient = last / (a * start);
    var change = quotient;
    var fraction = quotient;
    for (var term = 1u; term <= MAX_TERMS; term++) {
        let m = f32(term);
        last += 2.0;
        let per_last = 1.0 / last;
        let shared_part = m * (b - m) * x_per_last;
        let above = (a + m - 1.0) * (a + b + m - 1.0) * shared_part * x_per_last;
        let below = m + shared_part + (a + m) * (start + m * (2.0 - x)) * per_last;
        let before = quotient;
        quotient = 1.0 / (below + above * before);
        change = -above * before * quotient * change;
        fraction += change;
        if abs(change) < CONVERGED * fraction {
            break;
        }
        x_per_last = x * per_last;
    }
    return fraction;
}

// I_x(a, b), with y = 1 - x and inverse_beta = 1 / B(a, b).
fn beta_tail(x: f32, y: f32, a: f32, b: f32, inverse_beta: f32) -> f32 {
    let swap = x * (a + b + 2.0) > a + 1.0;
    let x1 = select(x, y, swap);
    let y1 = select(y, x, swap);
    let a1 = select(a, b, swap);
    let b1 = select(b, a, swap);
    let is_inside = x1 > 0.0 && y1 > 0.0;
    let front = exp(a1 * log(select(0.5, x1, is_inside)) + b1 * log(select(0.5, y1, is_inside))) * inverse_beta;
    let tail = select(0.0, front * beta_fraction(x1, a1, b1), is_inside);
    return clamp(select(tail, 1.0 - tail, swap), 0.0, 1.0);
}

// 1 / B(a, 1/2) for any a > 0, to 2e-6: ten quotients and an asymptotic series at a + 10.
fn inverse_beta_half(a: f32) -> f32 {
    let x = a + 10.0;
    let u = 1.0 / x;
    var series = 5.0 / 1024.0;
    series = series * u + 1.0 / 128.0;
    series = series * u - 0.125;
    series = series * u + 1.0;
    var quotient = sqrt(x) * series;
    for (var i = 0u; i < 10u; i++) {
        let at = a + f32(i);
        quotient = quotient * at / (at + 0.5);
    }
    return quotient * 0.56418958;
}
