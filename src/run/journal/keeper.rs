//! Keeps the state of a run between tiles, as often as is worth it.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::error::Error;
use crate::run::collect::{Collectors, SeenState, SeenValues, saved};
use crate::run::options::RunOptions;
use crate::run::record::AuditRecord;
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
    /// The audit of the tiles that are written.
    pub(in crate::run) audit: AuditRecord,
    pub(in crate::run) reader: ReaderState,
    pub(in crate::run) collectors: Vec<Vec<u8>>,
}

impl RunState {
    /// That of a run without a tile.
    pub(in crate::run) fn before_any_tile(chain: &Chain, collectors: Vec<Vec<u8>>) -> Self {
        Self {
            seen: SeenValues::new(chain).state(),
            audit: AuditRecord::default(),
            reader: ReaderState::default(),
            collectors,
        }
    }
}

/// Decides when the state of a run is kept.
pub(in crate::run) struct Keeper {
    is_wanted: bool,
    /// Whether a tile or a checkpoint is partly written: then nothing can be kept.
    is_writing: bool,
    /// Tiles from one checkpoint to the next, where that is stated.
    every: Option<usize>,
    /// Tiles of the study.
    of: usize,
    /// Tiles that another run wrote.
    first: usize,
    /// Tiles that are written.
    tiles: usize,
    /// Those of the latest checkpoint.
    kept: usize,
    /// Whether that one outlives a power cut.
    is_durable: bool,
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

    /// Whether a checkpoint that takes `at_least` is worth its time now, `times` later than usual.
    fn is_due(&self, times: u32, at_least: Duration) -> bool {
        let took = self.took.max(at_least);
        self.last.elapsed() >= times * self.least.max(PART * took)
    }
}

impl Keeper {
    /// For a run that has `tiles` of its `of` tiles already, all of which are kept.
    pub(in crate::run) fn new(
        options: &RunOptions,
        [tiles, of]: [usize; 2],
        reader: ReaderState,
        readers: Receiver<ReaderState>,
    ) -> Self {
        Self {
            is_wanted: options.keeps_journal,
            is_writing: false,
            every: options.checkpoint_tiles,
            of,
            first: tiles,
            tiles,
            kept: tiles,
            is_durable: false,
            quick: Pace::new(QUICK),
            durable: Pace::new(DURABLE),
            readers,
            reader,
        }
    }

    /// Notes that a tile begins to be written.
    pub(in crate::run) fn begins(&mut self) {
        self.is_writing = true;
    }

    /// Notes that one more tile is written, and keeps the state if that is due.
    ///
    /// # Errors
    ///
    /// The disk is full.
    pub(in crate::run) fn written(
        &mut self,
        sink: &mut dyn Sink,
        collectors: &mut Collectors,
        seen: &SeenValues,
        audit: &AuditRecord,
    ) -> Result<(), Error> {
        self.is_writing = false;
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
            let is_durable = number.is_multiple_of(DURABLE_OF_STATED);
            return self.keep(sink, collectors, seen, audit, is_durable);
        }
        let times = if sink.has_parts() { WITH_PARTS } else { 1 };
        let is_durable = self.durable.is_due(times, self.quick.took);
        if is_durable || self.quick.is_due(times, Duration::ZERO) {
            return self.keep(sink, collectors, seen, audit, is_durable);
        }
        Ok(())
    }

    /// Keeps the state after the last tile, or after a tile that the run ends at.
    ///
    /// # Errors
    ///
    /// The disk is full.
    pub(in crate::run) fn last(
        &mut self,
        sink: &mut dyn Sink,
        collectors: &mut Collectors,
        seen: &SeenValues,
        audit: &AuditRecord,
    ) -> Result<(), Error> {
        if !self.is_wanted || self.is_writing || self.tiles == self.first {
            return Ok(());
        }
        // What follows the last tile changes files: a checkpoint of before must not come back with a power cut.
        let is_durable = sink.is_durable() && self.tiles == self.of;
        if self.tiles == self.kept && (self.is_durable || !is_durable) {
            return Ok(());
        }
        self.keep(sink, collectors, seen, audit, is_durable)
    }

    /// Tiles of the latest checkpoint.
    pub(in crate::run) fn kept(&self) -> usize {
        self.kept
    }

    /// What the reader knew after the last tile that is written.
    pub(in crate::run) fn into_reader(self) -> ReaderState {
        self.reader
    }

    fn keep(
        &mut self,
        sink: &mut dyn Sink,
        collectors: &mut Collectors,
        seen: &SeenValues,
        audit: &AuditRecord,
        is_durable: bool,
    ) -> Result<(), Error> {
        let start = Instant::now();
        self.is_writing = true;
        let bytes = collectors.state(is_durable).and_then(|collectors| {
            saved(&RunState {
                seen: seen.state(),
                audit: audit.clone(),
                reader: self.reader.clone(),
                collectors,
            })
        });
        let bytes = bytes.map_err(|error| SinkError::Write {
            path: sink.scratch_folder().to_owned(),
            reason: error.to_string(),
        })?;
        sink.checkpoint(self.tiles, bytes, is_durable)?;
        self.is_writing = false;
        (self.kept, self.is_durable) = (self.tiles, is_durable);
        let now = Instant::now();
        self.quick.last = now;
        let pace = if is_durable {
            &mut self.durable
        } else {
            &mut self.quick
        };
        pace.last = now;
        pace.took = now - start;
        let (tiles, took) = (self.tiles, pace.took);
        tracing::info!("checkpoint after {tiles} tiles: {took:.1?}");
        Ok(())
    }
}
