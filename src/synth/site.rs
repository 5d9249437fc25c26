//! What does not change with time at a place: relief, rock, land cover, restoration measure, soil
//! and how the vegetation answers to climate. The landscape is invented; only its ranges are those
//! of Guangxi.

use super::noise::Noise;

/// West and north edge of the region in degrees.
pub(super) const NORTH_WEST: [f64; 2] = [104.4, 26.5];
/// Width and height of the region in degrees.
pub(super) const EXTENT: [f64; 2] = [7.7, 5.7];

/// Spatial patterns that the departures of climate are made of.
pub(super) const N_MODES: usize = 8;
/// Spatial patterns that the unexplained part of NPP is made of.
pub(super) const N_NPP_MODES: usize = 4;

/// Restoration measures by code; 0 is no zone, 8 is rocky karst that was left alone.
pub const MEASURES: [&str; 9] = [
    "outside",
    "enclosure",
    "afforestation",
    "grass planting",
    "farmland to forest",
    "slope to terrace",
    "water and soil works",
    "ecological migration",
    "none",
];

/// Mean rise of NPP in gC m-2 yr-2 that each measure causes.
const MEASURE_RATES: [f64; 9] = [3.2, 7.2, 6.1, 4.0, 5.3, 2.8, 3.1, 4.2, 2.7];

/// Reasons for which MOD17 leaves a pixel out, as stored.
pub(super) mod cover {
    pub(crate) const URBAN: i16 = 32762;
    pub(crate) const BARREN: i16 = 32765;
    pub(crate) const WATER: i16 = 32766;
    pub(crate) const FILL: i16 = 32767;
}

/// Names of the streams of random numbers; waves take one a 65536th octave, so these stay below.
mod stream {
    pub(super) const RELIEF: u32 = 1;
    pub(super) const COCKPIT: u32 = 2;
    pub(super) const KARST: u32 = 3;
    pub(super) const WARP: u32 = 4;
    pub(super) const MEASURE: u32 = 6;
    pub(super) const MEASURE_WARP: u32 = 7;
    pub(super) const ROCKY: u32 = 9;
    pub(super) const COAST: u32 = 10;
    pub(super) const RIVER: u32 = 11;
    pub(super) const CITY: u32 = 12;
    pub(super) const CITY_EDGE: u32 = 13;
    pub(super) const BARREN: u32 = 14;
    pub(super) const FILL: u32 = 15;
    pub(super) const CLOUDY: u32 = 16;
    pub(super) const SOIL: u32 = 17;
    pub(super) const NPP: u32 = 18;
    pub(super) const HUMAN: u32 = 19;
    pub(super) const EFFORT: u32 = 20;
    pub(super) const WARMING: u32 = 21;
    pub(super) const WETTING: u32 = 22;
    pub(super) const DIMMING: u32 = 23;
    pub(super) const RAIN: u32 = 24;
    pub(super) const LIGHT: u32 = 25;
    pub(super) const ANSWER: u32 = 26;
    pub(super) const HUMAN_WARP: u32 = 29;
    pub(super) const MODE: u32 = 40;
    pub(super) const NPP_MODE: u32 = 60;
}

/// A location and everything that stays the same there.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// Whether it is in the sea, where there is neither climate nor soil.
    pub is_sea: bool,
    /// Whether the rock is carbonate.
    pub is_karst: bool,
    /// Index into [`MEASURES`].
    pub measure: u8,
    /// The fill code of NPP where it is never known.
    pub cover: Option<i16>,
    /// Whether clouds often hide a whole year.
    pub is_cloudy: bool,
    /// Height in m above the sea.
    pub relief_m: f64,
    /// The same without cones and dolines, as a climate grid sees it.
    pub smooth_relief_m: f64,
    /// Degrees north of 22.8, the latitude of the climatology.
    pub northing: f64,
    /// Share of the climatology's rain that falls here, and how much of it comes in spring.
    pub rain: [f64; 2],
    /// Share of the climatology's light.
    pub light: f64,
    /// Trends of temperature in degC yr-1 and of rain and light as shares a year.
    pub trends: [f64; 3],
    /// Soil organic carbon, 0-20 cm, kgC m-2.
    pub soc_kgc_m2: f64,
    /// Mean NPP, gC m-2 yr-1.
    pub npp_gc_m2: f64,
    /// Human part of the NPP trend, gC m-2 yr-2.
    pub human_gc_m2_yr2: f64,
    /// Change of NPP in gC m-2 yr-1 with 1 degC, 1 mm yr-1 and 1 MJ m-2 yr-1.
    pub sensitivities: [f64; 3],
    /// Values of the climate patterns.
    pub modes: [f64; N_MODES],
    /// Values of the NPP patterns.
    pub npp_modes: [f64; N_NPP_MODES],
}

/// 0 below `low`, 1 above `high`, smooth between.
fn step_between(low: f64, high: f64, x: f64) -> f64 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// `place` in waves of `wavelength` degrees.
fn scaled([x, y]: [f64; 2], wavelength: f64) -> [f64; 2] {
    [x / wavelength, y / wavelength]
}

