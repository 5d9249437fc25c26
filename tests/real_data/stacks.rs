//! Stacks of real rasters against `gdalinfo`.

use doline::calendar::{Steps, Years};
use doline::sources::{InputRequest, Source as _, Stacks};
use doline::tile::{DataType, Stored};

use crate::data::real;
use crate::made::{read, request, says};

fn i16_of(stored: &Stored) -> &[i16] {
    let Stored::I16(values) = stored else {
        panic!("{:?}", stored.data_type())
    };
    values
}

fn f32_of(stored: &Stored) -> &[f32] {
    let Stored::F32(values) = stored else {
        panic!("{:?}", stored.data_type())
    };
    values
}

fn mean_of(values: impl Iterator<Item = f64>) -> (f64, usize) {
    let (sum, n) = values.fold((0.0, 0_usize), |(sum, n), v| (sum + v, n + 1));
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let mean = sum / n as f64;
    (mean, n)
}

/// `gdalinfo -stats` of GDAL 3.6.2: bands 1 and 384.
pub(crate) fn wisconsin_temperatures_agree_with_gdalinfo() {
    let path = real("wisconsin-ndvi-climate/WI_tmean_monthly_1982-2013.tif");
    let years = Years {
        first: 1982,
        last: 2013,
    };
    let stacks = Stacks::open(&[request("temperature", &[path])], years, None, None).unwrap();
    let input = &stacks.inputs()[0];
    assert_eq!(
        (input.timing.steps, input.timing.n_steps()),
        (Steps::Monthly, 384)
    );
    assert_eq!(
        (input.data_type(), input.file_unit.as_deref()),
        (DataType::I16, Some("degC"))
    );
    says(&input.timing.how, &["1982-01 to 2013-12", "descriptions"]);
    assert_eq!(input.decoding().nodata, [-32_768.0]);
    let tile = read(&stacks);
    let band = |step: usize| {
        let values = &i16_of(&tile.inputs[0])[step * 3600..(step + 1) * 3600];
        mean_of(
            values
                .iter()
                .filter(|v| **v != -32_768)
                .map(|v| f64::from(*v)),
        )
    };
    let (first, last) = (band(0), band(383));
    assert!((first.0 - -1_568.144_273_127_8).abs() < 1e-3, "{first:?}");
    assert!((last.0 - -1_086.609_765_051_4).abs() < 1e-3, "{last:?}");
    let sample = stacks
        .sample("temperature", &stacks.decoding("temperature").unwrap(), 500)
        .unwrap();
    assert_eq!(sample.len(), 500);
    assert!(sample.iter().all(|t| (-40.0..40.0).contains(t)));
}

/// `gdalinfo -stats` of GDAL 3.6.2: 2010 and 2019.
pub(crate) fn hawaiian_npp_agrees_with_gdalinfo() {
    let path = real("hawaii-npp-rainfall/npp/hawaii_npp_{year}.tif");
    let years = Years {
        first: 2010,
        last: 2019,
    };
    let stacks = Stacks::open(&[request("npp", &[path])], years, None, None).unwrap();
    let n = stacks.grid().window().n_pixels();
    let tile = read(&stacks);
    let year = |step: usize| {
        let values = &f32_of(&tile.inputs[0])[step * n..(step + 1) * n];
        mean_of(
            values
                .iter()
                .filter(|v| v.is_finite())
                .map(|v| f64::from(*v)),
        )
    };
    let (first, last) = (year(0), year(9));
    assert!(
        (first.0 / 13_903.584_949_559 - 1.0).abs() < 1e-9,
        "{first:?}"
    );
    assert!((last.0 / 15_137.405_761_58 - 1.0).abs() < 1e-9, "{last:?}");
}

pub(crate) fn the_time_axis_of_era5_gives_months_in_kelvin() {
    let path = real("climate-subsets-real-netcdf/sel_era5_land_monthly_t2m_1981-2018.nc");
    let years = Years {
        first: 2001,
        last: 2010,
    };
    let stacks = Stacks::open(&[request("temperature", &[path])], years, None, None).unwrap();
    let input = &stacks.inputs()[0];
    assert_eq!(
        (input.timing.steps, input.timing.n_steps()),
        (Steps::Monthly, 120)
    );
    assert_eq!(input.file_unit.as_deref(), Some("K"));
    says(&input.timing.how, &["1981-01 to 2018-12", "time axis"]);
    assert_eq!(stacks.grid().crs_name, "EPSG:4326");
    assert!(stacks.needs_one_thread());
    let sample = stacks
        .sample("temperature", &stacks.decoding("temperature").unwrap(), 200)
        .unwrap();
    assert!(
        sample.iter().all(|t| (240.0..310.0).contains(t)),
        "{sample:?}"
    );
    let mut reader = stacks.reader(&["temperature".to_owned()]).unwrap();
    let (window, whole) = (stacks.grid().window(), read(&stacks));
    let elsewhere = std::thread::spawn(move || reader.read(window).unwrap())
        .join()
        .unwrap();
    assert_eq!(elsewhere, whole);
}

pub(crate) fn a_variable_of_cru_is_chosen_by_name() {
    let path = real("climate-subsets-real-netcdf/cru_ts4.01.1901.2016.SouthGlacier.tmp.dat.nc");
    let years = Years {
        first: 1981,
        last: 2010,
    };
    let plain = request("temperature", &[path]);
    let which = Stacks::open(std::slice::from_ref(&plain), years, None, None).unwrap_err();
    says(&which.to_string(), &["one of: tmp, stn"]);
    let tmp = InputRequest {
        variable: Some("tmp".to_owned()),
        ..plain
    };
    let stacks = Stacks::open(&[tmp], years, None, None).unwrap();
    assert_eq!(stacks.inputs()[0].timing.n_steps(), 360);
}

/// Axes, descriptions and plain order as they are found in the wild.
pub(crate) fn times_of_real_files_are_understood() {
    let found = |path: &str, first: i32, last: i32| {
        let path = real(path);
        let years = Years { first, last };
        let stacks = Stacks::open(&[request("x", &[path])], years, None, None).unwrap();
        let input = &stacks.inputs()[0];
        assert!(
            !stacks
                .sample("x", &stacks.decoding("x").unwrap(), 50)
                .unwrap()
                .is_empty()
        );
        (
            input.timing.steps,
            input.timing.n_steps(),
            input.timing.how.clone(),
        )
    };
    let check = |path: &str, years: (i32, i32), steps: Steps, n_steps: usize, how: &str| {
        let found = found(path, years.0, years.1);
        assert_eq!((found.0, found.1), (steps, n_steps), "{path}");
        says(&found.2, &[how]);
    };
    let lai = "china-lai-modis/MOD15A2_LAI_China_G050_2001-2020.tif";
    check(
        lai,
        (2001, 2020),
        Steps::Annual,
        20,
        "2001 to 2020, are from the first and last year in the file name, its bands taken in order",
    );
    let sst = "remote-gpcp-sst/pacificSST_monthly_1982-2010.tif";
    check(sst, (1990, 2000), Steps::Monthly, 132, "1982-01 to 2010-12");
    let ccsm = "ccsm-annual-temperature/TREFHT.B06.66.atm.1890-1999ANN.nc";
    check(ccsm, (1951, 1990), Steps::Annual, 40, "time axis");
}
