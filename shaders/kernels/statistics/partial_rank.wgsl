// Spearman's partial rank correlation of an annual response with N_PREDICTORS drivers.
//
// Twin:    src/kernels/statistics/partial_rank.rs  (formula, source: there)
// Inputs:  0 y, 1.. x [annual]
// Outputs: partial rank correlation with each x, p of each, then flags
// Table:   1 / B(df/2, 1/2) for df = 0 to the most
// Error:   ranks are whole numbers and exact; then as drivers.wgsl and tails.wgsl

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

// Smaller values less larger ones, of each variable over complete years.
fn ranks_of(rows: ptr<function, Rows>) -> Rows {
    var ranks: Rows;
    for (var i = 0u; i < N_ROWS; i++) {
        ranks.row[i].valid = (*rows).row[i].valid;
        for (var j = 0u; j < N_ROWS; j++) {
            let weight = select(0.0, 1.0, (*rows).row[j].valid);
            //:unroll
            for (var v = 0u; v < N_VARIABLES; v++) {
                let here = (*rows).row[i].value[v];
                let there = (*rows).row[j].value[v];
                ranks.row[i].value[v] += select(0.0, weight, there < here) - select(0.0, weight, here < there);
            }
        }
    }
    return ranks;
}

fn run_pixel(pixel: u32) {
    var rows = rows_of(pixel);
    var ranks = ranks_of(&rows);
    let fit = fit_drivers(&ranks, params.min_years);
    let df = max(fit.n - f32(N_PREDICTORS) - 1.0, 1.0);
    let has_p = fit.is_solved && !fit.is_constant;
    var is_whole = has_p;
    //:unroll
    for (var x = 0u; x < N_PREDICTORS; x++) {
        let explained = fit.beta[x] * fit.beta[x];
        let unexplained = fit.unexplained * fit.vif[x];
        // What the others leave of the response; of rounding there is no correlation.
        let left = EXPLAINED_FULLY * fit.vif[x];
        let is_defined = has_p && explained + unexplained > left;
        is_whole = is_whole && is_defined;
        let total = select(1.0, explained + unexplained, is_defined);
        let r = sign(fit.beta[x]) * sqrt(explained / total);
        let p = beta_tail(unexplained / total, explained / total, 0.5 * df, 0.5, table(u32(df)));
        put(PORT_PARTIAL + x, 0u, pixel, r, is_defined);
        put(PORT_PARTIAL_P + x, 0u, pixel, p, is_defined);
    }
    let more = select(0u, FLAG_SINGULAR, fit.is_solved && !is_whole);
    put(PORT_FLAGS, 0u, pixel, f32(fit.flags | more), true);
}
