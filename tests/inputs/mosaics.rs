//! Files of one time that are side by side.

use std::path::Path;

use doline::sources::InputRequest;
use gdal::raster::RasterCreationOptions;
use gdal::{DriverManager, Metadata};
use tempfile::TempDir;

use super::made::{Made, first_of_steps, numbers, open, read, request, says};

/// The sinusoidal projection of MODIS.
const SINUSOIDAL: &str = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs";
/// Width of a pixel of its 500 m products, in metres.
const PIXEL: f64 = 463.312_716_527_917_7;
/// Pixels of these tiles, where MODIS has 2400.
const SIDE: usize = 12;

/// A small tile at its place: `10000 h + 100 v + pixel` in each.
fn tile(h: usize, v: usize, add: i16) -> Made<'static, i16> {
    let number = |pixel: usize| i16::try_from(1000 * h + 500 * v + pixel).unwrap() - 28_000 + add;
    let step = |n: usize| f64::from(u32::try_from(n * SIDE).unwrap()) * PIXEL;
    Made {
        size: (SIDE, SIDE),
        bands: vec![(0..SIDE * SIDE).map(number).collect()],
        nodata: Some(32_767.0),
        transform: [step(h), PIXEL, 0.0, 10e6 - step(v), 0.0, -PIXEL],
        crs: SINUSOIDAL,
        ..Made::default()
    }
}

fn years_of_tiles(dir: &Path, tiles: &[(usize, usize)]) {
    for year in 2001..=2003_i16 {
        for &(h, v) in tiles {
            tile(h, v, year - 2001)
                .tif(&dir.join(format!("MOD17A3HGF.A{year}001.h{h}v{v:02}.061.tif")));
        }
    }
}

/// The number at a place of tile (27, 6) and its neighbours, counted by hand.
fn expected(h: usize, v: usize, row: usize, col: usize, add: i16) -> f64 {
    f64::from(i16::try_from(1000 * h + 500 * v + row * SIDE + col).unwrap() - 28_000 + add)
}

#[test]
fn tiles_of_each_year_are_joined_on_reading() {
    let dir = TempDir::new().unwrap();
    years_of_tiles(dir.path(), &[(27, 6), (28, 6)]);
    for files in [
        "MOD17A3HGF.A{year}*.tif",
        "MOD17A3HGF.A{year}{doy}.*.tif",
        "MOD17A3HGF.*.tif",
    ] {
        let stacks = open(&request("npp", &[dir.path().join(files)])).unwrap();
        assert_eq!(
            (stacks.grid().width, stacks.grid().height),
            (2 * SIDE, SIDE),
            "{files}"
        );
        assert_eq!(stacks.inputs()[0].timing.n_steps(), 3);
        let values = numbers(&read(&stacks).inputs[0]);
        for (step, values) in values.chunks(2 * SIDE * SIDE).enumerate() {
            for row in 0..SIDE {
                for col in 0..2 * SIDE {
                    let own = expected(
                        27 + col / SIDE,
                        6,
                        row,
                        col % SIDE,
                        i16::try_from(step).unwrap(),
                    );
                    assert_eq!(
                        values[row * 2 * SIDE + col],
                        own,
                        "{files} {step} {row} {col}"
                    );
                }
            }
        }
        says(
            &stacks.notes().join("\n"),
            &["up to 2 files of one time are side by side, and are joined"],
        );
        let tiles: Vec<usize> = stacks.inputs()[0]
            .files
            .iter()
            .map(|file| file.tiles.len())
            .collect();
        assert_eq!(tiles, [2, 2, 2]);
        assert!(
            stacks.inputs()[0].files[0].tiles[1]
                .path
                .ends_with("MOD17A3HGF.A2001001.h28v06.061.tif")
        );
    }
}

