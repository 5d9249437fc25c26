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

fn n_rows() -> u32 {
    return n_steps(0u);
}

fn row(step: u32, pixel: u32) -> Row {
    return complete_year(step, pixel);
}

fn run_pixel(pixel: u32) {
    var n = 0.0;
    var t_mean = 0.0;
    var mean: array<f32, N_VARIABLES>;
    var lowest: array<f32, N_VARIABLES>;
    var highest: array<f32, N_VARIABLES>;
    for (var step = 0u; step < n_rows(); step++) {
        let year = row(step, pixel);
        if !year.valid {
            continue;
        }
        for (var v = 0u; v < N_VARIABLES; v++) {
            let x = year.value[v];
            let is_first = n < 0.5;
            mean[v] += x;
            lowest[v] = select(min(lowest[v], x), x, is_first);
            highest[v] = select(max(highest[v], x), x, is_first);
        }
        t_mean += f32(step);
        n += 1.0;
    }
    let is_enough = n >= f32(max(params.min_years, 3u));
    let count = max(n, 1.0);
    t_mean /= count;
    // Half the range as the scale: with it no square overflows.
    var scale: array<f32, N_VARIABLES>;
    var per_scale: array<f32, N_VARIABLES>;
    for (var v = 0u; v < N_VARIABLES; v++) {
        mean[v] /= count;
        scale[v] = 0.5 * highest[v] - 0.5 * lowest[v];
        per_scale[v] = 1.0 / select(1.0, scale[v], scale[v] > 0.0);
    }

    var sum_tt = 0.0;
    var sum_tz: array<f32, N_VARIABLES>;
    for (var step = 0u; step < n_rows(); step++) {
        let year = row(step, pixel);
        if year.valid {
            let t = f32(step) - t_mean;
            sum_tt += t * t;
            for (var v = 0u; v < N_VARIABLES; v++) {
                let z = (year.value[v] - mean[v]) * per_scale[v];
                sum_tz[v] += t * z;
            }
        }
    }
    for (var v = 0u; v < N_VARIABLES; v++) {
        put(PORT_SLOPE_Y + v, 0u, pixel, sum_tz[v] / max(sum_tt, 1.0) * scale[v], is_enough);
    }
    put(PORT_HALF_RANGE, 0u, pixel, scale[0], is_enough);
}
