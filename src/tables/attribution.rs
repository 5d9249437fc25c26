//! The attribution of a zone: mean parts of the trend, and the area where the human part dominates.
//!
//! Everything is a mean over area of a number a pixel, so one kind of sum does for all: a share of an
//! area is the mean of 1 where it belongs and 0 where it does not.

mod intervals;
mod replicates;

use std::fmt::Write as _;

use serde::Serialize;

use super::cells::cell;
use super::tile_places::TilePlaces;
use super::zone_means::{SeriesYear, ZoneMeans};
use super::zone_names::ZoneNames;

pub use intervals::AttributionIntervals;
pub use replicates::{ReplicateMeans, ReplicateView};

/// The scenarios that have the human part alone.
const HUMAN_ONLY: [f32; 2] = [3.0, 6.0];
/// The bits of the climate regime.
const WETTING: u8 = 2;
const BRIGHTENING: u8 = 4;

/// The layers of one attribution in a tile, `[pixel]`, NaN where missing.
#[derive(Clone, Debug)]
pub struct AttributionView<'a> {
    /// The observed trend.
    pub observed: &'a [f32],
    /// The part of climate.
    pub climate: &'a [f32],
    /// The human part.
    pub human: &'a [f32],
    /// The part of each driver.
    pub parts: Vec<&'a [f32]>,
    /// The scenario.
    pub class: &'a [f32],
    /// 1 climate, 2 human.
    pub dominant: &'a [f32],
    /// The climate regime and the drivers whose parts are wetness and light, where there are both.
    pub regime: Option<(&'a [f32], [usize; 2])>,
}

/// Numbers a pixel before those of the drivers.
const FIRST: usize = 7;

impl AttributionView<'_> {
    /// A number of a pixel that is averaged, NaN where it is missing.
    #[inline]
    fn number(&self, number: usize, pixel: usize) -> f32 {
        let truth = |truth: bool| if truth { 1.0 } else { 0.0 };
        let only = |where_it_is: bool, x: f32| if where_it_is { x } else { f32::NAN };
        let is_there = !self.class[pixel].is_nan();
        let is_classed = self.class[pixel] > 0.5;
        let is_human = truth(self.dominant[pixel] > 1.5);
        match number {
            // The observed trend of the pixels that are attributed, so that the parts add up to it.
            0 => only(is_there, self.observed[pixel]),
            1 => self.climate[pixel],
            2 => self.human[pixel],
            3 => only(is_classed, is_human),
            4 => only(is_classed, truth(HUMAN_ONLY.contains(&self.class[pixel]))),
            5 => only(is_there, is_human),
            6 => self.regime.map_or(f32::NAN, |(regime, [wetness, light])| {
                only(
                    is_wet_and_dim(regime[pixel]),
                    self.parts[wetness][pixel] + self.parts[light][pixel],
                )
            }),
            _ => self.parts[number - FIRST][pixel],
        }
    }
}

/// Sums of one attribution.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct AttributionMeans {
    means: ZoneMeans,
    n_drivers: usize,
}

impl AttributionMeans {
    /// No pixel yet.
    #[must_use]
    pub fn new(n_drivers: usize, n_zones: usize) -> Self {
        Self {
            means: ZoneMeans::new(FIRST + n_drivers, n_zones),
            n_drivers,
        }
    }

    /// Adds the sums of other tiles.
    pub fn merge(&mut self, other: &Self) {
        self.means.merge(&other.means);
    }

    /// Adds the pixels of a tile.
    pub fn add(&mut self, places: &TilePlaces, view: &AttributionView<'_>) {
        self.means.add_made(places, |number, pixels, values| {
            for (value, pixel) in values.iter_mut().zip(pixels) {
                *value = view.number(number, pixel);
            }
        });
    }

    /// The figures of a zone so far.
    #[must_use]
    pub fn row(&self, sensitivity: &str, zone: usize) -> AttributionRow {
        let means = self.means.means(zone);
        let of = |index: usize| means[index].mean;
        let SeriesYear {
            area_km2, pixels, ..
        } = means[1];
        AttributionRow {
            sensitivity: sensitivity.to_owned(),
            zone,
            slope_observed: of(0),
            slope_climate: of(1),
            slope_human: of(2),
            slope_drivers: (FIRST..FIRST + self.n_drivers).map(of).collect(),
            human_share_over50: of(3),
            human_share_only: of(4),
            human_share_over50_all: of(5),
            area_km2,
            pixels,
            classified_km2: means[3].area_km2,
            wet_dim_slope: of(6),
            wet_dim_km2: means[6].area_km2,
            intervals: None,
        }
    }
}

