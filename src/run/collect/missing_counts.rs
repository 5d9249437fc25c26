//! Missing, lowest and highest values of every file, and the pixels inside the mask.

use std::path::Path;

use rayon::prelude::*;

use crate::chain::{Chain, FileSource};
use crate::run::plan::Plan;
use crate::run::record::{Gathered, LayerRecord};
use crate::run::tile::TileView;
use crate::tables::ZoneNames;

use super::collector::{Collector, LateWindow};
use super::places::TileZones;
use super::state::{StateError, loaded, saved};

/// Values that one task counts.
const PIECE: usize = 1 << 16;
/// The range of no value.
const NO_VALUE: [f32; 2] = [f32::INFINITY, f32::NEG_INFINITY];

/// Missing, lowest and highest values of every file, and the pixels inside the mask.
pub(super) struct MissingCounts {
    /// By file: inside the mask, and for files that are made after the last tile outside of it too.
    missing: Vec<u64>,
    /// Lowest and highest value by file.
    extremes: Vec<[f32; 2]>,
    /// Pixels inside the mask.
    inside: u64,
}

impl MissingCounts {
    /// No tile yet.
    pub(super) fn new(chain: &Chain) -> Self {
        Self {
            missing: vec![0; chain.files.len()],
            extremes: vec![NO_VALUE; chain.files.len()],
            inside: 0,
        }
    }
}

impl Collector for MissingCounts {
    fn take(&mut self, _plan: &Plan, tile: &TileView<'_>, _zones: &TileZones) {
        let (n_pixels, n_outside) = (tile.window().n_pixels(), tile.n_outside());
        let each = if tile.is_one_for_all() { n_pixels } else { 1 };
        self.inside += (n_pixels - n_outside) as u64;
        let files = tile.chain.files.par_iter();
        let counts = self.missing.par_iter_mut().zip(&mut self.extremes);
        files.zip(counts).for_each(|(file, (missing, extremes))| {
            if let Some(values) = tile.file(file) {
                let (n_missing, found) = look_at(values);
                *missing += (each * n_missing - n_outside * file.bands.len()) as u64;
                *extremes = widened(*extremes, found);
            }
        });
    }

    fn counts_missing(&self) -> bool {
        true
    }

    fn state(&mut self, _is_durable: bool) -> Result<Vec<u8>, StateError> {
        saved(&(&self.missing, &self.extremes, self.inside))
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StateError> {
        (self.missing, self.extremes, self.inside) = loaded(state)?;
        Ok(())
    }

    fn merge(&mut self, state: &[u8], _files: &Path) -> Result<(), StateError> {
        let (missing, extremes, inside): (Vec<u64>, Vec<[f32; 2]>, u64) = loaded(state)?;
        for (ours, theirs) in self.missing.iter_mut().zip(&missing) {
            *ours += theirs;
        }
        for (ours, theirs) in self.extremes.iter_mut().zip(&extremes) {
            *ours = widened(*ours, *theirs);
        }
        self.inside += inside;
        Ok(())
    }

    fn take_late(&mut self, late: &LateWindow<'_>, _zones: &TileZones) {
        let (n_missing, found) = look_at(late.values);
        self.missing[late.file] += n_missing as u64;
        self.extremes[late.file] = widened(self.extremes[late.file], found);
    }

    fn record(&self, plan: &Plan, _zones: &ZoneNames, gathered: &mut Gathered) {
        let n_outside = plan.grid.window().n_pixels() as u64 - self.inside;
        let counts = self.missing.iter().zip(&self.extremes);
        let files = plan.chain.files.iter().zip(counts);
        let layers = files.map(|(file, (&missing, &[low, high]))| LayerRecord {
            path: file.path.clone(),
            missing: match file.content {
                FileSource::Layer(_) | FileSource::Flags => missing,
                FileSource::QValues { .. } | FileSource::ClassesOnQ { .. } => {
                    missing.saturating_sub(n_outside)
                }
            },
            // Minus zero is zero: which of the two came first must not show.
            extremes: (low <= high).then_some([low + 0.0, high + 0.0]),
            central_range: None,
            flags: Vec::new(),
        });
        gathered.layers.extend(layers);
        gathered.pixels_inside = self.inside;
    }
}

/// Number of missing values, and the lowest and the highest of the others.
fn look_at(values: &[f32]) -> (usize, [f32; 2]) {
    let add = |a: (usize, [f32; 2]), b: (usize, [f32; 2])| (a.0 + b.0, widened(a.1, b.1));
    let pieces = values.par_chunks(PIECE).map(look_at_piece);
    pieces.reduce(|| (0, NO_VALUE), add)
}

/// As [`look_at`], of a piece: several values side by side, which the processor compares at once.
fn look_at_piece(piece: &[f32]) -> (usize, [f32; 2]) {
    const LANES: usize = 16;
    let (mut low, mut high, mut missing) = (
        [f32::INFINITY; LANES],
        [f32::NEG_INFINITY; LANES],
        [0_u32; LANES],
    );
    let mut look = |lane: usize, value: f32| {
        [low[lane], high[lane]] = widened([low[lane], high[lane]], [value; 2]);
        missing[lane] += u32::from(value.is_nan());
    };
    let (rows, rest) = piece.as_chunks::<LANES>();
    for row in rows {
        for (lane, &value) in row.iter().enumerate() {
            look(lane, value);
        }
    }
    rest.iter()
        .enumerate()
        .for_each(|(lane, &value)| look(lane, value));
    let ranges = low.into_iter().zip(high);
    let range = ranges.fold(NO_VALUE, |range, (low, high)| widened(range, [low, high]));
    (missing.iter().sum::<u32>() as usize, range)
}

/// A range that holds another one too; NaN is left out.
fn widened([low, high]: [f32; 2], [lower, higher]: [f32; 2]) -> [f32; 2] {
    [
        if lower < low { lower } else { low },
        if higher > high { higher } else { high },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_lowest_and_highest_are_found_wherever_they_are() {
        for n in [0_u16, 1, 15, 16, 17, 1000] {
            let mut values: Vec<f32> = (0..n).map(|k| f32::from(k * 37 % 101)).collect();
            let highest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            if let Some(last) = values.last_mut() {
                *last = -7.5;
                let (missing, [low, high]) = look_at(&values);
                assert_eq!((missing, low), (0, -7.5));
                assert!(high <= highest, "{n}: {high}");
            }
            values.extend([f32::NAN; 3]);
            assert_eq!(look_at(&values).0, 3, "{n}");
        }
        assert_eq!(look_at(&[f32::NAN; 40]), (40, NO_VALUE));
        let values: Vec<f32> = (0..100).map(|k: u8| 50.0 - f32::from(k)).collect();
        assert_eq!(look_at(&values), (0, [-49.0, 50.0]));
    }
}