#[test]
fn windows_over_the_seam_and_other_threads_read_the_same() {
    let dir = TempDir::new().unwrap();
    years_of_tiles(dir.path(), &[(27, 6), (28, 6), (27, 7), (28, 7)]);
    let stacks = open(&request(
        "npp",
        &[dir.path().join("MOD17A3HGF.A{year}*.tif")],
    ))
    .unwrap();
    let window = doline::grid::Window {
        row: SIDE - 2,
        col: SIDE - 3,
        height: 4,
        width: 6,
    };
    let mut reader = stacks.reader(&["npp".to_owned()]).unwrap();
    let tile = std::thread::spawn(move || {
        use doline::sources::Source as _;
        reader.read(window).unwrap()
    });
    let values = numbers(&tile.join().unwrap().inputs[0]);
    for (i, value) in values[..24].iter().enumerate() {
        let (row, col) = (SIDE - 2 + i / 6, SIDE - 3 + i % 6);
        assert_eq!(
            *value,
            expected(27 + col / SIDE, 6 + row / SIDE, row % SIDE, col % SIDE, 0)
        );
    }
}

#[test]
fn a_corner_without_a_tile_is_missing() {
    let dir = TempDir::new().unwrap();
    years_of_tiles(dir.path(), &[(27, 6), (28, 6), (27, 7)]);
    let stacks = open(&request(
        "npp",
        &[dir.path().join("MOD17A3HGF.A{year}*.tif")],
    ))
    .unwrap();
    assert_eq!(
        (stacks.grid().width, stacks.grid().height),
        (2 * SIDE, 2 * SIDE)
    );
    let values = numbers(&read(&stacks).inputs[0]);
    assert_eq!(values[4 * SIDE * SIDE - 1], 32_767.0);
    assert_eq!(stacks.decoding("npp").unwrap().nodata, [32_767.0]);
    // Without a number that means missing the corner would be read as 0.
    let bare = TempDir::new().unwrap();
    for year in 2001..=2003 {
        for (h, v) in [(27, 6), (28, 7)] {
            Made {
                nodata: None,
                ..tile(h, v, 0)
            }
            .tif(&bare.path().join(format!("A{year}.h{h}v{v}.tif")));
        }
    }
    let plain = request("npp", &[bare.path().join("A{year}.*.tif")]);
    says(
        &open(&plain).unwrap_err(),
        &[
            "are side by side but cannot be joined",
            "leave gaps",
            "set `nodata`",
        ],
    );
    let stated = InputRequest {
        nodata: vec![-32_768.0],
        ..plain
    };
    let stacks = open(&stated).unwrap();
    assert_eq!(numbers(&read(&stacks).inputs[0])[SIDE], -32_768.0);
    assert_eq!(stacks.decoding("npp").unwrap().nodata, [-32_768.0]);
}

#[test]
fn the_fill_value_of_a_product_fills_a_corner_without_a_tile() {
    let dir = TempDir::new().unwrap();
    for year in 2001..=2003 {
        for (h, v) in [(27, 6), (28, 6), (27, 7)] {
            // As converted without its nodata; its valid range ends at 32700.
            Made {
                nodata: None,
                ..tile(h, v, 0)
            }
            .tif(&dir.path().join(format!("A{year}.h{h}v{v:02}.tif")));
        }
    }
    let product = doline::products::find("MOD17A3HGF").unwrap();
    let preset = doline::products::preset(product, "npp", None).unwrap();
    let request = InputRequest {
        product: Some(preset),
        ..request("npp", &[dir.path().join("A{year}.*.tif")])
    };
    let stacks = open(&request).unwrap();
    let values = numbers(&read(&stacks).inputs[0]);
    assert_eq!(
        (values[4 * SIDE * SIDE - 1], values[0]),
        (32_767.0, expected(27, 6, 0, 0, 0))
    );
    assert_eq!(stacks.decoding("npp").unwrap().nodata, [32_767.0]);
}

