//! The three stages, each a loop of a thread. Each gives the time that it was busy.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender};
use std::time::{Duration, Instant};

use crate::grid::Window;
use crate::tile::Tile;

use super::compute::Compute;
use super::ending::Ending;

/// How long a request to stop may go unnoticed while nothing arrives.
const NOTICE: Duration = Duration::from_millis(50);

/// Reads `windows` into tiles, in the memory of `used` ones.
pub(super) fn read_all<E>(
    mut reader: impl FnMut(Window, Option<Tile>) -> Result<Tile, E>,
    windows: &[Window],
    used: &Receiver<Option<Tile>>,
    to_engine: &SyncSender<Tile>,
    ending: &Ending<'_, E>,
) -> Duration {
    let mut busy = Duration::ZERO;
    for &window in windows {
        // An error once nobody gives any back.
        let Ok(used) = used.recv() else { break };
        if ending.is_early() {
            break;
        }
        match timed(&mut busy, || reader(window, used)) {
            Ok(tile) => {
                if to_engine.send(tile).is_err() {
                    break;
                }
            }
            Err(error) => {
                ending.fail(error);
                break;
            }
        }
    }
    busy
}

/// The next tile; nothing if there is none, or none yet and the caller does not `wait`.
fn next_of(tiles: &Receiver<Tile>, wait: bool) -> Option<Tile> {
    if wait {
        tiles.recv().ok()
    } else {
        tiles.try_recv().ok()
    }
}

/// Starts tiles as they come and finishes them in the same order.
pub(super) fn compute_all<C: Compute>(
    compute: &mut C,
    in_flight: usize,
    tiles: &Receiver<Tile>,
    used_tiles: &Sender<Option<Tile>>,
    to_writer: &SyncSender<C::Output>,
    used: &Receiver<C::Output>,
    ending: &Ending<'_, C::Error>,
) -> Duration {
    let mut busy = Duration::ZERO;
    let mut on_their_way = 0;
    while !ending.is_early() {
        if on_their_way < in_flight
            && let Some(tile) = next_of(tiles, on_their_way == 0)
        {
            if let Err(error) = timed(&mut busy, || compute.start(tile)) {
                ending.fail(error);
                break;
            }
            on_their_way += 1;
            continue;
        }
        // There are no more, or the reader ended early.
        if on_their_way == 0 {
            break;
        }
        let finished = timed(&mut busy, || {
            for used in used.try_iter() {
                compute.reuse(used);
            }
            compute.finish()
        });
        on_their_way -= 1;
        match finished {
            Ok((result, tile)) => {
                // After the last tile the reader takes none.
                let _ = used_tiles.send(tile);
                if to_writer.send(result).is_err() {
                    break;
                }
            }
            Err(error) => {
                ending.fail(error);
                break;
            }
        }
    }
    busy
}

/// Writes results as they come. Returns how many it wrote too.
pub(super) fn write_all<T, E>(
    mut write: impl FnMut(&T) -> Result<(), E>,
    results: &Receiver<T>,
    used: &Sender<T>,
    ending: &Ending<'_, E>,
) -> (usize, Duration) {
    let mut busy = Duration::ZERO;
    let mut n_written = 0;
    while !ending.is_early() {
        let result = match results.recv_timeout(NOTICE) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        if let Err(error) = timed(&mut busy, || write(&result)) {
            ending.fail(error);
            break;
        }
        n_written += 1;
        // After the last tile nothing is made in its memory.
        let _ = used.send(result);
    }
    (n_written, busy)
}

/// The result of `work`, whose time is added to `busy`.
fn timed<T>(busy: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *busy += start.elapsed();
    result
}
