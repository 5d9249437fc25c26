//! The zones of a study, and which of them the pixels of a tile are in.

use rayon::prelude::*;

use crate::grid::Window;
use crate::run::plan::Plan;
use crate::tables::{Areas, SetInTile, Share, TilePlaces, ZoneNames};
use crate::zones::{Part, ZoneSet};

/// The zones of a study.
pub(super) struct Places {
    names: ZoneNames,
    /// The number of the first zone of each set, counted over all sets.
    first_zones: Vec<usize>,
}

/// The zones of the pixels of a window.
pub(in crate::run) struct TileZones {
    /// For sums over zones.
    pub(in crate::run) places: TilePlaces,
    /// The zone of each pixel in every set, `[set][pixel]`; [`NO_ZONE`](crate::zones::NO_ZONE) in none, or where parts say
    /// more.
    pub(in crate::run) codes: Vec<Vec<u32>>,
    /// Parts of pixels at borders, by set.
    pub(in crate::run) parts: Vec<Vec<Part>>,
}

impl Places {
    /// Those of a plan.
    pub(super) fn new(plan: &Plan) -> Self {
        let sets = plan.zones.iter();
        let named: Vec<(&str, &[String])> = sets
            .map(|set| (set.name.as_str(), set.labels.as_slice()))
            .collect();
        let mut next = 1;
        let first_zones = plan.zones.iter().map(|set| {
            let first = next;
            next += set.labels.len();
            first
        });
        Self {
            first_zones: first_zones.collect(),
            names: ZoneNames::new(&named),
        }
    }

    /// Their names.
    pub(super) fn names(&self) -> &ZoneNames {
        &self.names
    }

    /// The zones of the pixels of a window.
    pub(super) fn of(&self, plan: &Plan, window: Window, inside: Option<&[bool]>) -> TileZones {
        let read = |set: &ZoneSet| {
            let (mut codes, mut parts) = (Vec::new(), Vec::new());
            set.read(window, &mut codes, &mut parts);
            (codes, parts)
        };
        let (codes, parts): (Vec<Vec<u32>>, Vec<Vec<Part>>) =
            plan.zones.par_iter().map(read).unzip();
        let sets = self.first_zones.iter().zip(&codes);
        let sets: Vec<SetInTile<'_>> = sets
            .map(|(&first_zone, zones)| SetInTile { first_zone, zones })
            .collect();
        let shares = self.first_zones.iter().zip(&parts);
        let shares = shares.flat_map(|(&first, parts)| {
            parts.iter().map(move |part: &Part| Share {
                pixel: part.pixel as usize,
                zone: first + part.zone as usize,
                share: part.share,
            })
        });
        let areas = areas(plan, window);
        let places = TilePlaces::new(window.width, areas, inside, &sets, shares.collect());
        TileZones {
            places,
            codes,
            parts,
        }
    }
}

/// The area of each pixel of a window.
fn areas(plan: &Plan, window: Window) -> Areas {
    const M2: f64 = 1e-6;
    let rows = window.row..window.row + window.height;
    let by_row: Option<Vec<f64>> = rows.clone().map(|row| plan.areas.of_row_m2(row)).collect();
    if let Some(by_row) = by_row {
        return Areas::ByRow(by_row.iter().map(|area| area * M2).collect());
    }
    let mut areas = vec![0.0; window.n_pixels()];
    let columns = window.col..window.col + window.width;
    let by_row = areas
        .par_chunks_mut(window.width.max(1))
        .zip(rows.into_par_iter());
    by_row.for_each(|(areas, row)| {
        plan.areas.row_m2(row, columns.clone(), areas);
        for area in areas {
            *area *= M2;
        }
    });
    Areas::ByPixel(areas)
}