/// `place` moved by up to some `amount` degrees so that no border is straight.
fn warped(noise: Noise, stream: u32, place: [f64; 2], wavelength: f64, amount: f64) -> [f64; 2] {
    let at = scaled(place, wavelength);
    let shift = |k| amount * noise.waves(stream + k, at, 3);
    [place[0] + shift(0), place[1] + shift(1)]
}

/// Degrees south of a coast like that of the Beibu Gulf.
fn degrees_out_to_sea(noise: Noise, place: [f64; 2]) -> f64 {
    let [x, y] = place;
    let bay = (x - 4.7) / 1.1;
    y - 4.95 - 0.45 * bay * bay - 0.13 * noise.waves(stream::COAST, scaled(place, 0.7), 5)
}

/// Relief as a climate grid sees it: high in the north-west, low towards the south-east and the sea.
fn smooth_relief_m(noise: Noise, [x, y]: [f64; 2], seaward: f64) -> f64 {
    let height = 0.75 * (1.0 - x / EXTENT[0]) + 0.45 * (1.0 - y / EXTENT[1]);
    let waves = noise.waves(stream::RELIEF, scaled([x, y], 1.5), 5);
    let raw = 60.0 + 1180.0 * step_between(0.1, 1.25, height) + (110.0 + 190.0 * height) * waves;
    // A hyperbola keeps lowlands above the sea without a flat floor.
    let above = 0.5 * (raw + (raw * raw + 14_400.0).sqrt());
    above * step_between(-0.9, 0.05, -seaward).max(0.02)
}

/// Cones and dolines on karst, ridges elsewhere, in m.
fn roughness_m(noise: Noise, place: [f64; 2], is_karst: bool, smooth_m: f64) -> f64 {
    let (wavelength, height_m) = if is_karst { (0.11, 150.0) } else { (0.4, 60.0) };
    let ridge = noise
        .waves(stream::COCKPIT, scaled(place, wavelength), 4)
        .abs();
    height_m * (0.8 - ridge) * step_between(0.0, 250.0, smooth_m)
}

/// Carbonate rock: belts from north-west to south-east through the middle and the south-west.
fn is_karst(noise: Noise, place: [f64; 2]) -> bool {
    let [x, y] = warped(noise, stream::WARP, place, 1.1, 0.10);
    let along = [(0.8 * x + 0.6 * y) / 1.5, (0.8 * y - 0.6 * x) / 0.8];
    let lean = 0.55 - 0.16 * (x - 2.6).abs() - 0.10 * (y - 2.4).abs();
    noise.waves(stream::KARST, along, 5) + lean > 0.30
}

/// The measure taken, one to a patch of some twenty kilometres where karst is rocky.
fn measure(noise: Noise, place: [f64; 2], is_karst: bool) -> u8 {
    /// Shares of the measures 1, 2, ... of rocky karst; the rest is left alone.
    const SHARES: [f64; 7] = [0.25, 0.16, 0.08, 0.14, 0.06, 0.09, 0.04];
    let at = scaled(warped(noise, stream::MEASURE_WARP, place, 0.3, 0.05), 0.24);
    let (bits, _) = noise.nearest_point(stream::MEASURE, at);
    let mut lot = f64::from((bits >> 32) as u32) / 4_294_967_296.0;
    if !is_karst {
        // Some afforestation and returned farmland goes beyond the karst.
        return if lot < 0.05 {
            2
        } else if lot > 0.95 {
            4
        } else {
            0
        };
    }
    if noise.waves(stream::ROCKY, scaled(place, 0.5), 4) < -1.15 {
        return 8;
    }
    for (code, share) in (1..).zip(SHARES) {
        lot -= share;
        if lot < 0.0 {
            return code;
        }
    }
    8
}

/// Whether the place is in a town; few are large.
fn is_urban(noise: Noise, place: [f64; 2], relief_m: f64) -> bool {
    const SPACING: f64 = 0.55;
    let (bits, distance) = noise.nearest_point(stream::CITY, scaled(place, SPACING));
    let size = f64::from((bits >> 32) as u32) / 4_294_967_296.0;
    let radius = 0.012 + 0.12 * size * size * size * size * size;
    let edge = 0.35 * noise.waves(stream::CITY_EDGE, scaled(place, 0.07), 4);
    bits & 1 == 0 && relief_m < 800.0 && distance * SPACING < radius * (1.0 + edge)
}

/// Why NPP is never known here, if so.
fn cover(
    noise: Noise,
    place: [f64; 2],
    is_sea: bool,
    is_karst: bool,
    relief_m: f64,
) -> Option<i16> {
    let river = noise.waves(stream::RIVER, scaled(place, 1.3), 5).abs();
    if is_sea || (relief_m < 420.0 && river < 0.012) {
        Some(cover::WATER)
    } else if is_urban(noise, place, relief_m) {
        Some(cover::URBAN)
    } else if is_karst && noise.waves(stream::BARREN, scaled(place, 0.2), 4) > 2.35 {
        Some(cover::BARREN)
    } else if noise.waves(stream::FILL, scaled(place, 0.25), 3) > 2.5 {
        Some(cover::FILL)
    } else {
        None
    }
}

