//! Fill values of real products.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use doline::run::{RunOptions, RunRecord, plan, run};
use doline::study::Study;
use tempfile::TempDir;

use crate::data::real;
use crate::made::says;

fn run_record(text: &str, dir: &Path) -> RunRecord {
    let study = Study::from_str(text, dir, &["engine.device=cpu".to_owned()]).unwrap();
    let options = RunOptions {
        out: Some(dir.join("out")),
        ..RunOptions::default()
    };
    run(&study, &options, &AtomicBool::new(false), &mut |_| {})
        .map_err(|error| error.to_string())
        .unwrap()
}

/// MOD17 of Hawaii has 1831 zeros in 2010, 1006 in 2012 and one in 2017, and no other value below 1029 (counted with
/// numpy).
pub(crate) fn zeros_of_the_hawaiian_npp_are_suspect() {
    let files = real("hawaii-npp-rainfall/npp/hawaii_npp_{year}.tif")
        .display()
        .to_string();
    let dir = TempDir::new().unwrap();
    let warnings = |keys: &str| {
        let text = format!(
            "[study]\nyears = [2010, 2019]\n[inputs.npp]\nfiles = \"{files}\"\nproduct = \"MOD17A3HGF\"\n{keys}[trend]\n\
             of = [\"npp\"]\n"
        );
        run_record(&text, dir.path()).warnings.join("\n")
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
pub(crate) fn real_files_that_declare_their_fill_values_are_not_suspect() {
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
        let file = real(path).display().to_string();
        let text = format!(
            "[study]\nyears = {years}\n[inputs.{input}]\nfiles = \"{file}\"\n[trend]\nof = [\"{input}\"]\n"
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
