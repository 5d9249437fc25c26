//! The attribution of a zone: mean parts of the trend, and the area where the human part dominates.
//!
//! Everything is a mean over area of a number a pixel, so one kind of sum does for all: a share of an
//! area is the mean of 1 where it belongs and 0 where it does not.

use std::fmt::Write as _;

use serde::Serialize;

use super::cells::cell;
use super::tile_places::TilePlaces;
use super::uncertainty::quantile;
use super::zone_means::{SeriesYear, ZoneMeans};
use super::zone_names::ZoneNames;

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

/// The layers of a tile with a step for each replicate, `[replicate][pixel]`.
#[derive(Clone, Copy, Debug)]
pub struct ReplicateView<'a> {
    /// The part of climate.
    pub climate: &'a [f32],
    /// The human part.
    pub human: &'a [f32],
    /// Share of the human part in the trend, in per cent.
    pub share: &'a [f32],
}

/// Shares of area that are made of each replicate.
const SHARES: usize = 3;

/// Sums of the replicates of one attribution.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct ReplicateMeans {
    replicates: usize,
    climate: ZoneMeans,
    human: ZoneMeans,
    /// Of each replicate: over half, human alone, over half of all area.
    shares: ZoneMeans,
    level: f64,
}

impl ReplicateMeans {
    /// Bytes that the sums of a replicate take in each zone.
    pub const BYTES: usize = (2 + SHARES) * ZoneMeans::BYTES;

    /// No pixel yet.
    #[must_use]
    pub fn new(replicates: usize, level: f64, n_zones: usize) -> Self {
        Self {
            replicates,
            climate: ZoneMeans::new(replicates, n_zones),
            human: ZoneMeans::new(replicates, n_zones),
            shares: ZoneMeans::new(SHARES * replicates, n_zones),
            level,
        }
    }

    /// The zones that have sums.
    #[must_use]
    pub fn n_zones(&self) -> usize {
        self.climate.n_zones()
    }

    /// Adds the sums of other tiles, of the same replicates.
    pub fn merge(&mut self, other: &Self) {
        self.climate.merge(&other.climate);
        self.human.merge(&other.human);
        self.shares.merge(&other.shares);
    }

    /// Adds the pixels of a tile.
    pub fn add(&mut self, places: &TilePlaces, view: ReplicateView<'_>) {
        self.climate.add(places, view.climate);
        self.human.add(places, view.human);
        let n_pixels = places.n_pixels();
        let only = |where_it_is: bool, truth: bool| match (where_it_is, truth) {
            (true, true) => 1.0,
            (true, false) => 0.0,
            (false, _) => f32::NAN,
        };
        self.shares.add_made(places, |number, pixels, values| {
            let replicate = number / SHARES;
            let of = replicate * n_pixels..(replicate + 1) * n_pixels;
            let (shares, climate) = (&view.share[of.clone()], &view.climate[of]);
            for (value, pixel) in values.iter_mut().zip(pixels) {
                let share = shares[pixel];
                *value = match number % SHARES {
                    0 => only(!share.is_nan(), share > 50.0),
                    1 => only(!share.is_nan(), share >= 100.0),
                    _ => only(!climate[pixel].is_nan(), share > 50.0),
                };
            }
        });
    }

    /// The intervals of a zone so far.
    #[must_use]
    pub fn intervals(&self, zone: usize) -> AttributionIntervals {
        let numbers = |means: &ZoneMeans| {
            let means = means.means(zone).into_iter();
            means.map(|year| year.mean).collect::<Vec<Option<f64>>>()
        };
        let (climate, human) = (numbers(&self.climate), numbers(&self.human));
        let observed: Vec<Option<f64>> = climate
            .iter()
            .zip(&human)
            .map(|(c, h)| Some((*c)? + (*h)?))
            .collect();
        let shares = numbers(&self.shares);
        let share = |index: usize| {
            let shares = shares.iter().copied().skip(index).step_by(SHARES);
            shares.collect::<Vec<Option<f64>>>()
        };
        let of = |numbers: &[Option<f64>]| interval(numbers, self.level);
        AttributionIntervals {
            replicates: self.replicates,
            level: self.level,
            slope_observed: of(&observed),
            slope_climate: of(&climate),
            slope_human: of(&human),
            human_share_over50: of(&share(0)),
            human_share_only: of(&share(1)),
            human_share_over50_all: of(&share(2)),
        }
    }
}

/// The percentile interval of the numbers that are there; `None` where fewer than half are.
fn interval(numbers: &[Option<f64>], level: f64) -> Option<[f64; 2]> {
    let mut sorted: Vec<f64> = numbers.iter().copied().flatten().collect();
    if sorted.is_empty() || 2 * sorted.len() < numbers.len() {
        return None;
    }
    sorted.sort_unstable_by(f64::total_cmp);
    Some([0.5 * (1.0 - level), 0.5 * (1.0 + level)].map(|q| quantile(&sorted, q)))
}

