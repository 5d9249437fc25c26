//! Tests on real data. They are in `../shared/data`, are not part of the repository, and their tests
//! are listed as ignored, with the reason, where the folder is missing.
#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod data;
mod fill;
mod formats;
#[expect(dead_code, reason = "other programs of tests use the rest")]
#[path = "../inputs/made.rs"]
mod made;
mod mosaics;
mod sites;
mod stacks;
mod studies;

use libtest_mimic::{Arguments, Failed, Trial};

/// A test, ignored where its data are missing.
fn trial(name: &str, test: fn() -> Result<(), Failed>) -> Trial {
    if data::folder().is_dir() {
        Trial::test(name, test)
    } else {
        Trial::test(name, test)
            .with_kind("../shared/data is missing")
            .with_ignored_flag(true)
    }
}

/// A test that panics where it fails.
macro_rules! check {
    ($module:ident::$test:ident) => {
        trial(stringify!($test), || {
            $module::$test();
            Ok(())
        })
    };
}

fn main() {
    let trials = vec![
        trial(
            stringify!(every_file_ends_well_in_inspect_and_trend),
            studies::every_file_ends_well_in_inspect_and_trend,
        ),
        trial(
            stringify!(wisconsin_respiration_and_drivers),
            studies::wisconsin_respiration_and_drivers,
        ),
        trial(
            stringify!(wisconsin_is_the_same_on_a_gpu),
            studies::wisconsin_is_the_same_on_a_gpu,
        ),
        trial(stringify!(hawaii_npp_trend), studies::hawaii_npp_trend),
        trial(stringify!(china_lai_trend), studies::china_lai_trend),
        trial(
            stringify!(trends_of_any_stack),
            studies::trends_of_any_stack,
        ),
        trial(
            stringify!(wisconsin_step_by_step),
            studies::wisconsin_step_by_step,
        ),
        check!(fill::zeros_of_the_hawaiian_npp_are_suspect),
        check!(fill::real_files_that_declare_their_fill_values_are_not_suspect),
        check!(formats::hdf5_is_read_by_variable),
        check!(formats::variables_are_offered_and_chosen),
        check!(formats::real_files_are_read_by_their_product),
        check!(formats::a_grid_lies_where_its_axes_are_not_where_their_actual_range_is),
        check!(formats::axes_of_real_files_are_those_of_cftime),
        check!(mosaics::a_real_sinusoidal_raster_cut_in_two_is_the_whole),
        check!(stacks::wisconsin_temperatures_agree_with_gdalinfo),
        check!(stacks::hawaiian_npp_agrees_with_gdalinfo),
        check!(stacks::the_time_axis_of_era5_gives_months_in_kelvin),
        check!(stacks::a_variable_of_cru_is_chosen_by_name),
        check!(sites::the_soil_respiration_database_is_read_whole),
        check!(sites::the_soil_respiration_database_is_paired_with_a_run),
        check!(stacks::times_of_real_files_are_understood),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
