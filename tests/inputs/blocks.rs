//! How inputs are stored, cut into tiles, and shared among threads: none of it changes a bit, and each block is decoded
//! once.

use std::path::Path;

use doline::sources::{FillCount, InputRequest, OpenedInput, Stacks};
use doline::tile::{Stored, Tile};
use doline::tiling::{Room, Tiling, cut, tiles};
use gdal::raster::GdalType;
use tempfile::TempDir;

use crate::made::{Made, YEARS, request};

/// Columns and rows: neither whole blocks nor whole tiles.
const SIZE: (usize, usize) = (530, 300);

/// Three bands; every 97th number is missing, and so is a corner.
fn bands<T>(of: impl Fn(usize) -> T + Copy, missing: T) -> Vec<Vec<T>>
where
    T: Copy,
{
    let number = |band: usize, pixel: usize| {
        let is_corner = pixel % SIZE.0 < 200 && pixel / SIZE.0 < 70;
        if pixel % 97 == 3 || is_corner {
            missing
        } else {
            of(band * 31 + pixel * 7 % 1009)
        }
    };
    (0..3)
        .map(|band| {
            (0..SIZE.0 * SIZE.1)
                .map(|pixel| number(band, pixel))
                .collect()
        })
        .collect()
}

fn save<T: GdalType + Copy>(path: &Path, bands: Vec<Vec<T>>, nodata: f64, options: &[&str]) {
    let made = Made {
        size: SIZE,
        bands,
        nodata: Some(nodata),
        ..Made::default()
    };
    made.save("GTiff", path, options);
}

