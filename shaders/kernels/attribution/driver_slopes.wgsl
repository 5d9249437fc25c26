// Linear trends of a response and N_PREDICTORS drivers over the years that all of them have.
//
// Twin:    src/kernels/attribution/driver_slopes.rs  (formula, source: there)
// Inputs:  0 y, 1.. x [annual]
// Outputs: slope of y, slope of each x [unit per year], then half the range of y
// Error:   centred and scaled sums of n products, n · 6e-8 of the half range

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

const N_ROWS: u32 = N_STEPS_0;

fn row(step: u32, pixel: u32) -> Row {
    return complete_year(step, pixel);
}

fn run_pixel(pixel: u32) {
    var rows = rows_of(pixel);
    var n = 0.0;
    var t_mean = 0.0;
    var mean: array<f32, N_VARIABLES>;
    var lowest: array<f32, N_VARIABLES>;
    var highest: array<f32, N_VARIABLES>;
    //:unroll
    for (var step = 0u; step < N_ROWS; step++) {
        let is_first = n < 0.5;
        let is_there = rows.row[step].valid;
        //:unroll
        for (var v = 0u; v < N_VARIABLES; v++) {
            let x = rows.row[step].value[v];
            mean[v] += select(0.0, x, is_there);
            lowest[v] = select(lowest[v], select(min(lowest[v], x), x, is_first), is_there);
            highest[v] = select(highest[v], select(max(highest[v], x), x, is_first), is_there);
        }
        t_mean += select(0.0, f32(step), is_there);
        n += select(0.0, 1.0, is_there);
    }
    let is_enough = n >= f32(max(params.min_years, 3u));
    let count = max(n, 1.0);
    t_mean /= count;
    // Half the range as the scale: with it no square overflows.
    var scale: array<f32, N_VARIABLES>;
    var per_scale: array<f32, N_VARIABLES>;
    //:unroll
    for (var v = 0u; v < N_VARIABLES; v++) {
        mean[v] /= count;
        scale[v] = 0.5 * highest[v] - 0.5 * lowest[v];
        per_scale[v] = 1.0 / select(1.0, scale[v], scale[v] > 0.0);
    }

    var sum_tt = 0.0;
    var sum_tz: array<f32, N_VARIABLES>;
    //:unroll
    for (var step = 0u; step < N_ROWS; step++) {
        let t = select(0.0, f32(step) - t_mean, rows.row[step].valid);
        sum_tt += t * t;
        //:unroll
        for (var v = 0u; v < N_VARIABLES; v++) {
            let z = (rows.row[step].value[v] - mean[v]) * per_scale[v];
            sum_tz[v] += t * z;
        }
    }
    //:unroll
    for (var v = 0u; v < N_VARIABLES; v++) {
        put(PORT_SLOPE_Y + v, 0u, pixel, sum_tz[v] / max(sum_tt, 1.0) * scale[v], is_enough);
    }
    put(PORT_HALF_RANGE, 0u, pixel, scale[0], is_enough);
}
