//! Zarr stores as they come out of habits of Python: words for numbers, arrays without a name, swaths, archives.
#![cfg(feature = "zarr")]

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::made::{numbers, open_in, read, request, says};
use super::zarr::{YEARS, copy_of, refusal, store};

/// The numbers of the only variable of a store.
fn numbers_of(path: &Path) -> Vec<f64> {
    let stacks = open_in(&request("x", &[path.to_owned()]), YEARS).unwrap();
    numbers(&read(&stacks).inputs[0])
}

fn change(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

/// `json.dumps` of Python writes NaN and infinities as words that JSON does not have.
#[test]
fn words_of_python_for_numbers_are_read() {
    let dir = TempDir::new().unwrap();
    let path = copy_of("projected", &dir);
    let array = path.join("npp/zarr.json");
    let units = "\"units\": \"g C m-2 yr-1\",";
    change(
        &array,
        units,
        &format!("{units} \"missing_value\": NaN, \"most\": Infinity, \"least\": -Infinity,"),
    );
    assert_eq!(
        bits(&numbers_of(&path)),
        bits(&numbers_of(&store("projected")))
    );
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// As `to_zarr` calls what has no name, such as the sum of two arrays.
#[test]
fn an_array_without_a_name_is_read() {
    let dir = TempDir::new().unwrap();
    let path = copy_of("projected", &dir);
    let unnamed = path.join("__xarray_dataarray_variable__");
    fs::rename(path.join("npp"), unnamed).unwrap();
    assert_eq!(
        bits(&numbers_of(&path)),
        bits(&numbers_of(&store("projected")))
    );
}

#[test]
fn a_store_with_a_longitude_for_each_pixel_is_a_swath() {
    let dir = TempDir::new().unwrap();
    let path = copy_of("projected", &dir);
    for axis in ["x", "y"] {
        fs::remove_dir_all(path.join(axis)).unwrap();
    }
    for (name, unit) in [("lon", "degrees_east"), ("lat", "degrees_north")] {
        let array = format!(
            "{{\"zarr_format\": 3, \"node_type\": \"array\", \"shape\": [5, 7], \"data_type\": \"float64\", \
             \"chunk_grid\": {{\"name\": \"regular\", \"configuration\": {{\"chunk_shape\": [5, 7]}}}}, \
             \"chunk_key_encoding\": {{\"name\": \"default\"}}, \"fill_value\": 1.5, \
             \"codecs\": [{{\"name\": \"bytes\", \"configuration\": {{\"endian\": \"little\"}}}}], \
             \"attributes\": {{\"units\": \"{unit}\"}}, \"dimension_names\": [\"y\", \"x\"]}}"
        );
        fs::create_dir(path.join(name)).unwrap();
        fs::write(path.join(name).join("zarr.json"), array).unwrap();
    }
    let units = "\"units\": \"g C m-2 yr-1\",";
    change(
        &path.join("npp/zarr.json"),
        units,
        &format!("{units} \"coordinates\": \"lon lat\","),
    );
    let mut asked = request("x", &[path]);
    asked.variable = Some("npp".to_owned());
    let error = open_in(&asked, YEARS).unwrap_err();
    says(&error, &["swath", "gdalwarp -geoloc"]);
}

/// Files that are stored in an archive as they are.
fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let short = |n: usize| u16::try_from(n).unwrap().to_le_bytes();
    let long = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let (mut archive, mut list) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let start = archive.len();
        let mut of_file = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        of_file.extend(crc_32(bytes).to_le_bytes());
        of_file.extend([long(bytes.len()), long(bytes.len())].concat());
        of_file.extend([short(name.len()), short(0)].concat());
        archive.extend([b"PK\x03\x04", of_file.as_slice(), name.as_bytes(), bytes].concat());
        list.extend([b"PK\x01\x02\x14\x00", of_file.as_slice(), &[0; 10]].concat());
        list.extend([&long(start), name.as_bytes()].concat());
    }
    let start = archive.len();
    let n = short(files.len());
    archive.extend(&list);
    archive.extend([b"PK\x05\x06\0\0\0\0".as_slice(), &n, &n].concat());
    archive.extend([long(list.len()).as_slice(), &long(start), &[0; 2]].concat());
    archive
}

fn crc_32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

/// GDAL takes the first file of a name, and whoever wrote the archive means the last.
#[test]
fn an_archive_with_two_metadata_of_an_array_is_refused() {
    let files = [
        "zarr.json",
        "npp/zarr.json",
        "npp/c/0/0/0",
        "time/zarr.json",
        "time/c/0",
        "x/zarr.json",
        "x/c/0",
    ];
    let more = ["y/zarr.json", "y/c/0", "spatial_ref/zarr.json"];
    let whole: Vec<(&str, Vec<u8>)> = files
        .iter()
        .chain(&more)
        .map(|name| (*name, fs::read(store("projected").join(name)).unwrap()))
        .collect();
    let mut all: Vec<(&str, &[u8])> = whole
        .iter()
        .map(|(name, bytes)| (*name, bytes.as_slice()))
        .collect();
    let dir = TempDir::new().unwrap();
    let archive = dir.path().join("x.zip");
    let name = format!("/vsizip/{}", archive.display());
    fs::write(&archive, zip_of(&all)).unwrap();
    assert_eq!(
        bits(&numbers_of(Path::new(&name))),
        bits(&numbers_of(&store("projected")))
    );
    let early = fs::read_to_string(store("projected").join("npp/zarr.json")).unwrap();
    let early = early.replace("g C m-2 yr-1", "1");
    all.insert(0, ("npp/zarr.json", early.as_bytes()));
    let twice = dir.path().join("twice.zip");
    fs::write(&twice, zip_of(&all)).unwrap();
    says(
        &refusal(Path::new(&format!("/vsizip/{}", twice.display()))),
        &["npp/zarr.json", "twice", "unzip -o"],
    );
}
