//! Files of every format that studies come in, made small by GDAL.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use doline::calendar::{Steps, Years};
use doline::sources::{InputRequest, expand};
use tempfile::TempDir;

use super::made::{
    Made, YEARS, constant, first_of_steps, numbers, open, open_in, read, request, says,
};

/// Three bands of `0, 1, 2 ...`, `100, 101 ...`, `200 ...`.
fn three() -> Made<'static, f32> {
    let band = |k: u16| (0..30_u16).map(|p| f32::from(100 * k + p)).collect();
    Made {
        bands: (0..3).map(band).collect(),
        nodata: Some(-9999.0),
        ..Made::default()
    }
}

/// All numbers of three bands.
fn expected() -> Vec<f64> {
    (0..3)
        .flat_map(|k| (0..30).map(move |p| f64::from(100 * k + p)))
        .collect()
}

fn annual(files: &[PathBuf]) -> InputRequest {
    InputRequest {
        steps: Some(Steps::Annual),
        ..request("x", files)
    }
}

#[track_caller]
fn reads_three(request: &InputRequest, driver: &str) {
    let stacks = open(request).unwrap();
    assert_eq!(stacks.inputs()[0].layout.driver, driver);
    assert_eq!(numbers(&read(&stacks).inputs[0]), expected());
}

#[test]
fn geotiff_in_its_kinds_and_virtual_rasters_are_read() {
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name);
    three().save("GTiff", &path("plain.tif"), &[]);
    three().save(
        "GTiff",
        &path("big.tif"),
        &["BIGTIFF=YES", "TILED=YES", "COMPRESS=LZW"],
    );
    three().save("GTiff", &path("pixel.tif"), &["INTERLEAVE=PIXEL"]);
    three().save("COG", &path("cog.tif"), &[]);
    for name in ["plain.tif", "big.tif", "pixel.tif", "cog.tif"] {
        reads_three(&annual(&[path(name)]), "GTiff");
    }
    assert_eq!(
        std::fs::read(path("big.tif")).unwrap()[2],
        43,
        "the mark of BigTIFF"
    );
    let text = format!(
        "<VRTDataset rasterXSize=\"6\" rasterYSize=\"5\"><SRS>EPSG:4326</SRS><GeoTransform>105,0.1,0,25,0,-0.1</GeoTransform>{}\
         </VRTDataset>",
        [1, 2, 3].map(|band| format!(
            "<VRTRasterBand dataType=\"Float32\" band=\"{band}\"><SimpleSource><SourceFilename relativeToVRT=\"1\">plain.tif\
             </SourceFilename><SourceBand>{band}</SourceBand></SimpleSource></VRTRasterBand>"
        )).concat()
    );
    std::fs::write(path("virtual.vrt"), text).unwrap();
    reads_three(&annual(&[path("virtual.vrt")]), "VRT");
}

#[test]
fn ascii_grids_are_read_a_file_a_year() {
    let dir = TempDir::new().unwrap();
    for k in 0..3_u16 {
        let bands = vec![(0..30_u16).map(|p| f32::from(100 * k + p)).collect()];
        let path = dir.path().join(format!("x_{}.asc", 2001 + k));
        Made::<f32> {
            bands,
            nodata: Some(-9999.0),
            ..Made::default()
        }
        .save("AAIGrid", &path, &[]);
    }
    reads_three(&request("x", &[dir.path().join("x_{year}.asc")]), "AAIGrid");
}

#[test]
fn netcdf_is_read_by_variable() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("x.nc");
    three().netcdf(
        &path,
        &[0.0, 12.0, 24.0],
        "months since 2001-01-01",
        "standard",
    );
    reads_three(&request("x", &[path]), "netCDF");
}

