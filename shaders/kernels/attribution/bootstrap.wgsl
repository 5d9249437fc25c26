// Attribution of a trend in years drawn with replacement, a step for each replicate.
//
// Twin:    src/kernels/attribution/bootstrap.rs  (formula, source: there)
// Inputs:  0 y, 1.. x [annual]
// Outputs: 0 observed, 1 climate, 2 human [unit of y per year], 3 share_human [%]
// Table:   how often each year counts, [replicate][year]
// Error:   as replicate.wgsl

struct Params {
    min_years: u32,
    n_replicates: u32,
    _pad0: u32,
    _pad1: u32,
}

fn run_pixel(pixel: u32) {
    var columns = columns_of(pixel, params.min_years);
    let unit = columns.scale[0] / columns.scale[YEAR];
    for (var replicate = 0u; replicate < params.n_replicates; replicate++) {
        var moments = moments_of(&columns, replicate, pixel);
        let found = split_trend(&moments);
        let is_solved = columns.is_enough && found.is_solved;
        put(PORT_OBSERVED, replicate, pixel, found.observed * unit, columns.is_enough && found.has_observed);
        put(PORT_CLIMATE, replicate, pixel, found.climate * unit, is_solved);
        put(PORT_HUMAN, replicate, pixel, (found.observed - found.climate) * unit, is_solved);
        put(PORT_SHARE_HUMAN, replicate, pixel, found.share, columns.is_enough && found.has_share);
    }
}
