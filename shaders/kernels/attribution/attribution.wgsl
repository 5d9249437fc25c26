// The climate and the human part of a trend, by one sensitivity.
//
// Twin:    src/kernels/attribution/attribution.rs  (formula, table of classes, source: there)
// Inputs:  0 slope, 1 slope_y, 2 half_range, 3 flags of the sensitivity, then coef of each driver, vif of
//          each, slope of each
// Outputs: climate, human, part of each driver [unit of slope], class, share_climate, share_human [%],
//          dominant, dominant_factor, margin, flags
// Constants: ROUNDING, MAX_MARGIN  (from the twin)
// Error:   N_PREDICTORS products and sums; what depends on rounding is computed again in f64

struct Params {
    _pad0: u32,
    _pad1: u32,
    _pad2: u32,
    _pad3: u32,
}

fn run_pixel(pixel: u32) {
    let slope = sample(0u, 0u, pixel);
    let slope_y = sample(1u, 0u, pixel);
    let half_range = sample(2u, 0u, pixel);
    let upstream = sample(3u, 0u, pixel);
    var is_there = slope.valid && slope_y.valid && half_range.valid;
    var part: array<f32, N_PREDICTORS>;
    var climate = 0.0;
    var size = abs(slope.value);
    var worst_vif = 1.0;
    var largest = 0.0;
    var second = 0.0;
    var dominant_factor = 0.0;
    //:unroll
    for (var x = 0u; x < N_PREDICTORS; x++) {
        let coef = sample(4u + x, 0u, pixel);
        let vif = sample(4u + N_PREDICTORS + x, 0u, pixel);
        let trend = sample(4u + 2u * N_PREDICTORS + x, 0u, pixel);
        is_there = is_there & coef.valid & vif.valid & trend.valid;
        part[x] = coef.value * trend.value;
        climate += part[x];
        let magnitude = abs(part[x]);
        size += magnitude;
        worst_vif = max(worst_vif, vif.value);
        if magnitude > largest {
            second = largest;
            dominant_factor = f32(x + 1u);
            largest = magnitude;
        } else {
            second = max(second, magnitude);
        }
    }
    let human = slope.value - climate;
    let residual = slope_y.value - climate;

    let rises = slope.value > 0.0;
    let falls = slope.value < 0.0;
    let climate_up = climate > 0.0;
    let climate_down = climate < 0.0;
    let human_up = human > 0.0;
    let human_down = human < 0.0;
    let is_opposed = (rises && climate_down) || (falls && climate_up);
    let is_contradictory = (rises && climate_down && residual < 0.0) || (falls && climate_up && residual > 0.0);
    let is_both = (rises && climate_up && human_up) || (falls && climate_down && human_down);
    let is_climate = (rises && climate_up && human_down) || (falls && climate_down && human_up);
    let is_human = ((rises && climate_down && human_up) || (falls && climate_up && human_down)) && !is_contradictory;
    let is_classed = is_both || is_climate || is_human;
    let scenario = select(0.0, 1.0, is_both) + select(0.0, 2.0, is_climate) + select(0.0, 3.0, is_human);
    let class_number = scenario + select(0.0, 3.0, is_classed && falls);

    let total = select(1.0, slope.value, is_both);
    let share_climate = select(select(0.0, 100.0, is_climate), climate / total * 100.0, is_both);
    let share_human = select(select(0.0, 100.0, is_human), human / total * 100.0, is_both);
    let climate_leads = is_climate || (is_both && abs(climate) > abs(human));
    let human_leads = is_human || (is_both && abs(human) > abs(climate));
    let dominant = select(0.0, 1.0, climate_leads) + select(0.0, 2.0, human_leads);

    // How near the next class is, in errors of f32.
    var distance = min(min(abs(slope.value), abs(climate)), abs(human));
    distance = select(distance, min(distance, abs(abs(climate) - abs(human))), is_both);
    distance = select(distance, min(distance, abs(residual)), is_opposed);
    if N_PREDICTORS > 1u {
        distance = min(distance, largest - second);
    }
    let error = ROUNDING * (worst_vif * abs(half_range.value) + size);
    let has_error = error > 0.0;
    var margin = select(MAX_MARGIN, min(distance / select(1.0, error, has_error), MAX_MARGIN), has_error);
    if (u32(clamp(upstream.value, 0.0, 65535.0)) & FLAG_DECIDED_IN_F64) != 0u {
        margin = 0.0;
    }

    put(PORT_CLIMATE, 0u, pixel, climate, is_there);
    put(PORT_HUMAN, 0u, pixel, human, is_there);
    //:unroll
    for (var x = 0u; x < N_PREDICTORS; x++) {
        put(PORT_PART + x, 0u, pixel, part[x], is_there);
    }
    put(PORT_CLASS, 0u, pixel, class_number, is_there);
    put(PORT_SHARE_CLIMATE, 0u, pixel, share_climate, is_there && is_classed);
    put(PORT_SHARE_HUMAN, 0u, pixel, share_human, is_there && is_classed);
    put(PORT_DOMINANT, 0u, pixel, dominant, is_there);
    put(PORT_DOMINANT_FACTOR, 0u, pixel, dominant_factor, is_there);
    put(PORT_MARGIN, 0u, pixel, margin, is_there);
    let flags = select(0u, FLAG_CONTRADICTORY, is_contradictory) | select(0u, FLAG_DECIDED_IN_F64, margin < 1.0);
    put(PORT_FLAGS, 0u, pixel, f32(select(0u, flags, is_there)), true);
}
