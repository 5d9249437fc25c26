//! Real files by their format, variable, axes and product.

use std::path::Path;

use doline::run::{Plan, plan};
use doline::sources::{InputRequest, times_of};
use doline::study::Study;
use tempfile::TempDir;

use doline::calendar::Years;

use crate::data::real;
use crate::made::{decoding_in, numbers, open, open_in, read, request, says};

fn plan_of(text: &str, dir: &Path) -> Plan {
    let study = Study::from_str(text, dir, &[]).map_err(|error| error.to_string());
    plan(&study.unwrap(), None)
        .map_err(|error| error.to_string())
        .unwrap()
}

fn planned(dir: &Path, inputs: &str) -> Plan {
    plan_of(&format!("[study]\nyears = [2001, 2004]\n{inputs}"), dir)
}

/// An HDF5 file that was not made for this: two variables of one band each.
pub(crate) fn hdf5_is_read_by_variable() {
    let hdf5 = real("rasterio-tests/two-subs.h5");
    let asked = request("x", &[hdf5]);
    let which = open(&asked).unwrap_err();
    says(&which, &["several variables", "add `variable"]);
    let offered = which
        .rsplit("one of: ")
        .next()
        .unwrap()
        .split(", ")
        .next()
        .unwrap()
        .to_owned();
    let stacks = open(&InputRequest {
        variable: Some(offered),
        ..asked
    })
    .unwrap();
    assert!(
        stacks.inputs()[0].layout.driver.starts_with("HDF5"),
        "{}",
        stacks.inputs()[0].layout.driver
    );
    assert!(!numbers(&read(&stacks).inputs[0]).is_empty());
}

pub(crate) fn variables_are_offered_and_chosen() {
    let file = real("rasterio-tests/two-subs.h5");
    let message = open(&request("npp", std::slice::from_ref(&file))).unwrap_err();
    says(&message, &["several variables", "variable = \"...\""]);
    let wrong = InputRequest {
        variable: Some("nothing".to_owned()),
        ..request("npp", &[file])
    };
    says(
        &open(&wrong).unwrap_err(),
        &["no variable `nothing`; it holds: "],
    );
}

pub(crate) fn real_files_are_read_by_their_product() {
    let dir = TempDir::new().unwrap();
    let era5 = real("climate-subsets-real-netcdf/sel_era5_land_monthly_t2m_1981-2018.nc")
        .display()
        .to_string();
    let plan = planned(
        dir.path(),
        &format!("[inputs.temperature]\nfiles = \"{era5}\"\nproduct = \"ERA5-Land\"\n"),
    );
    says(&plan.unit_notes[0].1, &["K, as the product ERA5-Land says"]);
    assert!(
        plan.warnings
            .iter()
            .all(|warning| !warning.contains("product")),
        "{:?}",
        plan.warnings
    );
    let cru = real("climate-subsets-real-netcdf/cru_ts4.01.1901.2016.SouthGlacier.tmp.dat.nc")
        .display()
        .to_string();
    let plan = planned(
        dir.path(),
        &format!("[inputs.temperature]\nfiles = \"{cru}\"\nproduct = \"CRU-TS\"\n"),
    );
    // Without the product the file's two variables need one to be named.
    assert_eq!(plan.stacks.inputs()[0].timing.n_steps(), 48);
    let values = numbers(&read(&plan.stacks).inputs[0]);
    assert!(
        values
            .iter()
            .all(|value| (-30.0..40.0).contains(value) || *value > 9e36)
    );
    let hawaii = real("hawaii-npp-rainfall/npp/hawaii_npp_{year}.tif")
        .display()
        .to_string();
    let inputs = format!("[inputs.npp]\nfiles = \"{hawaii}\"\nproduct = \"MOD17A3HGF\"\n");
    let text = format!("[study]\nyears = [2010, 2019]\n{inputs}");
    let plan = plan_of(&text, dir.path());
    // Stored numbers around 14000: 1.4 kgC, 1400 gC m-2 yr-1.
    let sample = plan
        .stacks
        .sample("npp", &decoding_in(&plan, "npp"), 4000)
        .unwrap();
    assert!(sample.iter().copied().fold(0.0, f64::max) < 3_300.0);
}

