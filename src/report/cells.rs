//! A map brought to the size of a page: means of blocks of pixels, the most frequent class of each.

use crate::grid::Window;
use crate::sinks::FinishedRaster;

/// Pixels that are read at a time.
const PART_PIXELS: usize = 1 << 20;

/// Pixels from which the points of a distribution are taken, at most some more than this.
const SAMPLE_PIXELS: usize = 1 << 18;

/// How a grid is cut into cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Columns and rows of the grid.
    pub(super) size: [usize; 2],
    /// Columns and rows of pixels in a cell; those at the far edges may have fewer.
    pub(super) block: usize,
}

impl Cut {
    /// The smallest blocks with which neither side has more than `most` cells.
    pub(super) fn with_sides(size: [usize; 2], most: usize) -> Self {
        let longest = size[0].max(size[1]);
        Self {
            size,
            block: longest.div_ceil(most.max(1)).max(1),
        }
    }

    /// The smallest blocks with which there are no more than `most` cells.
    pub(super) fn with_cells(size: [usize; 2], most: usize) -> Self {
        let mut cut = Self { size, block: 1 };
        while cut.n_cells() > most.max(1) {
            cut.block += 1;
        }
        cut
    }

    /// Columns of cells.
    pub(super) fn width(&self) -> usize {
        self.size[0].div_ceil(self.block)
    }

    /// Rows of cells.
    pub(super) fn height(&self) -> usize {
        self.size[1].div_ceil(self.block)
    }

    /// Number of cells.
    pub(super) fn n_cells(&self) -> usize {
        self.width() * self.height()
    }
}

/// What is seen of a map in one pass.
#[derive(Debug)]
pub(super) struct Means {
    /// Mean of the valid pixels of each cell, NaN without any.
    pub(super) values: Vec<f64>,
    /// Finite values of pixels: all of them, or of a large map every n-th.
    pub(super) sample: Vec<f64>,
    /// Pixels with a value.
    pub(super) n_valid: u64,
    /// Sum of their values.
    pub(super) sum: f64,
}

/// Reads a band by its cells.
///
/// # Arguments
///
/// * `band` - from 1.
/// * `of` - what is averaged of a value that is there.
///
/// # Errors
///
/// What GDAL reports.
pub(super) fn means(
    raster: &FinishedRaster,
    band: usize,
    cut: Cut,
    of: impl Fn(f32) -> f64,
) -> Result<Means, String> {
    let n_pixels = cut.size[0] * cut.size[1];
    let every = n_pixels.div_ceil(SAMPLE_PIXELS).max(1);
    let mut sample = Vec::new();
    let mut sums = CellSums::new(cut);
    each_row(raster, band, cut, |row, values| {
        sums.add(row, values, &of);
        let first = (row * cut.size[0]).next_multiple_of(every) - row * cut.size[0];
        let some = values.iter().skip(first).step_by(every);
        sample.extend(
            some.filter(|value| value.is_finite())
                .map(|value| of(*value)),
        );
    })?;
    Ok(Means {
        values: sums.means(),
        sample,
        n_valid: sums.counts.iter().map(|&n| u64::from(n)).sum(),
        sum: sums.sums.iter().sum(),
    })
}

/// The mean of the valid pixels of each cell of a band, NaN without any.
///
/// # Arguments
///
/// * `band` - from 1.
///
/// # Errors
///
/// What GDAL reports.
pub(super) fn cell_means(
    raster: &FinishedRaster,
    band: usize,
    cut: Cut,
) -> Result<Vec<f64>, String> {
    let mut sums = CellSums::new(cut);
    each_row(raster, band, cut, |row, values| {
        sums.add(row, values, &f64::from);
    })?;
    Ok(sums.means())
}

/// Sums of the valid pixels of each cell.
struct CellSums {
    cut: Cut,
    sums: Vec<f64>,
    counts: Vec<u32>,
}

impl CellSums {
    fn new(cut: Cut) -> Self {
        Self {
            cut,
            sums: vec![0.0; cut.n_cells()],
            counts: vec![0; cut.n_cells()],
        }
    }

