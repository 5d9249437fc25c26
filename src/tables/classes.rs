//! The area of each class of a map.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::grid::Grid;
use crate::tile::TileOutput;

use super::area_mean::COLUMN_CHUNK;
use super::cells::{ALL, cell, quoted};
use super::exact_sum::ExactSum;

/// Areas of the classes of one map.
#[derive(Clone, Debug, Default)]
pub struct ClassAreas {
    areas: BTreeMap<u8, ExactSum>,
}

impl ClassAreas {
    /// Adds the pixels of a tile that are there and inside the mask.
    pub fn add(&mut self, grid: &Grid, tile: &TileOutput, values: &[f32]) {
        let window = tile.window;
        for (row, values) in values.chunks_exact(window.width.max(1)).enumerate() {
            let area = grid.pixel_area_m2(window.row + row) * 1e-6;
            let inside = tile
                .inside
                .as_ref()
                .map(|inside| &inside[row * window.width..][..window.width]);
            for (chunk, values) in values.chunks(COLUMN_CHUNK).enumerate() {
                let inside = inside.map(|inside| &inside[chunk * COLUMN_CHUNK..][..values.len()]);
                for (class, n) in counts(values, inside) {
                    // Tiles start at chunks, so these are the same numbers however the grid is cut.
                    self.areas
                        .entry(class)
                        .or_default()
                        .add(f64::from(n) * area);
                }
            }
        }
    }

    /// Area of each class that has pixels, in km².
    #[must_use]
    pub fn areas_km2(&self) -> Vec<(u8, f64)> {
        self.areas
            .iter()
            .map(|(class, area)| (*class, area.value().unwrap_or(f64::NAN)))
            .collect()
    }

    /// Share of a class in the area of some classes, 0 to 1; `None` where these have none.
    #[must_use]
    pub fn share(&self, class: u8, among: &[u8]) -> Option<f64> {
        let of = |class: &u8| {
            self.areas
                .get(class)
                .and_then(ExactSum::value)
                .unwrap_or(0.0)
        };
        let all: f64 = among.iter().map(of).sum();
        (all > 0.0).then(|| of(&class) / all)
    }
}

/// How many pixels of a chunk have each class, for classes that occur.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "classes are small whole numbers"
)]
fn counts(values: &[f32], inside: Option<&[bool]>) -> impl Iterator<Item = (u8, u32)> {
    let mut counts = [0_u32; 1 << u8::BITS];
    let mut largest = 0;
    for (pixel, value) in values.iter().enumerate() {
        if !value.is_nan() && inside.is_none_or(|inside| inside[pixel]) {
            let class = (value + 0.5) as u8;
            counts[usize::from(class)] += 1;
            largest = largest.max(class);
        }
    }
    (0..=largest)
        .map(move |class| (class, counts[usize::from(class)]))
        .filter(|(_, n)| *n > 0)
}

/// The classes of one map with their labels and areas.
#[derive(Clone, Debug)]
pub struct ClassTable<'a> {
    /// Path under `maps` without ending.
    pub layer: &'a str,
    /// Classes with their labels.
    pub labels: Vec<(u8, String)>,
    /// Their areas.
    pub areas: &'a ClassAreas,
}

/// Text of `tables/classes.csv`: `layer`, `zone_set`, `zone`, `class`, `label`, `area_km2`, `share` of the
/// area where the map has a value.
#[must_use]
pub fn classes_csv(tables: &[ClassTable<'_>]) -> String {
    let mut text = "layer,zone_set,zone,class,label,area_km2,share\n".to_owned();
    for table in tables {
        let areas = table.areas.areas_km2();
        let all: f64 = areas.iter().map(|(_, area)| area).sum();
        for (class, area) in areas {
            let label = table
                .labels
                .iter()
                .find(|(known, _)| *known == class)
                .map_or("", |(_, label)| label);
            let (label, share) = (quoted(label), cell((all > 0.0).then_some(area / all)));
            let (layer, area) = (table.layer, cell(Some(area)));
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{layer},{ALL},{ALL},{class},{label},{area},{share}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::{Coordinates, Window};

    fn grid() -> Grid {
        Grid {
            crs_wkt: String::new(),
            crs_name: String::new(),
            coordinates: Coordinates::Geographic,
            metres_per_unit: 1.0,
            transform: [105.0, 0.25, 0.0, 26.0, 0.0, -0.25],
            width: 200,
            height: 3,
        }
    }

    fn value(row: usize, col: usize) -> f32 {
        if (row + col) % 7 == 3 {
            f32::NAN
        } else {
            f32::from(u8::try_from((row * 31 + col * 17) % 4).unwrap_or(0))
        }
    }

    fn areas(windows: &[Window]) -> ClassAreas {
        let mut areas = ClassAreas::default();
        for &window in windows {
            let cells = (0..window.height).flat_map(|r| (0..window.width).map(move |c| (r, c)));
            let values: Vec<f32> = cells
                .map(|(r, c)| value(window.row + r, window.col + c))
                .collect();
            let tile = TileOutput {
                window,
                layers: Vec::new(),
                inside: None,
            };
            areas.add(&grid(), &tile, &values);
        }
        areas
    }

    #[test]
    fn the_cut_into_tiles_changes_no_bit() {
        let whole = areas(&[Window {
            row: 0,
            col: 0,
            height: 3,
            width: 200,
        }])
        .areas_km2();
        let parts: Vec<Window> = [(0, 64), (64, 128), (192, 8)]
            .iter()
            .flat_map(|&(col, width)| {
                (0..3).map(move |row| Window {
                    row,
                    col,
                    height: 1,
                    width,
                })
            })
            .collect();
        assert_eq!(areas(&parts).areas_km2(), whole);
        assert_eq!(whole.len(), 4);
    }

    #[test]
    fn shares_add_up_and_labels_with_commas_are_quoted() {
        let areas = areas(&[Window {
            row: 0,
            col: 0,
            height: 3,
            width: 200,
        }]);
        let labels = vec![(0, "cooling, drying".to_owned()), (1, "plain".to_owned())];
        let text = classes_csv(&[ClassTable {
            layer: "climate_regime",
            labels,
            areas: &areas,
        }]);
        assert!(
            text.contains("climate_regime,all,all,0,\"cooling, drying\","),
            "{text}"
        );
        assert!(text.contains("climate_regime,all,all,1,plain,"), "{text}");
        let shares: f64 = text
            .lines()
            .skip(1)
            .filter_map(|line| line.rsplit(',').next()?.parse::<f64>().ok())
            .sum();
        assert!((shares - 1.0).abs() < 1e-12, "{shares}");
        let two = areas.share(1, &[1, 2]).unwrap_or(0.0) + areas.share(2, &[1, 2]).unwrap_or(0.0);
        assert!((two - 1.0).abs() < 1e-12);
        assert_eq!(ClassAreas::default().share(1, &[1, 2]), None);
    }
}
