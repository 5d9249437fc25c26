//! Names of the streams of random numbers. Waves take one a 65536th octave, so these stay below.

pub(super) const RELIEF: u32 = 1;
pub(super) const COCKPIT: u32 = 2;
pub(super) const KARST: u32 = 3;
/// This and the next.
pub(super) const WARP: u32 = 4;
/// This and the next: the points of patches.
pub(super) const PATCH: u32 = 6;
/// What decides about the measure of a patch: this and the four after it.
pub(super) const LOT: u32 = 30;
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
/// This and the two after it.
pub(super) const ANSWER: u32 = 26;
/// This and the next.
pub(super) const HUMAN_WARP: u32 = 35;
pub(super) const HIDDEN: u32 = 37;
pub(super) const THIN_SOIL: u32 = 38;
pub(super) const WOODS: u32 = 39;
/// Of the climate patterns, eight.
pub(super) const MODE: u32 = 40;
/// This and the next: the points of counties.
pub(super) const COUNTY: u32 = 60;
/// Departures of climate from month to month; the region's, then eight patterns.
pub(super) const TEMPERATURE_MONTHS: u32 = 100;
pub(super) const RAIN_MONTHS: u32 = 120;
pub(super) const LIGHT_MONTHS: u32 = 140;
/// NPP of the whole region that nothing explains.
pub(super) const NPP_YEARS: u32 = 160;
/// Field sites: this and the few after it.
#[cfg(feature = "gdal")]
pub(super) const FIELD: u32 = 170;
/// Of each year: twenty from each of these on.
pub(super) const SPECKLE: u32 = 200;
pub(super) const HIDDEN_PIXEL: u32 = 300;
pub(super) const NEAR_NOISE: u32 = 400;
pub(super) const FAR_NOISE: u32 = 500;
pub(super) const CLOUDS: u32 = 600;
pub(super) const SMALL_CLOUDS: u32 = 700;
