// The response less what its drivers explain of its changes from year to year.
//
// Twin:    src/kernels/attribution/human_part.rs  (formula, source: there)
// Inputs:  0 y, 1.. x of each driver [annual], then coef of each driver [static]
// Outputs: 0 human [annual, unit of y]
// Error:   N_PREDICTORS products of a coefficient and a centred driver, relative to their sizes

struct Params {
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
    _pad3: u32,
}

fn run_pixel(pixel: u32) {
    var human: array<Sample, N_STEPS_0>;
    //:unroll
    for (var step = 0u; step < N_STEPS_0; step++) {
        human[step] = sample(0u, step, pixel);
    }
    //:unroll
    for (var x = 1u; x <= N_PREDICTORS; x++) {
        let coef = sample(N_PREDICTORS + x, 0u, pixel);
        var driver: array<Sample, N_STEPS_0>;
        var n = 0.0;
        var mean = 0.0;
        //:unroll
        for (var step = 0u; step < N_STEPS_0; step++) {
            driver[step] = sample(x, step, pixel);
            mean += select(0.0, driver[step].value, driver[step].valid);
            n += select(0.0, 1.0, driver[step].valid);
        }
        mean /= max(n, 1.0);
        //:unroll
        for (var step = 0u; step < N_STEPS_0; step++) {
            human[step].value -= coef.value * (driver[step].value - mean);
            human[step].valid = human[step].valid & driver[step].valid & coef.valid;
        }
    }
    //:unroll
    for (var step = 0u; step < N_STEPS_0; step++) {
        put(PORT_HUMAN, step, pixel, human[step].value, human[step].valid);
    }
}
