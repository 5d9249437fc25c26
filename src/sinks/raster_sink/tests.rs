//! Files of every format and compression, written in tiles of many shapes.

use std::fs;

use super::*;
use crate::formats::{Compress, FileKind, Format};
use crate::grid::Coordinates;
use crate::sinks::read_back::RasterRead;

pub(super) const WIDTH: usize = 100;
pub(super) const HEIGHT: usize = 70;

pub(super) fn grid(width: usize, height: usize) -> Grid {
    Grid {
        crs_wkt: String::new(),
        crs_name: "none".to_owned(),
        coordinates: Coordinates::Unknown,
        metres_per_unit: 1.0,
        transform: [0.0, 1.0, 0.0, 0.0, 0.0, -1.0],
        width,
        height,
    }
}

fn kinds() -> [FileKind; 3] {
    let labels = vec![(1, "one".to_owned())];
    [
        FileKind::Values,
        FileKind::Labelled(labels),
        FileKind::Flags(&[]),
    ]
}

pub(super) fn file(n: usize, bands: usize) -> RasterFile {
    RasterFile {
        path: format!("maps/map_{n}"),
        description: format!("map {n}"),
        unit: "1".to_owned(),
        bands: (0..bands).map(|band| band.to_string()).collect(),
        kind: kinds()[n % 3].clone(),
        metadata: Vec::new(),
    }
}

pub(super) fn options(format: Format, compress: Compress) -> RasterOptions {
    RasterOptions {
        format,
        compress,
        block: [32, 32],
        cell: [64, 64],
        has_room_for_block: true,
        store_bytes: 64 << 20,
    }
}

/// A value of each pixel, with gaps, and without any value in the first block.
fn value(file: usize, band: usize, row: usize, col: usize) -> f32 {
    let number = (row * 7 + col * col + 31 * band) % 200 + file;
    if row.max(col) < 32 || (row + col).is_multiple_of(13) {
        f32::NAN
    } else {
        f32::from(u16::try_from(number).unwrap_or(0))
    }
}

pub(super) fn values(file: usize, bands: usize, window: Window) -> Vec<f32> {
    let rows = window.row..window.row + window.height;
    let cols = window.col..window.col + window.width;
    let pixels = (0..bands).flat_map(|band| {
        let cols = cols.clone();
        rows.clone()
            .flat_map(move |row| cols.clone().map(move |col| value(file, band, row, col)))
    });
    pixels.collect()
}

/// Tiles of a size, row by row.
pub(super) fn windows([height, width]: [usize; 2]) -> Vec<Window> {
    let window = |row, col| Window {
        row,
        col,
        height: height.min(HEIGHT - row),
        width: width.min(WIDTH - col),
    };
    let rows = (0..HEIGHT).step_by(height);
    rows.flat_map(|row| (0..WIDTH).step_by(width).map(move |col| window(row, col)))
        .collect()
}

/// The bytes of every file that is written in tiles of this size.
fn bytes(options: &RasterOptions, tile: [usize; 2], max_open: usize) -> Vec<Vec<u8>> {
    let dir = tempfile::tempdir().expect("a folder");
    let n_bands = if options.compress == Compress::Lerc && options.format == Format::Cog {
        1
    } else {
        2
    };
    let files = (0..7).map(|n| file(n, n_bands)).collect();
    let grid = grid(WIDTH, HEIGHT);
    let sink = RasterSink::create_with(dir.path(), &grid, files, options, max_open);
    let mut sink = sink.expect("a sink");
    for window in windows(tile) {
        let tile: Vec<_> = (0..7).map(|file| values(file, n_bands, window)).collect();
        let mut now: Vec<_> = tile.iter().map(|values| Some(&values[..])).collect();
        // One file is written by itself.
        now[4] = None;
        sink.write_tile(window, &now).expect("written");
        sink.write(4, window, &tile[4]).expect("written");
    }
    let written = Box::new(sink).finish().expect("finished");
    let left = fs::read_dir(dir.path()).expect("a folder").count();
    assert_eq!(left, 1, "nothing but maps/");
    for (index, file) in written
        .iter()
        .filter(|file| is_raster(&file.path))
        .enumerate()
    {
        let read = RasterRead::open(&file.path).expect("a raster");
        let whole = values(index, n_bands, grid.window());
        let read = read.values.concat();
        assert_eq!(read.len(), whole.len(), "{options:?} {tile:?}");
        let same = |(a, b): (&f64, &f32)| a.is_nan() && b.is_nan() || *a == f64::from(*b);
        assert!(read.iter().zip(&whole).all(same), "{options:?} {tile:?}");
    }
    let read = |file: &FileWritten| fs::read(&file.path).expect("a file");
    written.iter().map(read).collect()
}

