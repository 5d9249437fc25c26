//! Broken and strange files, study files and folders: each ends with a clear message and its exit code, within seconds
//! and the memory budget, without a panic, and leaves nothing behind.
#![cfg(all(unix, feature = "cli"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Nothing may take longer; most end within a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(30);
/// The budget of these studies, 512 MiB, and what a program without a tile takes besides.
const MAX_BYTES: u64 = 700 << 20;

struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    peak_bytes: u64,
}

/// Runs the program and watches its time and memory.
fn doline<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Ended {
    let mut child = Command::new(env!("CARGO_BIN_EXE_doline"))
        .args(args)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("doline starts");
    let read = |mut pipe: Box<dyn std::io::Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).expect("readable");
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let (out, err) = (
        child.stdout.take().expect("a pipe"),
        child.stderr.take().expect("a pipe"),
    );
    let texts = (read(Box::new(out)), read(Box::new(err)));
    let (start, mut peak_bytes) = (Instant::now(), 0);
    let status = loop {
        peak_bytes = peak_bytes.max(peak_of(child.id()));
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().expect("killed");
            let _ = child.wait();
            let args: Vec<_> = args.iter().map(AsRef::as_ref).collect();
            panic!("still running after {PATIENCE:?}: {args:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert_eq!(status.signal(), None, "ended by a signal");
    let stdout = texts.0.join().expect("text");
    let stderr = texts.1.join().expect("text");
    Ended {
        code: status.code(),
        stdout,
        stderr,
        peak_bytes,
    }
}

/// Most memory of a process so far.
fn peak_of(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .map_or(0, |kib| kib * 1024)
}

/// Every file below a folder.
fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

impl Ended {
    /// It ended as the manual says, and said why.
    fn refused(&self, codes: &[i32], what: &str) {
        let Self {
            code,
            stdout,
            stderr,
            peak_bytes,
        } = self;
        assert!(
            code.is_some_and(|code| codes.contains(&code)),
            "{what}: {code:?} {stderr} {stdout}"
        );
        assert!(stderr.contains("error: "), "{what}: {stderr}");
        assert!(
            !stderr.contains("panicked") && !stderr.contains("overflow"),
            "{what}: {stderr}"
        );
        assert!(
            stderr.len() < 200_000,
            "{what}: {} bytes of messages",
            stderr.len()
        );
        assert!(
            *peak_bytes < MAX_BYTES,
            "{what}: took {} MiB",
            peak_bytes >> 20
        );
    }
}

/// A folder with a study of one input, `FILES`, and the names of both.
struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a folder"),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).expect("a file");
        path
    }

    /// Runs a study of this text, which must be refused and leave no file but those that were there.
    fn refuses_study(&self, text: &str, codes: &[i32], what: &str) -> Ended {
        let study = self.put("study.toml", text.as_bytes());
        let before = files_below(self.dir.path());
        let ended = doline(&[
            Path::new("run"),
            &study,
            Path::new("--device"),
            Path::new("cpu"),
        ]);
        ended.refused(codes, what);
        assert_eq!(
            files_below(self.dir.path()),
            before,
            "{what}: nothing is left"
        );
        assert!(!self.path("out").exists(), "{what}: no folder is left");
        ended
    }

    /// A study of a driver `x` that reads `files`, and `inspect` and `trend` of the same.
    fn refuses_files(&self, files: &str, what: &str) {
        self.refuses_study(&study(&format!("{files:?}")), &[3], what);
        let path = self.path(files);
        doline(&[Path::new("inspect"), &path]).refused(&[3], what);
        let out = self.path("out");
        let before = files_below(self.dir.path());
        let args = [
            Path::new("trend"),
            &path,
            Path::new("--years"),
            Path::new("2001-2010"),
        ];
        doline(
            &[
                &args[..],
                &[
                    Path::new("-o"),
                    &out,
                    Path::new("--device"),
                    Path::new("cpu"),
                ],
            ]
            .concat(),
        )
        .refused(&[2, 3], what);
        assert_eq!(
            files_below(self.dir.path()),
            before,
            "{what}: nothing is left"
        );
    }
}

