//! Sinks that are interrupted anywhere and gone on with: no byte of a file changes.

use std::fs;

use super::tests::{HEIGHT, WIDTH, file, grid, options, values, windows};
use super::*;
use crate::formats::{Compress, Format};

/// Files that come with every tile; one more is made after the last, and one is not kept.
const STREAMED: usize = 3;
const LATE: usize = STREAMED;
const SCRATCH: usize = LATE + 1;
const BANDS: usize = 2;

fn files() -> Vec<RasterFile> {
    (0..=LATE).map(|n| file(n, BANDS)).collect()
}

fn with_scratch(sink: Result<RasterSink, SinkError>) -> Box<RasterSink> {
    let mut sink = sink.expect("a sink");
    let index = sink.add_scratch(file(SCRATCH, BANDS)).expect("made");
    assert_eq!(index, SCRATCH);
    Box::new(sink)
}

/// A sink in a folder, anew or from where another ended; with the tiles that are written.
fn open(dir: &Path, options: &RasterOptions, all: &[Window]) -> (Box<RasterSink>, usize) {
    let mut folder = OutputFolder::claim(dir).expect("claimed");
    let unfinished = folder.unfinished().expect("a whole journal");
    let done = unfinished.as_ref().map_or(0, |unfinished| {
        assert_eq!(unfinished.run, unfinished.tiles.to_le_bytes());
        unfinished.tiles
    });
    match unfinished {
        Some(_) => folder.take_up().expect("taken up"),
        None => folder.start_anew(b"who").expect("anew"),
    }
    let unfinished = unfinished.map(|unfinished| (unfinished, &all[..done]));
    let grid = grid(WIDTH, HEIGHT);
    let sink = RasterSink::create_in(folder, &grid, files(), options, unfinished);
    (with_scratch(sink), done)
}

fn write(sink: &mut RasterSink, windows: &[Window]) {
    for &window in windows {
        let tile: Vec<_> = (0..=SCRATCH).map(|n| values(n, BANDS, window)).collect();
        let mut now: Vec<_> = tile.iter().map(|values| Some(&values[..])).collect();
        now[LATE] = None;
        sink.write_tile(window, &now).expect("written");
    }
}

fn checkpoint(sink: &mut RasterSink, tiles: usize, is_durable: bool) {
    let run = tiles.to_le_bytes().to_vec();
    sink.checkpoint(tiles, run, is_durable).expect("kept");
}

/// Reads a map again as a second pass does, and writes what follows from it.
fn second_pass(sink: &mut RasterSink, all: &[Window]) {
    for raster in [0, SCRATCH] {
        let back = sink.read_back(raster).expect("read back");
        back.read(all[0]).expect("read");
    }
    for &window in all {
        let tile = values(LATE, BANDS, window);
        sink.write(LATE, window, &tile).expect("written");
    }
}

fn finish(mut sink: Box<RasterSink>, all: &[Window]) -> Vec<(PathBuf, Vec<u8>)> {
    second_pass(&mut sink, all);
    let dir = sink.folder.final_path("");
    let written = sink.finish().expect("finished");
    let files = written.into_iter().map(|file| {
        let name = file.path.strip_prefix(&dir).expect("inside").to_owned();
        (name, fs::read(&file.path).expect("a file"))
    });
    files.collect()
}

fn all_options() -> Vec<RasterOptions> {
    let mut all = Vec::new();
    for (format, compress) in [
        (Format::GTiff, Compress::Deflate),
        (Format::GTiff, Compress::None),
        (Format::Cog, Compress::Zstd),
    ] {
        for has_room_for_block in [true, false] {
            all.push(RasterOptions {
                has_room_for_block,
                ..options(format, compress)
            });
        }
    }
    all
}