fn is_raster(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "tif")
}

#[test]
fn bytes_depend_on_neither_tiles_nor_room_nor_open_files() {
    for format in [Format::GTiff, Format::Cog] {
        for (_, compress) in Compress::WORDS {
            let options = options(format, *compress);
            let whole = bytes(&options, [HEIGHT, WIDTH], 100);
            assert!(
                whole.len() >= 7,
                "rasters, and names of classes beside them"
            );
            for (tile, max_open, has_room_for_block) in [
                ([64, 64], 1, true),
                ([16, 64], 100, false),
                ([7, 30], 3, true),
            ] {
                let options = RasterOptions {
                    has_room_for_block,
                    ..options
                };
                let again = bytes(&options, tile, max_open);
                assert!(again == whole, "{options:?} {tile:?}");
            }
        }
    }
}

/// Numbers from a linear congruential generator.
fn noise(n: usize) -> Vec<u32> {
    let mut state = 12345_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state
    };
    (0..n).map(|_| next() >> 8).collect()
}

/// Classes that ask everything of the compression: noise, runs of all lengths, few and very uneven frequencies.
fn nasty_classes(n: usize) -> Vec<Vec<u16>> {
    let noise = noise(n);
    let byte = |number: u32| u16::try_from(number % 255).unwrap_or(0);
    let runs = (0..600_usize).flat_map(|length| {
        let class = byte(noise[length]);
        std::iter::repeat_n(class, length).chain([7, 9])
    });
    let uneven = noise
        .iter()
        .map(|&number| byte((number | 1 << 23).leading_zeros() - 8 + number.trailing_zeros()));
    vec![
        noise.iter().map(|&number| byte(number)).collect(),
        runs.cycle().take(n).collect(),
        uneven.collect(),
        vec![3; n],
        (0..n)
            .map(|at| byte(u32::try_from(at / 100_000).unwrap_or(0)))
            .collect(),
    ]
}

#[test]
fn any_bytes_come_back_from_any_compression() {
    let side = 512;
    let grid = grid(side, side);
    for (_, compress) in Compress::WORDS {
        for classes in nasty_classes(side * side) {
            let dir = tempfile::tempdir().expect("a folder");
            let options = RasterOptions {
                block: [side, side],
                cell: [side, side],
                ..options(Format::GTiff, *compress)
            };
            let files = vec![file(0, 1), file(1, 1), file(2, 1)];
            let sink = RasterSink::create(dir.path(), &grid, files, &options);
            let mut sink = sink.expect("a sink");
            let values: Vec<f32> = classes.iter().map(|&class| class.into()).collect();
            let tile = [Some(&values[..]); 3];
            sink.write_tile(grid.window(), &tile).expect("written");
            for file in Box::new(sink).finish().expect("finished") {
                if is_raster(&file.path) {
                    let read = RasterRead::open(&file.path).expect("a raster").values;
                    assert_eq!((read.len(), read[0].len()), (1, values.len()));
                    let same = read[0]
                        .iter()
                        .zip(&values)
                        .all(|(a, b)| *a == f64::from(*b));
                    assert!(same, "{compress:?} {}", file.path.display());
                }
            }
        }
    }
}

