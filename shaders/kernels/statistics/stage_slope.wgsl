// Linear trend of an annual series inside some of its years by ordinary least squares.
//
// Twin:    src/kernels/statistics/stage_slope.rs  (formula, source: there)
// Inputs:  0 y [annual]
// Outputs: 0 slope [unit of y per year]
// Constants: FIRST_STEP, LAST_STEP  (from the twin)
// Error:   centred and scaled sums of n products, n · 6e-8 of the half range

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

const N_IN_STAGE: u32 = LAST_STEP - FIRST_STEP + 1u;

fn run_pixel(pixel: u32) {
    var of_y: array<Sample, N_IN_STAGE>;
    //:unroll
    for (var step = 0u; step < N_IN_STAGE; step++) {
        of_y[step] = sample(0u, FIRST_STEP + step, pixel);
    }
    var n = 0.0;
    var t_mean = 0.0;
    var y_mean = 0.0;
    var lowest = 0.0;
    var highest = 0.0;
    //:unroll
    for (var step = 0u; step < N_IN_STAGE; step++) {
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

    var sum_tt = 0.0;
    var sum_tz = 0.0;
    //:unroll
    for (var step = 0u; step < N_IN_STAGE; step++) {
        let y = of_y[step];
        let t = select(0.0, f32(step) - t_mean, y.valid);
        let z = select(0.0, (y.value - y_mean) * per_scale, y.valid);
        sum_tt += t * t;
        sum_tz += t * z;
    }
    let slope = select(sum_tz / max(sum_tt, 1.0), 0.0, is_constant);
    put(PORT_SLOPE, 0u, pixel, slope * scale, is_enough);
}
