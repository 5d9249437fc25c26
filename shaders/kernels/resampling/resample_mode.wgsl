// The value that covers most of a pixel; of those that cover the same, the least.
//
// Twin:    src/kernels/resampling/resample_mode.rs
// Inputs:  0 cells [unit of the input], 1 places
// Outputs: 0 value [unit of the input], 1 flags
// Error:   none, but for values that cover the same within 1e-4 of the pixel.

struct Params {
    reach_x: f32,
    reach_y: f32,
    least_weight: f32,
    _pad0: u32,
}

fn weight(kind: u32, a: Along, tap: i32) -> f32 {
    return overlap(a, tap);
}

fn weight_of(place: Place, t: u32) -> f32 {
    let n = n_taps(place.x);
    let weight_x = overlap(place.x, first_tap(place.x) + i32(t % n));
    let weight_y = overlap(place.y, first_tap(place.y) + i32(t / n));
    return weight_x * weight_y / (4.0 * place.x.half * place.y.half);
}

fn cell_of(place: Place, step: u32, t: u32) -> Sample {
    let n = n_taps(place.x);
    return cell_at(place, step, first_tap(place.x) + i32(t % n), first_tap(place.y) + i32(t / n));
}

fn is_same(a: Sample, b: Sample) -> bool {
    return a.valid && b.valid && bitcast<u32>(a.value) == bitcast<u32>(b.value);
}

// The part of the pixel that has the value of tap `t`; 0 where an earlier tap has it too.
fn covered(place: Place, step: u32, t: u32, n: u32) -> f32 {
    let of_tap = cell_of(place, step, t);
    var sum = 0.0;
    var is_first = of_tap.valid;
    for (var other = 0u; other < n; other++) {
        let is_equal = is_same(of_tap, cell_of(place, step, other));
        sum += select(0.0, weight_of(place, other), is_equal);
        is_first = is_first && !(is_equal && other < t);
    }
    return select(0.0, sum, is_first);
}

fn run_pixel(pixel: u32) {
    let place = index_of_layer(pixel, params.reach_x, params.reach_y);
    let n = n_taps(place.x) * n_taps(place.y);
    var is_beside_missing = false;
    let steps = n_steps(0u);
    for (var step = 0u; step < steps; step++) {
        var best = 0.0;
        var best_weight = 0.0;
        for (var t = 0u; t < n; t++) {
            let value = cell_of(place, step, t).value;
            let part = covered(place, step, t, n);
            let is_more = part > best_weight + params.least_weight;
            let is_less_of_equal = part > best_weight - params.least_weight && value < best;
            let is_better = part > params.least_weight && (is_more || is_less_of_equal);
            best = select(best, value, is_better);
            best_weight = select(best_weight, part, is_better);
        }
        let valid = place.valid && best_weight > params.least_weight;
        put(PORT_VALUE, step, pixel, best, valid);
        is_beside_missing = is_beside_missing || (valid && missing_part(place, step, n) > params.least_weight);
    }
    put(PORT_FLAGS, 0u, pixel, select(0.0, f32(FLAG_BESIDE_MISSING), is_beside_missing), true);
}

// The part of the pixel under cells that are there and have no value.
fn missing_part(place: Place, step: u32, n: u32) -> f32 {
    var sum = 0.0;
    let n_x = n_taps(place.x);
    for (var t = 0u; t < n; t++) {
        let x = is_there(place.x, first_tap(place.x) + i32(t % n_x));
        let y = is_there(place.y, first_tap(place.y) + i32(t / n_x));
        sum += select(0.0, weight_of(place, t), x && y && !cell_of(place, step, t).valid);
    }
    return sum;
}