#[test]
fn an_interruption_between_tiles_changes_no_byte() {
    for options in all_options() {
        // Whole blocks; parts of blocks; blocks that become whole out of their order.
        for tile in [[32, 64], [16, 48], [70, 32]] {
            let all = windows(tile);
            let dir = tempfile::tempdir().expect("a folder");
            let (mut sink, _) = open(dir.path(), &options, &all);
            write(&mut sink, &all);
            let expected = finish(sink, &all);
            for kept in 1..=all.len() {
                let dir = tempfile::tempdir().expect("a folder");
                let (mut sink, _) = open(dir.path(), &options, &all);
                write(&mut sink, &all[..kept]);
                checkpoint(&mut sink, kept, kept % 2 == 0);
                // These are lost.
                let last = all.len().min(kept + kept % 3);
                write(&mut sink, &all[kept..last]);
                drop(sink);
                let (mut sink, done) = open(dir.path(), &options, &all);
                assert_eq!(done, kept);
                write(&mut sink, &all[done..]);
                checkpoint(&mut sink, all.len(), true);
                let found = finish(sink, &all);
                assert!(found == expected, "{options:?}, {tile:?}, {kept} tiles");
                let left = fs::read_dir(dir.path()).expect("a folder").count();
                assert_eq!(left, 1, "nothing but maps/");
            }
        }
    }
}

#[test]
fn an_interruption_after_the_last_tile_changes_no_byte() {
    for options in all_options() {
        for tile in [[16, 48], [70, 32]] {
            let all = windows(tile);
            let dir = tempfile::tempdir().expect("a folder");
            let (mut sink, _) = open(dir.path(), &options, &all);
            write(&mut sink, &all);
            checkpoint(&mut sink, all.len(), true);
            // Some files are closed and put in order, and some have their final form.
            second_pass(&mut sink, &all);
            sink.close(1).expect("closed");
            for index in [0, LATE] {
                sink.close(index).expect("closed");
                let path = sink.unfinished_path(index);
                let finished = sink.format.finish(&path, &sink.files[index]);
                finished.expect("finished");
            }
            drop(sink);
            let (sink, done) = open(dir.path(), &options, &all);
            assert_eq!(done, all.len());
            let found = finish(sink, &all);
            let dir = tempfile::tempdir().expect("a folder");
            let (mut sink, _) = open(dir.path(), &options, &all);
            write(&mut sink, &all);
            assert!(found == finish(sink, &all), "{options:?}, {tile:?}");
        }
    }
}

#[test]
fn files_that_are_not_what_the_journal_says_are_refused() {
    let options = options(Format::GTiff, Compress::Deflate);
    let all = windows([32, 64]);
    let dir = tempfile::tempdir().expect("a folder");
    let (mut sink, _) = open(dir.path(), &options, &all);
    write(&mut sink, &all[..2]);
    checkpoint(&mut sink, 2, true);
    let path = sink.unfinished_path(1);
    drop(sink);
    let whole = fs::read(&path).expect("a file");
    fs::write(&path, &whole[..whole.len() - 1]).expect("cut");
    let folder = OutputFolder::claim(dir.path()).expect("claimed");
    let unfinished = folder.unfinished().expect("a journal").expect("a run");
    let unfinished = Some((unfinished, &all[..2]));
    let grid = grid(WIDTH, HEIGHT);
    let refused = RasterSink::create_in(folder, &grid, files(), &options, unfinished);
    let text = refused.expect_err("cut short").to_string();
    assert!(
        text.contains("map_1") && text.contains("--resume"),
        "{text}"
    );
    assert!(path.exists(), "nothing is removed");
}

#[test]
fn a_run_that_is_not_worth_keeping_leaves_nothing() {
    let options = options(Format::GTiff, Compress::Deflate);
    let all = windows([32, 64]);
    let dir = tempfile::tempdir().expect("a folder");
    let (mut sink, _) = open(dir.path(), &options, &all);
    write(&mut sink, &all[..2]);
    checkpoint(&mut sink, 2, true);
    sink.forget();
    drop(sink);
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0);
}