#[test]
fn files_of_the_same_place_are_no_tiles() {
    let dir = TempDir::new().unwrap();
    years_of_tiles(dir.path(), &[(27, 6)]);
    tile(27, 6, 9).tif(&dir.path().join("MOD17A3HGF.A2002001.h27v06.006.tif"));
    let of_pattern = open(&request(
        "npp",
        &[dir.path().join("MOD17A3HGF.A{year}*.tif")],
    ))
    .unwrap_err();
    says(&of_pattern, &["matches 2 files", "A2002001.h27v06.006.tif"]);
    let of_glob = open(&request("npp", &[dir.path().join("MOD17A3HGF.*.tif")])).unwrap_err();
    says(&of_glob, &["has 2002 twice"]);
}

#[test]
fn tiles_that_differ_in_what_a_raster_has_once_are_an_error() {
    let made = |change: fn(Made<'static, i16>) -> Made<'static, i16>| {
        let dir = TempDir::new().unwrap();
        for year in 2001..=2003 {
            tile(27, 6, 0).tif(&dir.path().join(format!("A{year}.h27.tif")));
            change(tile(28, 6, 0)).tif(&dir.path().join(format!("A{year}.h28.tif")));
        }
        open(&request("npp", &[dir.path().join("A{year}.*.tif")])).unwrap_err()
    };
    says(
        &made(|tile| Made {
            nodata: Some(-1.0),
            ..tile
        }),
        &["A2001.h27.tif and A2001.h28.tif", "differ in nodata"],
    );
    says(
        &made(|tile| Made {
            scale_offset: Some((0.1, 0.0)),
            ..tile
        }),
        &["differ in scale or offset"],
    );
}

#[test]
fn static_tiles_are_joined() {
    let dir = TempDir::new().unwrap();
    tile(27, 6, 0).tif(&dir.path().join("ocs_h27v06.tif"));
    tile(28, 6, 0).tif(&dir.path().join("ocs_h28v06.tif"));
    let asked = InputRequest {
        steps: Some(doline::calendar::Steps::Static),
        ..request("soc", &[dir.path().join("ocs_*.tif")])
    };
    let stacks = open(&asked).unwrap();
    assert_eq!(
        (stacks.grid().width, stacks.inputs()[0].timing.n_steps()),
        (2 * SIDE, 1)
    );
}

/// A variable of a netCDF file in each tile; GDAL numbers the names of several.
#[test]
fn subdatasets_of_tiles_are_joined() {
    let dir = TempDir::new().unwrap();
    let driver = DriverManager::get_driver_by_name("netCDF").unwrap();
    for year in 2001..=2003_i16 {
        for h in [27, 28] {
            let mut made = tile(h, 6, year - 2001);
            made.bands.push(vec![1; SIDE * SIDE]);
            let made = made.dataset();
            for (band, name) in ["Npp_500m", "Npp_QC_500m"].iter().enumerate() {
                made.rasterband(band + 1)
                    .unwrap()
                    .set_metadata_item("NETCDF_VARNAME", name, "")
                    .unwrap();
            }
            let options: RasterCreationOptions = ["FORMAT=NC4"].into_iter().collect();
            let path = dir.path().join(format!("MOD17A3HGF.A{year}001.h{h}v06.nc"));
            made.create_copy(&driver, path, &options)
                .unwrap()
                .close()
                .unwrap();
        }
    }
    let plain = request("npp", &[dir.path().join("MOD17A3HGF.A{year}*.nc")]);
    says(
        &open(&plain).unwrap_err(),
        &["several variables", "Npp_500m1, Npp_QC_500m2"],
    );
    let stacks = open(&InputRequest {
        variable: Some("Npp_500m1".to_owned()),
        ..plain
    })
    .unwrap();
    assert_eq!(stacks.grid().width, 2 * SIDE);
    assert_eq!(
        first_of_steps(&stacks),
        [0, 1, 2].map(|add| expected(27, 6, 0, 0, add))
    );
}
