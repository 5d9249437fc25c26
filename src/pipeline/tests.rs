//! Tiles through stages that do next to nothing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Compute, Ended, results_alive, run, tiles_alive};
use crate::grid::Window;
use crate::tile::{Stored, Tile};

/// What is in the memory of a tile that is computed.
const POISON: u8 = 0xaa;

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

/// A reader that cannot fail; it counts the tiles that it needs new memory for.
fn reader(
    new: &AtomicUsize,
) -> impl FnMut(Window, Option<Tile>) -> Result<Tile, &'static str> + Send + use<'_> {
    |window, used| {
        let number = Stored::U8(vec![u8::try_from(window.row).unwrap_or(0)]);
        let Some(used) = used else {
            new.fetch_add(1, Ordering::Relaxed);
            return Ok(Tile {
                window,
                inputs: vec![number],
                inside: None,
            });
        };
        assert_eq!(
            used.inputs,
            [Stored::U8(vec![POISON])],
            "still in use by the engine"
        );
        Ok(Tile {
            window,
            inputs: vec![number],
            ..used
        })
    }
}

/// The number of a tile, and whether somebody is done with it.
struct Numbered {
    number: usize,
    is_written: AtomicBool,
}

/// Gives each tile's number.
struct Numbers {
    in_flight: usize,
    on_their_way: VecDeque<Tile>,
    /// The most that were on their way at a time.
    most: usize,
    /// How long it takes to start a tile.
    start_takes: Duration,
    used: Vec<Numbered>,
    new_results: usize,
    fails_at: Option<usize>,
    /// Does not finish this tile before the run ends.
    endless_at: Option<usize>,
    ending: Arc<AtomicBool>,
}

impl Numbers {
    fn new(in_flight: usize) -> Self {
        Self {
            in_flight,
            on_their_way: VecDeque::new(),
            most: 0,
            start_takes: Duration::ZERO,
            used: Vec::new(),
            new_results: 0,
            fails_at: None,
            endless_at: None,
            ending: Arc::default(),
        }
    }
}

impl Compute for Numbers {
    type Output = Numbered;
    type Error = &'static str;

    fn in_flight(&self) -> usize {
        self.in_flight
    }

    fn early_end(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.ending)
    }

    fn start(&mut self, tile: Tile) -> Result<(), &'static str> {
        thread::sleep(self.start_takes);
        self.on_their_way.push_back(tile);
        self.most = self.most.max(self.on_their_way.len());
        Ok(())
    }

    fn finish(&mut self) -> Result<(Numbered, Option<Tile>), &'static str> {
        let mut tile = self.on_their_way.pop_front().ok_or("nothing was started")?;
        let Stored::U8(stored) = &tile.inputs[0] else {
            return Err("another type");
        };
        let number = usize::from(stored[0]);
        tile.inputs = vec![Stored::U8(vec![POISON])];
        if self.fails_at == Some(number) {
            return Err("compute");
        }
        if self.endless_at == Some(number) {
            wait_for(&self.ending);
            return Err("nobody wanted it");
        }
        let result = if let Some(used) = self.used.pop() {
            Numbered { number, ..used }
        } else {
            self.new_results += 1;
            Numbered {
                number,
                is_written: AtomicBool::new(false),
            }
        };
        result.is_written.store(false, Ordering::Relaxed);
        Ok((result, Some(tile)))
    }

    fn reuse(&mut self, used: Numbered) {
        assert!(used.is_written.load(Ordering::Relaxed), "it was needed");
        self.used.push(used);
    }
}

/// Waits, not for ever, so that a test that goes wrong ends.
fn wait_for(flag: &AtomicBool) {
    let start = Instant::now();
    while !flag.load(Ordering::Relaxed) {
        assert!(start.elapsed() < Duration::from_mins(1), "nobody came");
        thread::sleep(Duration::from_millis(1));
    }
}

fn write_into(written: &mut Vec<usize>) -> impl FnMut(&Numbered) -> Result<(), &'static str> {
    |result| {
        result.is_written.store(true, Ordering::Relaxed);
        written.push(result.number);
        Ok(())
    }
}

#[test]
fn tiles_are_written_in_order_in_memory_that_goes_round() {
    let stop = AtomicBool::new(false);
    for in_flight in 1..4 {
        let new_tiles = AtomicUsize::new(0);
        let mut compute = Numbers::new(in_flight);
        let mut written = Vec::new();
        let busy = run(
            &windows(100),
            reader(&new_tiles),
            &mut compute,
            9,
            write_into(&mut written),
            &stop,
        );
        assert!(busy.is_ok());
        assert_eq!(written, (0..100).collect::<Vec<_>>());
        assert!(compute.most <= in_flight);
        let new_tiles = new_tiles.into_inner();
        assert!(
            new_tiles <= tiles_alive(in_flight),
            "{new_tiles} tiles, {in_flight} in flight"
        );
        let new_results = compute.new_results;
        assert!(new_results <= results_alive(in_flight), "{new_results}");
    }
}

