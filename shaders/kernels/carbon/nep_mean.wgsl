// Mean net ecosystem production of the valid years, NEP = NPP - Rh.
//
// Twin:    src/kernels/carbon/nep_mean.rs
// Inputs:  0 npp, 1 rh [gC m-2 yr-1]
// Outputs: 0 mean [gC m-2 yr-1]
// Error:   a sum of n differences, n · 6e-8 of the larger of NPP and Rh at most and far less as a rule.

struct Params {
    min_years: u32,
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
}

fn run_pixel(pixel: u32) {
    var n = 0.0;
    var sum = 0.0;
    //:unroll
    for (var step = 0u; step < n_steps(1u); step++) {
        let npp = sample(0u, step, pixel);
        let rh = sample(1u, step, pixel);
        let is_there = npp.valid & rh.valid;
        sum += select(0.0, npp.value - rh.value, is_there);
        n += select(0.0, 1.0, is_there);
    }
    put(PORT_MEAN, 0u, pixel, sum / max(n, 1.0), n >= f32(params.min_years));
}
