//! What can go wrong while a run reads, computes and writes: it ends with its exit code and leaves nothing, or goes on as it
//! was asked to, and says what it left out.
#![cfg(all(unix, feature = "cli"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::AtomicBool;

use doline::run::{Event, RunOptions, RunRecord, run};
use doline::study::{Device, Study};
use gdal::raster::{Buffer, ColorInterpretation, GdalType, RasterCreationOptions};
use gdal::{DriverManager, Metadata as _};

const YEARS: u16 = 10;
const BLOCK: usize = 16;

/// Bands of 64 x 64 numbers in blocks of 16, deflate, called by the years from 2001 on.
fn raster<T: GdalType + Copy>(path: &Path, n_bands: u16, value: impl Fn(u16, u16) -> T) {
    let options: RasterCreationOptions = [
        "TILED=YES",
        "BLOCKXSIZE=16",
        "BLOCKYSIZE=16",
        "COMPRESS=DEFLATE",
        "PHOTOMETRIC=MINISBLACK",
        "INTERLEAVE=BAND",
    ]
    .into_iter()
    .collect();
    let driver = DriverManager::get_driver_by_name("GTiff").expect("a driver");
    let mut dataset = driver
        .create_with_band_type_with_options::<T, _>(path, 64, 64, n_bands.into(), &options)
        .expect("a raster");
    dataset
        .set_geo_transform(&[105.0, 0.1, 0.0, 25.0, 0.0, -0.1])
        .expect("a place");
    let wgs84 = gdal::spatial_ref::SpatialRef::from_epsg(4326).expect("WGS84");
    dataset.set_spatial_ref(&wgs84).expect("a reference system");
    for number in 1..=n_bands {
        let mut band = dataset.rasterband(number.into()).expect("a band");
        band.set_description(&format!("{}", 2000 + number))
            .expect("a description");
        let values: Vec<T> = (0..64 * 64).map(|i| value(number, i)).collect();
        band.write((0, 0), (64, 64), &mut Buffer::new((64, 64), values))
            .expect("written");
    }
    dataset.close().expect("closed");
}

fn floats(path: &Path) {
    raster(path, YEARS, |band, i| {
        f32::from((i % 251 * 37 + band * 11) % 251) + f32::from(band)
    });
}

fn bytes(path: &Path) {
    raster(path, YEARS, |band, i| {
        u8::try_from((i * 7 + band * 11) % 200 + band).expect("a byte")
    });
}

