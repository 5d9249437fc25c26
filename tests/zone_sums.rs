//! Sums over zones: what every zone comes to, whatever else cuts its pixels and however the grid is cut into tiles.

use doline::tables::{
    ALL_ZONE, Areas, NO_ZONE, SeriesYear, SetInTile, Share, TilePlaces, ZoneMeans,
};

const SIZE: [usize; 2] = [19, 150];
const N_BANDS: usize = 11;

/// Numbers that look like chance, the same in each run.
fn noise(seed: usize) -> f64 {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    f64::from(u32::try_from((mixed ^ (mixed >> 29)) >> 40).unwrap_or(0)) / f64::from(1 << 24)
}

/// Two sets of zones in patches, one of them with shares where patches meet, a mask, and values with gaps.
struct Region {
    areas: Vec<f64>,
    inside: Vec<bool>,
    sets: [Vec<u32>; 2],
    shares: Vec<Share>,
    values: Vec<Vec<f32>>,
}

impl Region {
    fn new() -> Self {
        let [height, width] = SIZE;
        let pixels = 0..height * width;
        let patch = |pixel: usize, size: usize| {
            let (row, col) = (pixel / width, pixel % width);
            let patch = row / size * 20 + col / size;
            u32::try_from(patch * 7 % 4).unwrap_or(0)
        };
        let is_mixed = |pixel: &usize| *pixel % width % 9 == 8;
        let second = pixels.clone().map(|pixel| match patch(pixel, 9) {
            3 => NO_ZONE,
            _ if is_mixed(&pixel) => NO_ZONE,
            zone => zone,
        });
        let shares = pixels.clone().filter(is_mixed).flat_map(|pixel| {
            let share = 0.1 + 0.8 * noise(pixel);
            [(5, share), (6, 1.0 - share)].map(|(zone, share)| Share { pixel, zone, share })
        });
        let value = |band: usize, pixel: usize| {
            let x = noise(pixel * 31 + band * 7919);
            #[expect(clippy::cast_possible_truncation, reason = "values are single")]
            let value = (1000.0 * x - 300.0) as f32;
            if x < 0.2 && band != 3 {
                f32::NAN
            } else {
                value
            }
        };
        Self {
            areas: pixels
                .clone()
                .map(|pixel| 0.5 + noise(pixel + 77))
                .collect(),
            inside: pixels.clone().map(|pixel| pixel % 13 != 5).collect(),
            sets: [
                pixels.clone().map(|pixel| patch(pixel, 5)).collect(),
                second.collect(),
            ],
            shares: shares.collect(),
            values: (0..N_BANDS)
                .map(|band| pixels.clone().map(|pixel| value(band, pixel)).collect())
                .collect(),
        }
    }

    /// Area means of all bands over every zone, from tiles of a size.
    fn means(&self, tile: [usize; 2]) -> Vec<Vec<SeriesYear>> {
        let [height, width] = SIZE;
        let mut means = ZoneMeans::new(N_BANDS, 8);
        for row in (0..height).step_by(tile[0]) {
            for col in (0..width).step_by(tile[1]) {
                let rows = row..height.min(row + tile[0]);
                let columns = col..width.min(col + tile[1]);
                let of_tile: Vec<usize> = rows
                    .flat_map(|row| columns.clone().map(move |col| row * width + col))
                    .collect();
                self.add(&mut means, columns.len(), &of_tile);
            }
        }
        (0..8).map(|zone| means.means(zone)).collect()
    }

    fn add(&self, means: &mut ZoneMeans, width: usize, pixels: &[usize]) {
        let sets = self.sets.each_ref().map(|set| {
            let codes = pixels.iter().map(|&pixel| set[pixel]);
            codes.collect::<Vec<u32>>()
        });
        let sets: Vec<SetInTile<'_>> = [(1, &sets[0]), (5, &sets[1])]
            .map(|(first_zone, zones)| SetInTile { first_zone, zones })
            .into();
        let shares = self.shares.iter().filter_map(|share| {
            let pixel = pixels.iter().position(|pixel| *pixel == share.pixel)?;
            Some(Share { pixel, ..*share })
        });
        let inside: Vec<bool> = pixels.iter().map(|&pixel| self.inside[pixel]).collect();
        let areas = pixels.iter().map(|&pixel| self.areas[pixel]).collect();
        let places = TilePlaces::new(
            width,
            Areas::ByPixel(areas),
            Some(&inside),
            &sets,
            shares.collect(),
        );
        let values: Vec<f32> = self
            .values
            .iter()
            .flat_map(|band| pixels.iter().map(|&pixel| band[pixel]))
            .collect();
        means.add(&places, &values);
    }

    /// The same, pixel by pixel.
    fn plain_mean(&self, zone: usize, band: usize) -> (f64, f64, u64) {
        let (mut sum, mut area, mut n) = (0.0, 0.0, 0);
        for (pixel, value) in self.values[band].iter().enumerate() {
            let of = |set: usize, first: usize| self.sets[set][pixel] as usize + first == zone;
            let share = self
                .shares
                .iter()
                .find(|s| s.pixel == pixel && s.zone == zone);
            let whole = zone == ALL_ZONE || (zone < 5 && of(0, 1)) || (zone >= 5 && of(1, 5));
            let share = share.map_or(f64::from(u8::from(whole)), |share| share.share);
            if self.inside[pixel] && share > 0.0 && !value.is_nan() {
                sum += share * self.areas[pixel] * f64::from(*value);
                area += share * self.areas[pixel];
                n += 1;
            }
        }
        (sum / area, area, n)
    }
}

#[test]
fn means_of_zones_are_those_of_a_loop_over_pixels() {
    let region = Region::new();
    let means = region.means(SIZE);
    for (zone, bands) in means.iter().enumerate() {
        for (band, ours) in bands.iter().enumerate() {
            let (mean, area, n) = region.plain_mean(zone, band);
            assert_eq!(ours.pixels, n, "{zone} {band}");
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-11 * b.abs().max(1.0);
            assert!(close(ours.area_km2, area), "{zone} {band}");
            assert!(close(ours.mean.unwrap_or(f64::NAN), mean), "{zone} {band}");
        }
    }
}

#[test]
fn the_cut_into_tiles_changes_no_bit_of_a_zone() {
    let region = Region::new();
    let whole = region.means(SIZE);
    for tile in [[4, 64], [8, 128], [16, 64], [4, 150]] {
        assert_eq!(region.means(tile), whole, "{tile:?}");
    }
}

/// What is made on the way is summed as what is there.
#[test]
fn values_that_are_made_are_summed_the_same() {
    let region = Region::new();
    let sets = [SetInTile {
        first_zone: 1,
        zones: &region.sets[0],
    }];
    let areas = Areas::ByPixel(region.areas.clone());
    let places = TilePlaces::new(SIZE[1], areas, Some(&region.inside), &sets, Vec::new());
    let (mut there, mut made) = (ZoneMeans::new(N_BANDS, 5), ZoneMeans::new(N_BANDS, 5));
    there.add(&places, &region.values.concat());
    made.add_made(&places, |band, pixels, values| {
        values.copy_from_slice(&region.values[band][pixels]);
    });
    for zone in 0..5 {
        assert_eq!(there.means(zone), made.means(zone), "{zone}");
    }
}
