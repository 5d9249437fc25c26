// Linear trend of an annual series by ordinary least squares.
//
// Twin:    src/kernels/statistics/ols.rs  (formula, source: there)
// Inputs:  0 y [annual]
// Outputs: 0 slope [unit of y per year], 1 intercept [unit of y], 2 r2, 3 p, 4 n, 5 class, 6 flags
// Table:   1 / B(df/2, 1/2)
// Constants: NEAR_P, PERFECT_FIT  (from the twin)
// Error:   centred and scaled sums of n products, n · 6e-8 of the half range; p as in tails.wgsl.

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    var of_y: array<Sample, N_STEPS_0>;
    //:unroll
    for (var step = 0u; step < n_steps(0u); step++) {
        of_y[step] = sample(0u, step, pixel);
    }
    var n = 0.0;
    var t_mean = 0.0;
    var y_mean = 0.0;
    var lowest = 0.0;
    var highest = 0.0;
    //:unroll
    for (var step = 0u; step < n_steps(0u); step++) {
        let y = of_y[step];
        let is_first = n < 0.5;
        lowest = select(lowest, select(min(lowest, y.value), y.value, is_first), y.valid);
        highest = select(highest, select(max(highest, y.value), y.value, is_first), y.valid);
        t_mean += select(0.0, f32(step), y.valid);
        y_mean += select(0.0, y.value, y.valid);
        n += select(0.0, 1.0, y.valid);
    }
    let is_enough = n >= f32(max(params.min_years, 3u));
    let is_constant = lowest >= highest;
    let count = max(n, 1.0);
    t_mean /= count;
    y_mean /= count;
    // Half the range as the scale: with it no square overflows.
    let scale = select(0.5 * highest - 0.5 * lowest, 1.0, is_constant);
    let per_scale = 1.0 / scale;

    var sum_z = 0.0;
    var sum_tt = 0.0;
    var sum_tz = 0.0;
    //:unroll
    for (var step = 0u; step < n_steps(0u); step++) {
        let y = of_y[step];
        let t = select(0.0, f32(step) - t_mean, y.valid);
        let z = select(0.0, (y.value - y_mean) * per_scale, y.valid);
        sum_z += z;
        sum_tt += t * t;
        sum_tz += t * z;
    }
    let z_mean = sum_z / count;
    let slope = select(sum_tz / max(sum_tt, 1.0), 0.0, is_constant);

    var unexplained = 0.0;
    //:unroll
    for (var step = 0u; step < n_steps(0u); step++) {
        let y = of_y[step];
        let t = f32(step) - t_mean;
        let residual = select(0.0, (y.value - y_mean) * per_scale - z_mean - slope * t, y.valid);
        unexplained += residual * residual;
    }
    let explained = slope * slope * sum_tt;
    let total = select(unexplained + explained, 1.0, is_constant);
    let r2 = explained / total;
    let df = max(n - 2.0, 1.0);
    let p = beta_tail(unexplained / total, r2, 0.5 * df, 0.5, table(u32(df)));

    let mean = select(y_mean + z_mean * scale, lowest, is_constant);
    put(PORT_SLOPE, 0u, pixel, slope * scale, is_enough);
    put(PORT_INTERCEPT, 0u, pixel, mean - slope * scale * t_mean, is_enough);
    put(PORT_R2, 0u, pixel, r2, is_enough && !is_constant);
    put(PORT_P, 0u, pixel, p, is_enough && !is_constant);
    put(PORT_N, 0u, pixel, n, true);

    let strength = select(0.0, 1.0, p < 0.05) + select(0.0, 1.0, p < 0.01);
    let direction = select(0.0, 1.0, slope > 0.0) - select(0.0, 1.0, slope < 0.0);
    put(PORT_CLASS, 0u, pixel, 3.0 + select(direction * strength, 0.0, is_constant), is_enough);
    let is_near = abs(p - 0.05) < NEAR_P || abs(p - 0.01) < NEAR_P || unexplained < PERFECT_FIT * total;
    let is_decided = is_enough && !is_constant && is_near;
    let flags = select(FLAG_TOO_FEW_YEARS, 0u, is_enough) | select(0u, FLAG_DECIDED_IN_F64, is_decided);
    put(PORT_FLAGS, 0u, pixel, f32(flags), true);
}
