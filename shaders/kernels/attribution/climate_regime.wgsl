// Warming, wetting and brightening: a bit for each driver that rises.
//
// Twin:    src/kernels/attribution/climate_regime.rs
// Inputs:  slope of each of N_DRIVERS, then r2 of each
// Outputs: 0 code, 1 the least r2, 2 flags
// Constants: NEAR_R2  (from the twin)
// Error:   none, comparisons; signs that depend on rounding are computed again in f64

struct Params {
    bit_1: u32,
    bit_2: u32,
    bit_3: u32,
    _pad0: u32,
}

fn bit_of(x: u32) -> u32 {
    return select(select(params.bit_3, params.bit_2, x == 1u), params.bit_1, x == 0u);
}

fn run_pixel(pixel: u32) {
    var is_there = true;
    var code = 0u;
    // A constant driver has no r2, and its slope is exactly 0.
    var least_r2 = 1.0;
    //:unroll
    for (var x = 0u; x < N_DRIVERS; x++) {
        let slope = sample(x, 0u, pixel);
        let r2 = sample(N_DRIVERS + x, 0u, pixel);
        is_there = is_there && slope.valid;
        code |= select(0u, bit_of(x), slope.value > 0.0);
        least_r2 = select(least_r2, min(least_r2, r2.value), r2.valid);
    }
    put(PORT_CLASS, 0u, pixel, f32(code), is_there);
    put(PORT_LEAST_R2, 0u, pixel, least_r2, is_there);
    put(PORT_FLAGS, 0u, pixel, f32(select(0u, FLAG_DECIDED_IN_F64, is_there && least_r2 < NEAR_R2)), true);
}