/// A study of a driver `x`, its trend and its stack.
fn study_text(files: &str) -> String {
    format!(
        "[study]\nyears = [2001, 2010]\n[inputs.x]\nsteps = \"annual\"\nfiles = {files:?}\n[trend]\nof = [\"x\"]\n\
         tests = [\"ols\"]\n[output]\ndir = \"out\"\n[engine]\nmemory = \"64MiB\"\ndevice = \"cpu\"\n"
    )
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, text).expect("a file");
        path
    }

    /// Runs the study that reads `files` with these arguments.
    fn run(&self, files: &str, more: &[&str]) -> Output {
        let study = self.put("study.toml", &study_text(files));
        doline(&[&["run", text(&study)], more].concat(), &[])
    }

    /// The same, which must end with this exit code and leave no output.
    fn refuses(&self, files: &str, more: &[&str], code: i32) -> String {
        let stderr = ends(&self.run(files, more), code);
        assert!(!self.path("out").exists(), "{files}: {stderr}");
        stderr
    }

    fn record(&self) -> serde_json::Value {
        let text = fs::read_to_string(self.path("out/run.json")).expect("a record");
        serde_json::from_str(&text).expect("JSON")
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn doline(args: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_doline"))
        .args(args)
        .env("NO_COLOR", "1")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("doline starts")
}

/// What went to standard error of a program that must have ended with this exit code.
fn ends(ended: &Output, code: i32) -> String {
    let stderr = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(code), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    stderr
}

/// Runs the study in this process and lets `meddle` happen after the first tile.
fn run_while(study: &Path, meddle: impl FnOnce()) -> Result<RunRecord, doline::error::Error> {
    let study = Study::load(study, &[]).expect("a study");
    let options = RunOptions {
        device: Some(Device::Cpu),
        tile: Some([16, 64]),
        ..RunOptions::default()
    };
    let mut meddle = Some(meddle);
    run(&study, &options, &AtomicBool::new(false), &mut |event| {
        if let Event::Tile { .. } = event
            && let Some(meddle) = meddle.take()
        {
            meddle();
        }
    })
}

#[test]
fn inputs_that_change_while_they_are_read_end_the_run() {
    let folder = Folder::new();
    let (path, other) = (folder.path("x.tif"), folder.path("other.tif"));
    floats(&other);
    let study = folder.put("study.toml", &study_text("x.tif"));
    let changes: [(&str, &dyn Fn()); 4] = [
        ("its size is another", &|| {
            let mut file = fs::OpenOptions::new()
                .append(true)
                .open(&path)
                .expect("it opens");
            std::io::Write::write_all(&mut file, b"more").expect("written");
        }),
        ("it was written to", &|| {
            let bytes = fs::read(&path).expect("a file");
            fs::write(&path, bytes).expect("a file");
        }),
        ("another file took its place", &|| {
            fs::copy(&other, folder.path("copy.tif")).expect("a copy");
            fs::rename(folder.path("copy.tif"), &path).expect("renamed");
        }),
        ("it was removed", &|| {
            fs::remove_file(&path).expect("removed");
        }),
    ];
    for (what, change) in changes {
        floats(&path);
        let error = run_while(&study, change).expect_err(what);
        assert_eq!(error.exit_code(), 3, "{error}");
        let text = error.to_string();
        assert!(text.contains(what) && text.contains("x.tif"), "{text}");
        assert!(!folder.path("out").exists(), "{what}");
    }
    floats(&path);
    run_while(&study, || {}).expect("nothing changed");
}

#[test]
fn parts_of_mosaics_and_masks_that_change_end_the_run() {
    let folder = Folder::new();
    floats(&folder.path("part.tif"));
    folder.put("x.vrt", &vrt("part.tif", true));
    let study = folder.put("study.toml", &study_text("x.vrt"));
    let touch = |path: &Path| fs::write(path, fs::read(path).expect("a file")).expect("a file");
    let error = run_while(&study, || touch(&folder.path("part.tif"))).expect_err("a part");
    assert!(error.to_string().contains("part.tif"), "{error}");
    raster(&folder.path("mask.tif"), 1, |_, i| u8::from(i % 3 > 0));
    let text = study_text("x.vrt") + "[grid]\nmask = \"mask.tif\"\n";
    let study = folder.put("study.toml", &text);
    let error = run_while(&study, || touch(&folder.path("mask.tif"))).expect_err("a mask");
    assert!(error.to_string().contains("mask.tif"), "{error}");
}

/// A mosaic of ten bands of one file.
fn vrt(source: &str, is_relative: bool) -> String {
    let relative = u8::from(is_relative);
    let band = |n: usize| {
        format!(
            "<VRTRasterBand dataType=\"Float32\" band=\"{n}\"><Description>{}</Description><SimpleSource>\
             <SourceFilename relativeToVRT=\"{relative}\">{source}</SourceFilename><SourceBand>{n}</SourceBand>\
             </SimpleSource></VRTRasterBand>",
            2000 + n
        )
    };
    let bands = (1..=10).map(band).collect::<Vec<_>>().concat();
    format!(
        "<VRTDataset rasterXSize=\"64\" rasterYSize=\"64\"><SRS>EPSG:4326</SRS><GeoTransform>105, 0.1, 0, 25, 0, -0.1\
         </GeoTransform>{bands}</VRTDataset>"
    )
}

/// Damages the block in this column and row of a band.
fn damage(path: &Path, band: usize, [col, row]: [usize; 2]) {
    let dataset = gdal::Dataset::open(path).expect("a raster");
    let item = |what: &str| {
        let band = dataset.rasterband(band).expect("a band");
        let text = band.metadata_item(&format!("BLOCK_{what}_{col}_{row}"), "TIFF");
        text.and_then(|text| text.parse::<usize>().ok())
            .expect("a place")
    };
    let (offset, size) = (item("OFFSET"), item("SIZE"));
    let mut bytes = fs::read(path).expect("a file");
    bytes[offset..offset + size].fill(0xa5);
    fs::write(path, bytes).expect("a file");
}

#[test]
fn a_damaged_block_is_named_or_left_out_and_counted() {
    let folder = Folder::new();
    let path = folder.path("x.tif");
    for what in ["floats", "bytes without a code"] {
        if what == "floats" {
            floats(&path);
        } else {
            bytes(&path);
        }
        ends(
            &folder.run("x.tif", &["-o", text(&folder.path("sound"))]),
            0,
        );
        damage(&path, 4, [2, 1]);
        let stderr = folder.refuses("x.tif", &[], 3);
        for part in [
            "x.tif band 4",
            "rows 16..32, columns 32..48",
            "block row 1 and column 2",
            "engine.on_error",
        ] {
            assert!(stderr.contains(part), "{what}: {part}: {stderr}");
        }
        let ended = folder.run("x.tif", &["--on-error", "skip"]);
        let stderr = ends(&ended, 0);
        assert!(
            stderr.contains("1 block of 256 values cannot be read"),
            "{stderr}"
        );
        let stdout = String::from_utf8_lossy(&ended.stdout);
        assert!(
            stdout.contains("x: 1 block cannot be read; its"),
            "{stdout}"
        );
        let of_input = &folder.record()["inputs"][0]["unreadable"];
        assert_eq!(of_input["blocks"], 1, "{of_input}");
        assert_eq!(of_input["values"], 256);
        assert!(
            of_input["first"]
                .as_str()
                .is_some_and(|first| first.contains("band 4"))
        );
        let (years, sound) = (
            years_used(&folder.path("out")),
            years_used(&folder.path("sound")),
        );
        for (i, (years, sound)) in years.iter().zip(&sound).enumerate() {
            let is_in = (i / 64 / BLOCK, i % 64 / BLOCK) == (1, 2);
            assert_eq!(
                *years,
                sound - f32::from(u8::from(is_in)),
                "{what}: pixel {i}"
            );
        }
        fs::remove_dir_all(folder.path("out")).expect("removed");
        fs::remove_dir_all(folder.path("sound")).expect("removed");
    }
}

fn years_used(out: &Path) -> Vec<f32> {
    let dataset = gdal::Dataset::open(out.join("maps/x_n.tif")).expect("a map");
    let band = dataset.rasterband(1).expect("a band");
    let read = band.read_as::<f32>((0, 0), (64, 64), (64, 64), None);
    read.expect("numbers").data().to_vec()
}

#[test]
fn a_file_cut_short_can_be_read_as_far_as_it_goes() {
    let folder = Folder::new();
    let path = folder.path("x.tif");
    floats(&path);
    let whole = fs::read(&path).expect("a file");
    fs::write(&path, &whole[..whole.len() * 9 / 10]).expect("a file");
    let stderr = folder.refuses("x.tif", &[], 3);
    assert!(stderr.contains("truncated"), "{stderr}");
    ends(&folder.run("x.tif", &["--set", "engine.on_error=skip"]), 0);
    let blocks = folder.record()["inputs"][0]["unreadable"]["blocks"].as_u64();
    assert!(blocks.is_some_and(|n| n > 0 && n < 160), "{blocks:?}");
}

/// Runs under a limit of address space.
fn limited(mib: u64, args: &[&str]) -> Output {
    Command::new("sh")
        .args(["-c", "ulimit -v \"$1\"; shift; exec \"$@\"", "sh"])
        .arg((mib << 10).to_string())
        .arg(env!("CARGO_BIN_EXE_doline"))
        .args(args)
        .env("NO_COLOR", "1")
        .env("RAYON_NUM_THREADS", "2")
        .stdin(Stdio::null())
        .output()
        .expect("sh starts")
}

#[test]
fn too_little_memory_is_exit_code_5_and_leaves_nothing() {
    let folder = Folder::new();
    floats(&folder.path("x.tif"));
    let study = folder.put("study.toml", &study_text("x.tif"));
    let out = folder.path("out");
    let mut codes = Vec::new();
    // With less, OpenBLAS, which GDAL brings, waits for memory for ever when the program ends.
    for mib in [450, 500, 600, 700, 800, 1000, 4000] {
        let ended = limited(mib, &["run", text(&study), "--set", "engine.memory=512MiB"]);
        let stderr = String::from_utf8_lossy(&ended.stderr);
        let code = ended.status.code();
        assert!(matches!(code, Some(0 | 5)), "{mib} MiB: {code:?} {stderr}");
        if code == Some(5) {
            assert!(stderr.contains("memory"), "{mib} MiB: {stderr}");
            assert!(!out.exists(), "{mib} MiB");
        }
        codes.push(code);
        fs::remove_dir_all(&out).ok();
    }
    assert_eq!(codes.first(), Some(&Some(5)), "the least limit");
    assert_eq!(codes.last(), Some(&Some(0)), "the largest");
}

#[test]
fn coefficients_that_leave_no_respiration_are_an_error() {
    let folder = Folder::new();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples/guangxi/study.toml");
    let out = folder.path("out");
    let args = [
        "run",
        text(&sample),
        "-o",
        text(&out),
        "--device",
        "cpu",
        "--set",
        "respiration.parameters.M=1e38",
    ];
    let stderr = ends(&doline(&args, &[]), 2);
    assert!(
        stderr.contains("M = 1e38") && stderr.contains("rs"),
        "{stderr}"
    );
    assert!(!out.exists());
}

#[test]
fn transparency_is_no_year_and_what_it_hides_is_missing() {
    let folder = Folder::new();
    let path = folder.path("x.tif");
    // Ten years and a band of transparency, which hides every third pixel.
    raster(&path, YEARS + 1, |band, i| {
        if band > YEARS {
            u8::from(i % 3 > 0) * 255
        } else {
            u8::try_from(i % 100 + band).expect("a byte")
        }
    });
    let dataset = gdal::Dataset::open_ex(
        &path,
        gdal::DatasetOptions {
            open_flags: gdal::GdalOpenFlags::GDAL_OF_UPDATE,
            ..gdal::DatasetOptions::default()
        },
    );
    let dataset = dataset.expect("it opens");
    {
        let mut alpha = dataset.rasterband(usize::from(YEARS) + 1).expect("a band");
        alpha
            .set_color_interpretation(ColorInterpretation::AlphaBand)
            .expect("set");
        alpha.set_description("").expect("set");
    }
    dataset.close().expect("closed");
    let stderr = ends(&folder.run("x.tif", &[]), 0);
    assert!(stderr.contains("transparency"), "{stderr}");
    for (i, years) in years_used(&folder.path("out")).iter().enumerate() {
        let expected = if i % 3 > 0 { 10.0 } else { 0.0 };
        assert_eq!(*years, expected, "pixel {i}");
    }
}

#[test]
fn a_file_with_braces_in_its_name_is_a_file() {
    let folder = Folder::new();
    for name in ["a{b}.tif", "x_{year}.tif"] {
        floats(&folder.path(name));
        ends(&folder.run(name, &[]), 0);
        fs::remove_dir_all(folder.path("out")).expect("removed");
        fs::remove_file(folder.path(name)).expect("removed");
        folder.refuses(name, &[], if name.contains("year") { 3 } else { 2 });
    }
}

#[test]
fn an_output_folder_whose_name_is_not_utf8_is_refused_at_once() {
    let folder = Folder::new();
    floats(&folder.path("x.tif"));
    let study = folder.put("study.toml", &study_text("x.tif"));
    let name = std::ffi::OsString::from_vec(b"o\xff".to_vec());
    let out = folder.0.path().join(name);
    for command in ["run", "check"] {
        let ended = Command::new(env!("CARGO_BIN_EXE_doline"))
            .arg(command)
            .arg(&study)
            .arg("--out")
            .arg(&out)
            .output()
            .expect("doline starts");
        let stderr = ends(&ended, 4);
        assert!(stderr.contains("not UTF-8"), "{stderr}");
        assert!(!out.exists());
    }
}

#[test]
fn descriptions_reach_outside_their_folder_only_where_the_study_says_so() {
    let folder = Folder::new();
    let source = folder.path("elsewhere.tif");
    floats(&source);
    let inside = folder.put("data/x.vrt", &vrt(text(&source), false));
    let stderr = folder.refuses("data/x.vrt", &[], 3);
    assert!(stderr.contains("allow_external"), "{stderr}");
    let stderr = ends(&doline(&["inspect", text(&inside)], &[]), 3);
    assert!(stderr.contains("--allow-external"), "{stderr}");
    ends(
        &doline(&["inspect", text(&inside), "--allow-external"], &[]),
        0,
    );
    ends(
        &folder.run("data/x.vrt", &["--set", "inputs.x.allow_external=true"]),
        0,
    );
    fs::remove_dir_all(folder.path("out")).expect("removed");
    // Beside the mosaic.
    fs::copy(&source, folder.path("data/near.tif")).expect("a copy");
    folder.put("data/x.vrt", &vrt("near.tif", true));
    ends(&folder.run("data/x.vrt", &[]), 0);
}

#[test]
fn no_server_is_asked_for_a_file_that_only_describes_one() {
    let folder = Folder::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    listener.set_nonblocking(true).expect("set");
    let wms = format!(
        "<GDAL_WMS><Service name=\"TMS\"><ServerUrl>http://127.0.0.1:{port}/${{z}}</ServerUrl></Service><DataWindow>\
         <UpperLeftX>0</UpperLeftX><UpperLeftY>10</UpperLeftY><LowerRightX>10</LowerRightX><LowerRightY>0</LowerRightY>\
         <SizeX>64</SizeX><SizeY>64</SizeY></DataWindow><Projection>EPSG:4326</Projection><BandsCount>1</BandsCount>\
         </GDAL_WMS>"
    );
    let path = folder.put("x.xml", &wms);
    let stderr = ends(&doline(&["inspect", text(&path)], &[]), 3);
    assert!(stderr.contains("127.0.0.1"), "{stderr}");
    folder.refuses("x.xml", &[], 3);
    assert!(listener.accept().is_err(), "nobody called");
}

#[test]
fn a_server_that_says_nothing_is_left_and_the_limits_are_said() {
    let folder = Folder::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let study = study_text(&format!("/vsicurl/http://127.0.0.1:{port}/x.tif"));
    let study = folder.put("study.toml", &study);
    let limits = [
        ("GDAL_HTTP_TIMEOUT", "1"),
        ("GDAL_HTTP_LOW_SPEED_TIME", "1"),
    ];
    let stderr = ends(&doline(&["run", text(&study)], &limits), 3);
    assert!(
        stderr.contains("1 s in all") && stderr.contains("GDAL_HTTP_TIMEOUT"),
        "{stderr}"
    );
    assert!(!folder.path("out").exists());
}

#[test]
fn a_projection_database_that_is_not_there_is_named() {
    let folder = Folder::new();
    floats(&folder.path("x.tif"));
    let study = folder.put("study.toml", &study_text("x.tif"));
    let nowhere = text(folder.0.path());
    let variables = [("PROJ_LIB", nowhere), ("PROJ_DATA", nowhere)];
    let stderr = ends(&doline(&["run", text(&study)], &variables), 3);
    assert!(
        stderr.contains("proj.db") && stderr.contains("PROJ_LIB"),
        "{stderr}"
    );
    assert!(!stderr.contains("disk"), "{stderr}");
}

#[test]
fn inspect_shows_stored_numbers_as_a_run_takes_them() {
    let folder = Folder::new();
    let path = folder.path("x.tif");
    // A code that 32-bit floats round.
    raster(&path, 1, |_, i| if i % 2 == 0 { 0.1_f32 } else { 5.0 });
    let aux = |text: &str| {
        let band =
            format!("<PAMDataset><PAMRasterBand band=\"1\">{text}</PAMRasterBand></PAMDataset>");
        folder.put("x.tif.aux.xml", &band);
    };
    let sample = || {
        let ended = doline(&["inspect", "--json", text(&path)], &[]);
        ends(&ended, 0);
        let json: serde_json::Value = serde_json::from_slice(&ended.stdout).expect("JSON");
        json[0]["raster"]["sample"].clone()
    };
    aux("<NoDataValue>0.1</NoDataValue>");
    assert_eq!(sample()["least"], 5.0);
    assert_eq!(sample()["missing"], 0.5);
    raster(&path, 1, |_, i| if i % 2 == 0 { 250_u8 } else { 5 });
    aux("<Metadata domain=\"IMAGE_STRUCTURE\"><MDI key=\"PIXELTYPE\">SIGNEDBYTE</MDI></Metadata>");
    assert_eq!(
        (sample()["least"].clone(), sample()["largest"].clone()),
        ((-6.0).into(), 5.0.into())
    );
}

#[test]
fn looking_at_a_vector_file_leaves_nothing_beside_it() {
    let folder = Folder::new();
    let gml = "<?xml version=\"1.0\"?><ogr:FeatureCollection xmlns:ogr=\"http://ogr.maptools.org/\" \
               xmlns:gml=\"http://www.opengis.net/gml\"><gml:featureMember><ogr:a fid=\"a.0\"><ogr:geometryProperty>\
               <gml:Point srsName=\"EPSG:4326\"><gml:coordinates>1,2</gml:coordinates></gml:Point>\
               </ogr:geometryProperty></ogr:a></gml:featureMember></ogr:FeatureCollection>";
    let path = folder.put("a.gml", gml);
    ends(&doline(&["inspect", text(&path)], &[]), 0);
    let names = fs::read_dir(folder.0.path()).expect("a folder");
    let names: Vec<_> = names
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["a.gml"]);
}

