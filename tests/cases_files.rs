//! Files as people have them: axes without attributes, numbered stacks, masks in archives, tiles that lack, study files of
//! other encodings. `cases/make_files.py` makes what GDAL does not, and the slopes that are expected.
#![cfg(all(unix, feature = "cli", feature = "gdal"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

#[path = "support/command.rs"]
mod command;

use std::fs;
use std::path::{Path, PathBuf};

use command::outcome_in;
use gdal::raster::{Buffer, ColorInterpretation};
use gdal::spatial_ref::SpatialRef;
use gdal::vector::{Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use gdal::{Dataset, DriverManager, Metadata as _};

/// How far slopes of 32-bit values may be from those of scipy.
const CLOSE: f64 = 1e-3;

fn case(name: &str) -> String {
    format!("{}/tests/cases/files/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn expected(key: &str) -> serde_json::Value {
    let text = fs::read_to_string(case("expected.json")).expect("made by make_files.py");
    let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    all[key].clone()
}

/// A folder to work in, and what a command says there.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Exit code, and standard output and error together.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut all = arguments.to_vec();
        if arguments[0] != "check" {
            all.extend(["--device", "cpu", "-o", "out"]);
        }
        let _ = fs::remove_dir_all(self.path("out"));
        let (code, stdout, stderr) = outcome_in(self.0.path(), &all);
        (code, format!("{stdout}{stderr}"))
    }

    /// What a command says that must succeed.
    #[track_caller]
    fn runs(&self, arguments: &[&str]) -> String {
        let (code, said) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {said}");
        said
    }

    /// Holds that a command is refused, and what it says of it.
    #[track_caller]
    fn refused(&self, arguments: &[&str], with: i32, parts: &[&str]) {
        let (code, said) = self.run(arguments);
        assert_eq!(code, with, "{arguments:?}: {said}");
        for part in parts {
            assert!(said.contains(part), "no {part:?} in: {said}");
        }
    }

    /// A map of the last run at a place.
    #[track_caller]
    fn value(&self, map: &str, x: f64, y: f64) -> f64 {
        let dataset = Dataset::open(self.path(&format!("out/maps/{map}.tif"))).expect("a map");
        let t = dataset.geo_transform().expect("a place");
        let at = [(x - t[0]) / t[1], (y - t[3]) / t[5]].map(|at| {
            #[expect(clippy::cast_possible_truncation, reason = "a few pixels")]
            let at = at.floor() as isize;
            at
        });
        let band = dataset.rasterband(1).expect("a band");
        let read = band.read_as::<f64>((at[0], at[1]), (1, 1), (1, 1), None);
        read.expect("inside").data()[0]
    }

    fn values(&self, map: &str) -> Vec<f64> {
        let dataset = Dataset::open(self.path(&format!("out/maps/{map}.tif"))).expect("a map");
        let band = dataset.rasterband(1).expect("a band");
        band.read_band_as::<f64>().expect("read").data().to_vec()
    }

    /// Cells of the first row of a table, by the names of their columns.
    fn first_row(&self, table: &str, column: &str) -> f64 {
        let text = fs::read_to_string(self.path(&format!("out/tables/{table}"))).expect("a table");
        let mut lines = text.lines();
        let at = lines
            .next()
            .and_then(|head| head.split(',').position(|name| name == column));
        let row: Vec<&str> = lines.next().expect("a row").split(',').collect();
        row[at.expect("the column")].parse().expect("a number")
    }
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < CLOSE, "{found}, not {expected}");
}

/// The first and the last pixel of the field in metres.
#[track_caller]
fn has_slopes_of_metres(place: &Place) {
    let slopes = expected("metres");
    for (at, (x, y)) in [(0, (500_500.0, 2_999_500.0)), (1, (503_500.0, 2_997_500.0))] {
        close(
            place.value("npp_slope", x, y),
            slopes[at].as_f64().expect("a slope"),
        );
    }
}

/// The first and the last pixel of the field in degrees.
#[track_caller]
fn has_slopes_of_degrees(place: &Place) {
    let slopes = expected("degrees");
    for (at, (x, y)) in [(0, (105.05, 24.95)), (1, (105.25, 24.85))] {
        close(
            place.value("npp_slope", x, y),
            slopes[at].as_f64().expect("a slope"),
        );
    }
}

