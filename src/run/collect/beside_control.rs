//! Each zone beside the control of its set: `tables/zones.csv`.

use std::fmt::Write as _;
use std::ops::Range;

use crate::chain::{Chain, FileSource};
use crate::effects::{Sample, did_of_means, welch};
use crate::run::tile::TileView;
use crate::stages::Period;
use crate::tables::cells::{cell, quoted};
use crate::tables::series_trend::series_trend;
use crate::tables::{SeriesTable, ZoneMeans, ZoneNames};

use super::places::TileZones;

/// Slopes of pixels in every zone.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct PixelSlopes {
    /// The layer with the slope of the first series.
    slope: Option<usize>,
    /// The layer with its human part, by the first sensitivity.
    human: Option<usize>,
    /// Slope and its square, of pixels that count alike.
    slopes: ZoneMeans,
    /// Human part, by area.
    human_parts: ZoneMeans,
}

/// The zones of one set.
pub(super) struct SetBeside<'a> {
    /// Its zones, counted over all sets.
    pub(super) zones: Range<usize>,
    /// Its control.
    pub(super) control: Option<usize>,
    /// The label of its control.
    pub(super) control_label: &'a str,
}

impl PixelSlopes {
    /// No tile yet.
    pub(super) fn new(chain: &Chain, n_zones: usize) -> Self {
        let attribution = chain.attribution.as_ref();
        let of_file = chain.series.first().and_then(|series| {
            let path = format!("maps/{}_slope", series.name);
            let file = chain.files.iter().find(|file| file.path == path)?;
            match file.content {
                FileSource::Layer(layer) => Some(layer),
                FileSource::Flags | FileSource::QValues { .. } | FileSource::ClassesOnQ { .. } => {
                    None
                }
            }
        });
        Self {
            slope: of_file.or(attribution.map(|attribution| attribution.observed)),
            human: attribution.and_then(|attribution| Some(attribution.by.first()?.human)),
            slopes: ZoneMeans::new(2, n_zones),
            human_parts: ZoneMeans::new(1, n_zones),
        }
    }

    /// Adds a tile.
    pub(super) fn take(&mut self, tile: &TileView<'_>, zones: &TileZones) {
        if let Some(layer) = self.slope {
            let slopes = tile.layer(layer);
            let counted = zones.places.counted();
            self.slopes.add_made(&counted, |band, pixels, values| {
                for (value, slope) in values.iter_mut().zip(&slopes[pixels]) {
                    *value = if band == 0 { *slope } else { slope * slope };
                }
            });
        }
        if let Some(layer) = self.human {
            self.human_parts.add(&zones.places, tile.layer(layer));
        }
    }

    /// Adds the slopes of other tiles.
    pub(super) fn merge(&mut self, other: &Self) {
        self.slopes.merge(&other.slopes);
        self.human_parts.merge(&other.human_parts);
    }

    /// The slopes of the pixels of a zone.
    #[expect(clippy::cast_precision_loss, reason = "pixels are below 2^53")]
    fn sample(&self, zone: usize) -> Option<Sample> {
        let [slope, square] = self.slopes.means(zone)[..] else {
            return None;
        };
        let n = slope.pixels as f64;
        Sample::of_sums(n, slope.mean? * n, square.mean? * n)
    }

    fn human_part(&self, zone: usize) -> Option<f64> {
        self.human_parts.means(zone).first()?.mean
    }

    /// Text of `tables/zones.csv`: `zone_set`, `zone`, `control`, `pixels`, `mean`, `control_mean`, `slope`,
    /// `control_slope`, `slope_human`, `control_slope_human`, `welch_t`, `welch_df`, `welch_p` (of the slopes of pixels;
    /// descriptive, because neighbours are alike), and the difference in differences of each stage and the first.
    ///
    /// # Arguments
    ///
    /// * `table` - the first series.
    /// * `periods` - the study, then its stages.
    pub(super) fn csv(
        &self,
        table: &SeriesTable,
        periods: &[Period],
        sets: &[SetBeside<'_>],
        names: &ZoneNames,
    ) -> String {
        let stages = periods.get(1..).unwrap_or_default();
        let (first, later) = stages.split_first().unzip();
        let later = later.unwrap_or_default();
        let mut text =
            "zone_set,zone,control,pixels,mean,control_mean,slope,control_slope,slope_human,\
             control_slope_human,welch_t,welch_df,welch_p"
                .to_owned();
        for stage in later {
            // Writing to a String cannot fail.
            let _ = write!(text, ",did_{}", stage.name);
        }
        text.push('\n');
        let means = |zone: usize| table.zones[zone].means();
        let trend = |zone: usize| series_trend(&means(zone), periods[0].min_years);
        for set in sets {
            for zone in set.zones.clone() {
                if names.is_left_out(zone, table.zones[zone].area_km2) {
                    continue;
                }
                let control = set.control.filter(|control| *control != zone);
                let (own, beside) = (trend(zone), control.map(trend));
                let test =
                    control.and_then(|control| welch(&self.sample(zone)?, &self.sample(control)?));
                let most = table.zones[zone].years.iter().map(|year| year.pixels).max();
                let mut cells = vec![
                    quoted(control.map_or("", |_| set.control_label)),
                    most.unwrap_or(0).to_string(),
                    cell(own.mean),
                    cell(beside.and_then(|trend| trend.mean)),
                    cell(own.slope),
                    cell(beside.and_then(|trend| trend.slope)),
                    cell(self.human_part(zone)),
                    cell(control.and_then(|control| self.human_part(control))),
                    cell(test.map(|test| test.t)),
                    cell(test.map(|test| test.df)),
                    cell(test.map(|test| test.p)),
                ];
                cells.extend(later.iter().map(|stage| {
                    let did = control.zip(first).and_then(|(control, first)| {
                        let (own, beside) = (means(zone), means(control));
                        did_of_means(&own, &beside, &first.steps, &stage.steps)
                    });
                    cell(did)
                }));
                let _ = writeln!(text, "{},{}", names.cells(zone), cells.join(","));
            }
        }
        text
    }
}
