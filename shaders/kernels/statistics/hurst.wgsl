// Hurst exponent by rescaled ranges: do high years follow high years?
//
// Twin:    src/kernels/statistics/hurst.rs  (formula, source: there)
// Inputs:  0 y [annual]
// Outputs: 0 h, 1 null, 2 p, 3 margin, 4 flags
// Table:   ln tau, what is subtracted from ln(R/S), quantiles of white noise, their 95 %; each for 0..N_YEARS years
// Constants: SMALL_SPREAD  (from the twin)
// Error:   range and deviation to 2e-7 of the half range, 1e-5 of a deviation of 0.02 of it: below that the pixel is
//          computed again in f64. Logarithms to 5e-7. p: the error of h times the density of white noise, which is under 5.

struct Params {
    min_years: u32,
    tau_min: u32,
    n_series: f32,
    _pad0: u32,
}

const STRIDE: u32 = N_YEARS + 1u;

fn run_pixel(pixel: u32) {
    var y = read_series(0u, pixel);
    let residuals_of_y = residuals(&y, 0.0);
    var x = residuals_of_y.series;
    var margin = MAX_MARGIN;
    var ln_tau: array<f32, N_YEARS>;
    var ln_range: array<f32, N_YEARS>;
    var counts: array<bool, N_YEARS>;
    var tau = 0.0;
    var lowest = 0.0;
    var highest = 0.0;
    var n_ranges = 0.0;
    var ln_tau_mean = 0.0;
    var ln_range_mean = 0.0;
    for (var t = 0u; t < N_YEARS; t++) {
        if y.weight[t] < 0.5 {
            continue;
        }
        let is_first = tau < 0.5;
        lowest = select(min(lowest, y.value[t]), y.value[t], is_first);
        highest = select(max(highest, y.value[t]), y.value[t], is_first);
        tau += 1.0;
        if u32(tau) < params.tau_min || lowest >= highest {
            continue;
        }

        var mean = 0.0;
        for (var i = 0u; i <= t; i++) {
            mean += x.value[i];
        }
        mean /= tau;
        var sum = 0.0;
        var least = 0.0;
        var most = 0.0;
        var square = 0.0;
        for (var i = 0u; i <= t; i++) {
            let deviation = y.weight[i] * (x.value[i] - mean);
            sum += deviation;
            least = min(least, sum);
            most = max(most, sum);
            square += deviation * deviation;
        }
        let spread = sqrt(square / tau);
        // Of two years R = S, whatever they are.
        let is_pair = tau < 2.5;
        let has_range = !is_pair && spread > 0.0;
        let range = select(1.0, (most - least) / select(1.0, spread, has_range), has_range);
        counts[t] = true;
        ln_tau[t] = table(u32(tau));
        ln_range[t] = log(range) - table(STRIDE + u32(tau));
        margin = select(min(margin, margin_of(spread, 0.0, SMALL_SPREAD)), margin, is_pair);
        n_ranges += 1.0;
        ln_tau_mean += ln_tau[t];
        ln_range_mean += ln_range[t];
    }
    ln_tau_mean /= max(n_ranges, 1.0);
    ln_range_mean /= max(n_ranges, 1.0);
    var sum_ll = 0.0;
    var sum_lq = 0.0;
    for (var t = 0u; t < N_YEARS; t++) {
        let l = select(0.0, ln_tau[t] - ln_tau_mean, counts[t]);
        let q = select(0.0, ln_range[t] - ln_range_mean, counts[t]);
        sum_ll += l * l;
        sum_lq += l * q;
    }
    let has_slope = n_ranges > 1.5;
    let h = sum_lq / select(1.0, sum_ll, has_slope);
    let quantile_95 = table(STRIDE * (N_QUANTILES + 2u) + u32(y.n));
    let p = share_above(2u * STRIDE, y.n, h, params.n_series);

    let is_enough = y.n >= f32(max(params.min_years, 4u));
    put(PORT_H, 0u, pixel, h, is_enough && has_slope);
    put(PORT_NULL, 0u, pixel, quantile_95, is_enough);
    put(PORT_P, 0u, pixel, p, is_enough && has_slope);
    put_margin(PORT_MARGIN, pixel, margin, is_enough);
}
