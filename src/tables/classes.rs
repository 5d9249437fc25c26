//! The area of each class of a map, in every zone.

use std::fmt::Write as _;

use super::binned_sum::BinnedSum;
use super::cells::{cell, quoted};
use super::tile_pixels::{ALL_ZONE, Areas};
use super::tile_places::{AllPixels, Run, TilePlaces};
use super::zone_blocks::ZoneBlocks;
use super::zone_names::ZoneNames;
use super::zone_strips::{Members, Strip};

/// Areas of the classes of one map.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct ClassAreas {
    /// Classes of each zone, in their order.
    areas: Vec<Vec<(u8, BinnedSum)>>,
}

impl ClassAreas {
    /// No pixel yet.
    #[must_use]
    pub fn new(n_zones: usize) -> Self {
        Self {
            areas: vec![Vec::new(); n_zones],
        }
    }

    /// Adds the pixels of a tile that are there; `values` is `[pixel]`, NaN where missing.
    pub fn add(&mut self, places: &TilePlaces, values: &[f32]) {
        let mut sizes = ClassSizes::default();
        let all = places.all();
        for &run in all.runs(0..values.len()) {
            let area_km2 = sizes.count_run(all, run, values);
            sizes.drain(|class, size| add(&mut self.areas[ALL_ZONE], class, size * area_km2));
        }
        let strips = places.zones().map_or(&[][..], ZoneBlocks::strips);
        let mut of_zones: Vec<Vec<(u8, f64)>> = Vec::new();
        for (block, groups) in strips.iter().flat_map(Strip::blocks) {
            of_zones.resize_with(block.zones.len().max(of_zones.len()), Vec::new);
            for group in groups {
                sizes.count_group(&group, values);
                sizes.drain(|class, area| {
                    for &zone in group.zones {
                        of_zones[usize::from(zone)].push((class, area));
                    }
                });
            }
            for (&zone, areas) in block.zones.iter().zip(&mut of_zones) {
                // By class, and inside one in the order of groups.
                areas.sort_by_key(|(class, _)| *class);
                for of_class in areas.chunk_by(|a, b| a.0 == b.0) {
                    let area = of_class.iter().map(|(_, area)| area).sum();
                    add(&mut self.areas[zone], of_class[0].0, area);
                }
                areas.clear();
            }
        }
    }

    /// Adds the areas of other pixels, of the same zones.
    pub fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.areas.iter_mut().zip(&other.areas) {
            for (class, area) in theirs {
                sum_of(ours, *class).merge(area);
            }
        }
    }

    /// Area of each class that has pixels in a zone, in km².
    #[must_use]
    pub fn areas_km2(&self, zone: usize) -> Vec<(u8, f64)> {
        self.areas[zone]
            .iter()
            .map(|(class, area)| (*class, area.value().unwrap_or(f64::NAN)))
            .collect()
    }

    /// Share of a class in the area that some classes have in a zone, 0 to 1; `None` where these have none.
    #[must_use]
    pub fn share(&self, zone: usize, class: u8, among: &[u8]) -> Option<f64> {
        let of = |class: &u8| {
            let mut areas = self.areas[zone].iter();
            let known = areas.find(|(known, _)| known == class);
            known.and_then(|(_, area)| area.value()).unwrap_or(0.0)
        };
        let all: f64 = among.iter().map(of).sum();
        (all > 0.0).then(|| of(&class) / all)
    }
}

/// Adds an area to a class.
fn add(areas: &mut Vec<(u8, BinnedSum)>, class: u8, area_km2: f64) {
    sum_of(areas, class).add(area_km2);
}

/// The area of a class so far.
fn sum_of(areas: &mut Vec<(u8, BinnedSum)>, class: u8) -> &mut BinnedSum {
    let place = areas.binary_search_by_key(&class, |(known, _)| *known);
    let place = place.unwrap_or_else(|place| {
        areas.insert(place, (class, BinnedSum::default()));
        place
    });
    &mut areas[place].1
}

/// The sizes of the classes of a few pixels.
struct ClassSizes {
    /// Area or number of pixels of each class.
    sizes: [f64; 1 << u8::BITS],
    /// The classes that occur.
    classes: Vec<u8>,
}