#[test]
fn axes_without_attributes_give_the_place_whichever_way_they_go() {
    let place = Place::new();
    for name in ["north_first.nc", "south_first.nc", "with_crs.nc"] {
        place.runs(&["trend", &case(name), "--name", "npp"]);
        has_slopes_of_metres(&place);
    }
    let (north, driver) = (
        case("north_first.nc"),
        format!("t={}", case("south_first.nc")),
    );
    place.runs(&[
        "correlate",
        "--response",
        &north,
        "--driver",
        &driver,
        "--name",
        "npp",
    ]);
    for value in place.values("npp_partial_t") {
        close(value, 1.0);
    }
}

#[test]
fn a_reference_system_can_be_given_to_any_command() {
    let place = Place::new();
    let file = case("north_first.nc");
    let said = place.runs(&["trend", &file, "--name", "npp"]);
    assert!(said.contains("state it by --raster-crs"), "{said}");
    let said = place.runs(&[
        "trend",
        &file,
        "--name",
        "npp",
        "--raster-crs",
        "EPSG:32648",
    ]);
    assert!(!said.contains("no CRS"), "{said}");
    has_slopes_of_metres(&place);
}

#[test]
fn a_stale_geotransform_loses_to_the_axes() {
    let place = Place::new();
    for name in ["stale.nc", "sorted_south_first.nc"] {
        let said = place.runs(&["trend", &case(name), "--name", "npp"]);
        has_slopes_of_metres(&place);
        assert!(said.contains("GeoTransform"), "{said}");
    }
}

#[test]
fn axes_named_lat_and_lon_are_degrees() {
    let place = Place::new();
    let said = place.runs(&["trend", &case("degrees.nc"), "--name", "npp"]);
    assert!(said.contains("degrees are taken as WGS84"), "{said}");
    has_slopes_of_degrees(&place);
    let mean = expected("degrees_mean").as_f64().expect("a mean");
    let row = place.first_row("trends.csv", "mean");
    assert!((row - mean).abs() < 0.05, "{row}, not {mean}");
}

/// The remedy was tried with xarray: the file that it makes is read right.
#[test]
fn tiles_without_a_geotransform_are_refused_with_the_way_to_join_them() {
    let pattern = case("tile_{year}_*.nc");
    Place::new().refused(
        &[
            "trend",
            &pattern,
            "--name",
            "npp",
            "--years",
            "2001-2006",
            "--missing",
            "2002,2003,2004,2005,2006",
        ],
        3,
        &["tile_2001_h00.nc", "combine_by_coords"],
    );
}

#[test]
fn times_and_their_bounds_are_found_inside_a_group() {
    let place = Place::new();
    place.runs(&["trend", &case("group.nc"), "--name", "npp"]);
    has_slopes_of_degrees(&place);
    let first_year = place.first_row("series.csv", "year");
    assert!((first_year - 2001.0).abs() < 0.5, "{first_year}");
}

#[test]
fn zarr_and_netcdf_of_one_field_are_read_alike() {
    let place = Place::new();
    place.runs(&["trend", &case("degrees.nc"), "--name", "npp"]);
    let of_netcdf = fs::read_to_string(place.path("out/tables/series.csv")).expect("a table");
    let said = place.runs(&["trend", &case("npp.zarr")]);
    assert!(said.contains("degrees are taken as WGS84"), "{said}");
    has_slopes_of_degrees(&place);
    let of_zarr = fs::read_to_string(place.path("out/tables/series.csv")).expect("a table");
    assert_eq!(of_netcdf, of_zarr);
}

/// As xarray writes it today: format 3, compressed by zstd.
#[test]
fn zarr_of_format_3_is_read() {
    let place = Place::new();
    let store = format!(
        "{}/tests/inputs/stores/projected.zarr",
        env!("CARGO_MANIFEST_DIR")
    );
    place.runs(&["trend", &store]);
    let first_year = place.first_row("series.csv", "year");
    assert!((first_year - 2001.0).abs() < 0.5, "{first_year}");
}

