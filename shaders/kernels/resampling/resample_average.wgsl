// The mean of the cells under a pixel, by the area that they share with it.
//
// Twin:    src/kernels/resampling/resample_average.rs
// Inputs:  0 cells [unit of the input], 1 positions
// Outputs: 0 value [unit of the input], 1 flags
// Error:   one rounding of 6e-8 a cell, relative to the largest cell.

struct Params {
    reach_x: f32,
    reach_y: f32,
    least_weight: f32,
    _pad0: u32,
}

fn weight(kind: u32, a: Along, tap: i32) -> f32 {
    return overlap(a, tap);
}

fn run_pixel(pixel: u32) {
    run_weighted(pixel, 1u, params.reach_x, params.reach_y);
}
