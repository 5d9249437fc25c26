//! The blocks of an input that could not be read and count as missing.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::grid::Window;
use crate::sources::times::steps::FileBand;

/// More blocks than this are not told apart.
const MAX_KNOWN: usize = 1 << 18;

/// File, band, row and column of a block, counted from 0 but for the band.
type Place = (usize, usize, usize, usize);

/// The blocks of an input that could not be read and were left out, gathered by all its readers together.
#[derive(Debug, Default)]
pub(crate) struct Unreadable(Mutex<Known>);

/// What was left out.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Known {
    /// Pixels of each block.
    places: BTreeMap<Place, u64>,
    /// The first in the order of files, bands, rows and columns, and why it cannot be read.
    first: Option<(Place, String)>,
}

/// Blocks that could not be read and count as missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableBlocks {
    /// How many blocks of single bands.
    pub blocks: u64,
    /// Their values, over all bands.
    pub values: u64,
    /// Where the first of them is, and why it cannot be read.
    pub first: String,
}

impl Unreadable {
    /// What was left out so far; `None` if nothing was.
    pub(crate) fn report(&self) -> Option<UnreadableBlocks> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, first) = known.first.as_ref()?;
        Some(UnreadableBlocks {
            blocks: known.places.len() as u64,
            values: known.places.values().sum(),
            first: first.clone(),
        })
    }

    /// All that was left out so far.
    pub(crate) fn state(&self) -> Known {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Adds what other readers have left out.
    pub(crate) fn merge(&self, other: &Known) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (place, n_pixels) in &other.places {
            if known.places.len() < MAX_KNOWN {
                known.places.insert(*place, *n_pixels);
            }
        }
        let both = known.first.take().into_iter().chain(other.first.clone());
        known.first = both.min_by_key(|(place, _)| *place);
    }

    pub(crate) fn add(&self, at: FileBand, block: Window, why: impl FnOnce() -> String) {
        let place = (at.file, at.band, block.row, block.col);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.places.len() >= MAX_KNOWN || known.places.contains_key(&place) {
            return;
        }
        known.places.insert(place, block.n_pixels() as u64);
        if known.first.as_ref().is_none_or(|(first, _)| place < *first) {
            known.first = Some((place, why()));
        }
    }
}
