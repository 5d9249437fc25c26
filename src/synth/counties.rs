//! Counties: some sixty of them, straight-edged, with invented names.

use super::landscape::land;
use super::mosaic::{Mosaic, in_km};
use super::noise::Noise;
use super::piece::NO_COUNTY;
use super::stream;

/// Mean distance of their towns.
const SPACING_KM: f64 = 85.0;
/// All counties of the region.
#[derive(Clone, Debug)]
pub(super) struct Counties {
    mosaic: Mosaic,
    /// The number of each cell's county.
    numbers: Vec<u16>,
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
        Self { mosaic, numbers }
    }

    /// Number of counties.
    #[cfg(feature = "gdal")]
    pub(super) fn len(&self) -> usize {
        self.numbers
            .iter()
            .filter(|&&number| number != NO_COUNTY)
            .count()
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
