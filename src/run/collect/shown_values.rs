//! What the colours of every map have to cover: the middle 96 % of its values, and the sums of its flags.
//!
//! The points are those of a sample. Which pixels are in it follows from the grid and from where the map has values, not
//! from tiles or threads: among some pixels of the grid the ones with the smallest numbers.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::chain::{Chain, FileKind};
use crate::grid::{Grid, Window};
use crate::palette::central_range;
use crate::run::pixel_number::number;
use crate::run::plan::Plan;
use crate::run::record::Gathered;
use crate::run::tile::TileView;
use crate::tables::ZoneNames;

use super::collector::{Collector, LateWindow};
use super::places::TileZones;
use super::state::{StateError, loaded, saved};

/// Pixels of the grid that are looked at, about.
const PIXELS: u64 = 1 << 15;
/// Values of a map that are kept, 16 kB: the standard error of its 2 % point is then 0.3 % of the pixels.
const KEPT: usize = 2048;
/// Any number: it is part of the place of each pixel.
const SEED: u64 = 0x636f_6c6f_7572_7321;

/// What was seen of the values of one file.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Seen {
    /// Numbers of pixels and their values.
    sample: Vec<(u32, f32)>,
    /// Sums of bits.
    flags: BTreeSet<u16>,
}

impl Seen {
    /// Adds the values of chosen pixels, of each in one band.
    ///
    /// # Arguments
    ///
    /// * `values` - `[band][pixel]`.
    /// * `chosen` - pixels with their numbers.
    fn add(&mut self, values: &[f32], n_bands: usize, chosen: &[(usize, u32)]) {
        let n_pixels = values.len() / n_bands.max(1);
        for &(pixel, number) in chosen {
            let band = number as usize % n_bands.max(1);
            // A tile in which all pixels have one number has it once.
            let pixel = if n_pixels == 1 { 0 } else { pixel };
            let value = values.get(band * n_pixels + pixel);
            let value = value.filter(|value| value.is_finite());
            self.sample.extend(value.map(|&value| (number, value)));
        }
        if self.sample.len() > 2 * KEPT {
            self.prune();
        }
    }

    /// Keeps the values of the smallest numbers.
    fn prune(&mut self) {
        self.sample
            .sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        self.sample.truncate(KEPT);
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "flags are small whole numbers"
    )]
    fn add_flags(&mut self, values: &[f32]) {
        let mut last = f32::NAN;
        for &value in values {
            if value != last && !value.is_nan() {
                self.flags.insert(value as u16);
                last = value;
            }
        }
    }
}

/// What the colours of every map have to cover.
pub(super) struct ShownValues {
    /// By file.
    files: Vec<Seen>,
    /// A pixel whose number is not above this is looked at.
    up_to: u64,
}

impl ShownValues {
    /// No tile yet.
    pub(super) fn new(chain: &Chain, grid: &Grid) -> Self {
        let n_pixels = grid.window().n_pixels() as u64;
        Self {
            files: vec![Seen::default(); chain.files.len()],
            up_to: if n_pixels <= PIXELS {
                u64::MAX
            } else {
                u64::MAX / n_pixels * PIXELS
            },
        }
    }

    /// The pixels of a window that are looked at, with their numbers.
    fn chosen(&self, window: Window) -> Vec<(usize, u32)> {
        let rows = (0..window.height).into_par_iter();
        let of_row = |row: usize| -> Vec<(usize, u32)> {
            let seed = number(SEED, window.row + row);
            let numbers = (0..window.width).map(|col| number(seed, window.col + col));
            let chosen = numbers
                .enumerate()
                .filter(|(_, number)| *number <= self.up_to);
            // The upper half is enough to put them in order.
            let place =
                |(col, number): (usize, u64)| (row * window.width + col, (number >> 32) as u32);
            chosen.map(place).collect()
        };
        rows.map(of_row).flatten_iter().collect()
    }
}

