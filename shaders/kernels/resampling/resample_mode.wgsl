// The value that covers most of a pixel; of those that cover the same, the least.
//
// Twin:    src/kernels/resampling/resample_mode.rs
// Inputs:  0 cells [unit of the input], 1 positions
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

fn weight_of(position: PixelPosition, t: u32) -> f32 {
    let n = n_taps(position.x);
    let weight_x = overlap(position.x, first_tap(position.x) + i32(t % n));
    let weight_y = overlap(position.y, first_tap(position.y) + i32(t / n));
    return weight_x * weight_y / (4.0 * position.x.half * position.y.half);
}

fn cell_of(position: PixelPosition, step: u32, t: u32) -> Sample {
    let n = n_taps(position.x);
    return cell_at(position, step, first_tap(position.x) + i32(t % n), first_tap(position.y) + i32(t / n));
}

fn is_same(a: Sample, b: Sample) -> bool {
    return a.valid && b.valid && bitcast<u32>(a.value) == bitcast<u32>(b.value);
}

// The part of the pixel that has the value of tap `t`; 0 where an earlier tap has it too.
fn covered(position: PixelPosition, step: u32, t: u32, n: u32) -> f32 {
    let of_tap = cell_of(position, step, t);
    var sum = 0.0;
    var is_first = of_tap.valid;
    for (var other = 0u; other < n; other++) {
        let is_equal = is_same(of_tap, cell_of(position, step, other));
        sum += select(0.0, weight_of(position, other), is_equal);
        is_first = is_first && !(is_equal && other < t);
    }
    return select(0.0, sum, is_first);
}

fn run_pixel(pixel: u32) {
    let position = position_of(pixel, params.reach_x, params.reach_y);
    let n = n_taps(position.x) * n_taps(position.y);
    var is_beside_missing = false;
    let steps = n_steps(0u);
    for (var step = 0u; step < steps; step++) {
        var best = 0.0;
        var best_weight = 0.0;
        for (var t = 0u; t < n; t++) {
            let value = cell_of(position, step, t).value;
            let part = covered(position, step, t, n);
            let is_more = part > best_weight + params.least_weight;
            let is_less_of_equal = part > best_weight - params.least_weight && value < best;
            let is_better = part > params.least_weight && (is_more || is_less_of_equal);
            best = select(best, value, is_better);
            best_weight = select(best_weight, part, is_better);
        }
        let valid = position.valid && best_weight > params.least_weight;
        put(PORT_VALUE, step, pixel, best, valid);
        is_beside_missing = is_beside_missing || (valid && missing_part(position, step, n) > params.least_weight);
    }
    put(PORT_FLAGS, 0u, pixel, select(0.0, f32(FLAG_BESIDE_MISSING), is_beside_missing), true);
}

// The part of the pixel under cells that are there and have no value.
fn missing_part(position: PixelPosition, step: u32, n: u32) -> f32 {
    var sum = 0.0;
    let n_x = n_taps(position.x);
    for (var t = 0u; t < n; t++) {
        let x = is_there(position.x, first_tap(position.x) + i32(t % n_x));
        let y = is_there(position.y, first_tap(position.y) + i32(t / n_x));
        sum += select(0.0, weight_of(position, t), x && y && !cell_of(position, step, t).valid);
    }
    return sum;
}