/// Percentile intervals of the figures of a zone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttributionIntervals {
    /// Replicates.
    pub replicates: usize,
    /// Part of them inside an interval.
    pub level: f64,
    /// See [`AttributionRow`].
    pub slope_observed: Option<[f64; 2]>,
    /// Likewise.
    pub slope_climate: Option<[f64; 2]>,
    /// Likewise.
    pub slope_human: Option<[f64; 2]>,
    /// Likewise.
    pub human_share_over50: Option<[f64; 2]>,
    /// Likewise.
    pub human_share_only: Option<[f64; 2]>,
    /// Likewise.
    pub human_share_over50_all: Option<[f64; 2]>,
}

impl AttributionIntervals {
    /// What there is an interval of, in the order of the table.
    const COLUMNS: [&str; 6] = [
        "slope_observed",
        "slope_climate",
        "slope_human",
        "human_share_over50",
        "human_share_only",
        "human_share_over50_all",
    ];

    fn all(&self) -> [Option<[f64; 2]>; 6] {
        [
            self.slope_observed,
            self.slope_climate,
            self.slope_human,
            self.human_share_over50,
            self.human_share_only,
            self.human_share_over50_all,
        ]
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
mod tests {
    use super::*;
    use crate::tables::Areas;

    /// One row of pixels of 1 km².
    fn row_of(width: usize) -> TilePlaces {
        TilePlaces::new(width, Areas::ByRow(vec![1.0]), None, &[], Vec::new())
    }

    /// `docs/science/attribution.md#area-shares`: the eight pixels, repeated by their area.
    #[test]
    fn both_shares_of_people_are_those_of_the_worked_example() {
        const PIXELS: [[f32; 5]; 8] = [
            [4.15, 0.18, 3.97, 1.0, 2.0],
            [3.0, 4.0, -1.0, 2.0, 1.0],
            [2.0, -0.5, 2.5, 3.0, 2.0],
            [-3.0, -1.0, -2.0, 4.0, 2.0],
            [-1.0, -3.0, 2.0, 5.0, 1.0],
            [-2.0, 1.0, -3.0, 6.0, 2.0],
            [0.0, 0.0, 0.0, 0.0, 0.0],
            [2.0, 1.0, 1.0, 1.0, 0.0],
        ];
        let areas = [10, 10, 20, 5, 5, 10, 3, 7];
        let of = |column: usize| -> Vec<f32> {
            PIXELS
                .iter()
                .zip(areas)
                .flat_map(|(pixel, area)| std::iter::repeat_n(pixel[column], area))
                .collect()
        };
        let [observed, climate, human, class, dominant] = [0, 1, 2, 3, 4].map(of);
        let mut means = AttributionMeans::new(1, 1);
        let view = AttributionView {
            observed: &observed,
            climate: &climate,
            human: &human,
            parts: vec![&climate],
            class: &class,
            dominant: &dominant,
            regime: None,
        };
        means.add(&row_of(70), &view);
        let row = means.row("raw", 0);
        let close =
            |ours: Option<f64>, theirs: f64| (ours.unwrap_or(f64::NAN) - theirs).abs() < 1e-12;
        assert!(
            close(row.human_share_over50, 0.671_641_791_044_776_1),
            "{row:?}"
        );
        assert!(
            close(row.human_share_only, 0.447_761_194_029_850_7),
            "{row:?}"
        );
        assert!(close(row.human_share_over50_all, 45.0 / 70.0), "{row:?}");
        assert_eq!(
            (row.area_km2, row.pixels, row.classified_km2),
            (70.0, 70, 67.0)
        );
        let sum = row.slope_climate.unwrap_or(f64::NAN) + row.slope_human.unwrap_or(f64::NAN);
        assert!(
            (sum - row.slope_observed.unwrap_or(f64::NAN)).abs() < 1e-7,
            "{row:?}"
        );
        assert_eq!((row.wet_dim_slope, row.wet_dim_km2), (None, 0.0));
    }

    #[test]
    fn wetness_and_light_count_where_it_gets_wetter_and_dimmer_alone() {
        let regime = [3.0, 2.0, 6.0, 1.0, f32::NAN];
        let (ones, parts) = (
            [1.0; 5],
            [
                [10.0; 5],
                [1.0, 2.0, 4.0, 8.0, 16.0],
                [0.5, 0.25, 0.0, 0.0, 0.0],
            ],
        );
        let view = AttributionView {
            observed: &ones,
            climate: &ones,
            human: &ones,
            parts: parts.iter().map(|part| &part[..]).collect(),
            class: &ones,
            dominant: &ones,
            regime: Some((&regime, [1, 2])),
        };
        let mut means = AttributionMeans::new(3, 1);
        means.add(&row_of(5), &view);
        let row = means.row("raw", 0);
        assert_eq!((row.wet_dim_slope, row.wet_dim_km2), (Some(1.875), 2.0));
    }

    #[test]
    fn a_missing_number_is_an_empty_cell() {
        let row = AttributionMeans::new(2, 1).row("detrended", 0);
        let text = attribution_csv(
            &["t".to_owned(), "p".to_owned()],
            &[row],
            &ZoneNames::default(),
        );
        assert_eq!(
            text.lines().last(),
            Some("detrended,all,all,,,,,,,,,0,0,0,,0")
        );
        let columns = text
            .lines()
            .map(|line| line.matches(',').count())
            .collect::<Vec<_>>();
        assert_eq!(columns, [15, 15]);
    }
}