impl Default for ClassSizes {
    fn default() -> Self {
        Self {
            sizes: [0.0; 1 << u8::BITS],
            classes: Vec::new(),
        }
    }
}

impl ClassSizes {
    /// Counts the pixels of a run; the area of one that counts 1, km².
    fn count_run(&mut self, all: &AllPixels, run: Run, values: &[f32]) -> f64 {
        let pixels = run.pixels().filter(|&pixel| all.is_inside(pixel));
        match all.areas() {
            Areas::ByRow(_) => pixels.for_each(|pixel| self.count(values[pixel], 1.0)),
            Areas::ByPixel(areas) => {
                pixels.for_each(|pixel| self.count(values[pixel], areas[pixel]));
                return 1.0;
            }
        }
        all.area_km2(run.first as usize)
    }

    /// Adds up the area of the pixels of a group, km².
    fn count_group(&mut self, group: &Members<'_>, values: &[f32]) {
        for (&pixel, &area) in group.pixels.iter().zip(group.areas_km2) {
            self.count(values[pixel as usize], area);
        }
    }

    fn count(&mut self, value: f32, size: f64) {
        let Some(class) = class_of(value) else {
            return;
        };
        let sum = &mut self.sizes[usize::from(class)];
        if *sum <= 0.0 {
            self.classes.push(class);
        }
        *sum += size;
    }

    /// Hands out the size of each class and forgets it.
    fn drain(&mut self, mut take: impl FnMut(u8, f64)) {
        for class in self.classes.drain(..) {
            take(class, std::mem::take(&mut self.sizes[usize::from(class)]));
        }
    }
}

/// The class of a pixel.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "classes are small whole numbers"
)]
fn class_of(value: f32) -> Option<u8> {
    (!value.is_nan()).then_some((value + 0.5) as u8)
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
pub fn classes_csv(tables: &[ClassTable<'_>], zones: &ZoneNames) -> String {
    let mut text = "layer,zone_set,zone,class,label,area_km2,share\n".to_owned();
    for table in tables {
        for (zone, name) in zones.rows() {
            let areas = table.areas.areas_km2(zone);
            let all: f64 = areas.iter().map(|(_, area)| area).sum();
            for (class, area) in areas {
                let known = table.labels.iter().find(|(known, _)| *known == class);
                let label = quoted(known.map_or("", |(_, label)| label));
                let share = cell((all > 0.0).then_some(area / all));
                let (layer, area) = (table.layer, cell(Some(area)));
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{layer},{name},{class},{label},{area},{share}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 200;

    fn value(row: usize, col: usize) -> f32 {
        if (row + col) % 7 == 3 {
            f32::NAN
        } else {
            f32::from(u8::try_from((row * 31 + col * 17) % 4).unwrap_or(0))
        }
    }

    /// Of three rows, cut into pieces by their first column and their width.
    fn areas(pieces: &[(usize, usize)]) -> ClassAreas {
        let mut areas = ClassAreas::new(1);
        for &(col, width) in pieces {
            for row in 0..3 {
                let values: Vec<f32> = (col..col + width).map(|col| value(row, col)).collect();
                let area = [0.3, 0.31, 0.32][row];
                let places =
                    TilePlaces::new(width, Areas::ByRow(vec![area]), None, &[], Vec::new());
                areas.add(&places, &values);
            }
        }
        areas
    }

    #[test]
    fn the_cut_into_tiles_changes_no_bit() {
        let whole = areas(&[(0, WIDTH)]).areas_km2(0);
        let parts = areas(&[(0, 64), (64, 128), (192, 8)]).areas_km2(0);
        assert_eq!(parts, whole);
        assert_eq!(whole.len(), 4);
    }

    #[test]
    fn shares_add_up_and_labels_with_commas_are_quoted() {
        let areas = areas(&[(0, WIDTH)]);
        let labels = vec![(0, "cooling, drying".to_owned()), (1, "plain".to_owned())];
        let table = ClassTable {
            layer: "climate_regime",
            labels,
            areas: &areas,
        };
        let text = classes_csv(&[table], &ZoneNames::default());
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
        let share = |class: u8| areas.share(0, class, &[1, 2]).unwrap_or(0.0);
        assert!((share(1) + share(2) - 1.0).abs() < 1e-12);
        assert_eq!(ClassAreas::new(1).share(0, 1, &[1, 2]), None);
    }
}
