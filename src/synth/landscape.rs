//! The land itself: relief, rock, land cover, and what of it decides how the vegetation fares. The landscape is invented;
//! only its ranges are those of Guangxi.

use super::noise::Noise;
use super::region::EXTENT;
use super::stream;

/// Reasons for which MOD17 leaves a pixel out, as stored.
pub(super) mod cover {
    pub(crate) const URBAN: i16 = 32762;
    pub(crate) const BARREN: i16 = 32765;
    pub(crate) const WATER: i16 = 32766;
    pub(crate) const FILL: i16 = 32767;
}

/// Land cover by code; 0 is the sea.
#[cfg(feature = "gdal")]
pub(super) const LAND_COVER: [&str; 5] = ["sea", "forest", "shrub", "grass", "cropland"];
/// How much poorer land of each cover is, in units of 300 m of height.
const POORNESS: [f64; 5] = [0.0, -0.15, 0.35, 0.7, -0.15];

/// A place as relief, rock and cover make it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Land {
    pub is_sea: bool,
    pub is_karst: bool,
    /// Height in m above the sea.
    pub relief_m: f64,
    /// The same without cones and dolines, as a climate grid sees it.
    pub smooth_relief_m: f64,
    /// Land cover: 1 forest, 2 shrub, 3 grass, 4 cropland; 0 in the sea.
    pub cover: u8,
    /// How steep and poor the land is, about -1.5 to 3: by the given maps of height and land cover.
    pub given: f64,
    /// The same by what no map shows, about a third as large.
    pub hidden: f64,
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(super) fn step_between(low: f64, high: f64, x: f64) -> f64 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// `place` in waves of `wavelength` degrees.
pub(super) fn scaled([x, y]: [f64; 2], wavelength: f64) -> [f64; 2] {
    [x / wavelength, y / wavelength]
}

/// `place` moved by up to some `amount` degrees so that no border is straight.
pub(super) fn warped(
    noise: Noise,
    stream: u32,
    place: [f64; 2],
    wavelength: f64,
    amount: f64,
) -> [f64; 2] {
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

/// Grass and shrub on thin soil, fields in the lowland, forest elsewhere.
fn land_cover(noise: Noise, place: [f64; 2], relief_m: f64) -> u8 {
    let thin = noise.waves(stream::THIN_SOIL, scaled(place, 0.3), 3);
    let wooded = noise.waves(stream::WOODS, scaled(place, 0.35), 3);
    if thin > 1.05 {
        3
    } else if thin > 0.3 {
        2
    } else if wooded + 0.003 * (relief_m - 400.0) > 0.0 {
        1
    } else {
        4
    }
}

/// The place `place` degrees east and south of the north-west corner.
pub(super) fn land(noise: Noise, place: [f64; 2]) -> Land {
    let seaward = degrees_out_to_sea(noise, place);
    if seaward > 0.0 {
        return Land {
            is_sea: true,
            is_karst: false,
            relief_m: 0.0,
            smooth_relief_m: 0.0,
            cover: 0,
            given: 0.0,
            hidden: 0.0,
        };
    }
    let smooth_relief_m = smooth_relief_m(noise, place, seaward);
    let is_karst = is_karst(noise, place);
    let relief_m =
        (smooth_relief_m + roughness_m(noise, place, is_karst, smooth_relief_m)).max(1.0);
    let cover = land_cover(noise, place, smooth_relief_m);
    Land {
        is_sea: false,
        is_karst,
        relief_m,
        smooth_relief_m,
        cover,
        given: ((relief_m - 450.0) / 300.0).clamp(-1.3, 2.4) + POORNESS[usize::from(cover)],
        hidden: 0.33 * noise.waves(stream::HIDDEN, scaled(place, 0.2), 2),
    }
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

/// Why NPP is never known here, if so: the fill code.
pub(super) fn fill_code(noise: Noise, place: [f64; 2], land: &Land) -> Option<i16> {
    let river = noise.waves(stream::RIVER, scaled(place, 1.3), 5).abs();
    if land.is_sea || (land.relief_m < 420.0 && river < 0.012) {
        Some(cover::WATER)
    } else if is_urban(noise, place, land.relief_m) {
        Some(cover::URBAN)
    } else if land.is_karst && noise.waves(stream::BARREN, scaled(place, 0.2), 4) > 2.35 {
        Some(cover::BARREN)
    } else if noise.waves(stream::FILL, scaled(place, 0.25), 3) > 2.5 {
        Some(cover::FILL)
    } else {
        None
    }
}
