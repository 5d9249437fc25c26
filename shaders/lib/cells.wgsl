// A pixel among the cells of an input on another grid, and the weighted mean of those cells.
//
// Twin:    src/kernels/lib/cells.rs
//
// A kernel that uses this gives `first_tap`, `n_taps` and `weight`; slot 0 holds the cells, slot 1 the
// positions (POSITION_*). The outputs are PORT_VALUE and PORT_FLAGS.

// Along one axis.
struct Along {
    cell: i32,      // that holds the centre
    part: f32,      // how far into it, 0..1
    half: f32,      // half the pixel, in cells
    n_cells: i32,   // that the tile brings
    reach: f32,     // cells that a pixel is wide, 1 if less
}

struct PixelPosition {
    x: Along,
    y: Along,
    first: u32,
    valid: bool,
}

// What the cells around a pixel give at one step. The weights of all of them sum to 1.
struct Sums {
    total: f32,
    weight: f32,    // of those that have a value
    absent: f32,    // of those that are outside or have none, sign aside
    missing: f32,   // of those that have none
}

fn position_of(pixel: u32, reach_x: f32, reach_y: f32) -> PixelPosition {
    let col = sample(1u, POSITION_COL, pixel);
    let row = sample(1u, POSITION_ROW, pixel);
    let columns = sample(1u, POSITION_COLUMNS, pixel).value;
    let rows = sample(1u, POSITION_ROWS, pixel).value;
    let col_part = sample(1u, POSITION_COL_PART, pixel).value;
    let row_part = sample(1u, POSITION_ROW_PART, pixel).value;
    let half_width = sample(1u, POSITION_HALF_WIDTH, pixel).value;
    let half_height = sample(1u, POSITION_HALF_HEIGHT, pixel).value;
    let x = Along(i32(col.value), col_part, half_width, i32(columns), reach_x);
    let y = Along(i32(row.value), row_part, half_height, i32(rows), reach_y);
    return PixelPosition(x, y, u32(sample(1u, POSITION_FIRST, pixel).value), col.valid && row.valid);
}

// The cell at a tap in each direction, and whether the tile has it.
fn cell_at(position: PixelPosition, step: u32, tap_x: i32, tap_y: i32) -> Sample {
    let column = position.x.cell + tap_x;
    let row = position.y.cell + tap_y;
    let there = is_there(position.x, tap_x) && is_there(position.y, tap_y);
    return cell(0u, step, position.first + u32(row * position.x.n_cells + column), there);
}

fn is_there(a: Along, tap: i32) -> bool {
    return a.cell + tap >= 0 && a.cell + tap < a.n_cells;
}

// The sum of all weights along one axis, whether their cells are there or not.
fn weight_of_all(kind: u32, a: Along) -> f32 {
    var sum = 0.0;
    for (var i = 0u; i < n_taps(a); i++) {
        sum += weight(kind, a, first_tap(a) + i32(i));
    }
    return sum;
}

fn weigh(position: PixelPosition, kind: u32, whole: f32, step: u32) -> Sums {
    var sums = Sums(0.0, 0.0, 0.0, 0.0);
    for (var j = 0u; j < n_taps(position.y); j++) {
        let tap_y = first_tap(position.y) + i32(j);
        let weight_y = weight(kind, position.y, tap_y) / whole;
        for (var i = 0u; i < n_taps(position.x); i++) {
            let tap_x = first_tap(position.x) + i32(i);
            let w = weight_y * weight(kind, position.x, tap_x);
            let at = cell_at(position, step, tap_x, tap_y);
            let is_missing = !at.valid && is_there(position.x, tap_x) && is_there(position.y, tap_y);
            sums.total += select(0.0, w * at.value, at.valid);
            sums.weight += select(0.0, w, at.valid);
            sums.absent += select(abs(w), 0.0, at.valid);
            sums.missing += select(0.0, abs(w), is_missing);
        }
    }
    return sums;
}

// Rounding of the weights may decide whether such a part of them is enough.
fn is_near_least(part: f32) -> bool {
    return abs(part - params.least_weight) < MIN_WEIGHT_ROUNDING;
}

// The second kind of weights, where a kernel has it, is for pixels that lack one of their cells.
fn run_weighted(pixel: u32, n_kinds: u32, reach_x: f32, reach_y: f32) {
    let position = position_of(pixel, reach_x, reach_y);
    let first_whole = weight_of_all(0u, position.x) * weight_of_all(0u, position.y);
    let second_whole = weight_of_all(n_kinds - 1u, position.x) * weight_of_all(n_kinds - 1u, position.y);
    var is_beside_missing = false;
    var is_near = false;
    let steps = n_steps(0u);
    for (var step = 0u; step < steps; step++) {
        var sums = weigh(position, 0u, first_whole, step);
        is_near = is_near || (n_kinds > 1u && is_near_least(sums.absent));
        if n_kinds > 1u && sums.absent > params.least_weight {
            sums = weigh(position, 1u, second_whole, step);
        }
        let valid = position.valid && sums.weight > params.least_weight;
        let whole = select(1.0, sums.weight, valid && sums.absent > 0.0);
        put(PORT_VALUE, step, pixel, sums.total / whole, valid);
        is_near = is_near || is_near_least(sums.weight) || is_near_least(sums.missing);
        is_beside_missing = is_beside_missing || (valid && sums.missing > params.least_weight);
    }
    // What later kernels make of the value depends on it too.
    let is_decided = position.valid && is_near;
    if is_decided {
        leave_to_f64();
    }
    let flags = select(0u, FLAG_BESIDE_MISSING, is_beside_missing) | select(0u, FLAG_DECIDED_IN_F64, is_decided);
    put(PORT_FLAGS, 0u, pixel, f32(flags), true);
}
