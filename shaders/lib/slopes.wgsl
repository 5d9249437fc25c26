// The slopes between all pairs of valid years: their median and its interval.
//
// Twin:    src/kernels/lib/slopes.rs  (formula and source: there)
// Needs:   series.wgsl, search.wgsl, N_YEARS, N_WRITTEN, N_TURNED
// Table:   2 / distance
// Constants: MISSING_YEAR, SQRT_PI, REACH_OF_STEP, REACH_OF_WIDTH  (from the twin)
// Error:   a slope has a subtraction and a product, 2 ULP of the larger value over the distance. A slope of
//          a rank is as near to the true one as the furthest of all slopes: order is a shift of none.

// Half of each value: a whole difference may overflow. A missing year is MISSING_YEAR times its number, so that
// slopes to one lie above all others, and those from one to a valid year, `n_falling` of them, below.
struct Halves {
    value: array<f32, N_YEARS>,
    n_falling: f32,
}

fn halves_of(series: ptr<function, Series>) -> Halves {
    var halves: Halves;
    var n_missing = 0.0;
    //:unroll
    for (var i = 0u; i < N_YEARS; i++) {
        let is_there = (*series).weight[i] > 0.5;
        halves.value[i] = select(MISSING_YEAR * f32(i + 1u), 0.5 * (*series).value[i], is_there);
        halves.n_falling += select(0.0, n_missing, is_there);
        n_missing += select(1.0, 0.0, is_there);
    }
    return halves;
}

// The slopes around a trial value. Of few years, each pair has its line. The text of many would be too long:
// there the series is turned against itself, year by year, so that years meet those `distance` later, and at the
// end those as much as the whole circle less `distance` earlier. Half a circle has every pair.
fn count_slopes(halves: ptr<function, Halves>, at: f32) -> Count {
    var count = NO_COUNT;
    //:unroll
    for (var distance = 1u; distance < N_WRITTEN; distance++) {
        let per_distance = table(distance);
        //:unroll
        for (var j = 0u; j < N_WRITTEN - distance; j++) {
            count = counted(count, ((*halves).value[j + distance] - (*halves).value[j]) * per_distance, 1.0, at);
        }
    }
    var turned = *halves;
    for (var distance = 1u; distance <= N_TURNED / 2u; distance++) {
        let first = turned.value[0u];
        //:unroll
        for (var j = 1u; j < N_TURNED; j++) {
            turned.value[j - 1u] = turned.value[j];
        }
        turned.value[N_YEARS - 1u] = first;

        let later = table(distance);
        let earlier = -table(N_YEARS - distance);
        // Half a circle of an even number of years has the last pairs twice.
        let weight = select(1.0, 0.0, 2u * distance == N_YEARS);
        //:unroll
        for (var j = 0u; j < N_TURNED - N_TURNED / 2u; j++) {
            count = counted(count, (turned.value[j] - (*halves).value[j]) * later, 1.0, at);
        }
        //:unroll
        for (var j = N_TURNED - N_TURNED / 2u; j < N_TURNED; j++) {
            let per_distance = select(earlier, later, j + distance < N_TURNED);
            count = counted(count, (turned.value[j] - (*halves).value[j]) * per_distance, weight, at);
        }
    }
    count.n -= (*halves).n_falling;
    return count;
}

// Where slopes lie, roughly: the slope of least squares, and from one to the next as in white noise.
struct Spread {
    middle: f32,
    step: f32,
}

fn spread_of_slopes(series: ptr<function, Series>) -> Spread {
    let n = (*series).n;
    var t_mean = 0.0;
    var y_mean = 0.0;
    //:unroll
    for (var t = 0u; t < N_YEARS; t++) {
        t_mean += (*series).weight[t] * f32(t);
        y_mean += (*series).weight[t] * (*series).value[t];
    }
    t_mean /= max(n, 1.0);
    y_mean /= max(n, 1.0);
    var sum_tt = 0.0;
    var sum_ty = 0.0;
    var sum_yy = 0.0;
    //:unroll
    for (var t = 0u; t < N_YEARS; t++) {
        let weight = (*series).weight[t];
        let from_mean = f32(t) - t_mean;
        let y = (*series).value[t] - y_mean;
        sum_tt += weight * from_mean * from_mean;
        sum_ty += weight * from_mean * y;
        sum_yy += weight * y * y;
    }
    let slope = sum_ty / max(sum_tt, 1.0);
    let deviation = sqrt(max(sum_yy - slope * sum_ty, 0.0) / max(n, 1.0));
    // Slopes at a distance d have the density d / (2 sqrt(pi) deviation) in their middle, and d is (n + 1) / 3 on
    // average.
    let step = 6.0 * SQRT_PI * deviation / ((n + 1.0) * max(0.5 * n * (n - 1.0), 1.0));
    return Spread(slope, step);
}

// The median of the slopes, and the ends of an interval.
struct Slopes {
    median: f32,
    low: f32,
    high: f32,
}

// The median of the slopes between `n_pairs` of years, and those of the ranks `low` and `high`.
fn slopes_of_ranks(series: ptr<function, Series>, n_pairs: f32, low: f32, high: f32) -> Slopes {
    var halves = halves_of(series);
    let spread = spread_of_slopes(series);
    let middle = 0.5 * max(n_pairs - 1.0, 0.0);
    let lower_middle = floor(middle);
    let has_two = middle > lower_middle;
    let reach = REACH_OF_STEP * spread.step;
    var slopes: Slopes;
    var search = search_from(lower_middle, has_two, spread.middle, reach);
    // One loop for all three, so that pixels do not wait for each other after each of them.
    var n_found = 0u;
    for (var trial = 0u; trial < 3u * MAX_TRIALS; trial++) {
        search = narrowed(search, count_slopes(&halves, search.at));
        if search.is_found {
            if n_found == 0u {
                slopes.median = 0.5 * search.value + 0.5 * select(search.value, search.next, has_two);
                search = search_from(low, false, slopes.median + (low - middle) * spread.step, reach);
            } else if n_found == 1u {
                slopes.low = search.value;
                // As far above the median as the other end lies below it.
                let width = (slopes.median - slopes.low) * (high - middle) / max(middle - low, 1.0);
                search = search_from(high, false, slopes.median + width, max(reach, REACH_OF_WIDTH * width));
            } else {
                slopes.high = search.value;
                break;
            }
            n_found += 1u;
        }
    }
    return Slopes(unsigned_zero(slopes.median), unsigned_zero(slopes.low), unsigned_zero(slopes.high));
}