/// Wetter and dimmer: a rising precipitation and a radiation that does not rise.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a code below 8"
)]
fn is_wet_and_dim(regime: f32) -> bool {
    !regime.is_nan() && (regime as u8) & (WETTING | BRIGHTENING) == WETTING
}

/// One attribution of a zone; trends are area means, shares are 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttributionRow {
    /// The sensitivity, by its folder.
    pub sensitivity: String,
    /// The number of the zone.
    #[serde(skip)]
    pub zone: usize,
    /// Mean observed trend of the pixels that are attributed.
    pub slope_observed: Option<f64>,
    /// Mean part of climate.
    pub slope_climate: Option<f64>,
    /// Mean human part.
    pub slope_human: Option<f64>,
    /// Mean part of each driver.
    pub slope_drivers: Vec<Option<f64>>,
    /// Share of the classified area where the human part exceeds half of the trend.
    pub human_share_over50: Option<f64>,
    /// Share of the classified area where the human part alone moves the trend, classes 3 and 6.
    pub human_share_only: Option<f64>,
    /// Share of the attributed area where the human part exceeds half of the trend.
    pub human_share_over50_all: Option<f64>,
    /// Attributed area.
    pub area_km2: f64,
    /// Attributed pixels.
    pub pixels: u64,
    /// Classified area.
    pub classified_km2: f64,
    /// Mean of the parts of precipitation and radiation where it gets wetter and dimmer.
    pub wet_dim_slope: Option<f64>,
    /// Area where it gets wetter and dimmer.
    pub wet_dim_km2: f64,
    /// Intervals from years drawn with replacement, where the study asks for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intervals: Option<AttributionIntervals>,
}

/// Text of `tables/attribution.csv`.
#[must_use]
pub fn attribution_csv(
    predictors: &[String],
    rows: &[AttributionRow],
    zones: &ZoneNames,
) -> String {
    let mut text = "sensitivity,zone_set,zone,slope_observed,slope_climate,slope_human".to_owned();
    for d in predictors {
        // Writing to a String cannot fail.
        let _ = write!(text, ",slope_{d}");
    }
    text.push_str(
        ",human_share_over50,human_share_only,human_share_over50_all,area_km2,pixels,classified_km2,wet_dim_slope,wet_dim_km2",
    );
    let has_intervals = rows.iter().any(|row| row.intervals.is_some());
    if has_intervals {
        let columns = AttributionIntervals::COLUMNS.map(|name| format!("{name}_low,{name}_high"));
        let _ = write!(text, ",{},replicates", columns.join(","));
    }
    text.push('\n');
    for row in rows {
        let slopes = [row.slope_observed, row.slope_climate, row.slope_human]
            .into_iter()
            .chain(row.slope_drivers.clone());
        let shares = [
            row.human_share_over50,
            row.human_share_only,
            row.human_share_over50_all,
        ];
        let numbers: Vec<String> = slopes.chain(shares).map(cell).collect();
        let (area, classified) = (cell(Some(row.area_km2)), cell(Some(row.classified_km2)));
        let (wet_dim, wet_dim_km2) = (cell(row.wet_dim_slope), cell(Some(row.wet_dim_km2)));
        let _ = write!(
            text,
            "{},{},{},{area},{},{classified},{wet_dim},{wet_dim_km2}",
            row.sensitivity,
            zones.cells(row.zone),
            numbers.join(","),
            row.pixels
        );
        if has_intervals {
            let intervals = row.intervals.as_ref();
            let ends = intervals.map_or([None; 6], AttributionIntervals::all);
            let ends =
                ends.map(|ends| [0, 1].map(|end| cell(ends.map(|ends| ends[end]))).join(","));
            let replicates = intervals.map_or_else(String::new, |i| i.replicates.to_string());
            let _ = write!(text, ",{},{replicates}", ends.join(","));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests;
