// What is left of a series without its trend, and how much of it lasts from year to year.
//
// Twin:    src/kernels/lib/persistence.rs  (formula and source: there)
// Needs:   series.wgsl
// Constants: ON_THE_LINE, NEAR_THE_LINE, SPACING, WEAK, Z_95, MAX_MARGIN  (from the twin)
// Error:   residuals are in parts of the scale, to 2e-7; of the products n · 6e-8 more. A correlation of
//          residuals whose deviation is 0.01 of the scale is good to 1e-5; below that the pixel is computed again in f64.

struct Residuals {
    series: Series,
    slope: f32,
    scale: f32,
    square: f32,
    rounding: f32,
    is_constant: bool,
}

fn residuals(series: ptr<function, Series>, slope_of_y: f32) -> Residuals {
    var y_mean = 0.0;
    var t_mean = 0.0;
    var lowest = 0.0;
    var highest = 0.0;
    var seen = 0.0;
    for (var t = 0u; t < N_YEARS; t++) {
        let y = (*series).value[t];
        let weight = (*series).weight[t];
        if weight > 0.5 {
            let is_first = seen < 0.5;
            lowest = select(min(lowest, y), y, is_first);
            highest = select(max(highest, y), y, is_first);
            y_mean += y;
            t_mean += f32(t);
            seen += 1.0;
        }
    }
    let n = max((*series).n, 1.0);
    y_mean /= n;
    t_mean /= n;
    let size = 0.5 * highest - 0.5 * lowest + abs(slope_of_y) * (0.5 * f32(N_YEARS));
    let scale = select(1.0, size, size > 0.0);
    let slope = slope_of_y / scale;

    var x: Residuals;
    x.slope = slope;
    x.scale = scale;
    x.rounding = SPACING * max(abs(lowest), abs(highest)) / scale;
    x.is_constant = size <= 0.0;
    x.series.n = (*series).n;
    var x_mean = 0.0;
    for (var t = 0u; t < N_YEARS; t++) {
        let value = ((*series).value[t] - y_mean) / scale - slope * (f32(t) - t_mean);
        x.series.weight[t] = (*series).weight[t];
        x.series.value[t] = select(0.0, value, (*series).weight[t] > 0.5);
        x_mean += x.series.value[t];
    }
    x_mean /= n;
    for (var t = 0u; t < N_YEARS; t++) {
        x.series.value[t] = select(0.0, x.series.value[t] - x_mean, (*series).weight[t] > 0.5);
        x.square += x.series.value[t] * x.series.value[t];
    }
    return x;
}

fn autocorrelation(x: ptr<function, Residuals>, lag: u32) -> f32 {
    var product = 0.0;
    for (var t = lag; t < N_YEARS; t++) {
        product += (*x).series.value[t] * (*x).series.value[t - lag];
    }
    let is_varied = is_varied(x);
    return select(0.0, product / select(1.0, (*x).square, is_varied), is_varied);
}

fn is_varied(x: ptr<function, Residuals>) -> bool {
    let least = max((*x).rounding * (*x).rounding, ON_THE_LINE);
    return (*x).square > least * max((*x).series.n, 1.0);
}

fn margin_of_square(x: ptr<function, Residuals>, at_least: f32) -> f32 {
    let least = max(4.0 * (*x).rounding * (*x).rounding, at_least) * max((*x).series.n, 1.0);
    return select(min((*x).square / least, MAX_MARGIN), MAX_MARGIN, (*x).is_constant);
}

fn margin_of_spread(x: ptr<function, Residuals>) -> f32 {
    return margin_of_square(x, WEAK);
}

fn margin_of_line(x: ptr<function, Residuals>) -> f32 {
    return margin_of_square(x, NEAR_THE_LINE);
}

fn margin_of(value: f32, threshold: f32, near: f32) -> f32 {
    return min(abs(value - threshold) / near, MAX_MARGIN);
}

fn put_margin(port: u32, pixel: u32, margin: f32, is_enough: bool) {
    put(port, 0u, pixel, margin, is_enough);
    let is_decided = is_enough && margin < 1.0;
    let flags = select(FLAG_TOO_FEW_YEARS, 0u, is_enough) | select(0u, FLAG_DECIDED_IN_F64, is_decided);
    put(port + 1u, 0u, pixel, f32(flags), true);
}

struct Line {
    residuals: Residuals,
    scale: f32,
    t_mean: f32,
    sum_tt: f32,
    is_constant: bool,
}

fn fit_line(series: ptr<function, Series>) -> Line {
    let x = residuals(series, 0.0);
    var series_of_x = x.series;
    var t_mean = 0.0;
    for (var t = 0u; t < N_YEARS; t++) {
        t_mean += series_of_x.weight[t] * f32(t);
    }
    t_mean /= max(series_of_x.n, 1.0);
    var sum_tt = 0.0;
    var sum_tx = 0.0;
    for (var t = 0u; t < N_YEARS; t++) {
        let from_mean = series_of_x.weight[t] * (f32(t) - t_mean);
        sum_tt += from_mean * from_mean;
        sum_tx += from_mean * series_of_x.value[t];
    }
    var left = residuals(&series_of_x, sum_tx / max(sum_tt, 1.0));
    // It is the series that was stored, not what is about its mean.
    left.rounding = x.rounding / left.scale;
    return Line(left, x.scale * left.scale, t_mean, sum_tt, x.is_constant);
}
