// An attribution with years that count as often as they were drawn.
//
// Twin:    src/kernels/lib/replicate.rs  (formula: there)
// Slots:   0 the response, 1.. N_DRIVERS drivers; N_PREDICTORS counts the year where it is in the fit
// Table:   how often each year counts, [replicate][year]
// Constants: MIN_VARIANCE, FLAT, MIN_PIVOT, NO_TREND  (from the twin)
// Error:   values are centred and scaled before they are multiplied; a replicate loses a factor of its
//          weakest pivot and of the least spread of its columns

// The response, the drivers and the year.
const N_COLUMNS: u32 = N_DRIVERS + 2u;
const YEAR: u32 = N_DRIVERS + 1u;

struct Year {
    value: array<f32, N_COLUMNS>,
    valid: bool,
}

struct Columns {
    mean: array<f32, N_COLUMNS>,
    scale: array<f32, N_COLUMNS>,
    is_enough: bool,
}

// Weighted sums of a replicate about its means.
struct Moments {
    total: f32,
    n_different: f32,
    product: array<array<f32, N_COLUMNS>, N_COLUMNS>,
}

struct Replicate {
    observed: f32,
    has_observed: bool,
    climate: f32,
    is_solved: bool,
    share: f32,
    has_share: bool,
}

fn year_of(step: u32, pixel: u32) -> Year {
    var year: Year;
    year.valid = true;
    for (var c = 0u; c <= N_DRIVERS; c++) {
        let s = sample(c, step, pixel);
        year.value[c] = s.value;
        year.valid = year.valid && s.valid;
    }
    year.value[YEAR] = f32(step);
    return year;
}

// Mean and half range of each column over the complete years.
fn columns_of(pixel: u32, min_years: u32) -> Columns {
    var columns: Columns;
    var n = 0.0;
    var lowest: array<f32, N_COLUMNS>;
    var highest: array<f32, N_COLUMNS>;
    for (var step = 0u; step < n_steps(0u); step++) {
        let year = year_of(step, pixel);
        if !year.valid {
            continue;
        }
        for (var c = 0u; c < N_COLUMNS; c++) {
            let x = year.value[c];
            columns.mean[c] += x;
            lowest[c] = select(min(lowest[c], x), x, n < 0.5);
            highest[c] = select(max(highest[c], x), x, n < 0.5);
        }
        n += 1.0;
    }
    for (var c = 0u; c < N_COLUMNS; c++) {
        columns.mean[c] /= max(n, 1.0);
        // Half the range as the scale: with it no square overflows.
        columns.scale[c] = select(0.5 * highest[c] - 0.5 * lowest[c], 1.0, lowest[c] >= highest[c]);
    }
    columns.is_enough = n >= f32(max(min_years, N_PREDICTORS + 2u));
    return columns;
}

fn moments_of(columns: ptr<function, Columns>, replicate: u32, pixel: u32) -> Moments {
    var moments: Moments;
    var mean: array<f32, N_COLUMNS>;
    let n_years = n_steps(0u);
    for (var step = 0u; step < n_years; step++) {
        let w = table(replicate * n_years + step);
        if w > 0.0 {
            let year = year_of(step, pixel);
            if year.valid {
                moments.total += w;
                moments.n_different += 1.0;
                for (var c = 0u; c < N_COLUMNS; c++) {
                    mean[c] += w * ((year.value[c] - (*columns).mean[c]) / (*columns).scale[c]);
                }
            }
        }
    }
    moments.total = max(moments.total, 1.0);
    for (var c = 0u; c < N_COLUMNS; c++) {
        mean[c] /= moments.total;
    }
    for (var step = 0u; step < n_years; step++) {
        let w = table(replicate * n_years + step);
        if w > 0.0 {
            let year = year_of(step, pixel);
            if year.valid {
                var d: array<f32, N_COLUMNS>;
                for (var a = 0u; a < N_COLUMNS; a++) {
                    d[a] = (year.value[a] - (*columns).mean[a]) / (*columns).scale[a] - mean[a];
                    let wd = w * d[a];
                    for (var b = 0u; b <= a; b++) {
                        moments.product[a][b] += wd * d[b];
                    }
                }
            }
        }
    }
    return moments;
}

// The attribution, trends in half ranges of the response over that of the years.
fn split_trend(moments: ptr<function, Moments>) -> Replicate {
    var found: Replicate;
    let total = (*moments).total;
    // Spreads; a flat response has no trend and no coefficients.
    let is_flat = (*moments).product[0][0] <= FLAT * total;
    var is_varied = true;
    var per_norm: array<f32, N_COLUMNS>;
    for (var c = 0u; c < N_COLUMNS; c++) {
        let square = (*moments).product[c][c];
        let is_spread = square > select(MIN_VARIANCE, FLAT, c == 0u) * total;
        is_varied = is_varied && (is_spread || c == 0u);
        per_norm[c] = 1.0 / sqrt(select(1.0, square, is_spread));
    }

    // Cholesky factor of the predictors' correlations, and the forward half of the solution.
    var factor: array<array<f32, N_PREDICTORS>, N_PREDICTORS>;
    var solution: array<f32, N_PREDICTORS>;
    var weakest = 1.0;
    for (var a = 0u; a < N_PREDICTORS; a++) {
        for (var b = 0u; b <= a; b++) {
            var rest = select((*moments).product[a + 1u][b + 1u] * per_norm[a + 1u] * per_norm[b + 1u], 1.0, a == b);
            for (var c = 0u; c < b; c++) {
                rest -= factor[a][c] * factor[b][c];
            }
            if a == b {
                weakest = min(weakest, rest);
                factor[a][a] = sqrt(max(rest, MIN_PIVOT));
            } else {
                factor[a][b] = rest / factor[b][b];
            }
        }
        var rest = (*moments).product[a + 1u][0] * per_norm[a + 1u] * per_norm[0];
        for (var c = 0u; c < a; c++) {
            rest -= factor[a][c] * solution[c];
        }
        solution[a] = rest / factor[a][a];
    }
    for (var back = 0u; back < N_PREDICTORS; back++) {
        let a = N_PREDICTORS - 1u - back;
        for (var c = a + 1u; c < N_PREDICTORS; c++) {
            solution[a] -= factor[c][a] * solution[c];
        }
        solution[a] /= factor[a][a];
    }

    let has_years_apart = (*moments).product[YEAR][YEAR] > MIN_VARIANCE * total;
    let per_tt = 1.0 / select(1.0, (*moments).product[YEAR][YEAR], has_years_apart);
    found.observed = select((*moments).product[YEAR][0] * per_tt, 0.0, is_flat);
    for (var x = 1u; x <= N_DRIVERS; x++) {
        let coef = solution[x - 1u] * per_norm[x] / per_norm[0];
        found.climate += select(coef * ((*moments).product[YEAR][x] * per_tt), 0.0, is_flat);
    }
    let human = found.observed - found.climate;
    let is_trend = abs((*moments).product[YEAR][0] * per_norm[YEAR] * per_norm[0]) > NO_TREND && !is_flat;
    // With the trend on the side of 0 where it rises, all three turned round where it falls.
    let side = select(1.0, -1.0, found.observed < 0.0);
    let between = human / select(1.0, found.observed, is_trend) * 100.0;
    found.share = select(select(between, 0.0, side * human <= 0.0), 100.0, side * found.climate <= 0.0);
    found.has_observed = (*moments).n_different > 2.5 && has_years_apart;
    found.is_solved = is_varied && (*moments).n_different > f32(N_PREDICTORS) + 1.5 && weakest >= MIN_PIVOT;
    found.has_share = found.is_solved && is_trend;
    return found;
}
