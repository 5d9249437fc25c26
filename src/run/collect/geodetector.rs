//! How much of the pattern of maps zone sets account for.

use std::path::Path;
use std::sync::OnceLock;

use rayon::prelude::*;

use crate::chain::MapSpec;
use crate::geodetector::{
    Detection, GeodetectorRow, LatticeSamples, MAX_POINTS, NO_STRATUM, Settings, StratifiedSums,
    detect, geodetector_csv, weight_of_area,
};
use crate::grid::{Coordinates, Grid, Window};
use crate::run::plan::Plan;
use crate::run::record::{FactorRecord, Gathered};
use crate::run::tile::TileView;
use crate::study::{GeodetectorTable, PixelWeight, Study};
use crate::tables::ZoneNames;

use super::collector::{Collector, Table};
use super::places::TileZones;
use super::state::{StateError, loaded, saved};

/// Kilometres of a degree along a meridian, on a sphere of the Earth's mean radius.
const DEGREE_KM: f64 = 111.195;
const KM_PER_M: f64 = 1e-3;
const M2_PER_KM2: f64 = 1e6;

/// Sums of maps by the zones of all factors, and the maps on a lattice.
pub(super) struct Patterns {
    maps: Vec<MapSpec>,
    /// The factors, and the numbers of their zone sets.
    factors: Vec<String>,
    sets: Vec<usize>,
    /// The area in m² that has the largest weight; `None` where each pixel counts as one.
    largest_m2: Option<f64>,
    settings: Settings,
    sums: StratifiedSums,
    /// By map.
    lattices: Vec<LatticeSamples>,
    /// By map, after the last tile.
    found: OnceLock<Vec<Detection>>,
}

/// The maps and factors of a tile.
struct TileMaps<'a> {
    window: Window,
    /// `[map][pixel]`.
    values: Vec<&'a [f32]>,
    /// `[factor][pixel]`.
    zones: Vec<&'a [u32]>,
    places: &'a TileZones,
    largest_m2: Option<f64>,
}

impl TileMaps<'_> {
    /// The zone of a pixel by factor.
    fn zones_into(&self, pixel: usize, codes: &mut [u32]) {
        for (code, zones) in codes.iter_mut().zip(&self.zones) {
            *code = zones[pixel];
        }
    }

    fn area_m2(&self, pixel: usize) -> f64 {
        self.places.places.area_km2(pixel) * M2_PER_KM2
    }

    /// Adds a row of the tile.
    fn add_row(&self, row: usize, sums: &mut StratifiedSums) {
        let mut codes = vec![NO_STRATUM; self.zones.len()];
        for pixel in row * self.window.width..(row + 1) * self.window.width {
            self.zones_into(pixel, &mut codes);
            if codes.iter().all(|code| *code == NO_STRATUM) {
                continue;
            }
            let number = sums.combination(&codes);
            let largest = self.largest_m2;
            let weight = largest.map_or(1, |largest| weight_of_area(self.area_m2(pixel), largest));
            for (map, values) in self.values.iter().enumerate() {
                sums.add(number, map, values[pixel].into(), weight);
            }
        }
    }

    /// Offers the pixels of one map to its lattice.
    fn offer(&self, map: usize, lattice: &mut LatticeSamples) {
        let Window {
            row: first_row,
            col: first_col,
            height,
            width,
        } = self.window;
        let mut codes = vec![NO_STRATUM; self.zones.len()];
        for row in 0..height {
            if !lattice.wants(first_row + row, 0) {
                continue;
            }
            for col in 0..width {
                let at = [first_row + row, first_col + col];
                let pixel = row * width + col;
                let value = f64::from(self.values[map][pixel]);
                if !value.is_finite() || !lattice.wants(at[0], at[1]) {
                    continue;
                }
                self.zones_into(pixel, &mut codes);
                let weight = self.largest_m2.map_or(1.0, |_| self.area_m2(pixel));
                lattice.offer(at[0], at[1], value, weight, &codes);
            }
        }
    }
}