    /// Adds a row of pixels.
    fn add(&mut self, row: usize, values: &[f32], of: &impl Fn(f32) -> f64) {
        let first = row / self.cut.block * self.cut.width();
        let cells = self.sums[first..].iter_mut().zip(&mut self.counts[first..]);
        for (values, (sum, count)) in values.chunks(self.cut.block).zip(cells) {
            for &value in values {
                let is_there = value.is_finite();
                *sum += if is_there { of(value) } else { 0.0 };
                *count += u32::from(is_there);
            }
        }
    }

    fn means(&self) -> Vec<f64> {
        let sums = self.sums.iter().zip(&self.counts);
        // 0 / 0 is NaN.
        sums.map(|(sum, &count)| sum / f64::from(count)).collect()
    }
}

/// The most frequent class of each cell, the lower of equally frequent ones; 255 without any.
///
/// # Errors
///
/// What GDAL reports.
pub(super) fn majorities(raster: &FinishedRaster, cut: Cut) -> Result<Vec<u8>, String> {
    let width = cut.width();
    let mut codes = vec![u8::MAX; cut.n_cells()];
    // The counts of one row of cells.
    let mut counts = vec![[0_u32; 255]; width];
    let last_row = cut.size[1] - 1;
    each_row(raster, 1, cut, |row, values| {
        for (col, value) in values.iter().enumerate() {
            if let Some(code) = code_of(*value) {
                counts[col / cut.block][usize::from(code)] += 1;
            }
        }
        if row % cut.block == cut.block - 1 || row == last_row {
            let cells = row / cut.block * width;
            for (col, counts) in counts.iter_mut().enumerate() {
                codes[cells + col] = most_frequent(counts);
                *counts = [0; 255];
            }
        }
    })?;
    Ok(codes)
}

fn most_frequent(counts: &[u32; 255]) -> u8 {
    let mut best = (u8::MAX, 0);
    for (code, count) in (0..u8::MAX).zip(counts) {
        if *count > best.1 {
            best = (code, *count);
        }
    }
    best.0
}

/// A class as its code; none where it is missing.
fn code_of(value: f32) -> Option<u8> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the bounds are checked"
    )]
    let code = (0.0..255.0).contains(&value).then_some(value as u8);
    code
}

/// Gives each row of a band, top to bottom.
fn each_row(
    raster: &FinishedRaster,
    band: usize,
    cut: Cut,
    mut take: impl FnMut(usize, &[f32]),
) -> Result<(), String> {
    let [width, height] = cut.size;
    let rows = (PART_PIXELS / width).max(1);
    for first in (0..height).step_by(rows) {
        let window = Window {
            row: first,
            col: 0,
            height: rows.min(height - first),
            width,
        };
        let values = raster
            .read_band(band, window)
            .map_err(|error| error.to_string())?;
        for (row, values) in values.chunks_exact(width).enumerate() {
            take(first + row, values);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_is_cut_as_finely_as_the_page_allows() {
        let cut = Cut::with_sides([160, 120], 600);
        assert_eq!((cut.block, cut.width(), cut.height()), (1, 160, 120));
        // 7,290 columns: blocks of 13 make 561.
        let cut = Cut::with_sides([7290, 601], 600);
        assert_eq!((cut.block, cut.width(), cut.height()), (13, 561, 47));
        let cut = Cut::with_cells([100, 100], 2500);
        assert_eq!((cut.block, cut.n_cells()), (2, 2500));
        assert_eq!(Cut::with_sides([1, 1], 600).n_cells(), 1);
    }

    #[test]
    fn the_lower_of_equally_frequent_classes_counts() {
        let mut counts = [0; 255];
        assert_eq!(most_frequent(&counts), 255);
        (counts[3], counts[1], counts[7]) = (2, 2, 1);
        assert_eq!(most_frequent(&counts), 1);
        assert_eq!(
            [code_of(f32::NAN), code_of(255.0), code_of(6.0)],
            [None, None, Some(6)]
        );
    }
}
