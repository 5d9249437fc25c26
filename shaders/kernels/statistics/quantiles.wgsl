// The percentile interval of many values of a pixel.
//
// Twin:    src/kernels/statistics/quantiles.rs  (formula, source: there)
// Inputs:  0 x, a step each value
// Outputs: 0 low, 1 high [unit of x]
// Table:   for each number of values that are there: rank below and the rest, of low and of high
// Constants: GUESS_OF_RANGE, REACH_OF_RANGE  (from the twin)
// Error:   the values of a rank are exact; two products and a sum between them

struct Params {
    n_members: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

// The values around a trial value.
fn count_values(pixel: u32, at: f32) -> Count {
    var count = NO_COUNT;
    for (var member = 0u; member < params.n_members; member++) {
        let x = sample(0u, member, pixel);
        count = counted(count, select(BEYOND, x.value, x.valid), 1.0, at);
    }
    return count;
}

fn run_pixel(pixel: u32) {
    var n = 0.0;
    var sum = 0.0;
    var lowest = BEYOND;
    var highest = -BEYOND;
    for (var member = 0u; member < params.n_members; member++) {
        let x = sample(0u, member, pixel);
        n += select(0.0, 1.0, x.valid);
        sum += x.value;
        lowest = min(lowest, select(BEYOND, x.value, x.valid));
        highest = max(highest, select(-BEYOND, x.value, x.valid));
    }
    let range = select(0.0, highest - lowest, lowest < highest);
    let mean = sum / max(n, 1.0);
    let last = max(n - 1.0, 0.0);
    let is_enough = 2.0 * n >= f32(params.n_members) && n > 0.5;
    for (var end = 0u; end < 2u; end++) {
        let entry = 4u * u32(n) + 2u * end;
        let rank = table(entry);
        let rest = table(entry + 1u);
        let has_next = rank < last - 0.5;
        let from_mean = GUESS_OF_RANGE * (rank / max(last, 1.0) - 0.5) * range;
        let reach = REACH_OF_RANGE * range;
        var search = search_from(rank, has_next, mean + from_mean, reach);
        for (var trial = 0u; trial < MAX_TRIALS; trial++) {
            search = narrowed(search, count_values(pixel, search.at));
            if search.is_found {
                break;
            }
        }
        let below = unsigned_zero(search.value);
        let above = unsigned_zero(select(search.value, search.next, has_next));
        put(PORT_LOW + end, 0u, pixel, below * (1.0 - rest) + above * rest, is_enough);
    }
}