#[test]
fn one_number_for_all_pixels_leaves_the_bytes_of_as_many_numbers() {
    for format in [Format::GTiff, Format::Cog] {
        for (_, compress) in Compress::WORDS {
            one_number_leaves_the_bytes_of_many(&options(format, *compress));
        }
    }
}

fn one_number_leaves_the_bytes_of_many(options: &RasterOptions) {
    let grid = grid(WIDTH, HEIGHT);
    // The second raster has classes, the third flags: two numbers that are missing there as NaN is.
    let numbers = [
        [3.0, 7.0],
        [f32::NAN, 0.0],
        [f32::NAN; 2],
        [-0.0, 0.0],
        [255.0, 3.0],
        [65_535.0, 3.0],
    ];
    // GDAL makes no COG of several bands with this compression.
    let is_single = options.compress == Compress::Lerc && options.format == Format::Cog;
    let n_bands = if is_single { 1 } else { 2 };
    let bytes = |tile: [usize; 2], is_spread: bool| {
        let dir = tempfile::tempdir().expect("a folder");
        let files = (0..numbers.len()).map(|n| file(n, n_bands)).collect();
        let sink = RasterSink::create(dir.path(), &grid, files, options);
        let mut sink = sink.expect("a sink");
        for window in windows(tile) {
            let each = if is_spread { window.n_pixels() } else { 1 };
            let spread = |bands: [f32; 2]| {
                bands[..n_bands]
                    .iter()
                    .flat_map(|&x| vec![x; each])
                    .collect()
            };
            let spread: [Vec<f32>; 6] = numbers.map(spread);
            let tile: Vec<_> = spread.iter().map(|values| Some(&values[..])).collect();
            sink.write_tile(window, &tile).expect("written");
        }
        let written = Box::new(sink).finish().expect("finished");
        let read = |file: &FileWritten| fs::read(&file.path).expect("a file");
        written.iter().map(read).collect::<Vec<_>>()
    };
    let whole = bytes([HEIGHT, WIDTH], true);
    for (tile, is_spread) in [
        ([HEIGHT, WIDTH], false),
        ([64, 64], false),
        ([7, 30], false),
        ([7, 30], true),
    ] {
        let is_same = bytes(tile, is_spread) == whole;
        assert!(is_same, "{options:?} {tile:?} {is_spread}");
    }
}

#[test]
fn blocks_without_values_are_not_stored_and_a_block_is_written_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let files = (0..3).map(|n| file(n, 2)).collect();
    let grid = grid(WIDTH, HEIGHT);
    let options = options(Format::GTiff, Compress::None);
    let sink = RasterSink::create(dir.path(), &grid, files, &options);
    let mut sink = sink.expect("a sink");
    let missing = vec![f32::NAN; 2 * WIDTH * HEIGHT];
    let tile = [Some(&missing[..]); 3];
    sink.write_tile(grid.window(), &tile).expect("written");
    let again = sink.write(1, grid.window(), &missing).expect_err("twice");
    assert!(again.to_string().contains("written twice"), "{again}");

    let open = RasterSink::create(&dir.path().join("b"), &grid, vec![file(0, 2)], &options);
    let mut sink = open.expect("a sink");
    sink.write(0, grid.window(), &missing).expect("written");
    let written = Box::new(sink).finish().expect("finished");
    assert!(written[0].bytes < 2000, "{} bytes", written[0].bytes);
    let read = RasterRead::open(&written[0].path).expect("a raster");
    assert!(read.values.concat().iter().all(|value| value.is_nan()));
    assert_eq!(read.values.concat().len(), missing.len());
}

