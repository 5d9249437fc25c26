//! Runs tiles through the stages.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use crate::grid::Window;
use crate::tile::Tile;

use super::compute::Compute;
use super::ending::Ending;
use super::stages::{compute_all, read_all, write_all};

/// The most tiles that `compute` has on their way at a time.
pub const MAX_IN_FLIGHT: usize = 3;

/// Tiles alive at a time: one with the reader, being read or waiting, and those on their way.
#[must_use]
pub fn tiles_alive(in_flight: usize) -> usize {
    in_flight + 1
}

/// Results alive at a time: those on their way, one waiting, one being written.
#[must_use]
pub fn results_alive(in_flight: usize) -> usize {
    in_flight + 2
}

/// Seconds that each stage was busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Busy {
    /// The reader.
    pub read_s: f64,
    /// The engine.
    pub compute_s: f64,
    /// The writer.
    pub write_s: f64,
}

/// Why a pipeline ended before its last tile.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended<E> {
    /// A stage failed.
    Failed(E),
    /// It was asked to stop.
    Stopped,
}

/// Runs `windows` through `reader`, `compute` and `write`.
///
/// `reader` and `compute` run on threads of their own, `write` on the calling one. The reader also gets a tile that is
/// computed, if there is one, to read the next into its memory.
///
/// # Arguments
///
/// * `in_flight` - tiles that may be on their way in `compute`, at most what it takes itself.
/// * `stop` - ends the run: no stage begins with another tile.
///
/// # Errors
///
/// The first error of any stage. The others then end with the tile that they are at.
pub fn run<R, C, E>(
    windows: &[Window],
    reader: R,
    compute: &mut C,
    in_flight: usize,
    write: impl FnMut(&C::Output) -> Result<(), E>,
    stop: &AtomicBool,
) -> Result<Busy, Ended<E>>
where
    R: FnMut(Window, Option<Tile>) -> Result<Tile, E> + Send,
    C: Compute<Error = E>,
    E: Send,
{
    let in_flight = in_flight.min(compute.in_flight()).max(1);
    let ending = Ending::new(stop, compute.early_end());
    let (used_tiles, give_back_tile) = room_for(tiles_alive(in_flight));
    // No queue is between reader and engine: a tile that is read waits with the reader.
    let (to_engine, tiles) = sync_channel(0);
    let (to_writer, results) = sync_channel(1);
    let (give_back, used) = channel();
    let (n_written, busy) = thread::scope(|scope| {
        let ending = &ending;
        let reading =
            scope.spawn(move || read_all(reader, windows, &used_tiles, &to_engine, ending));
        let computing = scope.spawn(move || {
            compute_all(
                compute,
                in_flight,
                &tiles,
                &give_back_tile,
                &to_writer,
                &used,
                ending,
            )
        });
        let (n_written, write) = write_all(write, &results, &give_back, ending);
        // A result that waits to be taken would keep `compute` from ending.
        drop(results);
        let busy = Busy {
            read_s: seconds_of(reading),
            compute_s: seconds_of(computing),
            write_s: write.as_secs_f64(),
        };
        (n_written, busy)
    });
    match ending.into_error() {
        Some(error) => Err(Ended::Failed(error)),
        None if n_written < windows.len() => Err(Ended::Stopped),
        None => Ok(busy),
    }
}

/// Seconds that a stage was busy, once it ended.
fn seconds_of(stage: thread::ScopedJoinHandle<'_, Duration>) -> f64 {
    match stage.join() {
        Ok(busy) => busy.as_secs_f64(),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Room for `n` tiles: each piece is new memory, or that of a tile that was given back.
fn room_for(n: usize) -> (Receiver<Option<Tile>>, Sender<Option<Tile>>) {
    let (give_back, used) = channel();
    for _ in 0..n {
        // The receiver is in this function.
        let _ = give_back.send(None);
    }
    (used, give_back)
}