#[test]
fn what_a_library_prints_is_not_among_the_results() {
    let folder = Folder::new();
    floats(&folder.path("x.tif"));
    // The log of GDAL goes where standard output would be.
    let variables = [("CPL_DEBUG", "ON"), ("CPL_LOG", "/proc/self/fd/1")];
    let ended = doline(
        &["inspect", "--json", text(&folder.path("x.tif"))],
        &variables,
    );
    ends(&ended, 0);
    let json: Result<serde_json::Value, _> = serde_json::from_slice(&ended.stdout);
    assert!(json.is_ok(), "{}", String::from_utf8_lossy(&ended.stdout));
}

/// A mosaic of `times` x `times` copies of a file of ten bands of 64 x 64 floats.
fn repeated(source: &str, times: usize) -> String {
    let copies = |band: usize| -> String {
        let copy = |at: usize| {
            let (row, col) = (at / times * 64, at % times * 64);
            format!(
                "<SimpleSource><SourceFilename relativeToVRT=\"1\">{source}</SourceFilename><SourceBand>{band}</SourceBand>\
                 <SourceProperties RasterXSize=\"64\" RasterYSize=\"64\" DataType=\"Float32\" BlockXSize=\"16\" \
                 BlockYSize=\"16\"/><SrcRect xOff=\"0\" yOff=\"0\" xSize=\"64\" ySize=\"64\"/><DstRect xOff=\"{col}\" \
                 yOff=\"{row}\" xSize=\"64\" ySize=\"64\"/></SimpleSource>"
            )
        };
        (0..times * times).map(copy).collect()
    };
    let band = |n: usize| {
        let (year, copies) = (2000 + n, copies(n));
        format!(
            "<VRTRasterBand dataType=\"Float32\" band=\"{n}\"><Description>{year}</Description>{copies}</VRTRasterBand>"
        )
    };
    let (side, bands) = (64 * times, (1..=10).map(band).collect::<String>());
    format!(
        "<VRTDataset rasterXSize=\"{side}\" rasterYSize=\"{side}\"><SRS>EPSG:4326</SRS><GeoTransform>105, 0.001, 0, 25, \
         0, -0.001</GeoTransform>{bands}</VRTDataset>"
    )
}