/// Zones 1 and 2 have ten and twenty cells, and the first column of five has the code 0.
#[test]
fn masks_and_zones_may_be_zarr_stores() {
    let place = Place::new();
    let store = |name: &str| {
        format!(
            "{}/tests/inputs/stores/{name}.zarr",
            env!("CARGO_MANIFEST_DIR")
        )
    };
    let (data, zones) = (store("projected"), store("zones"));
    place.runs(&["trend", &data]);
    assert_eq!(place.first_row("series.csv", "pixels"), 35.0);
    place.runs(&["trend", &data, "--mask", &zones]);
    assert_eq!(place.first_row("series.csv", "pixels"), 30.0);
    place.runs(&["zonal", &data, "--zones", &zones]);
    assert_eq!(place.first_row("zones.csv", "pixels"), 10.0);
    place.refused(
        &["trend", &data, "--mask", &store("v2")],
        3,
        &["rasters", "name it, as in ZARR:", ":/big_endian"],
    );
}

#[test]
fn zarr_of_another_format_is_named() {
    let place = Place::new();
    let store = place.path("npp.zarr");
    fs::create_dir_all(&store).expect("a folder");
    fs::write(
        store.join("zarr.json"),
        "{\"zarr_format\": 9, \"node_type\": \"group\"}",
    )
    .expect("written");
    place.refused(
        &["trend", "npp.zarr", "--variable", "npp"],
        3,
        &["format 9", "formats 2 and 3 are read"],
    );
}

#[test]
fn times_in_the_last_dimension_are_refused_with_the_order_that_works() {
    let place = Place::new();
    place.refused(
        &["trend", &case("time_last.nc"), "--name", "npp"],
        3,
        &["lat,lon,time", "ncpdq -a time,lat,lon"],
    );
}

#[test]
fn a_single_row_is_read_with_square_pixels() {
    let place = Place::new();
    let said = place.runs(&["trend", &case("one_row.nc"), "--name", "npp"]);
    assert!(said.contains("one row"), "{said}");
    let slope = expected("degrees")[0].as_f64().expect("a slope");
    close(place.value("npp_slope", 105.05, 24.95), slope);
}

#[test]
fn a_variable_for_each_year_is_a_series() {
    let place = Place::new();
    let said = place.runs(&["trend", &case("variables.nc"), "--name", "npp"]);
    assert!(
        said.contains("years 2001-2006, from the names of the variables"),
        "{said}"
    );
    has_slopes_of_degrees(&place);
    place.runs(&[
        "trend",
        &case("variables.nc"),
        "--name",
        "npp",
        "--variable",
        "npp_{year}",
    ]);
    has_slopes_of_degrees(&place);
}

#[test]
fn the_calendar_360_has_months() {
    let place = Place::new();
    let arguments = [
        "trend",
        &case("calendar_360.nc"),
        "--name",
        "npp",
        "--aggregate",
        "mean",
    ];
    let said = place.runs(&arguments);
    assert!(said.contains("2001-2006"), "{said}");
    let slope = expected("degrees")[0].as_f64().expect("a slope") / 30.0;
    let found = place.value("npp_slope", 105.05, 24.95);
    assert!((found - slope).abs() < 1e-4, "{found}, not {slope}");
}

/// A raster of 2 x 1 pixels of `size` degrees at the corner, one band for each of `bands`.
fn raster(path: &Path, corner: [f64; 2], bands: &[(&str, f32)]) {
    let driver = DriverManager::get_driver_by_name("GTiff").expect("a driver");
    let created = driver.create_with_band_type::<f32, _>(path, 2, 1, bands.len());
    let mut dataset = created.expect("a raster");
    let [west, north] = corner;
    dataset
        .set_geo_transform(&[west, 0.1, 0.0, north, 0.0, -0.1])
        .expect("a place");
    dataset
        .set_spatial_ref(&SpatialRef::from_epsg(4326).expect("known"))
        .expect("a reference system");
    for (number, (name, value)) in bands.iter().enumerate() {
        let mut band = dataset.rasterband(number + 1).expect("a band");
        if !name.is_empty() {
            band.set_description(name).expect("described");
        }
        let mut values = Buffer::new((2, 1), vec![*value, value + 1.0]);
        band.write((0, 0), (2, 1), &mut values).expect("written");
    }
    dataset.close().expect("closed");
}

const CORNER: [f64; 2] = [105.0, 25.0];