impl Collector for ShownValues {
    fn take(&mut self, _plan: &Plan, tile: &TileView<'_>, _zones: &TileZones) {
        let chosen = self.chosen(tile.window());
        let files = tile.chain.files.par_iter().zip(&mut self.files);
        files.for_each(|(file, seen)| {
            let Some(values) = tile.file(file) else {
                return;
            };
            match file.kind {
                FileKind::Values => seen.add(values, file.bands.len(), &chosen),
                FileKind::Flags(_) => seen.add_flags(values),
                FileKind::Classes(_) | FileKind::Labelled(_) => {}
            }
        });
    }

    fn counts_missing(&self) -> bool {
        // Counts of years and flags have values there.
        true
    }

    fn state(&mut self, _is_durable: bool) -> Result<Vec<u8>, StateError> {
        self.files.iter_mut().for_each(Seen::prune);
        saved(&self.files)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.files = loaded(state)?;
        Ok(())
    }

    fn merge(&mut self, state: &[u8], _files: &Path) -> Result<(), StateError> {
        let files: Vec<Seen> = loaded(state)?;
        for (ours, theirs) in self.files.iter_mut().zip(files) {
            ours.sample.extend(theirs.sample);
            ours.prune();
            ours.flags.extend(theirs.flags);
        }
        Ok(())
    }

    fn take_late(&mut self, late: &LateWindow<'_>, _zones: &TileZones) {
        let chosen = self.chosen(late.window);
        // Classes that come late need no sample, and nobody asks for it.
        self.files[late.file].add(late.values, 1, &chosen);
    }

    fn record(&self, plan: &Plan, _zones: &ZoneNames, gathered: &mut Gathered) {
        let files = plan.chain.files.iter().zip(&self.files);
        for ((file, seen), layer) in files.zip(&mut gathered.layers) {
            layer.flags = seen.flags.iter().copied().collect();
            if file.kind == FileKind::Values {
                let mut seen = seen.clone();
                seen.prune();
                let values = seen.sample.iter().map(|(_, value)| f64::from(*value));
                layer.central_range = central_range(&mut values.collect());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(n_pixels: usize) -> ShownValues {
        ShownValues {
            files: Vec::new(),
            up_to: u64::MAX / n_pixels as u64 * PIXELS.min(n_pixels as u64),
        }
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn the_sample_is_the_same_however_the_grid_is_cut() {
        let (height, width) = (500, 400);
        let shown = shown(height * width);
        let value = |row: usize, col: usize| (row * width + col) as f32;
        let mut samples = Vec::new();
        for cut in [500, 100, 7] {
            let mut seen = Seen::default();
            for row in (0..height).step_by(cut) {
                let window = Window {
                    row,
                    col: 0,
                    height: cut.min(height - row),
                    width,
                };
                let values: Vec<f32> = (0..window.height)
                    .flat_map(|r| (0..width).map(move |col| value(row + r, col)))
                    .collect();
                seen.add(&values, 1, &shown.chosen(window));
            }
            seen.prune();
            samples.push(seen.sample);
        }
        assert_eq!(samples[0].len(), KEPT);
        assert!(samples.iter().all(|sample| *sample == samples[0]));
        // Three standard errors of these points are 0.93 % of the pixels.
        let values = samples[0].iter().map(|(_, value)| f64::from(*value));
        let [low, high] = central_range(&mut values.collect()).unwrap();
        let n = (height * width) as f64;
        assert!(
            (low / n - 0.02).abs() < 0.01 && (high / n - 0.98).abs() < 0.01,
            "{low} {high}"
        );
    }

    #[test]
    fn years_of_a_stack_are_sampled_and_one_number_for_all_is_enough() {
        let mut seen = Seen::default();
        let chosen = [(0, 4), (1, 7), (2, 9)];
        // Two bands of three pixels: bands 0, 1 and 1.
        seen.add(&[1.0, 2.0, 3.0, 4.0, f32::NAN, 6.0], 2, &chosen);
        assert_eq!(seen.sample, [(4, 1.0), (9, 6.0)]);
        let mut seen = Seen::default();
        seen.add(&[1.0, 4.0], 2, &chosen);
        assert_eq!(seen.sample, [(4, 1.0), (7, 4.0), (9, 4.0)]);
    }
}