impl Patterns {
    /// No tile yet; `None` for a study that does not ask, or makes none of the maps.
    pub(super) fn new(study: &Study, plan: &Plan) -> Option<Self> {
        let GeodetectorTable {
            of: _,
            factors,
            weights,
            surrogates,
            seed,
        } = study.geodetector.as_ref()?;
        let maps = plan.chain.maps.clone();
        let number = |name: &String| plan.zones.iter().position(|set| set.name == *name);
        let factors = factors
            .iter()
            .filter_map(|name| Some((name.clone(), number(name)?)));
        let (factors, sets) = factors.unzip();
        (!maps.is_empty()).then(|| Self {
            factors,
            sets,
            largest_m2: match weights {
                PixelWeight::Pixels => None,
                PixelWeight::Area => Some(plan.areas.bound_m2()),
            },
            settings: Settings {
                surrogates: *surrogates,
                seed: *seed,
                pixel_km: pixel_km(&plan.grid),
            },
            sums: StratifiedSums::new(maps.len()),
            lattices: vec![LatticeSamples::default(); maps.len()],
            found: OnceLock::new(),
            maps,
        })
    }

    fn found(&self, plan: &Plan) -> &[Detection] {
        self.found.get_or_init(|| {
            let maps = self.maps.iter().zip(&self.lattices).enumerate();
            let mut found: Vec<Detection> = maps
                .map(|(number, (map, lattice))| {
                    let lattice = lattice.clone().finish(MAX_POINTS);
                    let settings = &self.settings;
                    detect(
                        &map.name,
                        &self.factors,
                        &self.sums,
                        number,
                        &lattice,
                        settings,
                    )
                })
                .collect();
            if plan.grid.coordinates == Coordinates::Unknown {
                let rows = found.iter_mut().flat_map(|of_map| &mut of_map.rows);
                rows.for_each(|row| row.range_km = None);
            }
            found
        })
    }
}

/// Height and width of a pixel in km at the middle of the grid; 1 where the grid has no reference system.
#[expect(clippy::cast_precision_loss, reason = "rows are far below 2^52")]
fn pixel_km(grid: &Grid) -> [f64; 2] {
    let [width, height] = grid.pixel_size();
    match grid.coordinates {
        Coordinates::Unknown => [1.0, 1.0],
        Coordinates::Projected => {
            [height, width].map(|side| side * grid.metres_per_unit * KM_PER_M)
        }
        Coordinates::Geographic => {
            let (_, latitude) =
                grid.coordinates_of(0.5 * grid.width as f64, 0.5 * grid.height as f64);
            let of_parallel = latitude.to_radians().cos().max(0.0);
            [height * DEGREE_KM, width * DEGREE_KM * of_parallel]
        }
    }
}

impl Collector for Patterns {
    fn take(&mut self, _plan: &Plan, tile: &TileView<'_>, zones: &TileZones) {
        let maps = self.maps.iter();
        let maps = TileMaps {
            window: tile.window(),
            values: maps.map(|map| tile.layer(map.layer)).collect(),
            zones: self.sets.iter().map(|&set| &zones.codes[set][..]).collect(),
            places: zones,
            largest_m2: self.largest_m2,
        };
        let n_maps = self.maps.len();
        let rows = (0..maps.window.height).into_par_iter();
        let parts = rows.fold(
            || StratifiedSums::new(n_maps),
            |mut sums, row| {
                maps.add_row(row, &mut sums);
                sums
            },
        );
        let sums = parts.reduce_with(|mut sums, more| {
            sums.merge(&more);
            sums
        });
        if let Some(sums) = sums {
            self.sums.merge(&sums);
        }
        let lattices = self.lattices.par_iter_mut().enumerate();
        lattices.for_each(|(map, lattice)| maps.offer(map, lattice));
    }

    fn counts_missing(&self) -> bool {
        false
    }

