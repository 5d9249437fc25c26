//! Keeps the state of a run between tiles, as often as is worth it.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::run::collect::{Collectors, SeenState, SeenValues, saved};
use crate::run::options::RunOptions;
use crate::sinks::{Sink, SinkError};
use crate::sources::ReaderState;

/// The least time from one checkpoint to the next, and to the next that outlives a power cut.
const QUICK: Duration = Duration::from_secs(1);
const DURABLE: Duration = Duration::from_secs(10);
/// A checkpoint may take this part of the time since the one before, so that both kinds together take less than 1 %.
const PART: u32 = 250;
/// A checkpoint while parts of blocks wait has to keep them too: it comes so many times later.
const WITH_PARTS: u32 = 5;
/// Of checkpoints at stated tiles, one in so many outlives a power cut.
const DURABLE_OF_STATED: usize = 3;

/// What a run has to know to go on, beside how far its files are written.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::run) struct RunState {
    pub(in crate::run) seen: SeenState,
    pub(in crate::run) reader: ReaderState,
    pub(in crate::run) collectors: Vec<Vec<u8>>,
}

/// What a checkpoint is made of.
pub(in crate::run) struct Kept<'a> {
    pub(in crate::run) sink: &'a mut dyn Sink,
    pub(in crate::run) collectors: &'a mut Collectors,
    pub(in crate::run) seen: &'a SeenValues,
}

/// Decides when the state of a run is kept.
pub(in crate::run) struct Keeper {
    is_wanted: bool,
    /// Tiles from one checkpoint to the next, where that is stated.
    every: Option<usize>,
    /// Tiles that are written.
    tiles: usize,
    /// Those of the latest checkpoint.
    kept: usize,
    quick: Pace,
    durable: Pace,
    /// What the reader knew after each tile, in their order: it is ahead of the writer.
    readers: Receiver<ReaderState>,
    reader: ReaderState,
}

/// When the last checkpoint of a kind was, and how long it took.
struct Pace {
    least: Duration,
    last: Instant,
    took: Duration,
}

impl Pace {
    fn new(least: Duration) -> Self {
        Self {
            least,
            last: Instant::now(),
            took: Duration::ZERO,
        }
    }

    /// Whether a checkpoint is worth its time now, `times` later than usual.
    fn is_due(&self, times: u32) -> bool {
        self.last.elapsed() >= times * self.least.max(PART * self.took)
    }
}

impl Keeper {
    /// For a run that has `tiles` of its tiles already, all of which are kept.
    pub(in crate::run) fn new(
        options: &RunOptions,
        tiles: usize,
        reader: ReaderState,
        readers: Receiver<ReaderState>,
    ) -> Self {
        Self {
            is_wanted: options.keeps_journal,
            every: options.checkpoint_tiles,
            tiles,
            kept: tiles,
            quick: Pace::new(QUICK),
            durable: Pace::new(DURABLE),
            readers,
            reader,
        }
    }

    /// Notes that one more tile is written, and keeps the state if that is due.
    ///
    /// # Errors
    ///
    /// The disk is full.
    pub(in crate::run) fn written(&mut self, of: Kept<'_>) -> Result<(), Error> {
        self.tiles += 1;
        if let Ok(reader) = self.readers.try_recv() {
            self.reader = reader;
        }
        if !self.is_wanted {
            return Ok(());
        }
        if let Some(every) = self.every {
            let number = self.tiles / every.max(1);
            if !self.tiles.is_multiple_of(every.max(1)) {
                return Ok(());
            }
            return self.keep(of, number.is_multiple_of(DURABLE_OF_STATED));
        }
        let times = if of.sink.has_parts() { WITH_PARTS } else { 1 };
        let is_durable = self.durable.is_due(times);
        if is_durable || self.quick.is_due(times) {
            return self.keep(of, is_durable);
        }
        Ok(())
    }

    /// Keeps the state after the last tile, or after a tile that the run ends at.
    ///
    /// # Errors
    ///
    /// The disk is full.
    pub(in crate::run) fn last(&mut self, of: Kept<'_>) -> Result<(), Error> {
        if !self.is_wanted || self.tiles == self.kept {
            return Ok(());
        }
        // What follows changes files: a checkpoint of before must not come back with a power cut.
        let is_durable = of.sink.is_durable();
        self.keep(of, is_durable)
    }

    /// Tiles of the latest checkpoint.
    pub(in crate::run) fn kept(&self) -> usize {
        self.kept
    }

    fn keep(&mut self, of: Kept<'_>, is_durable: bool) -> Result<(), Error> {
        let start = Instant::now();
        let Kept {
            sink,
            collectors,
            seen,
        } = of;
        let bytes = collectors.state(is_durable).and_then(|collectors| {
            saved(&RunState {
                seen: seen.state(),
                reader: self.reader.clone(),
                collectors,
            })
        });
        let bytes = bytes.map_err(|error| SinkError::Write {
            path: sink.scratch_folder().to_owned(),
            reason: error.to_string(),
        })?;
        sink.checkpoint(self.tiles, bytes, is_durable)?;
        self.kept = self.tiles;
        let now = Instant::now();
        self.quick.last = now;
        let pace = if is_durable {
            &mut self.durable
        } else {
            &mut self.quick
        };
        pace.last = now;
        pace.took = now - start;
        Ok(())
    }
}
