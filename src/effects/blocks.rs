//! Squares of places that are drawn together, and whether they hold whole patches of a measure.

/// Blocks are such that the study has about this many, where none are asked for.
const BLOCKS_OF_A_STUDY: f64 = 100.0;
/// Least side of a block that was not asked for, in pixels.
const MIN_SIDE: f64 = 20.0;

/// Side of blocks in km where none is asked for: that of a hundredth of the area inside the mask, at
/// least 20 pixels.
///
/// # Arguments
///
/// * `area_km2` - area inside the mask
/// * `pixel_km` - height and width of a pixel in the middle of the grid
#[must_use]
pub fn default_block_km(area_km2: f64, pixel_km: [f64; 2]) -> f64 {
    let pixel = pixel_km[0].max(pixel_km[1]);
    (area_km2.max(0.0) / BLOCKS_OF_A_STUDY)
        .sqrt()
        .max(MIN_SIDE * pixel)
}

/// Squares of pixels, counted from the corner of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Squares {
    /// Height and width of a square in pixels.
    pub side: [usize; 2],
    /// Squares beside each other.
    per_row: usize,
}

impl Squares {
    /// Squares of about `side_km` on a grid of so many columns; a side is a whole number of pixels, at least one.
    ///
    /// # Arguments
    ///
    /// * `pixel_km` - height and width of a pixel in the middle of the grid
    #[must_use]
    pub fn new(side_km: f64, pixel_km: [f64; 2], n_columns: usize) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "sides that no grid has are cut off"
        )]
        let side = pixel_km.map(|pixel| (side_km / pixel).round().clamp(1.0, 1e9) as usize);
        Self {
            side,
            per_row: n_columns.div_ceil(side[1]).max(1),
        }
    }

    /// The number of the square of a pixel.
    #[must_use]
    pub fn block_of(&self, row: usize, col: usize) -> u32 {
        let block = row / self.side[0] * self.per_row + col / self.side[1];
        u32::try_from(block).unwrap_or(u32::MAX)
    }
}

/// How long the runs of each zone are along rows and columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Runs {
    pixels: Vec<u64>,
    starts: Vec<u64>,
    above: Vec<u32>,
}

impl Runs {
    /// Of so many zones.
    #[must_use]
    pub fn new(n_zones: usize) -> Self {
        Self {
            pixels: vec![0; n_zones],
            starts: vec![0; n_zones],
            above: Vec::new(),
        }
    }

    /// Adds the next row of the grid from above: the zone of each pixel, any number past the zones where it has none.
    pub fn add_row(&mut self, zones: &[u32]) {
        let mut left = None;
        for (col, zone) in zones.iter().enumerate() {
            let place = usize::try_from(*zone).unwrap_or(usize::MAX);
            if let (Some(pixels), Some(starts)) =
                (self.pixels.get_mut(place), self.starts.get_mut(place))
            {
                *pixels += 1;
                *starts += u64::from(left != Some(zone));
                *starts += u64::from(self.above.get(col) != Some(zone));
            }
            left = Some(zone);
        }
        self.above.clear();
        self.above.extend_from_slice(zones);
    }

    /// Mean length of the runs of a zone in pixels, rows and columns together; `None` of a zone without a pixel.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "pixels are below 2^53")]
    pub fn mean(&self, zone: usize) -> Option<f64> {
        let (pixels, starts) = (*self.pixels.get(zone)?, *self.starts.get(zone)?);
        (pixels > 0).then(|| 2.0 * pixels as f64 / starts as f64)
    }
}

/// A warning if blocks are smaller than the patches of some measures, whose intervals are then too narrow.
///
/// # Arguments
///
/// * `side` - height and width of a block in pixels
/// * `runs` - label and mean run of each measure, in pixels
#[must_use]
pub fn small_blocks(side: [usize; 2], runs: &[(String, f64)]) -> Option<String> {
    #[expect(clippy::cast_precision_loss, reason = "sides are far below 2^53")]
    let least = side[0].min(side[1]) as f64;
    let longer: Vec<String> = runs
        .iter()
        .filter(|(_, run)| *run > least)
        .map(|(label, run)| format!("{} ({run:.0})", super::text::quoted_label(label)))
        .collect();
    let longest = runs.iter().map(|(_, run)| *run).fold(0.0, f64::max);
    (!longer.is_empty()).then(|| {
        format!(
            "measures: blocks of {least} pixels are smaller than the mean run of {}, so intervals are too narrow; use \
             blocks of {:.0} pixels or more",
            super::text::listed(&longer),
            longest.ceil()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_a_hundredth_of_the_area_and_twenty_pixels() {
        assert_eq!(default_block_km(10_000.0, [0.4, 0.5]), 10.0);
        assert_eq!(default_block_km(250_000.0, [0.5, 0.5]), 50.0);
        let squares = Squares::new(10.0, [0.5, 0.4], 101);
        assert_eq!(squares.side, [20, 25]);
        assert_eq!(squares.block_of(19, 24), 0);
        assert_eq!(squares.block_of(19, 25), 1);
        assert_eq!(squares.block_of(20, 100), 9);
        assert_eq!(Squares::new(0.1, [0.5, 0.4], 3).side, [1, 1]);
    }

    /// Zone 0: rows 2, 1, 2 (a 2 x 2 with a gap); columns 3 and 1, 1.
    #[test]
    fn runs_are_counted_along_rows_and_columns() {
        let mut runs = Runs::new(2);
        for row in [[0, 0, 9], [0, 1, 9], [0, 0, 1]] {
            runs.add_row(&row);
        }
        let mean = (2.0 + 1.0 + 2.0 + 3.0 + 1.0 + 1.0) / 6.0;
        assert!(runs.mean(0).is_some_and(|run| (run - mean).abs() < 1e-15));
        assert_eq!(runs.mean(1), Some(1.0));
        assert_eq!(runs.mean(2), None);
        let runs = [("a".to_owned(), 12.4), ("b".to_owned(), 3.0)];
        let warning = small_blocks([20, 12], &runs).unwrap_or_default();
        assert!(
            warning.contains("'a' (12)") && !warning.contains("'b'"),
            "{warning}"
        );
        assert_eq!(small_blocks([20, 13], &runs), None);
    }
}
