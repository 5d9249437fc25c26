// From the four cells around a pixel's centre, or as many as a coarse pixel reaches over.
//
// Twin:    src/kernels/resampling/resample_bilinear.rs
// Inputs:  0 cells [unit of the input], 1 positions
// Outputs: 0 value [unit of the input], 1 flags
// Error:   a few roundings of 6e-8 each, relative to the largest cell.

struct Params {
    reach_x: f32,
    reach_y: f32,
    least_weight: f32,
    _pad0: u32,
}

fn first_tap(a: Along) -> i32 {
    return select(0, -1, a.part < 0.5) + 1 - i32(ceil(a.reach));
}

fn n_taps(a: Along) -> u32 {
    return 2u * u32(ceil(a.reach));
}

fn weight(kind: u32, a: Along, tap: i32) -> f32 {
    let distance = abs(a.part - 0.5 - f32(tap)) / a.reach;
    return max(1.0 - distance, 0.0);
}

fn run_pixel(pixel: u32) {
    run_weighted(pixel, 1u, params.reach_x, params.reach_y);
}
