// Least squares of a response on N_PREDICTORS drivers, on complete years.
//
// Twin:    src/kernels/lib/drivers.rs  (method: there)
// A row:   the kernel defines N_ROWS, and row(step, pixel): the response, then its predictors
// Constants: SINGULAR_PIVOT, WEAK_PIVOT, PERFECT_FIT  (from the twin)
// Error:   values are centred and scaled before they are multiplied, so sums of n products are good to
//          n · 6e-8; the solution loses a factor of the largest variance inflation, which is under 50
//          here: worse conditioned pixels are computed again in f64.

const N_VARIABLES: u32 = N_PREDICTORS + 1u;

struct Fit {
    flags: u32,
    n: f32,
    is_solved: bool,
    is_constant: bool,
    unexplained: f32,
    explained: f32,
    beta: array<f32, N_PREDICTORS>,
    vif: array<f32, N_PREDICTORS>,
    coef: array<f32, N_PREDICTORS>,
}

struct Row {
    value: array<f32, N_VARIABLES>,
    valid: bool,
}

struct Rows {
    row: array<Row, N_ROWS>,
}

// The values of slots 0 to N_VARIABLES - 1 at `step`.
fn complete_year(step: u32, pixel: u32) -> Row {
    var row: Row;
    row.valid = true;
    //:unroll
    for (var v = 0u; v < N_VARIABLES; v++) {
        let s = sample(v, step, pixel);
        row.value[v] = s.value;
        row.valid = row.valid & s.valid;
    }
    return row;
}

fn rows_of(pixel: u32) -> Rows {
    var rows: Rows;
    //:unroll
    for (var step = 0u; step < N_ROWS; step++) {
        rows.row[step] = row(step, pixel);
    }
    return rows;
}