#[test]
fn a_hundred_times_the_area_takes_no_more_memory() {
    /// The budget, and what the program takes besides it: the text of the mosaics and GDAL's own.
    const BUDGET: u64 = 64 << 20;
    const BESIDE: u64 = 128 << 20;
    let folder = Folder::new();
    floats(&folder.path("part.tif"));
    let mut peaks = Vec::new();
    for times in [2, 20] {
        folder.put("x.vrt", &repeated("part.tif", times));
        let study = folder.put("study.toml", &study_text("x.vrt"));
        let layers = "output.layers=[\"x_slope\", \"x_p\"]";
        let ended = limited(1024, &["run", text(&study), "--set", layers]);
        ends(&ended, 0);
        let record = folder.record();
        assert_eq!(record["size"][0], 64 * times);
        peaks.push(
            record["peak_memory_bytes"]
                .as_u64()
                .expect("Linux reports it"),
        );
        fs::remove_dir_all(folder.path("out")).expect("removed");
    }
    let mib: Vec<u64> = peaks.iter().map(|bytes| bytes >> 20).collect();
    assert!(
        peaks.iter().all(|&peak| peak <= BUDGET + BESIDE),
        "{mib:?} MiB"
    );
}

/// A folder that has the name of a table: no file of the new run stays, and those of the earlier one are as they were.
#[test]
fn a_file_that_cannot_be_moved_leaves_the_earlier_result() {
    let folder = Folder::new();
    floats(&folder.path("x.tif"));
    for format in ["gtiff", "zarr"] {
        ends(&folder.run("x.tif", &["--set=output.format=zarr"]), 0);
        let table = folder.path("out/tables/trends.csv");
        fs::remove_file(&table).expect("removed");
        fs::create_dir_all(table.join("inside")).expect("made");
        let before = contents(&folder.path("out"));
        assert!(before.len() > 20, "{before:?}");
        let format = format!("--set=output.format={format}");
        let more = ["--set=trend.min_years=9", "--set=trend.alpha=0.5", &format];
        let stderr = ends(&folder.run("x.tif", &more), 4);
        assert!(stderr.contains("cannot move"), "{stderr}");
        let mut after = contents(&folder.path("out"));
        after.retain(|path, _| !path.starts_with(folder.path("out/.doline-unfinished")));
        assert!(before == after, "{format}");
        fs::remove_dir_all(&table).expect("removed");
    }
}

/// All files below a folder.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), fs::read(path).expect("a file"));
            }
        }
    }
    found
}