/// A rising series with a step that shows a wrong order.
fn step(at: usize) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let value = 500.0 + 3.0 * at as f32;
    value
}

#[test]
fn numbered_files_and_bands_have_the_order_of_their_numbers() {
    let place = Place::new();
    let names: Vec<String> = (1..=12).map(|at| format!("npp_{at}")).collect();
    for (at, name) in names.iter().enumerate() {
        raster(
            &place.path(&format!("{name}.tif")),
            CORNER,
            &[("", step(at))],
        );
    }
    let mut by_letters: Vec<usize> = (0..12).collect();
    by_letters.sort_by_key(|&at| names[at].clone());
    let bands: Vec<(&str, f32)> = by_letters
        .iter()
        .map(|&at| (names[at].as_str(), step(at)))
        .collect();
    raster(&place.path("stack.tif"), CORNER, &bands);
    for files in ["npp_*.tif", "stack.tif"] {
        let said = place.runs(&["trend", files, "--name", "npp", "--years", "2001-2012"]);
        close(place.value("npp_slope", 105.05, 24.95), 3.0);
        assert!(
            said.contains("npp_1, npp_10") || said.contains("npp_1.tif, npp_10.tif"),
            "{said}"
        );
        assert!(
            said.contains("npp_1, npp_2") || said.contains("npp_1.tif, npp_2.tif"),
            "{said}"
        );
    }
    // An order that is neither is the user's.
    let listed: Vec<String> = (1..=12).rev().map(|at| format!("npp_{at}.tif")).collect();
    let mut arguments = vec!["trend"];
    arguments.extend(listed.iter().map(String::as_str));
    arguments.extend(["--name", "npp", "--years", "2001-2012"]);
    let said = place.runs(&arguments);
    close(place.value("npp_slope", 105.05, 24.95), -3.0);
    assert!(
        said.contains("in the order of their numbers they would be"),
        "{said}"
    );
}

#[test]
fn months_may_have_one_digit() {
    let place = Place::new();
    for year in 2001..=2004 {
        for month in 1..=12 {
            let name = format!("t_{year}_{month}.tif");
            let value = step(usize::try_from(year - 2001).expect("small")) / 100.0;
            raster(&place.path(&name), CORNER, &[("", value)]);
        }
    }
    for (pattern, years) in [
        ("t_{year}_{month}.tif", None),
        ("t_{year}_{month}.tif", Some("2001-2004")),
        ("t_{year}_{month}*", Some("2001-2004")),
    ] {
        let mut arguments = vec!["trend", pattern, "--name", "temperature"];
        if let Some(years) = years {
            arguments.extend(["--years", years]);
        }
        place.runs(&arguments);
        close(place.value("temperature_slope", 105.05, 24.95), 0.03);
    }
}

#[test]
fn months_may_be_named_in_descriptions() {
    let place = Place::new();
    let names: Vec<(String, f32)> = (2001..=2004)
        .flat_map(|year| {
            let value = step(usize::try_from(year - 2001).expect("small")) / 100.0;
            [
                "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
            ]
            .map(|month| (format!("{month} {year}"), value))
        })
        .collect();
    let bands: Vec<(&str, f32)> = names
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    raster(&place.path("t.tif"), CORNER, &bands);
    let said = place.runs(&["trend", "t.tif", "--name", "temperature"]);
    assert!(said.contains("monthly"), "{said}");
    close(place.value("temperature_slope", 105.05, 24.95), 0.03);
}

#[test]
fn composites_are_called_so() {
    let place = Place::new();
    for year in 2001..=2004 {
        raster(
            &place.path(&format!("ndvi_{year}.tif")),
            CORNER,
            &[("", 0.5); 23],
        );
    }
    place.refused(
        &["trend", "ndvi_{year}.tif"],
        3,
        &["composites of 16 days", "23", "terra::app"],
    );
}

/// Annual rasters at a corner, whose names hold `word`.
fn years(place: &Place, word: &str, corner: [f64; 2], without: Option<usize>) {
    for at in (0..5).filter(|at| Some(*at) != without) {
        let name = format!("npp{}{word}.tif", 2001 + at);
        raster(&place.path(&name), corner, &[("", step(at))]);
    }
}

