//! What does not change with time at a place: land, restoration measure, soil, how the vegetation answers to climate, and
//! how it fares by itself.
//!
//! Steep and poor land carries less vegetation, and that recovers faster by itself. Measures are taken on such land
//! (`patches.rs`), so both the level and the trend of treated land differ from those of other land for other reasons
//! than the measure.

use super::landscape::{self, Land, scaled, step_between, warped};
use super::noise::Noise;
use super::patches::{Effect, Patches};
use super::region::NORTH_WEST;
use super::stream;

/// Spatial patterns that the departures of climate are made of.
pub(super) const N_MODES: usize = 8;

/// Rise of NPP without a measure on ordinary land, and how much faster it is for each unit of poorness, gC m-2 yr-2.
const RECOVERY: [f64; 2] = [3.2, 1.6];
/// Fall of the level of NPP with each unit of poorness, gC m-2 yr-1.
const POOR_LAND: f64 = 45.0;

/// A location and everything that stays the same there.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// Relief, rock and cover; in the sea there is neither climate nor soil.
    pub land: Land,
    /// What measures do here.
    pub effect: Effect,
    /// The fill code of NPP where it is never known.
    pub fill_code: Option<i16>,
    /// Whether clouds often hide a whole year.
    pub is_cloudy: bool,
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
    /// Mean NPP without what measures add, gC m-2 yr-1.
    pub npp_gc_m2: f64,
    /// Trend of NPP that neither climate nor a measure brings about, gC m-2 yr-2.
    pub recovery_gc_m2_yr2: f64,
    /// Change of NPP in gC m-2 yr-1 with 1 degC, 1 mm yr-1 and 1 MJ m-2 yr-1.
    pub sensitivities: [f64; 3],
    /// Values of the climate patterns.
    pub modes: [f64; N_MODES],
}

/// The trend by itself: poor land recovers; elsewhere plantations come and, in some districts, woods are cleared.
fn recovery_gc_m2_yr2(noise: Noise, place: [f64; 2], land: &Land) -> f64 {
    let bent = warped(noise, stream::HUMAN_WARP, place, 0.5, 0.12);
    let other = noise.waves(stream::HUMAN, scaled(bent, 0.6), 4);
    let clearing = 3.0 * step_between(1.4, 2.2, -other);
    RECOVERY[0] + RECOVERY[1] * (land.given + land.hidden) + 0.5 * other - clearing
}

/// Mean NPP: the wet east above, poor land, rock and frost below.
fn npp_gc_m2(noise: Noise, place: [f64; 2], land: &Land) -> f64 {
    let frost = 0.05 * (land.relief_m - 1000.0).max(0.0);
    let rock = if land.is_karst { 35.0 } else { 0.0 };
    let poor = POOR_LAND * (land.given + land.hidden);
    let pattern = 60.0 * noise.waves(stream::NPP, scaled(place, 0.8), 6);
    (905.0 + 9.0 * place[0] - rock - frost - poor + pattern).max(160.0)
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
pub(super) fn site(noise: Noise, patches: &Patches, place: [f64; 2]) -> Site {
    let waves =
        |stream, wavelength, n_octaves| noise.waves(stream, scaled(place, wavelength), n_octaves);
    let [x, y] = place;
    let land = landscape::land(noise, place);
    let mut effect = patches.effect(place);
    // The same measure does more in one place than in another.
    effect.rate *= 1.0 + 0.25 * waves(stream::EFFORT, 0.35, 2);
    let soil = waves(stream::SOIL, 0.6, 5);
    let lushness = if land.is_karst { 0.35 } else { 0.0 } + 0.0011 * (land.smooth_relief_m - 450.0);
    Site {
        land,
        effect,
        fill_code: landscape::fill_code(noise, place, &land),
        is_cloudy: waves(stream::CLOUDY, 0.45, 4) > 2.15,
        northing: NORTH_WEST[1] - y - 22.8,
        rain: [
            1.08 + 0.028 * (x - 3.8) + 0.05 * (y - 2.8) + 0.09 * waves(stream::RAIN, 1.6, 3),
            0.05 * (x - 3.8) - 0.03 * (y - 2.8),
        ],
        light: 1.01 - 0.012 * (x - 3.8) + 0.010 * (y - 2.8) + 0.012 * waves(stream::LIGHT, 2.0, 2),
        trends: [
            0.024 + 0.005 * waves(stream::WARMING, 1.0, 3),
            0.0021 + 0.0014 * waves(stream::WETTING, 1.0, 3),
            -0.0005 - 0.0002 * waves(stream::DIMMING, 1.0, 3),
        ],
        soc_kgc_m2: (4.3 + lushness + 0.75 * soil).clamp(1.5, 9.0),
        npp_gc_m2: npp_gc_m2(noise, place, &land),
        recovery_gc_m2_yr2: recovery_gc_m2_yr2(noise, place, &land),
        sensitivities: sensitivities(noise, place, land.is_karst, land.relief_m),
        modes: modes(|k| {
            noise.waves(
                stream::MODE + k,
                scaled(place, if k < 5 { 3.1 } else { 1.3 }),
                2,
            )
        }),
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