/// `actual_range` of a file that was cut out of a larger one is that of the whole. The axes, by netCDF4 for Python:
/// longitude -80 to 40 and latitude 20 to 90 by 2.5; 117.5 to 262.5 and -22.5 to 62.5 by 5.
pub(crate) fn a_grid_lies_where_its_axes_are_not_where_their_actual_range_is() {
    let years = Years {
        first: 1963,
        last: 2012,
    };
    for (path, variable, transform) in [
        (
            "ocean-atmos-annual/hgt_djf.nc",
            "z",
            [-81.25, 2.5, 0.0, 91.25, 0.0, -2.5],
        ),
        (
            "ocean-atmos-annual/sst_ndjfm_anom.nc",
            "sst",
            [115.0, 5.0, 0.0, 65.0, 0.0, -5.0],
        ),
    ] {
        let path = real(path);
        let asked = InputRequest {
            variable: Some(variable.to_owned()),
            ..request("x", &[path])
        };
        let stacks = open_in(&asked, years).unwrap();
        let found = stacks.grid().transform;
        assert!(
            found
                .iter()
                .zip(transform)
                .all(|(a, b)| (a - b).abs() < 1e-6),
            "{variable}: {found:?}"
        );
    }
}

/// First and last month, number of values and sum of `12 · year + month`, by netCDF4 and cftime.
pub(crate) fn axes_of_real_files_are_those_of_cftime() {
    let cases: [(&str, Option<&str>, usize, &str, i64); 9] = [
        (
            "ccsm-annual-temperature/TREFHT.B06.66.atm.1890-1999ANN.nc",
            None,
            110,
            "1890-07 to 1999-06",
            2_567_446,
        ),
        (
            "climate-subsets-real-netcdf/cru_ts4.01.1901.2016.SouthGlacier.tmp.dat.nc",
            Some("tmp"),
            1392,
            "1901-01 to 2016-12",
            32_723_832,
        ),
        (
            "climate-subsets-real-netcdf/sel_era5_land_monthly_t2m_1981-2018.nc",
            None,
            456,
            "1981-01 to 2018-12",
            10_944_228,
        ),
        (
            "iris-sample/A1B_north_america.nc",
            Some("air_temperature"),
            240,
            "1860-06 to 2099-06",
            5_702_400,
        ),
        (
            "iris-sample/ostia_monthly.nc",
            Some("surface_temperature"),
            54,
            "2006-04 to 2010-09",
            1_301_535,
        ),
        (
            "ocean-atmos-annual/hgt_djf.nc",
            Some("z"),
            65,
            "1948-01 to 2012-01",
            1_544_465,
        ),
        (
            "ocean-atmos-annual/sst_ndjfm_anom.nc",
            Some("sst"),
            50,
            "1963-01 to 2012-01",
            1_192_550,
        ),
        (
            "stars-terra-examples/stars_bcsd_obs_1999.nc",
            Some("pr"),
            12,
            "1999-01 to 1999-12",
            287_934,
        ),
        (
            "xclim-testdata/BCCAQv2+ANUSPLIN300_CCSM4_historical+rcp45_r2i1p1_1950-2100_tg_mean_YS.nc",
            None,
            151,
            "1950-01 to 2100-01",
            3_669_451,
        ),
    ];
    for (path, variable, n, span, sum) in cases {
        let path = real(path);
        let asked = InputRequest {
            variable: variable.map(str::to_owned),
            ..request("x", std::slice::from_ref(&path))
        };
        let found = times_of(&asked).unwrap();
        assert_eq!(
            (found.n_bands, found.span().as_str()),
            (n, span),
            "{}",
            path.display()
        );
        let months = found
            .times
            .unwrap()
            .into_iter()
            .map(|t| 12 * i64::from(t.year) + i64::from(t.month.unwrap()));
        assert_eq!(months.sum::<i64>(), sum, "{}", path.display());
    }
}