#[test]
fn a_tile_that_one_year_lacks_is_an_error_until_it_is_allowed() {
    let place = Place::new();
    years(&place, "-0-0", CORNER, None);
    years(&place, "-0-2", [105.2, 25.0], Some(3));
    place.refused(
        &["trend", "npp{year}-*.tif"],
        3,
        &[
            "2004 has no tile",
            "npp2001-0-2.tif",
            "--allow-missing-tiles",
        ],
    );
    let said = place.runs(&["trend", "npp{year}-*.tif", "--allow-missing-tiles"]);
    assert!(said.contains("1 tile is lacking"), "{said}");
    close(place.value("npp_n", 105.05, 24.95), 5.0);
    close(place.value("npp_n", 105.25, 24.95), 4.0);
    close(place.value("npp_slope", 105.25, 24.95), 3.0);
}

#[test]
fn names_with_braces_are_no_patterns_where_there_are_such_files() {
    let place = Place::new();
    let mut arguments = vec!["trend".to_owned()];
    for at in 0..5 {
        let name = format!("npp_{{v6}}_{}.tif", 2001 + at);
        raster(&place.path(&name), CORNER, &[("", step(at))]);
        arguments.push(name);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    place.runs(&arguments);
    close(place.value("npp_slope", 105.05, 24.95), 3.0);
}

#[test]
fn alpha_bands_hide_pixels() {
    let place = Place::new();
    for at in 0..5 {
        let path = place.path(&format!("npp_{}.tif", 2001 + at));
        raster(&path, CORNER, &[("", step(at)), ("", 0.0)]);
        let options = gdal::DatasetOptions {
            open_flags: gdal::GdalOpenFlags::GDAL_OF_UPDATE,
            ..gdal::DatasetOptions::default()
        };
        let dataset = Dataset::open_ex(&path, options).expect("opened");
        let mut alpha = dataset.rasterband(2).expect("a band");
        alpha
            .set_color_interpretation(ColorInterpretation::AlphaBand)
            .expect("alpha");
        let mut values = Buffer::new((2, 1), vec![0.0_f32, 255.0]);
        alpha.write((0, 0), (2, 1), &mut values).expect("written");
        dataset.close().expect("closed");
    }
    place.runs(&["trend", "npp_{year}.tif"]);
    assert!(place.value("npp_slope", 105.05, 24.95).is_nan());
    close(place.value("npp_slope", 105.15, 24.95), 3.0);
}

/// A `GeoPackage` with two layers of polygons: `province` has both pixels, `karst` the western one; each has a `NAME`.
fn regions(path: &Path, crs: Option<u32>) {
    let driver = DriverManager::get_driver_by_name("GPKG").expect("a driver");
    let mut dataset = driver.create_vector_only(path).expect("a file");
    let srs = crs.map(|code| SpatialRef::from_epsg(code).expect("known"));
    for (name, features) in [
        (
            "province",
            [("Guangxi", 105.0, 105.1), ("Yunnan", 105.1, 105.2)].as_slice(),
        ),
        ("karst", [("karst", 105.0, 105.1)].as_slice()),
    ] {
        let layer = dataset
            .create_layer(LayerOptions {
                name,
                srs: srs.as_ref(),
                ty: OGRwkbGeometryType::wkbPolygon,
                options: None,
            })
            .expect("a layer");
        layer
            .create_defn_fields(&[("NAME", OGRFieldType::OFTString)])
            .expect("a field");
        let field = layer.defn().field_index("NAME").expect("the field");
        for (label, west, east) in features {
            let wkt = format!("POLYGON(({west} 24.9,{east} 24.9,{east} 25,{west} 25,{west} 24.9))");
            let mut feature = gdal::vector::Feature::new(layer.defn()).expect("a feature");
            feature
                .set_geometry(Geometry::from_wkt(&wkt).expect("a shape"))
                .expect("set");
            feature.set_field_string(field, label).expect("set");
            feature.create(&layer).expect("written");
        }
    }
    dataset.close().expect("closed");
}

#[test]
fn a_mask_of_several_layers_needs_the_name_of_one() {
    let place = Place::new();
    years(&place, "", CORNER, None);
    regions(&place.path("regions.gpkg"), Some(4326));
    let trend = ["trend", "npp{year}.tif", "--mask", "regions.gpkg"];
    place.refused(&trend, 3, &["province, karst", "--mask-layer"]);
    place.refused(
        &[&trend[..], &["--mask-layer", "carst"]].concat(),
        3,
        &["no layer \"carst\"", "province, karst"],
    );
    place.runs(&[&trend[..], &["--mask-layer", "karst"]].concat());
    close(place.value("npp_slope", 105.05, 24.95), 3.0);
    assert!(place.value("npp_slope", 105.15, 24.95).is_nan());
}

#[test]
fn a_mask_can_be_chosen_by_attributes() {
    let place = Place::new();
    years(&place, "", CORNER, None);
    regions(&place.path("regions.gpkg"), Some(4326));
    let trend = [
        "trend",
        "npp{year}.tif",
        "--mask",
        "regions.gpkg",
        "--mask-layer",
        "province",
        "--mask-where",
    ];
    place.runs(&[&trend[..], &["NAME = 'Yunnan'"]].concat());
    assert!(place.value("npp_slope", 105.05, 24.95).is_nan());
    close(place.value("npp_slope", 105.15, 24.95), 3.0);
    place.refused(
        &[&trend[..], &["PROVINCE = 'Yunnan'"]].concat(),
        3,
        &["PROVINCE", "its fields are NAME"],
    );
    place.refused(
        &[&trend[..], &["NAME = 'yunan'"]].concat(),
        3,
        &["none of its polygons", "--mask-where"],
    );
}

#[test]
fn zones_can_be_chosen_by_attributes() {
    let place = Place::new();
    years(&place, "", CORNER, None);
    regions(&place.path("regions.gpkg"), Some(4326));
    let study = "[study]\nyears = [2001, 2005]\n[inputs.npp]\nfiles = \"npp{year}.tif\"\n[trend]\nof = [\"npp\"]\n\
                 [zones.province]\nfile = \"regions.gpkg\"\nlayer = \"province\"\nfield = \"NAME\"\nwhere = \"NAME = 'Yunnan'\"\n";
    fs::write(place.path("study.toml"), study).expect("written");
    place.runs(&["run", "study.toml"]);
    let table = fs::read_to_string(place.path("out/tables/zones.csv")).expect("a table");
    assert!(
        table.contains("Yunnan") && !table.contains("Guangxi"),
        "{table}"
    );
}

#[test]
fn masks_in_archives_are_read_by_either_name() {
    let place = Place::new();
    years(&place, "", CORNER, None);
    years(&place, "east", [105.2, 25.0], None);
    fs::copy(case("karst.zip"), place.path("karst.zip")).expect("copied");
    for mask in ["karst.zip", "/vsizip/karst.zip/karst/karst.shp"] {
        place.runs(&["trend", "npp{year}*.tif", "--mask", mask]);
        close(place.value("npp_slope", 105.15, 24.95), 3.0);
        assert!(place.value("npp_slope", 105.25, 24.95).is_nan());
    }
    let study = "[study]\nyears = [2001, 2005]\n[inputs.npp]\nfiles = \"npp{year}*.tif\"\n[trend]\nof = [\"npp\"]\n\
                 [grid]\nmask = \"/vsizip/karst.zip/karst/karst.shp\"\n";
    fs::create_dir(place.path("below")).expect("made");
    fs::write(place.path("study.toml"), study).expect("written");
    // Paths in archives start at the study's folder too.
    let out = place.path("other");
    let study = place.path("study.toml");
    let arguments = [
        "run",
        study.to_str().expect("UTF-8"),
        "--device",
        "cpu",
        "-o",
        out.to_str().expect("UTF-8"),
    ];
    let (code, _, said) = outcome_in(&place.path("below"), &arguments);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_mask_without_a_reference_system_or_with_crossing_outlines_is_told() {
    let place = Place::new();
    years(&place, "", CORNER, None);
    let bow = r#"{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates":
        [[[105, 24.9], [105.2, 25], [105.2, 24.9], [105, 25], [105, 24.9]]]}}"#;
    fs::write(place.path("bow.geojson"), bow).expect("written");
    let said = place.runs(&["trend", "npp{year}.tif", "--mask", "bow.geojson"]);
    assert!(
        said.contains("1 of its outlines cross themselves"),
        "{said}"
    );
    let csv = "WKT,NAME\n\"POLYGON((105 24.9,105.1 24.9,105.1 25,105 25,105 24.9))\",a\n";
    fs::write(place.path("plain.csv"), csv).expect("written");
    let said = place.runs(&["trend", "npp{year}.tif", "--mask", "plain.csv"]);
    assert!(said.contains("names no reference system"), "{said}");
    assert!(place.value("npp_slope", 105.15, 24.95).is_nan());
}