/// A study of one driver with its trend; `files` is TOML.
fn study(files: &str) -> String {
    format!(
        "[study]\nyears = [2001, 2010]\n[inputs.x]\nsteps = \"annual\"\nfiles = {files}\n[trend]\nof = [\"x\"]\n\
         [output]\ndir = \"out\"\n[engine]\nmemory = \"512MiB\"\ndevice = \"cpu\"\n"
    )
}

/// A classic TIFF: one directory with these tags (number, type, value) and then `data`.
fn tiff(tags: &[(u16, u16, u32)], data: &[u8]) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend(u16::try_from(tags.len()).expect("few tags").to_le_bytes());
    let n = u32::try_from(tags.len()).expect("few tags");
    for &(tag, kind, value) in tags {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        // An offset of 0 stands for the data behind the directory.
        let value = if tag == 273 || tag == 324 {
            8 + 2 + 12 * n + 4
        } else {
            value
        };
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes.extend(data);
    bytes
}

/// Tags of a grey byte image of one strip.
fn strip(width: u32, height: u32, compression: u32, n_bytes: u32) -> Vec<(u16, u16, u32)> {
    vec![
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, compression),
        (262, 3, 1),
        (273, 4, 0),
        (277, 3, 1),
        (278, 4, height),
        (279, 4, n_bytes),
    ]
}

/// Ten annual bands of 64 x 64 floats in blocks of 16, deflate.
fn good(path: &Path) {
    use gdal::Metadata as _;
    use gdal::raster::{Buffer, RasterCreationOptions};
    let options: RasterCreationOptions = [
        "TILED=YES",
        "BLOCKXSIZE=16",
        "BLOCKYSIZE=16",
        "COMPRESS=DEFLATE",
    ]
    .into_iter()
    .collect();
    let driver = gdal::DriverManager::get_driver_by_name("GTiff").expect("a driver");
    let mut dataset = driver
        .create_with_band_type_with_options::<f32, _>(path, 64, 64, 10, &options)
        .expect("a raster");
    dataset
        .set_geo_transform(&[105.0, 0.1, 0.0, 25.0, 0.0, -0.1])
        .expect("a place");
    let wgs84 = gdal::spatial_ref::SpatialRef::from_epsg(4326).expect("WGS84");
    dataset.set_spatial_ref(&wgs84).expect("a reference system");
    for number in 1..=10_u16 {
        let mut band = dataset.rasterband(number.into()).expect("a band");
        band.set_description(&format!("{}", 2000 + number))
            .expect("a description");
        let value = |i: u16| f32::from((i % 251 * 37 + number * 11) % 251) + f32::from(number);
        let values: Vec<f32> = (0..64 * 64).map(|i: u16| value(i % 4096)).collect();
        band.write((0, 0), (64, 64), &mut Buffer::new((64, 64), values))
            .expect("written");
    }
    dataset.close().expect("closed");
}