/// One input for each way in which files are stored, with the blocks of all its bands.
fn inputs(dir: &Path) -> Vec<(InputRequest, u64)> {
    let blocks =
        |width: usize, height: usize| 3 * (SIZE.0.div_ceil(width) * SIZE.1.div_ceil(height)) as u64;
    let mut all = Vec::new();
    let mut add = |name: &str, n_blocks: u64| {
        all.push((request(name, &[dir.join(name)]), n_blocks));
    };
    let short = |n: usize| i16::try_from(n).unwrap();
    let tiled = [
        "TILED=YES",
        "BLOCKXSIZE=128",
        "BLOCKYSIZE=64",
        "COMPRESS=DEFLATE",
    ];
    let with = |more: &[&'static str]| [&tiled[..], more].concat();
    save(
        &dir.join("tiled"),
        bands(short, -9999),
        -9999.0,
        &with(&["INTERLEAVE=BAND"]),
    );
    add("tiled", blocks(128, 64));
    let byte = |n: usize| u8::try_from(n % 250).unwrap();
    save(
        &dir.join("pixels"),
        bands(byte, 255),
        255.0,
        &with(&["INTERLEAVE=PIXEL"]),
    );
    add("pixels", blocks(128, 64));
    let float = |n: usize| f32::from(short(n)) * 0.37;
    let strips = ["COMPRESS=DEFLATE", "INTERLEAVE=BAND", "BLOCKYSIZE=5"];
    save(
        &dir.join("strips"),
        bands(float, f32::NAN),
        f64::NAN,
        &strips,
    );
    add("strips", blocks(SIZE.0, 5));
    let lines = ["INTERLEAVE=BAND", "BLOCKYSIZE=1"];
    save(
        &dir.join("lines"),
        bands(|n| u16::try_from(n).unwrap(), 65_535),
        65_535.0,
        &lines,
    );
    add("lines", blocks(SIZE.0, 1));
    // Converted to f32 on reading.
    let double = |n: usize| f64::from(short(n)) / 3.0;
    save(
        &dir.join("doubles"),
        bands(double, -1.0),
        -1.0,
        &with(&["INTERLEAVE=BAND"]),
    );
    add("doubles", blocks(128, 64));
    all
}

fn open(inputs: &[(InputRequest, u64)]) -> Stacks {
    let requests: Vec<InputRequest> = inputs.iter().map(|(request, _)| request.clone()).collect();
    Stacks::open(&requests, YEARS, None, None).unwrap()
}

/// The stored numbers of every input on the whole grid, what was counted in them, and how many blocks were decoded.
struct ReadInTiles {
    inputs: Vec<Vec<u64>>,
    counts: Vec<Vec<FillCount>>,
    blocks_decoded: u64,
}

fn bits(stored: &Stored) -> Vec<u64> {
    match stored {
        Stored::U8(v) => v.iter().map(|&x| x.into()).collect(),
        Stored::I16(v) => v.iter().map(|&x| x.cast_unsigned().into()).collect(),
        Stored::U16(v) => v.iter().map(|&x| x.into()).collect(),
        Stored::F32(v) => v.iter().map(|&x| x.to_bits().into()).collect(),
    }
}

/// Decoded blocks that later tiles need wait in `folder`.
fn read_in_tiles(inputs: &[(InputRequest, u64)], tiling: &Tiling, folder: &Path) -> ReadInTiles {
    let stacks = open(inputs);
    let names: Vec<String> = inputs.iter().map(|(input, _)| input.name.clone()).collect();
    let mut reader = stacks.reader(&names).unwrap().for_run(folder);
    let n_pixels = SIZE.0 * SIZE.1;
    let mut whole = vec![vec![u64::MAX; 3 * n_pixels]; inputs.len()];
    let mut used: Option<Tile> = None;
    for &window in &tiling.windows {
        let tile = reader.read_into(window, used.take()).unwrap();
        for (whole, stored) in whole.iter_mut().zip(&tile.inputs) {
            for (step, values) in bits(stored).chunks(window.n_pixels()).enumerate() {
                for (row, line) in values.chunks(window.width).enumerate() {
                    let at = step * n_pixels + (window.row + row) * SIZE.0 + window.col;
                    whole[at..at + window.width].copy_from_slice(line);
                }
            }
        }
        used = Some(tile);
    }
    ReadInTiles {
        inputs: whole,
        counts: stacks
            .inputs()
            .iter()
            .map(OpenedInput::fill_counts)
            .collect(),
        blocks_decoded: reader.blocks_decoded(),
    }
}

fn tilings(stacks: &Stacks) -> Vec<Tiling> {
    let size = [SIZE.1, SIZE.0];
    let block = [stacks.block().height, stacks.block().width];
    let within = |n_pixels: u64| {
        let room = Room {
            budget_bytes: n_pixels,
            fixed_bytes: 0,
            bytes_per_pixel: 1,
            output_bytes_per_pixel: 0,
        };
        cut(size, block, &room).unwrap()
    };
    let stated = [[7, 64], [300, 64], [33, 192]].map(|tile| tiles(size, tile, block));
    let mut tilings = [1 << 10, 5000, 1 << 14, 1 << 16, 1 << 20]
        .map(within)
        .to_vec();
    tilings.extend(stated);
    tilings
}

#[test]
fn no_cut_and_no_number_of_threads_changes_a_bit_and_each_block_is_decoded_once() {
    let dir = TempDir::new().unwrap();
    let inputs = inputs(dir.path());
    let n_blocks: u64 = inputs.iter().map(|(_, n_blocks)| n_blocks).sum();
    let stacks = open(&inputs);
    let blocks = TempDir::new().unwrap();
    let tiling = tiles([SIZE.1, SIZE.0], [SIZE.1, SIZE.0], [1, 1]);
    let whole = read_in_tiles(&inputs, &tiling, blocks.path());
    // 97 does not divide the row: a missing number in each input, counted once.
    assert!(
        whole
            .counts
            .iter()
            .all(|counts| counts[0].count > 3 * 14_000)
    );
    let missing = bits(&Stored::F32(vec![f32::NAN]))[0];
    assert_eq!(whole.inputs[4][3], missing, "a double that is missing");
    assert_eq!(
        whole.inputs[0][100 * SIZE.0],
        ((100 * SIZE.0 * 7) % 1009) as u64
    );
    for tiling in tilings(&stacks) {
        for n_threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build();
            let read = || read_in_tiles(&inputs, &tiling, blocks.path());
            let read = pool.unwrap().install(read);
            let what = format!("{}x{} in {n_threads} threads", tiling.height, tiling.width);
            for ((input, expected), (request, _)) in
                read.inputs.iter().zip(&whole.inputs).zip(&inputs)
            {
                assert!(input == expected, "{} in tiles of {what}", request.name);
            }
            assert_eq!(read.counts, whole.counts, "{what}");
            assert_eq!(read.blocks_decoded, n_blocks, "{what}");
        }
    }
    let left = std::fs::read_dir(blocks.path()).unwrap().count();
    assert_eq!(left, 0, "the file of blocks is gone with its reader");
}

#[test]
fn without_a_folder_for_blocks_they_are_decoded_again() {
    let dir = TempDir::new().unwrap();
    let inputs = inputs(dir.path());
    let n_blocks: u64 = inputs.iter().map(|(_, n_blocks)| n_blocks).sum();
    let tiling = tiles([SIZE.1, SIZE.0], [33, 192], [64, 128]);
    let [kept, again] = [dir.path().to_owned(), dir.path().join("not there")]
        .map(|folder| read_in_tiles(&inputs, &tiling, &folder));
    assert_eq!(kept.blocks_decoded, n_blocks);
    assert!(again.blocks_decoded > n_blocks, "{}", again.blocks_decoded);
    assert!(kept.inputs == again.inputs);
    assert_eq!(kept.counts, again.counts);
}