#[test]
fn study_files_of_other_encodings_are_refused_with_the_remedy() {
    let place = Place::new();
    let text = |files: &str| {
        format!(
            "[study]\nyears = [2001, 2005]\n[inputs.npp]\nfiles = {files}\n[trend]\nof = [\"npp\"]\n"
        )
    };
    let mut gbk = b"[study]\nname = \"".to_vec();
    gbk.extend(b"\xb9\xe3\xce\xf7\"\n");
    fs::write(place.path("gbk.toml"), gbk).expect("written");
    place.refused(
        &["check", "gbk.toml"],
        2,
        &["gbk.toml:2", "save the file as UTF-8"],
    );
    let utf16: Vec<u8> = [0xfeff_u16]
        .into_iter()
        .chain(text("\"a.tif\"").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    fs::write(place.path("utf16.toml"), utf16).expect("written");
    place.refused(
        &["check", "utf16.toml"],
        2,
        &["UTF-16", "save the file as UTF-8"],
    );
    for files in [r#""npp\npp{year}.tif""#, r#""D:\data\npp{year}.tif""#] {
        fs::write(place.path("windows.toml"), text(files)).expect("written");
        place.refused(
            &["check", "windows.toml"],
            2,
            &["write / instead", "single quotes"],
        );
    }
    years(&place, "", CORNER, None);
    let marked = format!("\u{feff}{}", text("'npp{year}.tif'"));
    fs::write(place.path("marked.toml"), marked).expect("written");
    place.runs(&["check", "marked.toml"]);
}

#[test]
fn everything_wrong_with_a_study_is_one_text_each_and_told_at_once() {
    let place = Place::new();
    years(&place, "", CORNER, None);
    let study = "[study]\nyears = [2001, 2005]\n[inputs.npp]\nfiles = \"npp{year}.tif\"\n[inputs.gpp]\nfiles = \"gpp{year}.tif\"\n\
                 unitz = \"x\"\nscale = \"a\"\n[trend]\nof = [\"npp\"]\n";
    fs::write(place.path("study.toml"), study).expect("written");
    let arguments = ["check", "--json", "study.toml"];
    let (code, stdout, _) = outcome_in(place.0.path(), &arguments);
    assert_eq!(code, 2, "{stdout}");
    let found: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let problems = found["problems"].as_array().expect("a list");
    let texts: Vec<&str> = problems
        .iter()
        .filter_map(serde_json::Value::as_str)
        .collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
    for (text, part) in texts.iter().zip(["unitz", "scale", "5 files are missing"]) {
        assert!(text.contains(part) && !text.contains('\n'), "{text}");
    }
}

#[test]
fn parts_of_files_may_be_named_relative_to_the_study() {
    let place = Place::new();
    fs::copy(case("degrees.nc"), place.path("a.nc")).expect("copied");
    let study = "[study]\nyears = [2001, 2006]\n[inputs.npp]\nfiles = 'NETCDF:\"a.nc\":npp'\n[trend]\nof = [\"npp\"]\n";
    fs::write(place.path("study.toml"), study).expect("written");
    fs::create_dir(place.path("below")).expect("made");
    let arguments = ["run", "../study.toml", "--device", "cpu", "-o", "../out"];
    let (code, _, said) = outcome_in(&place.path("below"), &arguments);
    assert_eq!(code, 0, "{said}");
    has_slopes_of_degrees(&place);
}

#[test]
fn netcdf_is_read_under_any_ending() {
    let place = Place::new();
    for name in ["npp.nc4", "npp.cdf", "npp.grd", "npp"] {
        fs::copy(case("degrees.nc"), place.path(name)).expect("copied");
        place.runs(&["trend", name, "--name", "npp"]);
        has_slopes_of_degrees(&place);
    }
}
