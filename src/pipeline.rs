//! Read, compute, write: bounded, in order, in one direction.
//!
//! ```text
//! reader 0 ──┐
//! reader 1 ──┼──(Tile)──► compute ──(result)──► write
//! ...        ┘               ▲                     │
//!                            └────(used result)────┘
//! ```
//!
//! Reader `k % n` reads tile `k`, so that tiles arrive in their order and each reader is at most one tile ahead. Alive
//! at a time are one tile a reader, one tile being computed, and [`RESULTS_ALIVE`] results. The memory budget is divided
//! by that. A result that is written goes back to `compute`, which can put the next one into its memory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::grid::Window;
use crate::tile::Tile;

/// Results alive at a time: one being computed, one waiting, one being written.
pub const RESULTS_ALIVE: usize = 3;

/// Seconds that each stage was busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Busy {
    /// All readers together.
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

/// Runs `windows` through `readers`, `compute` and `write`.
///
/// `compute` runs on a thread of its own, `write` on the calling one. `compute` also gets a result that was written, if
/// there is one, to make the next in its memory. `stop` is checked before every tile.
///
/// # Errors
///
/// The error of the stage furthest downstream. Stages upstream then stop because their channel is closed.
pub fn run<R, T, E>(
    windows: &[Window],
    readers: Vec<R>,
    mut compute: impl FnMut(Tile, Option<T>) -> Result<T, E> + Send,
    mut write: impl FnMut(&T) -> Result<(), E>,
    stop: &AtomicBool,
) -> Result<Busy, Ended<E>>
where
    R: FnMut(Window) -> Result<Tile, E> + Send,
    T: Send,
    E: Send,
{
    thread::scope(|scope| {
        let n_readers = readers.len().max(1);
        let (report, reports) = channel();
        let mut tiles: Vec<Receiver<Tile>> = Vec::new();
        for (first, reader) in readers.into_iter().enumerate() {
            // No queue between reader and engine: a finished tile waits with its reader.
            let (to_engine, from_reader) = sync_channel(0);
            tiles.push(from_reader);
            let mine = windows.iter().skip(first).step_by(n_readers);
            let report = report.clone();
            scope.spawn(move || read_all(reader, mine, &to_engine, stop, &report));
        }
        let (to_writer, results) = sync_channel(1);
        let (give_back, used) = channel();
        let computing = report.clone();
        scope.spawn(move || {
            let mut busy = Duration::ZERO;
            for k in 0..windows.len() {
                // The queue is closed: the reader reports why.
                let Ok(tile) = tiles[k % n_readers].recv() else {
                    break;
                };
                let (result, elapsed) = timed(|| compute(tile, used.try_recv().ok()));
                busy += elapsed;
                match result {
                    Ok(result) => {
                        if to_writer.send(result).is_err() {
                            break;
                        }
                    }
                    Err(error) => {
                        let _ = computing.send(Report::Failed(1, error));
                        break;
                    }
                }
            }
            let _ = computing.send(Report::Busy(1, busy));
        });
        drop(report);

        let mut write_s = Duration::ZERO;
        let mut n_written = 0;
        let mut failed = None;
        for result in results {
            let (written, elapsed) = timed(|| write(&result));
            write_s += elapsed;
            if let Err(error) = written {
                failed = Some((2, error));
                break;
            }
            n_written += 1;
            // After the last tile the channel is closed.
            let _ = give_back.send(result);
        }
        let mut busy = Busy {
            write_s: write_s.as_secs_f64(),
            ..Busy::default()
        };
        for report in reports {
            match report {
                Report::Busy(0, time) => busy.read_s += time.as_secs_f64(),
                Report::Busy(_, time) => busy.compute_s += time.as_secs_f64(),
                Report::Failed(stage, error)
                    if failed.as_ref().is_none_or(|(worst, _)| stage > *worst) =>
                {
                    failed = Some((stage, error));
                }
                Report::Failed(..) => {}
            }
        }
        match failed {
            Some((_, error)) => Err(Ended::Failed(error)),
            None if n_written < windows.len() => Err(Ended::Stopped),
            None => Ok(busy),
        }
    })
}

/// What a stage reports when it ends. The number is its position, larger downstream.
enum Report<E> {
    Busy(u8, Duration),
    Failed(u8, E),
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

fn read_all<'w, E>(
    mut reader: impl FnMut(Window) -> Result<Tile, E>,
    windows: impl Iterator<Item = &'w Window>,
    to_engine: &SyncSender<Tile>,
    stop: &AtomicBool,
    report: &Sender<Report<E>>,
) {
    let mut busy = Duration::ZERO;
    for &window in windows {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let (tile, elapsed) = timed(|| reader(window));
        busy += elapsed;
        match tile {
            Ok(tile) => {
                if to_engine.send(tile).is_err() {
                    break;
                }
            }
            Err(error) => {
                let _ = report.send(Report::Failed(0, error));
                break;
            }
        }
    }
    let _ = report.send(Report::Busy(0, busy));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(n: usize) -> Vec<Window> {
        (0..n)
            .map(|row| Window {
                row,
                col: 0,
                height: 1,
                width: 1,
            })
            .collect()
    }

    #[expect(clippy::unnecessary_wraps, reason = "a reader that cannot fail")]
    fn tile(window: Window) -> Result<Tile, &'static str> {
        Ok(Tile {
            window,
            inputs: Vec::new(),
            inside: None,
        })
    }

    #[test]
    fn tiles_are_written_in_order_whatever_the_number_of_readers() {
        for n_readers in 1..5 {
            let mut written = Vec::new();
            let stop = AtomicBool::new(false);
            let readers = vec![tile; n_readers];
            let busy = run(
                &windows(23),
                readers,
                |tile, _| Ok(tile.window.row),
                |&row| {
                    written.push(row);
                    Ok(())
                },
                &stop,
            );
            assert!(busy.is_ok());
            assert_eq!(written, (0..23).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_of_any_stage_ends_the_run_with_that_error() {
        let stop = AtomicBool::new(false);
        let fails = |window: Window| {
            if window.row == 3 {
                Err("read")
            } else {
                tile(window)
            }
        };
        let read = run(
            &windows(9),
            vec![fails, fails],
            |_, _| Ok(()),
            |()| Ok(()),
            &stop,
        );
        assert_eq!(read, Err(Ended::Failed("read")));
        let compute = run(
            &windows(9),
            vec![tile],
            |t, _| {
                if t.window.row == 2 {
                    Err("compute")
                } else {
                    Ok(())
                }
            },
            |()| Ok(()),
            &stop,
        );
        assert_eq!(compute, Err(Ended::Failed("compute")));
        let write = run(
            &windows(9),
            vec![tile],
            |t, _| Ok(t.window.row),
            |&row| if row == 4 { Err("write") } else { Ok(()) },
            &stop,
        );
        assert_eq!(write, Err(Ended::Failed("write")));
    }

    #[test]
    fn a_stop_ends_the_run_before_its_last_tile() {
        let stop = AtomicBool::new(false);
        let result = run(
            &windows(50),
            vec![tile],
            |t, _| Ok(t.window.row),
            |&row| {
                stop.store(row == 3, Ordering::Relaxed);
                Ok(())
            },
            &stop,
        );
        assert!(matches!(result, Err(Ended::Stopped)) || result.is_ok());
        let stop = AtomicBool::new(true);
        assert_eq!(
            run(&windows(5), vec![tile], |_, _| Ok(()), |()| Ok(()), &stop),
            Err(Ended::Stopped)
        );
    }
}
