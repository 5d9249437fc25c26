//! Stored numbers that are no values: counted by code, and those that nobody declared.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use doline::run::{RunOptions, RunRecord, plan, run};
use doline::study::Study;
use tempfile::TempDir;

use super::made::{Made, real, says};

fn run_record(text: &str, dir: &Path, tile: Option<[usize; 2]>) -> RunRecord {
    let study = Study::from_str(text, dir, &["engine.device=cpu".to_owned()]).unwrap();
    let options = RunOptions {
        out: Some(dir.join("out")),
        tile,
        ..RunOptions::default()
    };
    run(&study, &options, &AtomicBool::new(false), &mut |_| {})
        .map_err(|error| error.to_string())
        .unwrap()
}

/// Each of four years has one pixel of every class without a value, two outside the valid range and one fill value.
#[test]
fn codes_are_counted_once_a_tile_with_their_meaning() {
    let text = "[study]\nyears = [2001, 2004]\n[inputs.npp]\nfiles = \"A{year}.tif\"\nproduct = \"MOD17A3HGF\"\n[trend]\nof = [\"npp\"]\n";
    for tile in [None, Some([2, 64])] {
        let dir = TempDir::new().unwrap();
        for year in 2001..=2004 {
            let mut band: Vec<i16> = (0..30).map(|p| 9_000 + p).collect();
            band[..7].copy_from_slice(&[32_761, 32_762, 32_763, 32_764, 32_765, 32_766, 32_767]);
            band[28..].copy_from_slice(&[32_701, -30_001]);
            Made {
                bands: vec![band],
                ..Made::default()
            }
            .tif(&dir.path().join(format!("A{year}.tif")));
        }
        let record = run_record(text, dir.path(), tile);
        let found: Vec<(Option<f64>, &str, u64)> = record.inputs[0]
            .fill_codes
            .iter()
            .map(|row| (row.code, row.meaning.as_str(), row.count))
            .collect();
        assert_eq!(
            found,
            [
                (
                    Some(32_761.0),
                    "land cover unclassified or not determined",
                    4
                ),
                (Some(32_762.0), "urban or built-up land", 4),
                (
                    Some(32_763.0),
                    "permanent wetland or inundated marshland",
                    4
                ),
                (Some(32_764.0), "perennial snow or ice", 4),
                (Some(32_765.0), "barren or sparsely vegetated land", 4),
                (Some(32_766.0), "salt water or inland fresh water", 4),
                (Some(32_767.0), "fill value", 4),
                (None, "outside the valid range, -30000 to 32700", 8),
            ]
        );
        let product = record.inputs[0].product.as_ref().unwrap();
        assert_eq!(product.name, "MOD17A3HGF Npp_500m");
        says(
            &product.gives.join("; "),
            &[
                "scale = 0.0001",
                "units = \"kgC m-2 yr-1\"",
                "steps = \"annual\"",
            ],
        );
        says(
            &record.to_json(),
            &["\"fill_codes\"", "\"meaning\": \"urban or built-up land\""],
        );
    }
}

#[test]
fn nan_and_codes_of_converted_types_are_counted() {
    let dir = TempDir::new().unwrap();
    for year in 2001..=2004 {
        let mut floats = vec![500.0_f32; 30];
        floats[..3].copy_from_slice(&[f32::NAN, -9999.0, -9999.0]);
        Made {
            bands: vec![floats],
            nodata: Some(-9999.0),
            ..Made::default()
        }
        .tif(&dir.path().join(format!("A{year}.tif")));
        let mut whole = vec![500_i32; 30];
        whole[..2].copy_from_slice(&[-1, -1]);
        Made {
            bands: vec![whole],
            nodata: Some(-1.0),
            ..Made::default()
        }
        .tif(&dir.path().join(format!("B{year}.tif")));
    }
    let text = "[study]\nyears = [2001, 2004]\n[inputs.npp]\nfiles = \"A{year}.tif\"\n[inputs.other]\nfiles = \"B{year}.tif\"\n\
                [trend]\nof = [\"npp\", \"other\"]\n";
    let record = run_record(text, dir.path(), None);
    let counts = |input: usize| -> Vec<(Option<f64>, u64)> {
        record.inputs[input]
            .fill_codes
            .iter()
            .map(|row| (row.code, row.count))
            .collect()
    };
    assert_eq!(counts(0), [(Some(-9999.0), 8), (None, 4)]);
    assert_eq!(counts(1), [(Some(-1.0), 8)]);
}

/// MOD17 of Hawaii has 1831 zeros in 2010, 1006 in 2012 and one in 2017, and no other value below 1029 (counted with
/// numpy).
#[test]
fn zeros_of_the_hawaiian_npp_are_suspect() {
    let Some(files) = real("hawaii-npp-rainfall/npp/hawaii_npp_{year}.tif") else {
        return;
    };
    let dir = TempDir::new().unwrap();
    let warnings = |keys: &str| {
        let text = format!(
            "[study]\nyears = [2010, 2019]\n[inputs.npp]\nfiles = {files:?}\nproduct = \"MOD17A3HGF\"\n{keys}[trend]\n\
             of = [\"npp\"]\n"
        );
        run_record(&text, dir.path(), None).warnings.join("\n")
    };
    says(
        &warnings(""),
        &[
            "inputs.npp: 2838 raw values",
            "are 0, and all others are at least 1029",
            "set nodata = [0]",
        ],
    );
    assert!(!warnings("nodata = [0]\n").contains("looks like a fill value"));
}

/// What is right stays without a warning: climate, leaf area, NDVI as they come.
#[test]
fn real_files_that_declare_their_fill_values_are_not_suspect() {
    for (path, years, input) in [
        (
            "wisconsin-ndvi-climate/WI_tmean_monthly_1982-2013.tif",
            "[1982, 2013]",
            "temperature",
        ),
        (
            "wisconsin-ndvi-climate/WI_precip_monthly_1982-2013.tif",
            "[1982, 2013]",
            "precipitation",
        ),
        (
            "china-lai-modis/MOD15A2_LAI_China_G050_2001-2020.tif",
            "[2001, 2020]",
            "lai",
        ),
        (
            "climate-subsets-real-netcdf/sel_era5_land_monthly_t2m_1981-2018.nc",
            "[1981, 2018]",
            "temperature",
        ),
        (
            "alaska-ndvi-greenbrown/greenbrown_ndvimap_monthly_1982-2011.tif",
            "[1982, 2011]",
            "ndvi",
        ),
    ] {
        let Some(file) = real(path) else { continue };
        let text = format!(
            "[study]\nyears = {years}\n[inputs.{input}]\nfiles = {file:?}\n[trend]\nof = [\"{input}\"]\n"
        );
        let study = Study::from_str(&text, Path::new(""), &[]).unwrap();
        let planned = plan(&study, None)
            .map_err(|error| error.to_string())
            .unwrap();
        assert!(
            !planned
                .warnings
                .join("\n")
                .contains("of a sample is the raw value"),
            "{path}: {:?}",
            planned.warnings
        );
    }
}
