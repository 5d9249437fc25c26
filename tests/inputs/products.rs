//! `product = "..."` of an input.

use std::path::Path;

use doline::run::{Plan, plan};
use doline::study::Study;
use tempfile::TempDir;

use super::made::{Made, constant, decoding_in, says};

fn study(dir: &Path, inputs: &str) -> Result<Study, String> {
    let text = format!("[study]\nyears = [2001, 2004]\n{inputs}");
    Study::from_str(&text, dir, &[]).map_err(|error| error.to_string())
}

fn planned(dir: &Path, inputs: &str) -> Plan {
    plan(&study(dir, inputs).unwrap(), None)
        .map_err(|error| error.to_string())
        .unwrap()
}

fn npp_files(dir: &Path, scale_offset: Option<(f64, f64)>) {
    for year in 2001..=2004 {
        let bands = vec![
            (0..30_i16)
                .map(|p| if p < 7 { 32_761 + p } else { 10_000 + p })
                .collect(),
        ];
        let made = Made {
            bands,
            scale_offset,
            nodata: Some(32_767.0),
            ..Made::default()
        };
        made.tif(&dir.join(format!("MOD17A3HGF.A{year}001.h27v06.061.tif")));
    }
}

/// 10007 stored is 1.0007 kgC, 1000.7 g; 32761 to 32767 are the classes without a value.
#[test]
fn a_product_sets_scale_unit_range_and_steps() {
    let dir = TempDir::new().unwrap();
    npp_files(dir.path(), None);
    let files = "files = \"MOD17A3HGF.A{year}001.*.tif\"\n";
    let plan = planned(
        dir.path(),
        &format!("[inputs.npp]\n{files}product = \"mod17a3hgf\"\n"),
    );
    let decoding = decoding_in(&plan, "npp");
    assert!((decoding.scale[0] - 0.1).abs() < 1e-15);
    assert_eq!(decoding.valid_range, Some([-30_000.0, 32_700.0]));
    let sample = plan
        .stacks
        .sample("npp", &decoding_in(&plan, "npp"), 1000)
        .unwrap();
    assert!(
        (sample[0] - 1000.7).abs() < 1e-9 && sample.len() == 4 * 23,
        "{} {}",
        sample[0],
        sample.len()
    );
    says(
        &plan.unit_notes[0].1,
        &["kgC m-2 yr-1, as the product MOD17A3HGF says"],
    );
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
}

#[test]
fn stated_keys_win_over_the_product() {
    let dir = TempDir::new().unwrap();
    npp_files(dir.path(), None);
    let files = "files = \"MOD17A3HGF.A{year}001.*.tif\"\nproduct = \"MOD17A3HGF\"\n";
    let plan = planned(
        dir.path(),
        &format!(
            "[inputs.npp]\n{files}scale = 0.001\nunits = \"gC m-2 yr-1\"\nvalid_range = [0, 32764]\n"
        ),
    );
    let decoding = decoding_in(&plan, "npp");
    assert_eq!(
        (decoding.scale[0], decoding.valid_range),
        (0.001, Some([0.0, 32_764.0]))
    );
    // What the wider range lets pass is still no value.
    assert_eq!(
        decoding.nodata,
        [32_767.0, 32_761.0, 32_762.0, 32_763.0, 32_764.0]
    );
    says(
        &plan.unit_notes[0].1,
        &["gC m-2 yr-1, as the study file says"],
    );
}

#[test]
fn a_file_that_states_otherwise_than_the_product_is_a_warning() {
    let dir = TempDir::new().unwrap();
    npp_files(dir.path(), Some((0.001, 0.0)));
    let inputs =
        "[inputs.npp]\nfiles = \"MOD17A3HGF.A{year}001.*.tif\"\nproduct = \"MOD17A3HGF\"\n";
    let warnings = planned(dir.path(), inputs).warnings.join("\n");
    says(
        &warnings,
        &[
            "state the scale 0.001",
            "the scale 0.0001 of product MOD17A3HGF is used",
        ],
    );
}