#[test]
fn the_good_file_of_these_tests_can_be_run() {
    let folder = Folder::new();
    good(&folder.path("x.tif"));
    let study = folder.put("study.toml", study("\"x.tif\"").as_bytes());
    let ended = doline(&[Path::new("run"), &study]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(folder.path("out/run.json").exists());
}

#[test]
fn truncated_and_corrupted_files_leave_no_output() {
    let folder = Folder::new();
    good(&folder.path("whole.tif"));
    let whole = fs::read(folder.path("whole.tif")).expect("a file");
    for share in [1, 10, 30, 60, 90] {
        folder.put("x.tif", &whole[..whole.len() * share / 100]);
        folder.refuses_study(&study("\"x.tif\""), &[3], &format!("{share} % of a file"));
    }
    // Blocks damaged in the last third, which no sample looks at: found while tiles are read.
    let mut damaged = whole.clone();
    let third = damaged.len() / 3;
    damaged[2 * third..2 * third + 4000].fill(0xa5);
    folder.put("x.tif", &damaged);
    let ended = folder.refuses_study(&study("\"x.tif\""), &[3], "damaged blocks");
    assert!(ended.stderr.contains("cannot read"), "{}", ended.stderr);
}

#[test]
fn files_cut_short_are_refused_in_every_format() {
    let folder = Folder::new();
    good(&folder.path("good.tif"));
    let source = gdal::Dataset::open(folder.path("good.tif")).expect("a raster");
    for (format, name, option) in [
        ("netCDF", "x.nc", Some("FORMAT=NC")),
        ("netCDF", "x.nc", Some("FORMAT=NC2")),
        ("netCDF", "x.nc", Some("FORMAT=NC4C")),
        ("ENVI", "x.img", None),
        ("EHdr", "x.bil", None),
        ("GTiff", "x.tif", Some("COMPRESS=NONE")),
    ] {
        let driver = gdal::DriverManager::get_driver_by_name(format).expect("a driver");
        let options = option
            .into_iter()
            .collect::<gdal::raster::RasterCreationOptions>();
        let whole = folder.path(name);
        // GDAL now and then fails to make a copy while other threads open its drivers.
        let copy = (0..3).find_map(|_| source.create_copy(&driver, &whole, &options).ok());
        copy.expect("a copy").close().expect("closed");
        let whole = fs::read(&whole).expect("a file");
        let what = format!("{format} {option:?}");
        // netCDF names its bands after itself.
        let files = if format == "netCDF" {
            study("\"x.nc\"").replace("steps", "variable = \"Band1\"\nsteps")
        } else {
            study(&format!("{name:?}"))
        };
        for share in [20, 60, 95] {
            folder.put(name, &whole[..whole.len() * share / 100]);
            folder.refuses_study(&files, &[3], &format!("{share} % of {what}"));
            doline(&[
                Path::new("inspect"),
                &folder.path(name),
                Path::new("--variable"),
                Path::new("Band1"),
            ])
            .refused(&[3], &what);
        }
        fs::remove_file(folder.path(name)).expect("removed");
    }
}

#[test]
fn headers_that_lie_about_sizes_are_refused() {
    let folder = Folder::new();
    let huge = 1 << 31;
    for (what, bytes) in [
        ("nothing", Vec::new()),
        ("magic alone", b"II*\0".to_vec()),
        (
            "2^31 x 2^31",
            tiff(&strip(huge - 1, huge - 1, 1, 10), &[0; 10]),
        ),
        ("no pixel", tiff(&strip(0, 0, 1, 0), &[])),
        (
            "2^20 rows of nothing",
            tiff(&strip(1 << 20, 1 << 20, 8, 10), &[0; 10]),
        ),
        (
            "a strip past the end",
            tiff(&strip(100, 100, 1, 10_000), &[0; 10]),
        ),
        ("a directory without tags", tiff(&[], &[])),
        (
            "a directory in itself",
            b"II*\0\x08\0\0\0\0\0\x08\0\0\0".to_vec(),
        ),
        (
            "netCDF cut short",
            b"CDF\x01\0\0\0\0\0\0\0\x0a\0\0".to_vec(),
        ),
        ("HDF5 cut short", b"\x89HDF\r\n\x1a\n\0\0\0\0".to_vec()),
        ("HDF4 cut short", b"\x0e\x03\x13\x01\0\x10\0\0".to_vec()),
    ] {
        folder.put("x.tif", &bytes);
        folder.refuses_files("x.tif", what);
    }
    let vrt = "<VRTDataset rasterXSize=\"1000000000\" rasterYSize=\"1000000000\"><VRTRasterBand dataType=\"Byte\" \
               band=\"1\"/></VRTDataset>";
    folder.put("x.vrt", vrt.as_bytes());
    folder.refuses_files("x.vrt", "VRT of 10^18 pixels");
    folder.put(
        "x.vrt",
        b"<VRTDataset rasterXSize=\"10\" rasterYSize=\"10\"></VRTDataset>",
    );
    folder.refuses_files("x.vrt", "no bands");
}

#[test]
fn a_block_that_does_not_fit_into_the_budget_is_refused() {
    // One tile of 40000 x 40000 bytes, 1.5 GiB, whose deflate stream never gets that far.
    let folder = Folder::new();
    let stream = [0x78, 0x9c, 0x63, 0, 0, 0, 1, 0, 1];
    let one_tile = |&(tag, kind, value): &(u16, u16, u32)| match tag {
        273 => vec![],
        278 => vec![(322, 4, value), (323, 4, value), (324, 4, 0)],
        279 => vec![(325, 4, value)],
        _ => vec![(tag, kind, value)],
    };
    let tags: Vec<_> = strip(40_000, 40_000, 8, 9)
        .iter()
        .flat_map(one_tile)
        .collect();
    let bomb = tiff(&tags, &stream);
    folder.put("x.tif", &bomb);
    let ended = folder.refuses_study(&study("\"x.tif\""), &[3], "a bomb");
    assert!(
        ended.stderr.contains("blocks of 1525 MiB"),
        "{}",
        ended.stderr
    );
    let inspected = doline(&[Path::new("inspect"), &folder.path("x.tif")]);
    assert!(
        inspected.peak_bytes < MAX_BYTES && inspected.stdout.contains("1525 MiB"),
        "{}",
        inspected.stdout
    );
    let big = vrt("x.tif").replace("\"64\"", "\"40000\"");
    folder.put("x.vrt", big.as_bytes());
    folder.refuses_study(&study("\"x.vrt\""), &[3], "a bomb inside a mosaic");
}

/// A mosaic of ten bands, each with `source`.
fn vrt(source: &str) -> String {
    let band = |n: usize| {
        format!(
            "<VRTRasterBand dataType=\"Float32\" band=\"{n}\"><SimpleSource><SourceFilename relativeToVRT=\"1\">{source}\
             </SourceFilename><SourceBand>{n}</SourceBand></SimpleSource></VRTRasterBand>"
        )
    };
    let bands = (1..=10).map(band).collect::<Vec<_>>().concat();
    format!(
        "<VRTDataset rasterXSize=\"64\" rasterYSize=\"64\"><SRS>EPSG:4326</SRS><GeoTransform>105, 0.1, 0, 25, 0, -0.1\
         </GeoTransform>{bands}</VRTDataset>"
    )
}

#[test]
fn mosaics_of_themselves_of_secrets_and_of_nothing_are_refused() {
    let folder = Folder::new();
    for (what, source) in [
        ("itself", "x.vrt"),
        ("itself by another name", "./././x.vrt"),
        ("another that contains it", "y.vrt"),
        ("a text of the system", "/etc/passwd"),
        ("nothing", "missing.tif"),
        ("a device", "/dev/zero"),
        (
            "a server that is not there",
            "/vsicurl/http://127.0.0.1:9/x.tif",
        ),
        ("a page that is not there", "http://127.0.0.1:9/x.tif"),
    ] {
        folder.put("y.vrt", vrt("x.vrt").as_bytes());
        folder.put("x.vrt", vrt(source).as_bytes());
        let ended = folder.refuses_study(
            &study("\"x.vrt\""),
            &[3],
            &format!("a mosaic of {what}: {source}"),
        );
        assert!(!ended.stderr.contains("root:"), "{}", ended.stderr);
    }
}

#[test]
fn transforms_without_a_size_are_refused() {
    let folder = Folder::new();
    good(&folder.path("good.tif"));
    for transform in [
        "nan, 0.1, 0, 25, 0, -0.1",
        "105, 0, 0, 25, 0, 0",
        "105, inf, 0, 25, 0, -0.1",
        "0, 1, 1, 0, 1, 1",
        "1e308, 1e308, 0, 1e308, 0, 1e308",
    ] {
        let text = vrt("good.tif").replace("105, 0.1, 0, 25, 0, -0.1", transform);
        folder.put("x.vrt", text.as_bytes());
        folder.refuses_study(&study("\"x.vrt\""), &[3], transform);
    }
}

#[test]
fn strange_names_and_texts_in_files_break_nothing() {
    let folder = Folder::new();
    good(&folder.path("x.tif"));
    // No reference system, and texts that are no UTF-8 or hold quotes and line ends.
    let text = vrt("x.tif").replace(
        "<SRS>EPSG:4326</SRS>",
        "<Metadata><MDI key=\"a&#10;b\">\u{e9}&quot;&#13;</MDI></Metadata>",
    );
    let mut bytes = text
        .replace(
            "<SimpleSource>",
            "<Description>STRANGE</Description><SimpleSource>",
        )
        .into_bytes();
    let at = bytes
        .windows(7)
        .position(|part| part == b"STRANGE")
        .expect("it is there");
    bytes[at..at + 7].copy_from_slice(b"\xff\xfe\xc0\xaf\x80\xe9\xff");
    folder.put("y.vrt", &bytes);
    let path = folder.put("study.toml", study("\"y.vrt\"").as_bytes());
    for command in ["check", "run"] {
        let ended = doline(&[Path::new(command), &path]);
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        assert!(
            matches!(ended.code, Some(0 | 3)),
            "{command}: {:?} {}",
            ended.code,
            ended.stderr
        );
    }
    // A name that is not UTF-8.
    let name = std::ffi::OsString::from_vec(b"x_\xff\xfe.tif".to_vec());
    let strange = folder.dir.path().join(name);
    fs::rename(folder.path("x.tif"), &strange).expect("renamed");
    doline(&[Path::new("inspect"), &strange]).refused(&[3], "a name that is not UTF-8");
    let all = study("\"x_*.tif\"");
    fs::remove_dir_all(folder.path("out")).ok();
    let ended = folder.refuses_study(&all, &[3], "a name that is not UTF-8");
    assert!(
        ended.stderr.contains("not UTF-8; rename it"),
        "{}",
        ended.stderr
    );
}

#[test]
fn names_with_zero_bytes_are_refused() {
    let folder = Folder::new();
    for text in [
        study("\"a\\u0000b.tif\""),
        study("\"*\\u0000*.tif\""),
        study("\"x.tif\"") + "[grid]\nmask = \"a\\u0000\"\n",
    ] {
        folder.refuses_study(&text, &[2, 3], "a zero byte in a name");
    }
    good(&folder.path("x.tif"));
    for (key, value) in [
        ("inputs.x.variable", "\"a\\u0000\""),
        ("output.dir", "\"o\\u0000\""),
        ("study.name", "\"n\\u0000\""),
    ] {
        let study = folder.put("study.toml", study("\"x.tif\"").as_bytes());
        let ended = doline(&[
            Path::new("run"),
            &study,
            Path::new("--set"),
            Path::new(&format!("{key}={value}")),
        ]);
        assert!(
            !ended.stderr.contains("panicked"),
            "{key}: {}",
            ended.stderr
        );
        assert!(
            matches!(ended.code, Some(2..=4)),
            "{key}: {:?} {}",
            ended.code,
            ended.stderr
        );
    }
}

#[test]
fn strange_study_files_are_refused_within_seconds() {
    let folder = Folder::new();
    let deep = format!("x = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_tables = format!("[{}]\n", vec!["a"; 100_000].join("."));
    let keys = |n: usize| {
        (0..n).fold(String::from("[study]\n"), |text, n| {
            text + &format!("k{n} = 1\n")
        })
    };
    for (what, text) in [
        ("100 MB", "#".repeat(100 << 20)),
        ("deeply nested lists", deep),
        ("deeply nested tables", deep_tables),
        ("250,000 keys", keys(250_000)),
        ("250,000 tables", (0..250_000).fold(String::new(), |text, n| text + &format!("[inputs.i{n}]\n"))),
        ("a key of 3 MB", format!("{} = 1", "k".repeat(3 << 20))),
        ("a value of 3 MB", format!("[study]\nyears = \"{}\"", "v".repeat(3 << 20))),
        (
            "a unit of 3 MB",
            format!(
                "[study]\nyears = [2001, 2010]\n[inputs.npp]\nfiles = \"x.tif\"\nunits = \"{}\"",
                "k".repeat(3 << 20)
            ),
        ),
        ("nothing", String::new()),
        ("zero bytes", "\0".repeat(1000)),
        (
            "many years",
            "[study]\nyears = [-9223372036854775808, 9223372036854775807]\n[inputs.x]\nfiles = \"x_{year}.tif\"".into(),
        ),
    ] {
        folder.refuses_study(&text, &[2], what);
    }
    let path = folder.put("study.toml", b"\xff\xfe[\0s");
    doline(&[Path::new("run"), &path]).refused(&[2], "no UTF-8");
    doline(&[Path::new("run"), folder.dir.path()]).refused(&[2], "a folder");
    doline(&["run", "/dev/zero"]).refused(&[2], "a device");
    doline(&["check", "/dev/null"]).refused(&[2], "a device");
    let pipe = folder.path("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .expect("mkfifo")
            .success()
    );
    doline(&[Path::new("check"), &pipe]).refused(&[2], "a pipe");
    doline(&[Path::new("inspect"), &pipe]).refused(&[3], "a pipe");
    doline(&[
        Path::new("trend"),
        &pipe,
        Path::new("--years"),
        Path::new("2001-2010"),
    ])
    .refused(&[3], "a pipe");
    good(&folder.path("x.tif"));
    folder.refuses_study(
        &(study("\"x.tif\"") + "[grid]\nmask = \"pipe\"\n"),
        &[3],
        "a pipe as a mask",
    );
}

#[test]
fn names_cannot_lead_out_of_the_output_folder() {
    let folder = Folder::new();
    good(&folder.path("x.tif"));
    let long = "n".repeat(5000);
    for name in [
        "../x",
        "a/b",
        "/etc/x",
        "",
        ".",
        "..",
        "con",
        "NUL",
        "a\\u0000",
        "a\\nb",
        "a\\u001b[2J",
        "x*",
        &long,
    ] {
        let base = study("\"x.tif\"");
        folder.refuses_study(
            &(base.clone() + &format!("[stages]\n\"{name}\" = [2001, 2005]\n")),
            &[2],
            name,
        );
        folder.refuses_study(
            &(base.clone() + &format!("[zones.\"{name}\"]\nfile = \"z.tif\"\n")),
            &[2],
            name,
        );
        folder.refuses_study(
            &(base + &format!("[inputs.\"{name}\"]\nfiles = \"x.tif\"\n")),
            &[2],
            name,
        );
        let args = [
            "trend",
            folder.path("x.tif").to_str().expect("UTF-8"),
            "--name",
            &name.replace("\\n", "\n"),
        ]
        .map(String::from);
        if !name.contains('\\') || name.contains("\\n") {
            let out = ["-o".to_owned(), folder.path("out").display().to_string()];
            doline(&[&args[..], &out[..]].concat()).refused(&[2], name);
        }
    }
    // The name of the study is a text and no file.
    let strange = study("\"x.tif\"").replace("[study]", "[study]\nname = \"../../a/b\\u001b[2J\"");
    let path = folder.put("study.toml", strange.as_bytes());
    assert_eq!(doline(&[Path::new("run"), &path]).code, Some(0));
    assert!(!folder.path("../a").exists());
}

#[test]
fn outputs_neither_overwrite_inputs_nor_leave_their_folder() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("o/maps")).expect("a folder");
    // The input has the name that the slope will have.
    good(&folder.path("o/maps/x_slope.tif"));
    let input = fs::read(folder.path("o/maps/x_slope.tif")).expect("a file");
    let own = study("\"o/maps/x_slope.tif\"").replace("dir = \"out\"", "dir = \"o\"");
    for text in [
        own.clone(),
        own.replace("dir = \"o\"", "dir = \"p/../o/.\""),
    ] {
        fs::create_dir_all(folder.path("p")).expect("a folder");
        let ended = folder.refuses_study(&text, &[4], "an output over its input");
        assert!(
            ended.stderr.contains("is an input of this study"),
            "{}",
            ended.stderr
        );
        assert!(fs::read(folder.path("o/maps/x_slope.tif")).expect("a file") == input);
    }
    good(&folder.path("x.tif"));
    fs::create_dir_all(folder.path("elsewhere")).expect("a folder");
    fs::create_dir_all(folder.path("linked")).expect("a folder");
    std::os::unix::fs::symlink(folder.path("elsewhere"), folder.path("linked/maps"))
        .expect("a link");
    folder.put("file", b"in the way");
    let long = "d".repeat(5000);
    for dir in [
        "linked",
        "file",
        "file/below",
        "/proc/doline",
        "/dev/null",
        &long,
    ] {
        let text = study("\"x.tif\"").replace("dir = \"out\"", &format!("dir = \"{dir}\""));
        folder.refuses_study(&text, &[4], dir);
        let path = folder.path("study.toml");
        doline(&[Path::new("check"), &path]).refused(&[4], dir);
    }
    assert_eq!(
        fs::read_dir(folder.path("elsewhere"))
            .expect("a folder")
            .count(),
        0
    );
    assert_eq!(
        fs::read(folder.path("file")).expect("a file"),
        b"in the way"
    );
}

