// The cells under a pixel, weighted by the area that they share with it.
//
// Twin:    src/kernels/lib/cells_under.rs

fn first_tap(a: Along) -> i32 {
    return i32(floor(a.part - a.half));
}

fn n_taps(a: Along) -> u32 {
    return u32(max(i32(ceil(a.part + a.half)) - first_tap(a), 1));
}

// How much of the cell is under the pixel.
fn overlap(a: Along, tap: i32) -> f32 {
    let from_edge = max(f32(tap), a.part - a.half);
    let to_edge = min(f32(tap) + 1.0, a.part + a.half);
    return max(to_edge - from_edge, 0.0);
}