fn fit_drivers(rows: ptr<function, Rows>, min_rows: u32) -> Fit {
    var fit: Fit;

    var n = 0.0;
    var mean: array<f32, N_VARIABLES>;
    var lowest: array<f32, N_VARIABLES>;
    var highest: array<f32, N_VARIABLES>;
    //:unroll
    for (var step = 0u; step < N_ROWS; step++) {
        let is_first = n < 0.5;
        let is_there = (*rows).row[step].valid;
        //:unroll
        for (var v = 0u; v < N_VARIABLES; v++) {
            let x = (*rows).row[step].value[v];
            mean[v] += select(0.0, x, is_there);
            lowest[v] = select(lowest[v], select(min(lowest[v], x), x, is_first), is_there);
            highest[v] = select(highest[v], select(max(highest[v], x), x, is_first), is_there);
        }
        n += select(0.0, 1.0, is_there);
    }
    fit.n = n;
    if n < f32(max(min_rows, N_PREDICTORS + 2u)) {
        fit.flags = FLAG_TOO_FEW_YEARS;
        return fit;
    }

    // Half the range as the scale: with it no square overflows.
    var scale: array<f32, N_VARIABLES>;
    var per_scale: array<f32, N_VARIABLES>;
    //:unroll
    for (var v = 0u; v < N_VARIABLES; v++) {
        mean[v] /= n;
        let is_constant = lowest[v] >= highest[v];
        scale[v] = select(0.5 * highest[v] - 0.5 * lowest[v], 1.0, is_constant);
        per_scale[v] = 1.0 / scale[v];
        if is_constant && v > 0u {
            fit.flags = FLAG_SINGULAR;
            return fit;
        }
    }
    fit.is_constant = lowest[0] >= highest[0];

    // The mean again, now of small numbers.
    var shift: array<f32, N_VARIABLES>;
    //:unroll
    for (var step = 0u; step < N_ROWS; step++) {
        let is_there = (*rows).row[step].valid;
        //:unroll
        for (var v = 0u; v < N_VARIABLES; v++) {
            shift[v] += select(0.0, ((*rows).row[step].value[v] - mean[v]) * per_scale[v], is_there);
        }
    }
    //:unroll
    for (var v = 0u; v < N_VARIABLES; v++) {
        shift[v] /= n;
    }

    var product: array<array<f32, N_VARIABLES>, N_VARIABLES>;
    //:unroll
    for (var step = 0u; step < N_ROWS; step++) {
        let is_there = (*rows).row[step].valid;
        var z: array<f32, N_VARIABLES>;
        //:unroll
        for (var v = 0u; v < N_VARIABLES; v++) {
            let centred = ((*rows).row[step].value[v] - mean[v]) * per_scale[v] - shift[v];
            z[v] = select(0.0, centred, is_there);
        }
        //:unroll
        for (var a = 0u; a < N_VARIABLES; a++) {
            //:unroll
            for (var b = 0u; b <= a; b++) {
                product[a][b] += z[a] * z[b];
            }
        }
    }
    var norm: array<f32, N_VARIABLES>;
    var per_norm: array<f32, N_VARIABLES>;
    //:unroll
    for (var v = 0u; v < N_VARIABLES; v++) {
        norm[v] = select(sqrt(product[v][v]), 1.0, v == 0u && fit.is_constant);
        per_norm[v] = 1.0 / norm[v];
    }

    // Cholesky factor of the predictors' correlation matrix, and its inverse, row by row.
    var factor: array<array<f32, N_PREDICTORS>, N_PREDICTORS>;
    var inverse: array<array<f32, N_PREDICTORS>, N_PREDICTORS>;
    var weakest = 1.0;
    //:unroll
    for (var a = 0u; a < N_PREDICTORS; a++) {
        //:unroll
        for (var b = 0u; b <= a; b++) {
            var rest = select(product[a + 1u][b + 1u] * per_norm[a + 1u] * per_norm[b + 1u], 1.0, a == b);
            //:unroll
            for (var c = 0u; c < b; c++) {
                rest -= factor[a][c] * factor[b][c];
            }
            if a == b {
                weakest = min(weakest, rest);
                factor[a][a] = sqrt(max(rest, SINGULAR_PIVOT));
            } else {
                factor[a][b] = rest * inverse[b][b];
            }
        }
        inverse[a][a] = 1.0 / factor[a][a];
        //:unroll
        for (var b = 0u; b < a; b++) {
            var sum = 0.0;
            //:unroll
            for (var c = b; c < a; c++) {
                sum += factor[a][c] * inverse[c][b];
            }
            inverse[a][b] = -sum * inverse[a][a];
        }
    }
    fit.flags = select(0u, FLAG_DECIDED_IN_F64, weakest < WEAK_PIVOT);
    if weakest < SINGULAR_PIVOT {
        fit.flags |= FLAG_SINGULAR;
        return fit;
    }

    // beta = inverse' (inverse r), with r the correlations with the response.
    var half_way: array<f32, N_PREDICTORS>;
    //:unroll
    for (var a = 0u; a < N_PREDICTORS; a++) {
        //:unroll
        for (var b = 0u; b <= a; b++) {
            half_way[a] += inverse[a][b] * product[b + 1u][0] * per_norm[b + 1u] * per_norm[0];
        }
    }
    //:unroll
    for (var a = 0u; a < N_PREDICTORS; a++) {
        //:unroll
        for (var c = a; c < N_PREDICTORS; c++) {
            fit.beta[a] += inverse[c][a] * half_way[c];
            fit.vif[a] += inverse[c][a] * inverse[c][a];
        }
        fit.explained += half_way[a] * half_way[a];
        fit.coef[a] = fit.beta[a] * ((norm[0] * per_norm[a + 1u]) * (scale[0] * per_scale[a + 1u]));
        if fit.vif[a] > 10.0 {
            fit.flags |= FLAG_HIGH_VIF;
        }
    }

    // The unexplained share from the residuals themselves: 1 - R2 would lose its digits.
    //:unroll
    for (var step = 0u; step < N_ROWS; step++) {
        var residual = (((*rows).row[step].value[0] - mean[0]) * per_scale[0] - shift[0]) * per_norm[0];
        //:unroll
        for (var a = 0u; a < N_PREDICTORS; a++) {
            let z = ((*rows).row[step].value[a + 1u] - mean[a + 1u]) * per_scale[a + 1u] - shift[a + 1u];
            residual -= fit.beta[a] * per_norm[a + 1u] * z;
        }
        fit.unexplained += select(0.0, residual * residual, (*rows).row[step].valid);
    }
    fit.flags |= select(0u, FLAG_DECIDED_IN_F64, !fit.is_constant && fit.unexplained < PERFECT_FIT);
    fit.is_solved = true;
    return fit;
}