#[test]
fn an_interrupt_while_inputs_are_opened_ends_the_run() {
    let folder = Folder::new();
    // A server that never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let text = study(&format!("\"/vsicurl/http://127.0.0.1:{port}/x.tif\""));
    let path = folder.put("study.toml", text.as_bytes());
    let mut child = Command::new(env!("CARGO_BIN_EXE_doline"))
        .arg("run")
        .arg(&path)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("doline starts");
    let asked = listener.accept().expect("doline asks");
    assert!(
        Command::new("kill")
            .arg("-INT")
            .arg(child.id().to_string())
            .status()
            .expect("kill")
            .success()
    );
    let start = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().expect("killed");
            panic!("not stopped");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(asked);
    let ended = child.wait_with_output().expect("output");
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("stopped"), "{stderr}");
    assert!(!folder.path("out").exists() && files_below(folder.dir.path()) == [path]);
}

#[test]
fn patterns_of_everything_and_of_nothing_are_refused() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("loop")).expect("a folder");
    std::os::unix::fs::symlink(folder.dir.path(), folder.path("loop/again")).expect("a link");
    std::os::unix::fs::symlink(folder.path("b.tif"), folder.path("a.tif")).expect("a link");
    std::os::unix::fs::symlink(folder.path("a.tif"), folder.path("b.tif")).expect("a link");
    for files in [
        "\"/\"",
        "\".\"",
        "\"\"",
        "\"loop\"",
        "\"a.tif\"",
        "\"**/*.tif\"",
        "\"[\"",
        "\"***\"",
        "\"loop/**/x.tif\"",
        "\"{year}\"",
        "\"\\u001b\"",
        "[]",
        "[\"\"]",
    ] {
        folder.refuses_study(&study(files), &[2, 3], files);
    }
    let many = Folder::new();
    for n in 0..20_000 {
        many.put(&format!("x_{n}.tif"), b"");
    }
    many.refuses_study(&study("\"x_*.tif\""), &[3], "20,000 empty files");
    let stars = format!("\"{}x.tif\"", "*".repeat(3000));
    folder.refuses_study(&study(&stars), &[2, 3], "3000 stars");
}
