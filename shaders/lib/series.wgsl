// An annual series in memory: read once, then compared with itself.
//
// Twin:    src/kernels/lib/series.rs
// Needs:   N_YEARS

struct Series {
    value: array<f32, N_YEARS>,
    weight: array<f32, N_YEARS>,
    n: f32,
}

fn read_series(slot: u32, pixel: u32) -> Series {
    var series: Series;
    //:unroll
    for (var step = 0u; step < N_YEARS; step++) {
        let y = sample(slot, step, pixel);
        let weight = select(0.0, 1.0, y.valid);
        series.value[step] = y.value;
        series.weight[step] = weight;
        series.n += weight;
    }
    return series;
}