/// HDF4 is the format of MODIS; where this GDAL has no such driver, opening says so.
#[test]
fn hdf4_is_read_where_gdal_can() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("MOD17A3HGF.A2001001.hdf");
    if gdal::DriverManager::get_driver_by_name("HDF4Image").is_err() {
        std::fs::write(&path, [0x0e, 0x03, 0x13, 0x01, 0, 0, 0, 0]).unwrap();
        says(
            &open(&annual(&[path])).unwrap_err(),
            &["this GDAL has no HDF4 driver"],
        );
        return;
    }
    let driver = gdal::DriverManager::get_driver_by_name("HDF4Image").unwrap();
    let source = three().dataset();
    let mut made = driver
        .create_with_band_type::<f32, _>(&path, 6, 5, 3)
        .unwrap();
    made.set_geo_transform(&source.geo_transform().unwrap())
        .unwrap();
    made.set_spatial_ref(&source.spatial_ref().unwrap())
        .unwrap();
    for band in 1..=3 {
        let data = source
            .rasterband(band)
            .unwrap()
            .read_as::<f32>((0, 0), (6, 5), (6, 5), None)
            .unwrap();
        made.rasterband(band)
            .unwrap()
            .write((0, 0), (6, 5), &mut data.clone())
            .unwrap();
    }
    made.close().unwrap();
    let stacks = open(&annual(&[path])).unwrap();
    assert!(
        stacks.inputs()[0].layout.driver.starts_with("HDF4"),
        "{}",
        stacks.inputs()[0].layout.driver
    );
    assert_eq!(numbers(&read(&stacks).inputs[0]), expected());
    assert!(stacks.needs_one_thread());
}

/// Zarr as GDAL writes it (one array of two dimensions a year), and as xarray does (one with a time axis).
#[test]
fn zarr_is_read_by_variable_with_its_time_axis() {
    for step in [-0.1, 0.1] {
        zarr_is_read(step);
    }
}

/// With rows that are stored downwards, or upwards, by `step` degrees.
fn zarr_is_read(step: f64) {
    let dir = TempDir::new().unwrap();
    let store = dir.path().join("t.zarr");
    zarr_store(&store, step);
    let asked = InputRequest {
        variable: Some("tas".to_owned()),
        ..request("x", std::slice::from_ref(&store))
    };
    let stacks = open(&asked).unwrap();
    assert_eq!(
        (
            stacks.inputs()[0].timing.steps,
            stacks.inputs()[0].timing.n_steps()
        ),
        (Steps::Monthly, 36)
    );
    says(
        &stacks.inputs()[0].timing.how,
        &["2001-01 to 2003-12", "time axis"],
    );
    assert_eq!(stacks.inputs()[0].file_unit.as_deref(), Some("K"));
    assert!(
        (stacks.grid().transform[5] + 0.1).abs() < 1e-9,
        "{:?}",
        stacks.grid().transform
    );
    let values = numbers(&read(&stacks).inputs[0]);
    let mut stored: Vec<f64> = (0..36 * 30).map(f64::from).collect();
    if step > 0.0 {
        for month in stored.chunks_mut(30) {
            let rows: Vec<f64> = month.rchunks(6).flatten().copied().collect();
            month.copy_from_slice(&rows);
        }
    }
    assert_eq!(values, stored);
    let which = open(&request("x", &[store])).unwrap_err();
    says(&which, &["several variables", "tas"]);
}