#[test]
fn a_format_of_one_thread_takes_memory_for_one_block_and_leaves_the_others_all_threads() {
    let dir = TempDir::new().unwrap();
    save(
        &dir.path().join("tiled"),
        bands(|n| u16::try_from(n).unwrap(), 65_535),
        65_535.0,
        &["TILED=YES"],
    );
    let float = |n: usize| f32::from(u16::try_from(n).unwrap());
    let made = Made {
        size: SIZE,
        bands: bands(float, -1.0),
        nodata: Some(-1.0),
        ..Made::default()
    };
    let days = [0.0, 365.0, 730.0];
    made.netcdf(
        &dir.path().join("net.nc"),
        &days,
        "days since 2001-01-01",
        "",
    );
    let named = |names: &[&str]| {
        let requests = names
            .iter()
            .map(|name| (request(name, &[dir.path().join(name)]), 0));
        open(&requests.collect::<Vec<_>>())
    };
    let with = |stacks: &Stacks, n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build();
        pool.unwrap().install(|| stacks.decoding_bytes())
    };
    let (tiled, net) = (named(&["tiled"]), named(&["net.nc"]));
    assert_eq!(with(&tiled, 4), 4 * with(&tiled, 1));
    assert_eq!(with(&net, 4), with(&net, 1));
    assert!(with(&net, 1) > 0);
    assert!(net.needs_one_thread() && !tiled.needs_one_thread());
    assert!(!named(&["tiled", "net.nc"]).needs_one_thread());
}

#[test]
fn mosaics_of_one_file_are_read_by_several_threads() {
    let dir = TempDir::new().unwrap();
    let inputs = inputs(dir.path());
    let tiled = gdal::Dataset::open(dir.path().join("tiled")).unwrap();
    let mosaics = ["one.vrt", "two.vrt"].map(|name| {
        let driver = gdal::DriverManager::get_driver_by_name("VRT").unwrap();
        let path = dir.path().join(name);
        let options = gdal::raster::RasterCreationOptions::new();
        let mosaic = tiled.create_copy(&driver, &path, &options).unwrap();
        mosaic.close().unwrap();
        (request(name, &[path]), 0)
    });
    let blocks = TempDir::new().unwrap();
    let tiling = tiles([SIZE.1, SIZE.0], [64, 64], [64, 64]);
    let expected = read_in_tiles(&inputs[..1], &tiling, blocks.path());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build();
    pool.unwrap().install(|| {
        for tiling in tilings(&open(&mosaics)) {
            let read = read_in_tiles(&mosaics, &tiling, blocks.path());
            for input in &read.inputs {
                assert!(
                    *input == expected.inputs[0],
                    "{}x{}",
                    tiling.height,
                    tiling.width
                );
            }
        }
    });
}

#[test]
fn a_tile_without_any_block_is_one_pixel_and_counted_as_it_is() {
    let dir = TempDir::new().unwrap();
    let mut sparse = bands(|_| 7_i16, -9999);
    // The corner is all that has values.
    for band in &mut sparse {
        for (pixel, x) in band.iter_mut().enumerate() {
            let is_corner = pixel % SIZE.0 < 60 && pixel / SIZE.0 >= 256;
            *x = if is_corner { 11 } else { -9999 };
        }
    }
    let tiled = [
        "TILED=YES",
        "BLOCKXSIZE=64",
        "BLOCKYSIZE=64",
        "COMPRESS=DEFLATE",
        "INTERLEAVE=BAND",
    ];
    let dense: Vec<&str> = tiled.to_vec();
    let holes = [&tiled[..], &["SPARSE_OK=TRUE"]].concat();
    let mut found = Vec::new();
    for (name, options) in [("dense", dense), ("sparse", holes)] {
        save(&dir.path().join(name), sparse.clone(), -9999.0, &options);
        let stacks = open(&[(request(name, &[dir.path().join(name)]), 0)]);
        let reader = stacks.reader(&[name.to_owned()]).unwrap();
        let mut reader = reader.for_run(dir.path());
        let specs = [stacks.inputs()[0].spec("1")];
        let tiling = tiles([SIZE.1, SIZE.0], [64, 64], [64, 64]);
        let is_one = |window| {
            let tile = reader.read_into(window, None).unwrap();
            let is_one = tile.is_one_for_all(&specs);
            let n = tile.inputs[0].len();
            assert_eq!(n, if is_one { 3 } else { 3 * window.n_pixels() });
            assert!(!is_one || bits(&tile.inputs[0]) == [0xd8f1; 3], "-9999");
            is_one
        };
        let n_ones = tiling
            .windows
            .iter()
            .copied()
            .map(is_one)
            .filter(|is_one| *is_one)
            .count();
        found.push((
            n_ones,
            stacks.inputs()[0].fill_counts(),
            reader.blocks_decoded(),
        ));
    }
    assert_eq!((found[0].0, found[1].0), (0, 44), "all 45 tiles but one");
    assert_eq!(found[0].1, found[1].1, "missing numbers");
    assert_eq!((found[0].2, found[1].2), (3 * 45, 3), "blocks decoded");
}