/// ERA5-Land says `m` where metres a day are meant: January has 31 of them.
#[test]
fn units_of_the_product_are_those_that_are_meant() {
    let dir = TempDir::new().unwrap();
    let months: Vec<f64> = (0..48).map(f64::from).collect();
    let make = |name: &str, unit: &str| {
        let made = Made {
            bands: constant(vec![0.003_f32; 48]),
            unit,
            ..Made::default()
        };
        made.netcdf(
            &dir.path().join(name),
            &months,
            "months since 2001-01-01",
            "",
        );
    };
    make("tp.nc", "m");
    let inputs = "[inputs.precipitation]\nfiles = \"tp.nc\"\nproduct = \"ERA5-Land\"\n";
    let plan = planned(dir.path(), inputs);
    assert!((decoding_in(&plan, "precipitation").scale[0] - 31_000.0).abs() < 1e-9);
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
    make("mm.nc", "mm");
    let plan = planned(
        dir.path(),
        &inputs
            .replace("tp.nc", "mm.nc")
            .replace("product", "check_range = false\nproduct"),
    );
    says(
        &plan.warnings.join("\n"),
        &[
            "state the unit \"mm\"",
            "ERA5-Land has m d-1, which is used",
        ],
    );
}

#[test]
fn what_cannot_be_a_product_is_said_with_the_way_out() {
    let dir = TempDir::new().unwrap();
    let message = |input: &str, keys: &str| {
        study(
            dir.path(),
            &format!("[inputs.{input}]\nfiles = \"a.tif\"\n{keys}\n"),
        )
        .unwrap_err()
    };
    says(
        &message("npp", "product = \"MOD17A3HG\""),
        &["inputs.npp.product", "did you mean \"MOD17A3HGF\"?"],
    );
    says(
        &message("temperature", "product = \"TerraClimate\""),
        &["several quantities", "ppt, srad, tmax, tmin"],
    );
    says(
        &message("x", "product = \"TerraClimate\"\nvariable = \"tmean\""),
        &["inputs.x.variable", "not a known variable"],
    );
    says(
        &message("gpp", "product = \"MOD17A2HGF\""),
        &[
            "is 8-day",
            "add them up to years",
            "steps = \"monthly\" or \"annual\"",
        ],
    );
    says(
        &message("soc", "product = \"HWSD\""),
        &["numbers of soil mapping units", "join its table"],
    );
    says(
        &message("temperature", "product = \"MOD17A3HGF\""),
        &["inputs.temperature.product", "cannot be converted to degC"],
    );
    assert!(
        study(
            dir.path(),
            "[inputs.gpp]\nfiles = \"a.tif\"\nproduct = \"MOD17A2HGF\"\nsteps = \"annual\"\n"
        )
        .is_ok()
    );
}

/// 60 t ha-1 are 6 kg m-2; the depth is not that of the models, which is said.
#[test]
fn soil_grids_are_of_another_depth_than_the_models_mean() {
    let dir = TempDir::new().unwrap();
    npp_files(dir.path(), None);
    let soc = Made {
        bands: constant([60_i16]),
        nodata: Some(-32_768.0),
        ..Made::default()
    };
    soc.tif(&dir.path().join("ocs_0-30cm_mean.tif"));
    // A model that reads it.
    let months: Vec<f64> = (0..48).map(f64::from).collect();
    for (name, value, unit) in [("t.nc", 20.0_f32, "degC"), ("p.nc", 100.0, "mm month-1")] {
        let made = Made {
            bands: constant(vec![value; 48]),
            unit,
            ..Made::default()
        };
        let path = dir.path().join(name);
        made.netcdf(&path, &months, "months since 2001-01-01", "");
    }
    let inputs = "[inputs.npp]\nfiles = \"MOD17A3HGF.A{year}001.*.tif\"\nproduct = \"MOD17A3HGF\"\n\
                  [inputs.soc]\nfiles = \"ocs_0-30cm_mean.tif\"\nproduct = \"SoilGrids\"\n\
                  [inputs.temperature]\nfiles = \"t.nc\"\n\
                  [inputs.precipitation]\nfiles = \"p.nc\"\n\
                  [respiration]\nmodel = \"gsmsr\"\nheterotrophic = \"bond-lamberty-2004\"\n";
    let plan = planned(dir.path(), inputs);
    assert!(
        (plan
            .stacks
            .sample("soc", &decoding_in(&plan, "soc"), 1)
            .unwrap()[0]
            - 6.0)
            .abs()
            < 1e-12
    );
    says(
        &plan.warnings.join("\n"),
        &["inputs.soc: SoilGrids", "0 to 30 cm", "0 to 20 cm"],
    );
}
