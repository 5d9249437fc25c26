//! Stores of Zarr that are stopped, gone on with, replaced, and left out.

use std::collections::BTreeMap;
use std::fs;

use super::tests::{HEIGHT, WIDTH, file, grid, options, values, windows};
use super::*;
use crate::formats::{Compress, Format};
use crate::sinks::store_folder::STORE;

const FILES: usize = 4;
const BANDS: usize = 2;

/// A sink with every window written, in a folder that may have what an earlier one left.
fn written(dir: &Path, options: &RasterOptions) -> Box<RasterSink> {
    let mut folder = OutputFolder::claim(dir).expect("claimed");
    let unfinished = folder.unfinished().expect("a whole journal");
    let all = windows([32, 64]);
    let done = unfinished.as_ref().map_or(0, |unfinished| unfinished.tiles);
    match unfinished {
        Some(_) => folder.take_up().expect("taken up"),
        None => folder.start_anew(b"who").expect("anew"),
    }
    let unfinished = unfinished.map(|unfinished| (unfinished, &all[..done]));
    let files = (0..FILES).map(|n| file(n, BANDS)).collect();
    let sink = RasterSink::create_in(folder, &grid(WIDTH, HEIGHT), files, options, unfinished);
    let mut sink = sink.expect("a sink");
    for &window in &all[done..] {
        let tile: Vec<_> = (0..FILES).map(|n| values(n, BANDS, window)).collect();
        let now: Vec<_> = tile.iter().map(|values| Some(&values[..])).collect();
        sink.write_tile(window, &now).expect("written");
    }
    Box::new(sink)
}

/// Every file in a folder.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(contents(&path).into_iter().map(|(name, bytes)| {
                let name = Path::new(&entry.file_name()).join(name);
                (name, bytes)
            }));
        } else {
            found.insert(entry.file_name().into(), fs::read(path).expect("a file"));
        }
    }
    found
}

/// What an undisturbed sink leaves.
fn undisturbed(options: &RasterOptions) -> BTreeMap<PathBuf, Vec<u8>> {
    let dir = tempfile::tempdir().expect("a folder");
    let files = written(dir.path(), options).finish().expect("finished");
    let found = contents(dir.path());
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let sizes: usize = found.values().map(Vec::len).sum();
    assert_eq!(bytes, sizes as u64);
    found
}

#[test]
fn a_store_that_is_stopped_is_made_by_the_run_that_goes_on() {
    let options = options(Format::Zarr, Compress::Deflate);
    let expected = undisturbed(&options);
    assert!(expected.contains_key(&Path::new(STORE).join("zarr.json")));
    let dir = tempfile::tempdir().expect("a folder");
    let mut sink = written(dir.path(), &options);
    sink.checkpoint(windows([32, 64]).len(), Vec::new(), true)
        .expect("kept");
    let made = sink.make_store(&AtomicBool::new(true)).expect("no failure");
    assert_eq!(made, None);
    drop(sink);
    assert!(!dir.path().join(STORE).exists());
    let mut sink = written(dir.path(), &options);
    let made = sink.make_store(&AtomicBool::new(false)).expect("made");
    let made = made.expect("a store");
    assert_eq!(made.arrays, FILES);
    sink.finish().expect("finished");
    assert!(contents(dir.path()) == expected);
    let of_store = expected.iter().filter(|(name, _)| name.starts_with(STORE));
    let sizes: Vec<usize> = of_store.map(|(_, bytes)| bytes.len()).collect();
    let bytes: usize = sizes.iter().sum();
    assert_eq!((made.files, made.bytes), (sizes.len() as u64, bytes as u64));
}

#[test]
fn a_store_goes_with_its_maps() {
    let zarr = options(Format::Zarr, Compress::Deflate);
    let dir = tempfile::tempdir().expect("a folder");
    written(dir.path(), &zarr).finish().expect("finished");
    let store = dir.path().join(STORE);
    fs::write(store.join("left-over"), "").expect("written");
    written(dir.path(), &zarr).finish().expect("replaced");
    assert!(contents(dir.path()) == undisturbed(&zarr));
    let gtiff = options(Format::GTiff, Compress::Deflate);
    written(dir.path(), &gtiff).finish().expect("finished");
    assert!(contents(dir.path()) == undisturbed(&gtiff));
    // What no run made stays.
    fs::create_dir(&store).expect("made");
    fs::write(store.join("zarr.json"), "{}").expect("written");
    written(dir.path(), &gtiff).finish().expect("finished");
    assert!(store.join("zarr.json").exists());
}

#[test]
fn chunks_are_the_same_for_any_memory() {
    let many = options(Format::Zarr, Compress::Zstd);
    let one = RasterOptions {
        store_bytes: 0,
        ..many
    };
    assert!(undisturbed(&many) == undisturbed(&one));
}
