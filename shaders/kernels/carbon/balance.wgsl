// Sink, source or neutral.
//
// Twin:    src/kernels/carbon/balance.rs
// Inputs:  0 mean NEP [gC m-2 yr-1]
// Outputs: 0 class, 1 source, 2 neutral, 3 sink
// Error:   none, a comparison.

struct Params {
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
    _pad3: u32,
}

fn run_pixel(pixel: u32) {
    let mean = sample(0u, 0u, pixel);
    let sign_class = 2.0 + select(0.0, 1.0, mean.value > 0.0) - select(0.0, 1.0, mean.value < 0.0);
    put(PORT_CLASS, 0u, pixel, sign_class, mean.valid);
}
