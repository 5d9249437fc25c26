// The number of a rank among many that no thread has memory for: they are counted up to a trial value,
// again and again, until the rank is found.
//
// Twin:    src/kernels/lib/search.rs  (formula: there)
// Constants: BEYOND, SMALLEST_REACH, MAX_GUESSES, MAX_TRIALS  (from the twin)
// Error:   none: what is found is one of the numbers.

// Numbers around a trial value: how many are not above it, the largest of those, the smallest above.
struct Count {
    n: f32,
    below: f32,
    above: f32,
}

const NO_COUNT: Count = Count(0.0, -BEYOND, BEYOND);

// One more number, or `weight` times it.
fn counted(so_far: Count, x: f32, weight: f32, at: f32) -> Count {
    let is_below = x <= at;
    return Count(
        so_far.n + select(0.0, weight, is_below),
        max(so_far.below, select(-BEYOND, x, is_below)),
        min(so_far.above, select(x, BEYOND, is_below)),
    );
}

// Among zeros of both signs a rank tells nothing about the sign.
fn unsigned_zero(x: f32) -> f32 {
    return select(0.0, x, abs(x) > 0.0);
}

// A search for the number of a rank, counted from 0, and the one after it. The number is one of those from
// `low` to `high`: `n_low` numbers are smaller than `low`, `n_high` are not larger than `high`.
struct Search {
    rank: f32,
    needs_next: bool,
    low: f32,
    high: f32,
    n_low: f32,
    n_high: f32,
    at: f32,
    reach: f32,
    n_trials: u32,
    is_found: bool,
    value: f32,
    next: f32,
}

// Begins at a guess; as long as all counts lie on one side of the rank, the next trials go further, `reach` at
// first.
fn search_from(rank: f32, needs_next: bool, guess: f32, reach: f32) -> Search {
    return Search(rank, needs_next, -BEYOND, BEYOND, 0.0, 0.0, guess, max(reach, SMALLEST_REACH), 0u, false, 0.0, 0.0);
}

// A number as a whole number in the order of the numbers.
fn key_of(x: f32) -> u32 {
    let bits = bitcast<u32>(x);
    return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}

fn of_key(key: u32) -> f32 {
    return bitcast<f32>(select(~key, key & 0x7fffffffu, (key & 0x80000000u) != 0u));
}

// What the count at the trial value tells, and the next trial value.
fn narrowed(search: Search, count: Count) -> Search {
    var next = search;
    next.n_trials += 1u;
    // As many numbers as the rank are smaller than the one that has it.
    let is_above = count.n < search.rank + 0.5;
    next.low = select(search.low, count.above, is_above);
    next.n_low = select(search.n_low, count.n, is_above);
    next.high = select(count.below, search.high, is_above);
    next.n_high = select(count.n, search.n_high, is_above);

    let is_first_above = is_above && count.n > search.rank - 0.5;
    let is_last_below = !is_above && count.n < search.rank + 1.5;
    next.is_found = is_last_below || (is_first_above && !search.needs_next) || next.low >= next.high;
    next.value = select(next.high, next.low, is_above);
    next.next = select(next.value, count.above, is_last_below);

    if next.n_trials >= MAX_GUESSES {
        let low = key_of(next.low);
        next.at = of_key(low + (key_of(next.high) - low) / 2u);
    } else if next.low > -BEYOND && next.high < BEYOND {
        // Where a straight line between both counts has the rank.
        let share = (search.rank - next.n_low) / max(next.n_high - next.n_low - 1.0, 1.0);
        let at = next.low + (next.high - next.low) * share;
        next.at = select(next.low, at, at < next.high);
    } else {
        next.at += select(-search.reach, search.reach, is_above);
        next.reach *= 2.0;
    }
    return next;
}