    fn state(&mut self, _is_durable: bool) -> Result<Vec<u8>, StateError> {
        saved(&(&self.sums, &self.lattices))
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StateError> {
        (self.sums, self.lattices) = loaded(state)?;
        Ok(())
    }

    fn merge(&mut self, state: &[u8], _files: &Path) -> Result<(), StateError> {
        let (sums, lattices): (StratifiedSums, Vec<LatticeSamples>) = loaded(state)?;
        self.sums.merge(&sums);
        for (ours, theirs) in self.lattices.iter_mut().zip(lattices) {
            ours.merge(theirs);
        }
        Ok(())
    }

    fn tables(&self, plan: &Plan, _zones: &ZoneNames) -> Vec<Table> {
        let found = self.found(plan).iter();
        let rows: Vec<GeodetectorRow> = found.flat_map(|of_map| of_map.rows.clone()).collect();
        vec![Table {
            name: "tables/geodetector.csv",
            text: geodetector_csv(&rows),
        }]
    }

    fn record(&self, plan: &Plan, _zones: &ZoneNames, gathered: &mut Gathered) {
        let found = self.found(plan);
        let notes = found.iter().flat_map(|of_map| &of_map.notes);
        gathered.notes.extend(notes.map(ToString::to_string));
        if plan.grid.coordinates == Coordinates::Unknown {
            gathered.notes.push(
                "geodetector: the study grid has no reference system; range_km cannot be had"
                    .to_owned(),
            );
        }
        let best = found.iter().filter_map(|of_map| best_factor(&of_map.rows));
        gathered.factors.extend(best);
    }
}

/// The factor whose q is farthest above that of maps that only look alike; where no factor has such maps, that of the
/// largest q.
fn best_factor(rows: &[GeodetectorRow]) -> Option<FactorRecord> {
    let has_null = rows.iter().any(|row| row.null_median.is_some());
    let of_one = |row: &&GeodetectorRow| row.with.is_none();
    let single = rows
        .iter()
        .filter(of_one)
        .filter(|row| row.null_median.is_some() == has_null);
    let more = |row: &GeodetectorRow| Some(row.q? - row.null_median.unwrap_or(0.0));
    let with_q = single.filter_map(|row| Some((row, more(row)?)));
    // Of equal ones the first.
    let best = with_q.reduce(|best, next| if next.1 > best.1 { next } else { best });
    let (row, _) = best?;
    Some(FactorRecord {
        of: row.of.clone(),
        factor: row.factor.clone(),
        q: row.q?,
        null_median: row.null_median,
        p_map: row.p_map,
        of_one_zone: rows
            .iter()
            .filter(|row| row.with.is_none() && row.strata == 1)
            .map(|row| row.factor.clone())
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(coordinates: Coordinates, metres_per_unit: f64) -> Grid {
        Grid {
            crs_wkt: String::new(),
            crs_name: String::new(),
            coordinates,
            metres_per_unit,
            transform: [100.0, 0.5, 0.0, 70.0, 0.0, -0.25],
            width: 20,
            height: 80,
        }
    }

    #[test]
    fn pixels_have_their_size_at_the_middle_of_the_grid() {
        assert_eq!(pixel_km(&grid(Coordinates::Unknown, 1.0)), [1.0, 1.0]);
        assert_eq!(pixel_km(&grid(Coordinates::Projected, 1000.0)), [0.25, 0.5]);
        // The middle is at 60 degrees, where parallels are half as long.
        let [height, width] = pixel_km(&grid(Coordinates::Geographic, 1.0));
        assert!((height - 0.25 * DEGREE_KM).abs() < 1e-12);
        assert!((width - 0.25 * DEGREE_KM).abs() < 1e-9);
    }

    #[test]
    fn the_best_factor_is_best_beside_its_null() {
        let row = |factor: &str, with: Option<&str>, q, null_median| GeodetectorRow {
            of: "x".to_owned(),
            factor: factor.to_owned(),
            with: with.map(str::to_owned),
            q,
            test: None,
            null_median,
            null_95: None,
            p_map: None,
            range_km: None,
            strata: 2,
            pixels: 9,
            interaction: None,
        };
        let rows = [
            row("county", None, Some(0.5), Some(0.4)),
            row("rock", None, Some(0.3), Some(0.1)),
            row("none", None, None, None),
            row("county", Some("rock"), Some(0.9), Some(0.2)),
        ];
        let best = best_factor(&rows).expect("a factor");
        assert_eq!((best.factor.as_str(), best.q), ("rock", 0.3));
        // A factor of one zone has no such maps, and is not best because others are below them.
        let below = [
            row("county", None, Some(0.1), Some(0.2)),
            row("one", None, Some(0.0), None),
        ];
        assert!(best_factor(&below).is_some_and(|best| best.factor == "county"));
        assert!(best_factor(&below[1..]).is_some_and(|best| best.factor == "one"));
        let mut of_one = below.clone();
        of_one[1].strata = 1;
        assert!(best_factor(&of_one).is_some_and(|best| best.of_one_zone == ["one"]));
        assert!(best_factor(&rows[2..3]).is_none());
    }
}
