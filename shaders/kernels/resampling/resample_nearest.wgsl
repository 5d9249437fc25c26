// The value of the cell that holds a pixel's centre.
//
// Twin:    src/kernels/resampling/resample_nearest.rs
// Inputs:  0 cells [unit of the input], 1 positions
// Outputs: 0 value [unit of the input], 1 flags
// Error:   none, nothing is rounded.

struct Params {
    reach_x: f32,
    reach_y: f32,
    least_weight: f32,
    _pad0: u32,
}

fn first_tap(a: Along) -> i32 {
    return 0;
}

fn n_taps(a: Along) -> u32 {
    return 1u;
}

fn weight(kind: u32, a: Along, tap: i32) -> f32 {
    return select(0.0, 1.0, tap == 0);
}

fn run_pixel(pixel: u32) {
    run_weighted(pixel, 1u, params.reach_x, params.reach_y);
}
