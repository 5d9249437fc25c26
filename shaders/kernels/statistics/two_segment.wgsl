// Two straight lines that meet: a trend that changes in one year.
//
// Twin:    src/kernels/statistics/two_segment.rs  (formula, source: there)
// Inputs:  0 y [annual]
// Outputs: 0 year [calendar year], 1 slope_before [unit of y per year], 2 slope_after, 3 p, 4 margin, 5 flags
// Table:   1 / B(df/2, 1/2)
// Constants: NEAR_GAIN, EQUAL_GAIN, PERFECT_FIT  (from the twin)
// Error:   centred sums of n products, n · 6e-8 of the half range; p as in tails.wgsl.

struct Params {
    min_years: u32,
    first_year: f32,
    _pad0: u32,
    _pad1: u32,
}

struct Bend {
    gain: f32,
    change: f32,
    of_line: f32,
}

// What a knot takes from the unexplained variance, its change of slope, and the slope of its bend.
fn bend(line: ptr<function, Line>, knot: u32) -> Bend {
    var v_mean = 0.0;
    var sum_tv = 0.0;
    for (var t = 0u; t < N_YEARS; t++) {
        let after = f32(max(t, knot) - knot);
        let weight = (*line).residuals.series.weight[t];
        v_mean += weight * after;
        sum_tv += weight * (f32(t) - (*line).t_mean) * after;
    }
    v_mean /= max((*line).residuals.series.n, 1.0);
    let of_line = sum_tv / max((*line).sum_tt, 1.0);
    var sum_vv = 0.0;
    var sum_ve = 0.0;
    for (var t = 0u; t < N_YEARS; t++) {
        let after = f32(max(t, knot) - knot);
        let v = (*line).residuals.series.weight[t] * (after - v_mean - of_line * (f32(t) - (*line).t_mean));
        sum_vv += v * v;
        sum_ve += v * (*line).residuals.series.value[t];
    }
    let change = sum_ve / max(sum_vv, 1e-3);
    return Bend(change * sum_ve, change, of_line);
}

fn run_pixel(pixel: u32) {
    var y = read_series(0u, pixel);
    var line = fit_line(&y);
    var x = line.residuals;
    let is_varied = is_varied(&x);
    let total = select(1.0, x.square, is_varied);
    var best = Bend(-1.0, 0.0, 0.0);
    var second = -1.0;
    var year = 0.0;
    var before = 0.0;
    for (var knot = 0u; knot < N_YEARS; knot++) {
        let after = y.n - before - y.weight[knot];
        if before > 2.5 && after > 2.5 {
            let here = bend(&line, knot);
            if here.gain > best.gain + EQUAL_GAIN * total {
                second = best.gain;
                best = here;
                year = params.first_year + f32(knot);
            } else {
                second = max(second, here.gain);
            }
        }
        before += y.weight[knot];
    }
    let explained = clamp(best.gain / total, 0.0, 1.0);
    let df = max(y.n - 3.0, 1.0);
    let p = beta_tail(1.0 - explained, explained, 0.5 * df, 0.5, table(u32(df)));
    let slope_before = x.slope - best.change * best.of_line;

    let is_enough = y.n >= f32(max(params.min_years, 7u));
    let has_knot = is_enough && is_varied && best.gain >= 0.0;
    put(PORT_YEAR, 0u, pixel, year, has_knot);
    put(PORT_SLOPE_BEFORE, 0u, pixel, slope_before * line.scale, has_knot);
    put(PORT_SLOPE_AFTER, 0u, pixel, (slope_before + best.change) * line.scale, has_knot);
    put(PORT_P, 0u, pixel, p, has_knot);
    let of_gain = min(abs(best.gain - second) / (total * NEAR_GAIN), MAX_MARGIN);
    let of_fit = margin_of(1.0 - explained, 0.0, PERFECT_FIT);
    let margin = min(min(margin_of_spread(&x), of_gain), of_fit);
    put_margin(PORT_MARGIN, pixel, select(margin, MAX_MARGIN, line.is_constant), is_enough);
}
