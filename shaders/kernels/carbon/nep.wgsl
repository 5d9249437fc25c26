// Net ecosystem production, NEP = NPP - Rh.
//
// Twin:    src/kernels/carbon/nep.rs
// Inputs:  0 npp, 1 rh [gC m-2 yr-1]
// Outputs: 0 nep [gC m-2 yr-1]
// Error:   decoding of NPP and one subtraction, relative to the larger of the two.

struct Params {
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
    _pad3: u32,
}

fn run_pixel(pixel: u32) {
    var of_npp: array<Sample, N_STEPS_0>;
    var of_rh: array<Sample, N_STEPS_0>;
    //:unroll
    for (var step = 0u; step < n_steps(0u); step++) {
        of_npp[step] = sample(0u, step, pixel);
        of_rh[step] = sample(1u, step, pixel);
    }
    //:unroll
    for (var step = 0u; step < n_steps(0u); step++) {
        let npp = of_npp[step];
        let rh = of_rh[step];
        put(PORT_NEP, step, pixel, npp.value - rh.value, npp.valid & rh.valid);
    }
}
