//! Missing values of every file, and the pixels inside the mask.

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

/// Missing values of every file, and the pixels inside the mask.
pub(super) struct MissingCounts {
    /// By file: inside the mask, and for files that are made after the last tile outside of it too.
    missing: Vec<u64>,
    /// Pixels inside the mask.
    inside: u64,
}

impl MissingCounts {
    /// No tile yet.
    pub(super) fn new(chain: &Chain) -> Self {
        Self {
            missing: vec![0; chain.files.len()],
            inside: 0,
        }
    }
}

impl Collector for MissingCounts {
    fn take(&mut self, _plan: &Plan, tile: &TileView<'_>, _zones: &TileZones) {
        let (n_pixels, n_outside) = (tile.window().n_pixels(), tile.n_outside());
        let each = if tile.is_one_for_all() { n_pixels } else { 1 };
        self.inside += (n_pixels - n_outside) as u64;
        let files = tile.chain.files.par_iter().zip(&mut self.missing);
        files.for_each(|(file, missing)| {
            if let Some(values) = tile.file(file) {
                *missing += (each * n_missing(values) - n_outside * file.bands.len()) as u64;
            }
        });
    }

    fn counts_missing(&self) -> bool {
        true
    }

    fn state(&mut self, _is_durable: bool) -> Result<Vec<u8>, StateError> {
        saved(&(&self.missing, self.inside))
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StateError> {
        (self.missing, self.inside) = loaded(state)?;
        Ok(())
    }

    fn take_late(&mut self, late: &LateWindow<'_>, _zones: &TileZones) {
        self.missing[late.file] += n_missing(late.values) as u64;
    }

    fn record(&self, plan: &Plan, _zones: &ZoneNames, gathered: &mut Gathered) {
        let n_outside = plan.grid.window().n_pixels() as u64 - self.inside;
        let files = plan.chain.files.iter().zip(&self.missing);
        let layers = files.map(|(file, &missing)| LayerRecord {
            path: file.path.clone(),
            missing: match file.content {
                FileSource::Layer(_) | FileSource::Flags => missing,
                FileSource::QValues { .. } | FileSource::ClassesOnQ { .. } => {
                    missing.saturating_sub(n_outside)
                }
            },
        });
        gathered.layers.extend(layers);
        gathered.pixels_inside = self.inside;
    }
}

fn n_missing(values: &[f32]) -> usize {
    let of_piece = |piece: &[f32]| -> usize {
        let ones = piece.iter().map(|value| u32::from(value.is_nan()));
        ones.sum::<u32>() as usize
    };
    values.par_chunks(PIECE).map(of_piece).sum()
}
