//! The attribution of a zone from years drawn with replacement.

use super::intervals::{AttributionIntervals, interval};
use crate::tables::tile_places::TilePlaces;
use crate::tables::zone_means::ZoneMeans;

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
