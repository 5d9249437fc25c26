//! How far the device is: what the thread that submits slabs and the thread that waits for them
//! both know.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::budget::SLOTS;
use super::schedule::{Slice, SliceCursor, SliceScheduler};

/// Submissions that may wait at the device: two of each slot. What a slow device takes is learnt on
/// the way, so it must not have all submissions of its slabs at once.
const MAX_WAITING: u64 = 2 * SLOTS as u64;

/// What both threads know.
struct State {
    scheduler: SliceScheduler,
    /// Submissions made, and those that are through.
    made: u64,
    done: u64,
    /// Slabs made, those through, and the most on their way at a time.
    slabs: SlabCounts,
    host: HostWork,
    /// Nobody waits for submissions any more.
    is_over: bool,
    /// Why the device was lost.
    failure: Option<String>,
}

/// Slabs that went to a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlabCounts {
    /// Slabs submitted so far.
    pub submitted: u64,
    /// Those whose layers are back.
    pub returned: u64,
    /// The most that were on their way at a time.
    pub most_on_their_way: u64,
}

/// What the host did for the slabs of a device so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HostWork {
    /// Pixels whose inputs were written where the device reads them.
    pub filled: u64,
    /// Seconds in which they were.
    pub fill_s: f64,
    /// Pixels whose layers were taken apart.
    pub unpacked: u64,
    /// Seconds in which they were.
    pub unpack_s: f64,
}

/// Submissions as they pass.
pub(super) struct Progress {
    state: Mutex<State>,
    changed: Condvar,
}

impl Progress {
    pub(super) fn new(scheduler: SliceScheduler) -> Self {
        Self {
            state: Mutex::new(State {
                scheduler,
                made: 0,
                done: 0,
                slabs: SlabCounts::default(),
                host: HostWork::default(),
                is_over: false,
                failure: None,
            }),
            changed: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The slices of the next submission of a slab of `n_pixels`; none when it is through. Waits
    /// while too many are on their way, and until all are through where the next shows what a stage
    /// costs. None either when nobody waits for them any more.
    pub(super) fn next(&self, cursor: &mut SliceCursor, n_pixels: usize) -> Vec<Slice> {
        let must_wait = |state: &mut State| {
            let waiting = state.made - state.done;
            let is_learning = state.scheduler.is_learning(cursor, n_pixels);
            !state.is_over && (waiting >= MAX_WAITING || (is_learning && waiting > 0))
        };
        let state = self
            .changed
            .wait_while(self.state(), must_wait)
            .unwrap_or_else(PoisonError::into_inner);
        if state.is_over {
            return Vec::new();
        }
        state.scheduler.next(cursor, n_pixels)
    }

    /// Whether a slab starts with a slice that is measured.
    pub(super) fn is_learning(&self, n_pixels: usize) -> bool {
        let state = self.state();
        state
            .scheduler
            .is_learning(&SliceCursor::default(), n_pixels)
    }

    /// Whether all stages have computed all pixels.
    pub(super) fn is_through(&self, cursor: &SliceCursor) -> bool {
        self.state().scheduler.is_through(cursor)
    }

    /// One more submission is on its way, the last of a slab or another.
    pub(super) fn made(&self, is_last_of_slab: bool) {
        let mut state = self.state();
        state.made += 1;
        let slabs = &mut state.slabs;
        slabs.submitted += u64::from(is_last_of_slab);
        let on_their_way = slabs.submitted - slabs.returned;
        slabs.most_on_their_way = slabs.most_on_their_way.max(on_their_way);
    }

    /// Submissions so far.
    pub(super) fn n_made(&self) -> u64 {
        self.state().made
    }

    /// The oldest submission is through: its slices took `seconds`, or less where the host was late.
    pub(super) fn done(&self, slices: &[Slice], seconds: f64, is_late: bool) {
        let mut state = self.state();
        state.scheduler.learn(slices, seconds, is_late);
        state.done += 1;
        drop(state);
        self.changed.notify_all();
    }

    /// The inputs of a slab of `n_pixels` were written within `seconds`.
    pub(super) fn filled(&self, n_pixels: usize, seconds: f64) {
        let host = &mut self.state().host;
        host.filled += n_pixels as u64;
        host.fill_s += seconds;
    }

    /// The layers of a slab of `n_pixels` are back, taken apart within `seconds`.
    pub(super) fn returned(&self, n_pixels: usize, seconds: f64) {
        let mut state = self.state();
        state.slabs.returned += 1;
        state.host.unpacked += n_pixels as u64;
        state.host.unpack_s += seconds;
    }

    pub(super) fn host(&self) -> HostWork {
        self.state().host
    }

    pub(super) fn slabs(&self) -> SlabCounts {
        self.state().slabs
    }

    /// Pixels that the slowest stage computes within `seconds`.
    pub(super) fn pixels_within(&self, seconds: f64) -> usize {
        self.state().scheduler.pixels_within(seconds)
    }

    /// No slice from now on has more pixels.
    pub(super) fn limit(&self, pixels: usize) {
        self.state().scheduler.limit(pixels);
    }

    /// The device was lost; the first reason is kept.
    pub(super) fn fail(&self, reason: String) {
        self.state().failure.get_or_insert(reason);
        self.end();
    }

    /// Nobody waits for submissions any more.
    pub(super) fn end(&self) {
        self.state().is_over = true;
        self.changed.notify_all();
    }

    /// Whether that is so.
    pub(super) fn is_over(&self) -> bool {
        self.state().is_over
    }

    /// Why the device was lost.
    pub(super) fn failure(&self) -> Option<String> {
        self.state().failure.clone()
    }
}
