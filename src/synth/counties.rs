//! Counties: some sixty of them, straight-edged, with invented names.

use super::landscape::land;
use super::mosaic::{Mosaic, in_km};
use super::noise::Noise;
use super::piece::NO_COUNTY;
use super::stream;

/// Mean distance of their towns.
const SPACING_KM: f64 = 85.0;
/// Syllables of names, which no county of China has together.
const FIRST: [&str; 10] = [
    "Al", "Bor", "Cel", "Dun", "Er", "Fal", "Gor", "Hel", "Ir", "Jor",
];
const SECOND: [&str; 10] = [
    "ava", "beck", "cot", "dale", "ebo", "fen", "gate", "holm", "ick", "ley",
];

/// All counties of the region.
#[derive(Clone, Debug)]
pub(super) struct Counties {
    mosaic: Mosaic,
    /// The number of each cell's county.
    numbers: Vec<u16>,
    total: u16,
}

/// The name of a county by its number.
pub(super) fn name(number: u16) -> String {
    let number = usize::from(number);
    let round = number / 100;
    let base = format!(
        "{}{}",
        FIRST[number % 10],
        SECOND[(number / 10 + number) % 10]
    );
    if round == 0 {
        base
    } else {
        format!("{base} {}", round + 1)
    }
}

impl Counties {
    pub(super) fn new(noise: Noise) -> Self {
        let mosaic = Mosaic::new(noise, stream::COUNTY, SPACING_KM);
        let mut total = 0;
        let numbers = (0..mosaic.len())
            .map(|cell| {
                if mosaic.outline(cell).is_empty() || land(noise, mosaic.place(cell)).is_sea {
                    return NO_COUNTY;
                }
                total += 1;
                total - 1
            })
            .collect();
        Self {
            mosaic,
            numbers,
            total,
        }
    }

    /// Number of counties.
    #[cfg(feature = "gdal")]
    pub(super) fn len(&self) -> u16 {
        self.total
    }

    /// The number of the county at a place, degrees from the north-west corner.
    pub(super) fn at(&self, place: [f64; 2]) -> u16 {
        self.numbers[self.mosaic.cell_at(in_km(place))]
    }

    /// Outlines and numbers of all counties.
    #[cfg(feature = "gdal")]
    pub(super) fn outlines(&self) -> impl Iterator<Item = (Vec<[f64; 2]>, u16)> + '_ {
        (0..self.mosaic.len())
            .filter(|&cell| self.numbers[cell] != NO_COUNTY)
            .map(|cell| (self.mosaic.outline(cell), self.numbers[cell]))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_county_has_its_own_name() {
        let counties = Counties::new(Noise::new(3));
        assert!((30..100).contains(&counties.total));
        let names: BTreeSet<String> = (0..300).map(name).collect();
        assert_eq!(names.len(), 300);
    }
}