/// A Zarr store (version 2, uncompressed) as xarray writes it: `tas(time, lat, lon)`, numbered through.
fn zarr_store(store: &Path, step: f64) {
    let array = |name: &str,
                 shape: &[usize],
                 dimensions: &[&str],
                 kind: &str,
                 bytes: Vec<u8>,
                 attributes: &str| {
        let folder = store.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let meta = format!(
            "{{\"zarr_format\":2,\"shape\":{shape:?},\"chunks\":{shape:?},\"dtype\":\"{kind}\",\"compressor\":null,\
             \"fill_value\":null,\"order\":\"C\",\"filters\":null}}"
        );
        std::fs::write(folder.join(".zarray"), meta).unwrap();
        let attributes = format!("{{\"_ARRAY_DIMENSIONS\":{dimensions:?}{attributes}}}");
        std::fs::write(folder.join(".zattrs"), attributes).unwrap();
        let chunk = vec!["0"; shape.len()].join(".");
        std::fs::write(folder.join(chunk), bytes).unwrap();
    };
    let bytes = |values: Vec<f64>| {
        values
            .into_iter()
            .flat_map(f64::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    std::fs::create_dir_all(store).unwrap();
    std::fs::write(store.join(".zgroup"), "{\"zarr_format\":2}").unwrap();
    let mut month_starts = vec![0.0];
    for year in 0..3 {
        for days in [
            31.0, 28.0, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0,
        ] {
            month_starts.push(month_starts[month_starts.len() - 1] + days);
        }
        assert!(year < 3);
    }
    month_starts.truncate(36);
    let time = ",\"units\":\"days since 2001-01-01\",\"calendar\":\"proleptic_gregorian\"";
    array("time", &[36], &["time"], "<f8", bytes(month_starts), time);
    let lat = (0..5).map(|row| 24.95 + step * f64::from(row)).collect();
    array(
        "lat",
        &[5],
        &["lat"],
        "<f8",
        bytes(lat),
        ",\"units\":\"degrees_north\"",
    );
    let lon = (0..6).map(|col| 105.05 + 0.1 * f64::from(col)).collect();
    array(
        "lon",
        &[6],
        &["lon"],
        "<f8",
        bytes(lon),
        ",\"units\":\"degrees_east\"",
    );
    let tas: Vec<u8> = (0..36 * 30_u16)
        .flat_map(|i| f32::from(i).to_le_bytes())
        .collect();
    array(
        "tas",
        &[36, 5, 6],
        &["time", "lat", "lon"],
        "<f4",
        tas.clone(),
        ",\"units\":\"K\"",
    );
    array(
        "other",
        &[36, 5, 6],
        &["time", "lat", "lon"],
        "<f4",
        tas,
        ",\"units\":\"1\"",
    );
}

/// GRIB bands carry their times; GDAL writes one time a file, so a file a year.
#[test]
fn grib_is_read() {
    let dir = TempDir::new().unwrap();
    for (k, day) in [(0_u16, "2001-07-01"), (1, "2002-07-01"), (2, "2003-07-01")] {
        let bands = vec![(0..30_u16).map(|p| f32::from(100 * k + p)).collect()];
        let made = Made::<f32> {
            bands,
            ..Made::default()
        };
        let path = dir.path().join(format!("x_{}.grb2", 2001 + k));
        let time = format!("IDS_REF_TIME={day}T00:00:00Z");
        made.save("GRIB", &path, &["DATA_ENCODING=IEEE_FLOATING_POINT", &time]);
    }
    reads_three(&annual(&[dir.path().join("x_{year}.grb2")]), "GRIB");
    let glob = open(&annual(&[dir.path().join("x_*.grb2")])).unwrap();
    says(
        &glob.inputs()[0].timing.how,
        &["2001-07 to 2003-07", "time axis"],
    );
}

// ---- GDAL's own file systems ---------------------------------------------------------------------

#[test]
fn archives_are_read_with_patterns_inside_them() {
    let dir = TempDir::new().unwrap();
    let zip = dir.path().join("npp.zip");
    for k in 0..3_u16 {
        let bands = vec![(0..30_u16).map(|p| f32::from(100 * k + p)).collect()];
        let made = Made::<f32> {
            bands,
            nodata: Some(-9999.0),
            ..Made::default()
        };
        let inside = PathBuf::from(format!(
            "/vsizip/{}/years/npp_{}.asc",
            zip.display(),
            2001 + k
        ));
        made.save("AAIGrid", &inside, &[]);
        made.save(
            "AAIGrid",
            &dir.path().join(format!("npp_{}.asc", 2001 + k)),
            &[],
        );
        let gz = PathBuf::from(format!(
            "/vsigzip/{}/npp_{}.asc.gz",
            dir.path().display(),
            2001 + k
        ));
        made.save("AAIGrid", &gz, &[]);
    }
    let zip = zip.display();
    let names = ["npp_2001.asc", "npp_2002.asc", "npp_2003.asc"];
    let tar = Command::new("tar")
        .current_dir(dir.path())
        .arg("-cf")
        .arg("npp.tar")
        .args(names)
        .status()
        .unwrap();
    assert!(tar.success());
    let folder = dir.path().display().to_string();
    for pattern in [
        format!("/vsizip/{zip}/years/npp_{{year}}.asc"),
        format!("/vsizip/{zip}/years/npp_*.asc"),
        format!("/vsizip/{zip}/*/npp_{{year}}*.asc"),
        format!("/vsitar/{folder}/npp.tar/npp_{{year}}.asc"),
        format!("/vsigzip/{folder}/npp_{{year}}.asc.gz"),
    ] {
        let stacks = open(&annual(&[PathBuf::from(&pattern)]))
            .unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert_eq!(numbers(&read(&stacks).inputs[0]), expected(), "{pattern}");
    }
    let missing = open_in(
        &annual(&[PathBuf::from(format!(
            "/vsizip/{zip}/years/npp_{{year}}.asc"
        ))]),
        Years {
            first: 2000,
            last: 2003,
        },
    );
    says(
        &missing.unwrap_err(),
        &["1 file is missing: 2000", "npp_2000.asc"],
    );
    let nothing = open(&annual(&[PathBuf::from(format!(
        "/vsizip/{zip}/other/*.asc"
    ))]));
    says(&nothing.unwrap_err(), &["no file matches"]);
}

#[test]
fn paths_on_a_network_are_handed_on_as_they_are() {
    for path in [
        "/vsis3/bucket/npp_{year}.tif",
        "/vsicurl/https://example.org/npp_{year}.tif?x=1",
        "/vsizip/vsicurl/https://example.org/a.zip/npp_{year}.tif",
    ] {
        let found = expand("npp", &[path.to_owned()], YEARS).unwrap();
        let paths: Vec<String> = found
            .iter()
            .map(|file| file.path.display().to_string())
            .collect();
        assert_eq!(
            paths,
            [2001, 2002, 2003].map(|year| path.replace("{year}", &year.to_string()))
        );
    }
    let part = "NETCDF:\"a b.nc\":tas".to_owned();
    assert_eq!(
        expand("t", std::slice::from_ref(&part), YEARS).unwrap()[0].path,
        PathBuf::from(part)
    );
}

#[test]
fn files_behind_a_server_are_read() {
    let dir = TempDir::new().unwrap();
    three().save("GTiff", &dir.path().join("x.tif"), &[]);
    let bytes = std::fs::read(dir.path().join("x.tif")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        listener
            .incoming()
            .flatten()
            .for_each(|stream| serve(stream, &bytes));
    });
    gdal::config::set_config_option("GDAL_HTTP_PROXY", "").unwrap();
    gdal::config::set_config_option("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR").unwrap();
    reads_three(
        &annual(&[PathBuf::from(format!(
            "/vsicurl/http://127.0.0.1:{port}/x.tif"
        ))]),
        "GTiff",
    );
    let gone = open(&annual(&[PathBuf::from(format!(
        "/vsicurl/http://127.0.0.1:{port}/gone.tif"
    ))]));
    says(&gone.unwrap_err(), &["cannot open", "gone.tif"]);
    gdal::config::clear_config_option("GDAL_DISABLE_READDIR_ON_OPEN").unwrap();
}

/// Answers one request for `/x.tif`, whole or a range of it, and 404 for all else.
fn serve(mut stream: TcpStream, bytes: &[u8]) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_string();
    let is_head = head.starts_with("HEAD");
    if !head.contains(" /x.tif ") {
        let _ = stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    }
    let range = head.lines().find_map(|line| {
        let (first, last) = line
            .to_lowercase()
            .strip_prefix("range: bytes=")?
            .split_once('-')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))?;
        let first: usize = first.trim().parse().ok()?;
        let last = last
            .trim()
            .parse()
            .unwrap_or(bytes.len() - 1)
            .min(bytes.len() - 1);
        Some((first, last))
    });
    let (status, first, last) = match range {
        Some((first, last)) => ("206 Partial Content", first, last),
        None => ("200 OK", 0, bytes.len() - 1),
    };
    let body = bytes.get(first..=last).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nAccept-Ranges: bytes\r\nContent-Range: bytes {first}-{last}/{}\r\nConnection: close\r\n\r\n",
        body.len(),
        bytes.len()
    );
    let _ = stream.write_all(head.as_bytes());
    if !is_head {
        let _ = stream.write_all(body);
    }
}

#[test]
fn files_of_different_kinds_are_one_stack() {
    let dir = TempDir::new().unwrap();
    Made {
        bands: constant([1.0_f32]),
        ..Made::default()
    }
    .tif(&dir.path().join("x_2001.tif"));
    Made {
        bands: constant([2.0_f32]),
        nodata: Some(-1.0),
        ..Made::default()
    }
    .save("COG", &dir.path().join("x_2002.tif"), &[]);
    Made {
        bands: constant([3.0_f32]),
        ..Made::default()
    }
    .save(
        "GTiff",
        &dir.path().join("x_2003.tif"),
        &["COMPRESS=DEFLATE"],
    );
    let files = ["x_2001.tif", "x_2002.tif", "x_2003.tif"].map(|name| dir.path().join(name));
    assert_eq!(
        first_of_steps(&open(&request("x", &files)).unwrap()),
        [1.0, 2.0, 3.0]
    );
}
