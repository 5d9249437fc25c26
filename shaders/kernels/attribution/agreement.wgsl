// Whether N_SENSITIVITIES attributions name the same dominant part.
//
// Twin:    src/kernels/attribution/agreement.rs  (table of classes: there)
// Inputs:  dominant by each, then margin of each
// Outputs: 0 class, 1 margin, 2 flags
// Constants: MAX_MARGIN  (from the twin)
// Error:   none, comparisons

struct Params {
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
    _pad3: u32,
}

fn run_pixel(pixel: u32) {
    var is_there = true;
    var least_margin = MAX_MARGIN;
    var n_climate = 0u;
    var n_human = 0u;
    //:unroll
    for (var s = 0u; s < N_SENSITIVITIES; s++) {
        let dominant = sample(s, 0u, pixel);
        let margin = sample(N_SENSITIVITIES + s, 0u, pixel);
        is_there = is_there && dominant.valid;
        least_margin = min(least_margin, margin.value);
        let is_human = dominant.value > 1.5;
        n_climate += select(0u, 1u, dominant.value > 0.5 && !is_human);
        n_human += select(0u, 1u, is_human);
    }
    let agreed = select(0.0, 1.0, n_climate == N_SENSITIVITIES) + select(0.0, 2.0, n_human == N_SENSITIVITIES);
    put(PORT_CLASS, 0u, pixel, select(agreed, 3.0, n_climate > 0u && n_human > 0u), is_there);
    put(PORT_MARGIN, 0u, pixel, least_margin, is_there);
    put(PORT_FLAGS, 0u, pixel, f32(select(0u, FLAG_DECIDED_IN_F64, is_there && least_margin < 1.0)), true);
}