/// Human part of the NPP trend: the measure's rate, more or less of it by place, and elsewhere
/// plantations that come and, in some districts, woods that are cleared.
fn human_gc_m2_yr2(noise: Noise, place: [f64; 2], measure: u8) -> f64 {
    let rate = MEASURE_RATES[usize::from(measure) % MEASURE_RATES.len()];
    let effort = noise.waves(stream::EFFORT, scaled(place, 0.35), 4);
    let bent = warped(noise, stream::HUMAN_WARP, place, 0.5, 0.12);
    let other = noise.waves(stream::HUMAN, scaled(bent, 0.6), 5);
    let clearing = 5.0 * step_between(1.2, 2.1, -other);
    rate * (1.0 + 0.28 * effort) + 1.1 * other - clearing
}

/// Mean NPP: forests of the uplands and the wet east above, rock, frost and fields below.
fn npp_gc_m2(noise: Noise, place: [f64; 2], is_karst: bool, relief_m: f64) -> f64 {
    let frost = 0.12 * (relief_m - 1000.0).max(0.0);
    let woods = 70.0 * step_between(120.0, 500.0, relief_m);
    let rock = if is_karst { 35.0 } else { 0.0 };
    let pattern = 85.0 * noise.waves(stream::NPP, scaled(place, 0.8), 6);
    (845.0 + woods + 9.0 * place[0] - rock - frost + pattern).max(160.0)
}

/// Answers of NPP to warmth, rain and light: rain helps on karst, which holds little water, and
/// hurts where there is plenty; warmth helps in the hills.
fn sensitivities(noise: Noise, place: [f64; 2], is_karst: bool, relief_m: f64) -> [f64; 3] {
    let pattern = |k, wavelength| noise.waves(stream::ANSWER + k, scaled(place, wavelength), 4);
    let warmth = 18.0 + 0.010 * (relief_m - 400.0) + 6.0 * pattern(0, 1.2);
    let rain = if is_karst { 0.070 } else { 0.032 } + 0.020 * pattern(1, 0.9);
    [warmth, rain, 0.085 + 0.025 * pattern(2, 1.0)]
}

/// The place `place` degrees east and south of the north-west corner.
pub(super) fn site(noise: Noise, place: [f64; 2]) -> Site {
    let waves =
        |stream, wavelength, n_octaves| noise.waves(stream, scaled(place, wavelength), n_octaves);
    let [x, y] = place;
    let seaward = degrees_out_to_sea(noise, place);
    let is_sea = seaward > 0.0;
    let smooth_relief_m = if is_sea {
        0.0
    } else {
        smooth_relief_m(noise, place, seaward)
    };
    let is_karst = !is_sea && is_karst(noise, place);
    let roughness_m = roughness_m(noise, place, is_karst, smooth_relief_m);
    let relief_m = if is_sea {
        0.0
    } else {
        (smooth_relief_m + roughness_m).max(1.0)
    };
    let measure = if is_sea {
        0
    } else {
        measure(noise, place, is_karst)
    };
    let soil = waves(stream::SOIL, 0.6, 5);
    let lushness = if is_karst { 0.35 } else { 0.0 } + 0.0011 * (smooth_relief_m - 450.0);
    Site {
        is_sea,
        is_karst,
        measure,
        cover: cover(noise, place, is_sea, is_karst, relief_m),
        is_cloudy: waves(stream::CLOUDY, 0.45, 4) > 2.15,
        relief_m,
        smooth_relief_m,
        northing: NORTH_WEST[1] - y - 22.8,
        rain: [
            1.08 + 0.028 * (x - 3.8) + 0.05 * (y - 2.8) + 0.09 * waves(stream::RAIN, 1.6, 3),
            0.05 * (x - 3.8) - 0.03 * (y - 2.8),
        ],
        light: 1.01 - 0.012 * (x - 3.8) + 0.010 * (y - 2.8) + 0.012 * waves(stream::LIGHT, 2.0, 2),
        trends: [
            0.024 + 0.005 * waves(stream::WARMING, 2.2, 3),
            0.0021 + 0.0014 * waves(stream::WETTING, 2.0, 3),
            -0.0005 - 0.0002 * waves(stream::DIMMING, 2.0, 3),
        ],
        soc_kgc_m2: (4.3 + lushness + 0.75 * soil).clamp(1.5, 9.0),
        npp_gc_m2: npp_gc_m2(noise, place, is_karst, relief_m),
        human_gc_m2_yr2: human_gc_m2_yr2(noise, place, measure),
        sensitivities: sensitivities(noise, place, is_karst, relief_m),
        modes: modes(|k| {
            noise.waves(
                stream::MODE + k,
                scaled(place, if k < 5 { 3.1 } else { 1.3 }),
                2,
            )
        }),
        npp_modes: modes(|k| noise.waves(stream::NPP_MODE + k, scaled(place, 1.0), 4)),
    }
}

/// One value for each of `N` patterns.
fn modes<const N: usize>(mut value: impl FnMut(u32) -> f64) -> [f64; N] {
    let mut k = 0;
    [(); N].map(|()| {
        k += 1;
        value(k - 1)
    })
}
