// The slopes between all pairs of valid years, in order: what a median and its interval are read from.
//
// Twin:    src/kernels/lib/order.rs  (formula and source: there)
// Needs:   series.wgsl, N_YEARS
// Table:   2 / distance at PER_DISTANCE_AT + distance
// Error:   a slope has a subtraction and a product, 2 ULP of the larger value over the distance. A slope of
//          a rank is as near to the true one as the furthest of all slopes: order is a shift of none.

// Each round leaves half of the whole numbers or fewer.
const MAX_ROUNDS: u32 = 33u;

// A number as a whole number in the order of the numbers.
fn key_of(x: f32) -> u32 {
    let bits = bitcast<u32>(x);
    return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}

fn of_key(key: u32) -> f32 {
    return bitcast<f32>(select(~key, key & 0x7fffffffu, (key & 0x80000000u) != 0u));
}

// The slope between the years j and j + distance. Half the difference: the whole one may overflow.
fn pair_slope(series: ptr<function, Series>, j: u32, distance: u32) -> f32 {
    return (0.5 * (*series).value[j + distance] - 0.5 * (*series).value[j]) * table(PER_DISTANCE_AT + distance);
}

// The slope of a rank, counted from 0, without keeping any: each pass counts the slopes up to the
// middle of what is left, and moves to the next slope on the side of the rank.
fn slope_of_rank(series: ptr<function, Series>, rank: f32) -> f32 {
    var low = 0u;
    var high = 0xffffffffu;
    for (var round = 0u; round < MAX_ROUNDS; round++) {
        if low >= high {
            break;
        }
        let middle = low + (high - low) / 2u;
        var n_below = 0.0;
        var below = 0u;
        var above = 0xffffffffu;
        for (var distance = 1u; distance < N_YEARS; distance++) {
            for (var j = 0u; j < N_YEARS - distance; j++) {
                if (*series).weight[j] * (*series).weight[j + distance] > 0.0 {
                    let key = key_of(pair_slope(series, j, distance));
                    let is_below = key <= middle;
                    n_below += select(0.0, 1.0, is_below);
                    below = max(below, select(0u, key, is_below));
                    above = min(above, select(key, 0xffffffffu, is_below));
                }
            }
        }
        let is_left = rank + 0.5 < n_below;
        high = select(high, below, is_left);
        low = select(above, low, is_left);
    }
    return of_key(low);
}

// Value of a rank among the valid years, likewise.
fn value_of_rank(series: ptr<function, Series>, rank: f32) -> f32 {
    var low = 0u;
    var high = 0xffffffffu;
    for (var round = 0u; round < MAX_ROUNDS; round++) {
        if low >= high {
            break;
        }
        let middle = low + (high - low) / 2u;
        var n_below = 0.0;
        var below = 0u;
        var above = 0xffffffffu;
        for (var j = 0u; j < N_YEARS; j++) {
            if (*series).weight[j] > 0.0 {
                let key = key_of((*series).value[j]);
                let is_below = key <= middle;
                n_below += select(0.0, 1.0, is_below);
                below = max(below, select(0u, key, is_below));
                above = min(above, select(key, 0xffffffffu, is_below));
            }
        }
        let is_left = rank + 0.5 < n_below;
        high = select(high, below, is_left);
        low = select(above, low, is_left);
    }
    return of_key(low);
}
