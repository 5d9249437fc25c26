// From the sixteen cells around a pixel's centre, by cubic convolution; from four beside a gap or an edge.
//
// Twin:    src/kernels/resampling/resample_cubic.rs
// Inputs:  0 cells [unit of the input], 1 positions
// Outputs: 0 value [unit of the input], 1 flags
// Error:   some twenty roundings of 6e-8 each, relative to the largest cell.

struct Params {
    reach_x: f32,
    reach_y: f32,
    least_weight: f32,
    _pad0: u32,
}

fn first_tap(a: Along) -> i32 {
    return select(0, -1, a.part < 0.5) + 1 - 2 * i32(ceil(a.reach));
}

fn n_taps(a: Along) -> u32 {
    return 4u * u32(ceil(a.reach));
}

// Kind 0 is the cubic convolution of Keys with a = -1/2, kind 1 the bilinear weight.
fn weight(kind: u32, a: Along, tap: i32) -> f32 {
    let d = abs(a.part - 0.5 - f32(tap)) / a.reach;
    let near = (1.5 * d - 2.5) * d * d + 1.0;
    let far = ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0;
    let cubic = select(select(0.0, far, d < 2.0), near, d < 1.0);
    return select(cubic, max(1.0 - d, 0.0), kind == 1u);
}

fn run_pixel(pixel: u32) {
    let is_small = params.reach_x <= 1.0 && params.reach_y <= 1.0;
    run_weighted(pixel, select(1u, 2u, is_small), params.reach_x, params.reach_y);
}
