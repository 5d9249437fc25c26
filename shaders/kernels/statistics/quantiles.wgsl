// The percentile interval of many values of a pixel.
//
// Twin:    src/kernels/statistics/quantiles.rs  (formula, source: there)
// Differs: the twin sorts the values; here a rank is found by counting and bisecting, as in theil_sen.wgsl.
// Inputs:  0 x, a step each value
// Outputs: 0 low, 1 high [unit of x]
// Table:   for each number of values that are there: rank below and the rest, of low and of high
// Error:   the values of a rank are exact; two products and a sum between them

struct Params {
    n_members: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

// A number as a whole number in the order of the numbers, as in order.wgsl.
fn key_of(x: f32) -> u32 {
    let bits = bitcast<u32>(x);
    return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}

fn of_key(key: u32) -> f32 {
    return bitcast<f32>(select(~key, key & 0x7fffffffu, (key & 0x80000000u) != 0u));
}

// Value of a rank, counted from 0, and of the next one: each pass counts the values up to the middle
// of what is left, and moves to the next value on the side of the rank.
fn values_of_rank(rank: f32, pixel: u32) -> vec2<f32> {
    var low = 0u;
    var high = 0xffffffffu;
    for (var pass_number = 0u; pass_number < 64u; pass_number++) {
        if low >= high {
            break;
        }
        let middle = low + (high - low) / 2u;
        var n_below = 0.0;
        var below = 0u;
        var above = 0xffffffffu;
        for (var member = 0u; member < params.n_members; member++) {
            let x = sample(0u, member, pixel);
            if x.valid {
                let key = key_of(x.value);
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
    // The next one: the same where several are equal, else the least of those above.
    var n_to_here = 0.0;
    var next = 0xffffffffu;
    for (var member = 0u; member < params.n_members; member++) {
        let x = sample(0u, member, pixel);
        if x.valid {
            let key = key_of(x.value);
            n_to_here += select(0.0, 1.0, key <= low);
            next = min(next, select(0xffffffffu, key, key > low));
        }
    }
    let has_next = n_to_here < rank + 1.5 && next < 0xffffffffu;
    return vec2<f32>(of_key(low), of_key(select(low, next, has_next)));
}

fn run_pixel(pixel: u32) {
    var n = 0u;
    for (var member = 0u; member < params.n_members; member++) {
        let x = sample(0u, member, pixel);
        n += select(0u, 1u, x.valid);
    }
    let is_enough = 2u * n >= params.n_members && n > 0u;
    for (var end = 0u; end < 2u; end++) {
        var value = 0.0;
        if is_enough {
            let rest = table(4u * n + 2u * end + 1u);
            let values = values_of_rank(table(4u * n + 2u * end), pixel);
            value = values.x * (1.0 - rest) + values.y * rest;
        }
        put(PORT_LOW + end, 0u, pixel, value, is_enough);
    }
}