#[test]
fn a_window_beyond_the_grid_is_refused_by_its_name_and_leaves_the_raster_as_it_was() {
    let dir = tempfile::tempdir().expect("a folder");
    let (grid, options) = (grid(WIDTH, HEIGHT), options(Format::GTiff, Compress::None));
    let sink = RasterSink::create(dir.path(), &grid, vec![file(0, 1)], &options);
    let mut sink = sink.expect("a sink");
    let whole = grid.window();
    for (row, col, height, width, name) in [
        (64, 0, 32, 32, "rows 64..96, columns 0..32"),
        (0, 96, 32, 32, "rows 0..32, columns 96..128"),
        (HEIGHT, 0, 1, 1, "rows 70..71, columns 0..1"),
        (0, 0, 0, WIDTH, "rows 0..0, columns 0..100"),
        (3, 5, 7, 0, "rows 3..10, columns 5..5"),
        (usize::MAX, 0, 1, 1, "columns 0..1"),
    ] {
        let window = Window {
            row,
            col,
            height,
            width,
        };
        for values in [vec![1.0; window.n_pixels()], vec![1.0]] {
            let refused = [
                sink.write(0, window, &values),
                sink.write_tile(window, &[Some(&values[..])]),
            ];
            for refused in refused {
                let text = refused.expect_err("beyond the grid").to_string();
                assert!(
                    text.contains(name) && text.contains("70 rows and 100 columns"),
                    "{text}"
                );
            }
        }
    }
    let expected = values(0, 1, whole);
    sink.write(0, whole, &expected).expect("written");
    let written = Box::new(sink).finish().expect("finished");
    let read = RasterRead::open(&written[0].path).expect("a raster");
    let read = read.values.concat();
    assert_eq!(read.len(), expected.len());
    let same = |(a, b): (&f64, &f32)| a.is_nan() && b.is_nan() || *a == f64::from(*b);
    assert!(read.iter().zip(&expected).all(same));
}

#[test]
fn a_large_raster_takes_the_room_of_the_blocks_that_it_has() {
    let dir = tempfile::tempdir().expect("a folder");
    let side = 40_000;
    let options = RasterOptions::default();
    let sink = RasterSink::create(dir.path(), &grid(side, side), vec![file(0, 20)], &options);
    let mut sink = sink.expect("a sink");
    let window = Window {
        row: 512,
        col: 256,
        height: 256,
        width: 256,
    };
    sink.write(0, window, &vec![1.0; 20 * window.n_pixels()])
        .expect("written");
    let path = sink.unfinished_path(0);
    // Tables of 20 x 157 x 157 blocks, 12 bytes each.
    let bytes = fs::metadata(&path).expect("a file").len();
    assert!((5_900_000..6_200_000).contains(&bytes), "{bytes} bytes");
    drop(sink);
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0);
}

#[test]
fn a_raster_with_a_block_left_out_is_incomplete() {
    let dir = tempfile::tempdir().expect("a folder");
    let options = options(Format::GTiff, Compress::Deflate);
    let grid = grid(WIDTH, HEIGHT);
    let sink = RasterSink::create(dir.path(), &grid, vec![file(0, 2)], &options);
    let mut sink = sink.expect("a sink");
    for window in windows([32, 32]).into_iter().skip(1) {
        sink.write(0, window, &values(0, 2, window))
            .expect("written");
    }
    let error = Box::new(sink).finish().expect_err("incomplete");
    let text = error.to_string();
    assert!(text.contains("2 of 24 blocks are not written"), "{text}");
}

#[test]
#[cfg(not(feature = "zarr"))]
fn a_format_that_cannot_be_written_is_refused_before_anything_is_made() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("out");
    let options = RasterOptions {
        format: Format::Zarr,
        ..RasterOptions::default()
    };
    let error = RasterSink::create(&out, &grid(6, 5), vec![file(0, 1)], &options);
    let error = error.expect_err("no writer");
    assert!(error.to_string().contains("cannot write zarr"), "{error}");
    assert!(!out.exists());
}
