//! The thread that waits for submissions in their order, learns what they took, and takes results
//! apart as soon as they are back.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use crate::chain::Chain;
use crate::tile::{Tile, TileOutput};

use super::adapter::{DeviceWatch, SUBMISSION_TIMEOUT};
use super::packing::Packing;
use super::picking::{PickedPixels, Picking};
use super::pool::Pool;
use super::progress::Progress;
use super::schedule::Slice;
use super::slots::Slot;
use super::unpack::{SlabPixels, unpack};

/// With a shorter wait than this the host was late: the device had already finished.
const NO_WAIT: Duration = Duration::from_micros(200);

/// A tile on its way.
pub(super) struct TileOnItsWay {
    pub(super) tile: Arc<Tile>,
    pub(super) output: TileOutput,
    /// What is to be done about each pixel.
    pub(super) attention: Vec<u8>,
    /// Flagged pixels with their inputs.
    pub(super) picked: Vec<PickedPixels>,
    /// Slabs of which these did not come back.
    pub(super) not_picked: Vec<Range<usize>>,
    /// Pixels whose layers are back.
    n_returned: usize,
}

impl TileOnItsWay {
    pub(super) fn new(tile: Arc<Tile>, output: TileOutput, mut attention: Vec<u8>) -> Self {
        attention.resize(tile.window.n_pixels(), 0);
        Self {
            tile,
            output,
            attention,
            picked: Vec::new(),
            not_picked: Vec::new(),
            n_returned: 0,
        }
    }
}

/// The result of mapping a buffer.
pub(super) type Mapped = Receiver<Result<(), wgpu::BufferAsyncError>>;

/// A submission on its way.
pub(super) struct Submitted {
    pub(super) submission: wgpu::SubmissionIndex,
    pub(super) at: Instant,
    pub(super) slices: Vec<Slice>,
    /// The slab whose last submission it is.
    pub(super) slab: Option<Slab>,
}

/// A slab on its way back.
pub(super) struct Slab {
    pub(super) slot: usize,
    pub(super) pixels: SlabPixels,
    /// Bytes that come back.
    pub(super) n_bytes: u64,
    /// Its buffers, staging and read-back, as soon as the host may use them.
    pub(super) mapped: [Mapped; 2],
}

/// What the thread gets, in order.
pub(super) enum Message {
    /// The slabs that follow are of this tile.
    Tile(TileOnItsWay),
    /// A submission was made.
    Submitted(Submitted),
}

/// What the thread has.
pub(super) struct Collector {
    pub(super) watch: DeviceWatch,
    pub(super) slots: Arc<Vec<Slot>>,
    pub(super) chain: Arc<Chain>,
    pub(super) packing: Arc<Packing>,
    /// None where nothing is decided.
    pub(super) picking: Option<Picking>,
    pub(super) progress: Arc<Progress>,
    pub(super) pool: Pool,
    /// Slots that may be filled again.
    pub(super) free: Sender<usize>,
    /// Tiles whose layers are all back.
    pub(super) returned: Sender<TileOnItsWay>,
}

impl Collector {
    /// Takes what comes until there is no more, or the device is lost.
    pub(super) fn run(self, messages: &Receiver<Message>) {
        // Whoever waits is woken also where this thread ends in a panic.
        let _end = EndOnDrop(&self.progress);
        if let Err(reason) = self.take_all(messages) {
            self.progress.fail(reason);
        }
    }

    fn take_all(&self, messages: &Receiver<Message>) -> Result<(), String> {
        let mut tile: Option<TileOnItsWay> = None;
        let mut last_done: Option<Instant> = None;
        for message in messages {
            if self.progress.is_over() {
                break;
            }
            match message {
                Message::Tile(next) => tile = Some(next),
                Message::Submitted(submitted) => {
                    self.wait(&submitted, &mut last_done)?;
                    if let (Some(slab), Some(tile)) = (submitted.slab, &mut tile) {
                        self.collect(&slab, tile)?;
                    }
                }
            }
            let is_whole = |tile: &mut TileOnItsWay| tile.n_returned == tile.attention.len();
            if let Some(whole) = tile.take_if(is_whole) {
                // Nobody takes it once the engine is dropped.
                let _ = self.returned.send(whole);
            }
        }
        Ok(())
    }

    /// Waits for a submission and learns how long it took.
    fn wait(&self, submitted: &Submitted, last_done: &mut Option<Instant>) -> Result<(), String> {
        let asked = Instant::now();
        self.watch.wait(&submitted.submission)?;
        let now = Instant::now();
        let since = last_done.map_or(submitted.at, |last| last.max(submitted.at));
        let is_late = now - asked < NO_WAIT;
        let seconds = (now - since).as_secs_f64();
        self.progress.done(&submitted.slices, seconds, is_late);
        *last_done = Some(now);
        Ok(())
    }

    /// Takes a slab apart and hands its slot back.
    fn collect(&self, slab: &Slab, tile: &mut TileOnItsWay) -> Result<(), String> {
        for mapped in &slab.mapped {
            match mapped.recv_timeout(SUBMISSION_TIMEOUT) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(error.to_string()),
                Err(error) => return Err(error.to_string()),
            }
        }
        let readback = &self.slots[slab.slot].readback;
        let view = readback
            .get_mapped_range(..slab.n_bytes)
            .map_err(|error| error.to_string())?;
        let (packing, pixels) = (&*self.packing, slab.pixels);
        let picked = self.picking.as_ref().map_or(0, Picking::n_bytes);
        let (picked, packed) = view.split_at(picked);
        let TileOnItsWay {
            tile: of,
            output,
            attention,
            ..
        } = tile;
        let picking = self.picking.as_ref();
        let take = || picking.map(|picking| picking.take(picked, &self.chain, of, pixels.first));
        let unpack = || unpack(packed, packing, pixels, &mut output.layers, attention);
        let start = Instant::now();
        let (taken, ()) = self.pool.install(|| rayon::join(take, unpack));
        let seconds = start.elapsed().as_secs_f64();
        match taken {
            Some(Some(some)) => tile.picked.push(some),
            Some(None) => tile.not_picked.push(pixels.first..pixels.first + pixels.n),
            // Nothing is decided.
            None => {}
        }
        drop(view);
        readback.unmap();
        tile.n_returned += slab.pixels.n;
        self.progress.returned(pixels.n, seconds);
        // Nobody fills it once the engine is dropped.
        let _ = self.free.send(slab.slot);
        Ok(())
    }
}

struct EndOnDrop<'a>(&'a Progress);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