#[test]
fn no_more_tiles_are_on_their_way_than_the_caller_wants() {
    let new_tiles = AtomicUsize::new(0);
    let mut compute = Numbers::new(3);
    let mut written = Vec::new();
    let busy = run(
        &windows(50),
        reader(&new_tiles),
        &mut compute,
        1,
        write_into(&mut written),
        &AtomicBool::new(false),
    );
    assert!(busy.is_ok() && compute.most == 1);
}

#[test]
fn several_tiles_are_on_their_way_where_the_reader_is_fast() {
    let new_tiles = AtomicUsize::new(0);
    // Meanwhile the reader has the next tile.
    let mut compute = Numbers {
        start_takes: Duration::from_millis(2),
        ..Numbers::new(3)
    };
    let mut written = Vec::new();
    let busy = run(
        &windows(50),
        reader(&new_tiles),
        &mut compute,
        3,
        write_into(&mut written),
        &AtomicBool::new(false),
    );
    assert!(busy.is_ok());
    assert_eq!(compute.most, 3);
}

/// What a run gives whose stages fail at these tiles.
fn failing(
    read: Option<usize>,
    compute: Option<usize>,
    write: Option<usize>,
    endless: Option<usize>,
) -> Result<(), Ended<&'static str>> {
    let new_tiles = AtomicUsize::new(0);
    let fails = |window: Window, used| {
        if read == Some(window.row) {
            Err("read")
        } else {
            reader(&new_tiles)(window, used)
        }
    };
    let mut numbers = Numbers {
        fails_at: compute,
        endless_at: endless,
        ..Numbers::new(2)
    };
    let stop = AtomicBool::new(false);
    let writes = |result: &Numbered| {
        result.is_written.store(true, Ordering::Relaxed);
        if write == Some(result.number) {
            Err("write")
        } else {
            Ok(())
        }
    };
    run(&windows(90), fails, &mut numbers, 2, writes, &stop).map(|_| ())
}

#[test]
fn an_error_of_any_stage_ends_the_run_with_that_error() {
    for tile in [0, 1, 7, 89] {
        let at = Some(tile);
        assert_eq!(failing(at, None, None, None), Err(Ended::Failed("read")));
        assert_eq!(failing(None, at, None, None), Err(Ended::Failed("compute")));
        assert_eq!(failing(None, None, at, None), Err(Ended::Failed("write")));
    }
    assert_eq!(failing(None, None, None, None), Ok(()));
}

/// The last stage would never come to an end by itself.
#[test]
fn a_failure_ends_what_another_stage_is_at() {
    // Tile 5 is read while the engine is at 4, whether or not it has taken 5.
    let ended = failing(Some(5), None, None, Some(4));
    assert_eq!(ended, Err(Ended::Failed("read")));
    let ended = failing(None, None, Some(3), Some(4));
    assert_eq!(ended, Err(Ended::Failed("write")));
}

#[test]
fn a_stop_ends_what_a_stage_is_at() {
    let (new_tiles, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let mut compute = Numbers {
        endless_at: Some(4),
        ..Numbers::new(1)
    };
    let mut written = Vec::new();
    let mut write = write_into(&mut written);
    let ended = run(
        &windows(50),
        reader(&new_tiles),
        &mut compute,
        1,
        |result| {
            // From here on every stage waits for the one that computes tile 4.
            stop.store(result.number == 3, Ordering::Relaxed);
            write(result)
        },
        &stop,
    );
    drop(write);
    assert!(matches!(ended, Err(Ended::Stopped)));
    assert_eq!(written, [0, 1, 2, 3]);
}

#[test]
fn a_stop_before_the_first_tile_computes_nothing() {
    let new_tiles = AtomicUsize::new(0);
    let mut compute = Numbers::new(1);
    let stop = AtomicBool::new(true);
    let mut written = Vec::new();
    let ended = run(
        &windows(5),
        reader(&new_tiles),
        &mut compute,
        1,
        write_into(&mut written),
        &stop,
    );
    assert!(matches!(ended, Err(Ended::Stopped)));
    assert_eq!((new_tiles.into_inner(), compute.most), (0, 0));
}
