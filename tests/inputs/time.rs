//! Which band is which year and month, and what is declared missing.

use doline::calendar::{Calendar, Season, Steps, Time, Years};
use doline::run::plan;
use doline::sources::{InputRequest, time_of_axis, times_of};
use doline::study::Study;
use tempfile::TempDir;

use super::cftime_dates::DATES;
use super::made::{Made, constant, decoding_in, first_of_steps, open, open_in, request, says};

#[test]
fn dates_are_those_of_cftime() {
    for (value, units, calendar, year, month) in DATES {
        let calendar = (!calendar.is_empty()).then_some(*calendar);
        let expected = Time {
            year: *year,
            month: Some(*month),
        };
        assert_eq!(
            time_of_axis(*value, units, calendar),
            Some(expected),
            "{value} {units} {calendar:?}"
        );
    }
}

#[test]
fn a_rate_is_multiplied_by_the_days_of_the_files_own_calendar() {
    let dir = TempDir::new().unwrap();
    // 360_day: each month has 30 days; four years, as trends need.
    let middle = |n: u32, length: f64| {
        (0..n)
            .map(|k| length * f64::from(k) + length / 2.0)
            .collect::<Vec<f64>>()
    };
    let path = dir.path().join("pr.nc");
    let made = Made {
        bands: constant(vec![1.0_f32; 48]),
        unit: "mm d-1",
        ..Made::default()
    };
    made.netcdf(&path, &middle(48, 30.0), "days since 2000-01-01", "360_day");
    let study = |path: &std::path::Path| {
        let text =
            format!("[study]\nyears = [2000, 2003]\n[inputs.precipitation]\nfiles = {path:?}\n");
        plan(&Study::from_str(&text, dir.path(), &[]).unwrap(), None).unwrap()
    };
    let planned = study(&path);
    assert_eq!(
        planned.stacks.inputs()[0].timing.calendar,
        Calendar::Days360
    );
    assert_eq!(decoding_in(&planned, "precipitation").scale, [30.0]);
    says(
        &planned.unit_notes[0].1,
        &["mm d-1, as the file says", "calendar, 360_day"],
    );
    // noleap: February 2000 has 28 days.
    let starts = [
        0.0, 31.0, 59.0, 90.0, 120.0, 151.0, 181.0, 212.0, 243.0, 273.0, 304.0, 334.0,
    ];
    let noleap: Vec<f64> = (0..4)
        .flat_map(|year| starts.map(|start| 365.0 * f64::from(year) + start + 14.0))
        .collect();
    let made = Made {
        bands: constant(vec![1.0_f32; 48]),
        unit: "mm d-1",
        ..Made::default()
    };
    let path = dir.path().join("noleap.nc");
    made.netcdf(&path, &noleap, "days since 2000-01-01", "noleap");
    let planned = study(&path);
    assert_eq!(
        decoding_in(&planned, "precipitation").scale[..3],
        [31.0, 28.0, 31.0]
    );
    says(&planned.unit_notes[0].1, &["calendar, noleap"]);
    // standard: 29.
    let path = dir.path().join("standard.nc");
    let made = Made {
        bands: constant(vec![1.0_f32; 48]),
        unit: "mm d-1",
        ..Made::default()
    };
    let months: Vec<f64> = (0..48).map(f64::from).collect();
    made.netcdf(&path, &months, "months since 2000-01-01", "");
    let planned = study(&path);
    assert_eq!(
        decoding_in(&planned, "precipitation").scale[..3],
        [31.0, 29.0, 31.0]
    );
    assert!(!planned.unit_notes[0].1.contains("calendar"));
}

#[test]
fn a_rate_of_a_further_driver_counts_by_days() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("vpd.nc");
    let months: Vec<f64> = (0..48).map(f64::from).collect();
    let made = Made {
        bands: constant((0..48).map(|k: i16| f32::from(k))),
        unit: "W m-2",
        ..Made::default()
    };
    made.netcdf(&path, &months, "months since 2001-01-01", "");
    let scale_of = |aggregate: &str| {
        let text = format!(
            "[study]\nyears = [2001, 2004]\n[inputs.net]\nfiles = {path:?}\nsteps = \"monthly\"\naggregate = \
             \"{aggregate}\"\n[trend]\nof = [\"net\"]\n"
        );
        let planned = plan(&Study::from_str(&text, dir.path(), &[]).unwrap(), None).unwrap();
        let unit = planned
            .chain
            .series
            .iter()
            .find(|series| series.name == "net")
            .unwrap()
            .unit
            .clone();
        let kernels: Vec<String> = planned
            .chain
            .stages
            .iter()
            .map(|stage| stage.label.clone())
            .collect();
        assert!(
            kernels.contains(&"annual_sum of net".to_owned()),
            "{kernels:?}"
        );
        (decoding_in(&planned, "net").scale, unit)
    };
    let (mean, unit) = scale_of("mean");
    assert_eq!((mean.len(), unit.as_str()), (48, "W m-2"));
    // February of 2001 and of 2004, which is a leap year.
    assert!((mean[1] - 28.0 / 365.0).abs() < 1e-15 && (mean[37] - 29.0 / 366.0).abs() < 1e-15);
    assert!((mean.iter().sum::<f64>() - 4.0).abs() < 1e-12);
    let (sum, unit) = scale_of("sum");
    assert_eq!((sum[1], unit.as_str()), (28.0 * 86_400.0, "J m-2 yr-1"));
}

// ---- what is declared missing ----------------------------------------------------------------

fn gaps(of: &[(i32, Option<u32>)]) -> Vec<Time> {
    of.iter()
        .map(|&(year, month)| Time { year, month })
        .collect()
}

#[test]
fn a_declared_year_without_a_file_is_missing_data() {
    let dir = TempDir::new().unwrap();
    for year in [2001, 2003] {
        let made = Made {
            bands: constant([i16::try_from(year).unwrap()]),
            nodata: Some(-9.0),
            ..Made::default()
        };
        made.tif(&dir.path().join(format!("npp_{year}.tif")));
    }
    let plain = request("npp", &[dir.path().join("npp_{year}.tif")]);
    let message = open(&plain).unwrap_err();
    says(
        &message,
        &["1 file is missing: 2002", "add `missing = [2002]`"],
    );
    let declared = InputRequest {
        missing: gaps(&[(2002, None)]),
        ..plain
    };
    let stacks = open(&declared).unwrap();
    assert_eq!(first_of_steps(&stacks), [2001.0, -9.0, 2003.0]);
    assert_eq!(stacks.decoding("npp").unwrap().nodata, [-9.0]);
    says(&stacks.inputs()[0].timing.how, &["declared missing: 2002"]);
    assert!(
        stacks
            .sample("npp", &stacks.decoding("npp").unwrap(), 1000)
            .unwrap()
            .iter()
            .all(|value| [2001.0, 2003.0].contains(value))
    );
}

#[test]
fn integers_without_a_code_become_floats_where_a_step_is_missing() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("npp.nc");
    let made = Made {
        bands: constant([1_u8, 2]),
        ..Made::default()
    };
    made.netcdf(&path, &[0.0, 24.0], "months since 2001-01-01", "");
    let declared = InputRequest {
        missing: gaps(&[(2002, None)]),
        ..request("npp", &[path])
    };
    let values = first_of_steps(&open(&declared).unwrap());
    assert!(
        values[0] == 1.0 && values[1].is_nan() && values[2] == 2.0,
        "{values:?}"
    );
}

#[test]
fn a_declared_month_is_one_step_and_a_declared_year_twelve() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("t.nc");
    let is_there = |month: &u32| *month != 6 && !(12..24).contains(month);
    let months: Vec<u32> = (0..36).filter(is_there).collect();
    let made = Made {
        bands: constant(
            months
                .iter()
                .map(|&month| f32::from(u16::try_from(month).unwrap())),
        ),
        ..Made::default()
    };
    let times: Vec<f64> = months.iter().map(|&month| f64::from(month)).collect();
    made.netcdf(&path, &times, "months since 2001-01-01", "");
    let plain = InputRequest {
        steps: Some(Steps::Monthly),
        ..request("t", &[path])
    };
    says(
        &open(&plain).unwrap_err(),
        &[
            "no data for 2001-07, 2002-01",
            "missing = [\"2001-07\", \"2002-01\"",
        ],
    );
    let stacks = open(&InputRequest {
        missing: gaps(&[(2001, Some(7)), (2002, None)]),
        ..plain
    })
    .unwrap();
    let fill = stacks.decoding("t").unwrap().nodata[0];
    for (step, value) in first_of_steps(&stacks).into_iter().enumerate() {
        let step = u32::try_from(step).unwrap();
        assert_eq!(
            value,
            if is_there(&step) {
                f64::from(step)
            } else {
                fill
            },
            "{step}"
        );
    }
}

#[test]
fn a_declared_step_that_is_there_is_left_out_and_it_is_said() {
    let dir = TempDir::new().unwrap();
    for year in 2001..=2003_u16 {
        let made = Made {
            bands: constant([f32::from(year)]),
            ..Made::default()
        };
        made.tif(&dir.path().join(format!("npp_{year}.tif")));
    }
    for files in ["npp_{year}.tif", "npp_*.tif"] {
        let declared = InputRequest {
            missing: gaps(&[(2003, None)]),
            ..request("npp", &[dir.path().join(files)])
        };
        let stacks = open(&declared).unwrap();
        let values = first_of_steps(&stacks);
        assert!(
            values[2].is_nan() && values[1] == 2002.0,
            "{files}: {values:?}"
        );
        let note = stacks.notes().join("\n");
        says(
            &note,
            &[
                "2003 (npp_2003.tif",
                "treated as missing",
                "inputs.npp.missing",
            ],
        );
    }
}

#[test]
fn bands_in_order_pass_over_what_is_declared_missing() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("npp.tif");
    Made {
        bands: constant([1.0_f32, 3.0]),
        ..Made::default()
    }
    .tif(&path);
    let plain = InputRequest {
        steps: Some(Steps::Annual),
        ..request("npp", &[path])
    };
    says(
        &open(&plain).unwrap_err(),
        &["2 bands in npp.tif, but 3 are expected"],
    );
    let values = first_of_steps(
        &open(&InputRequest {
            missing: gaps(&[(2002, None)]),
            ..plain.clone()
        })
        .unwrap(),
    );
    assert!(values[0] == 1.0 && values[1].is_nan() && values[2] == 3.0);
    let month = InputRequest {
        missing: gaps(&[(2002, Some(3))]),
        ..plain
    };
    says(
        &open(&month).unwrap_err(),
        &["inputs.npp.missing names 2002-03", "name whole years"],
    );
}

#[test]
fn the_study_file_takes_years_and_months() {
    let study = |missing: &str| {
        let text = format!(
            "[study]\nyears = [2001, 2004]\n[inputs.npp]\nfiles = \"n.tif\"\nmissing = {missing}\n"
        );
        Study::from_str(&text, std::path::Path::new(""), &[])
            .map(|study| study.inputs[0].missing.clone())
    };
    assert_eq!(
        study("[2003, \"2002-07\"]").unwrap(),
        gaps(&[(2002, Some(7)), (2003, None)])
    );
    assert_eq!(study("2003").unwrap(), gaps(&[(2003, None)]));
    says(
        &study("[2003, 2003]").unwrap_err().to_string(),
        &["inputs.npp.missing", "appears twice"],
    );
    says(
        &study("[2010]").unwrap_err().to_string(),
        &["2010 to 2010 is not inside the study"],
    );
    says(
        &study("[\"2003-13\"]").unwrap_err().to_string(),
        &["a list of years and months", "[2003, \"2005-07\"]"],
    );
}

// ---- names and order -----------------------------------------------------------------------------

#[test]
fn a_day_of_the_year_in_a_pattern_tells_the_month() {
    let dir = TempDir::new().unwrap();
    // First days of the months of 2001, and of 2004, a leap year.
    let starts = |leap: u32| {
        [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
            .map(move |d| d + 1 + if d > 31 { leap } else { 0 })
    };
    for (year, leap) in [(2003, 0), (2004, 1)] {
        for (month, day) in starts(leap).into_iter().enumerate() {
            let made = Made {
                bands: constant([i16::try_from(month + 1).unwrap()]),
                ..Made::default()
            };
            made.tif(
                &dir.path()
                    .join(format!("MOD13A3.A{year}{day:03}.h27v06.tif")),
            );
        }
    }
    let years = Years {
        first: 2003,
        last: 2004,
    };
    let asked = request("ndvi", &[dir.path().join("MOD13A3.A{year}{doy}.*.tif")]);
    let stacks = open_in(&asked, years).unwrap();
    assert_eq!(stacks.inputs()[0].timing.steps, Steps::Monthly);
    let expected: Vec<f64> = (0..24).map(|k| f64::from(k % 12 + 1)).collect();
    assert_eq!(first_of_steps(&stacks), expected);
    assert_eq!(
        times_of(&asked).unwrap().years(Season::default()),
        Some(years)
    );
    let both = request("ndvi", &[dir.path().join("{year}{month}{doy}.tif")]);
    says(
        &open_in(&both, years).unwrap_err(),
        &["`{month}` and `{doy}` both"],
    );
}

#[test]
fn annual_files_dated_1_january_are_annual() {
    let dir = TempDir::new().unwrap();
    for year in 2001..=2003 {
        let made = Made {
            bands: constant([i16::try_from(year).unwrap()]),
            ..Made::default()
        };
        made.tif(
            &dir.path()
                .join(format!("MOD17A3HGF.A{year}001.h27v06.061.tif")),
        );
    }
    for files in ["MOD17A3HGF.A{year}{doy}.*.tif", "MOD17A3HGF.A*.tif"] {
        let stacks = open(&request("npp", &[dir.path().join(files)])).unwrap();
        assert_eq!(stacks.inputs()[0].timing.steps, Steps::Annual, "{files}");
        assert_eq!(first_of_steps(&stacks), [2001.0, 2002.0, 2003.0]);
    }
}

#[test]
fn eight_day_and_daily_values_are_refused_with_a_way_out() {
    let dir = TempDir::new().unwrap();
    for k in 0..46 {
        let made = Made {
            bands: constant([1_i16]),
            ..Made::default()
        };
        made.tif(
            &dir.path()
                .join(format!("MOD17A2HGF.A2001{:03}.tif", 8 * k + 1)),
        );
    }
    let year = Years {
        first: 2001,
        last: 2001,
    };
    for files in ["MOD17A2HGF.A{year}{doy}.tif", "MOD17A2HGF.A*.tif"] {
        let message = open_in(&request("gpp", &[dir.path().join(files)]), year).unwrap_err();
        says(
            &message,
            &[
                "46 values in 2001",
                "monthly or annual values",
                "cdo monmean",
            ],
        );
    }
    let path = dir.path().join("daily.nc");
    let days: Vec<f64> = (0..365).map(f64::from).collect();
    Made {
        bands: constant(vec![1_i16; 365]),
        ..Made::default()
    }
    .netcdf(&path, &days, "days since 2001-01-01", "");
    says(
        &open_in(&request("t", std::slice::from_ref(&path)), year).unwrap_err(),
        &["365 values in 2001"],
    );
    // A month twice is no finer axis.
    let months = [
        0.0, 31.0, 59.0, 90.0, 120.0, 151.0, 181.0, 212.0, 243.0, 273.0, 304.0, 305.0,
    ];
    Made {
        bands: constant(vec![1_i16; 12]),
        ..Made::default()
    }
    .netcdf(&path, &months, "days since 2001-01-01", "");
    let monthly = InputRequest {
        steps: Some(Steps::Monthly),
        ..request("t", &[path])
    };
    says(
        &open_in(&monthly, year).unwrap_err(),
        &["2001-11", "1 of each time"],
    );
}

#[test]
fn a_time_axis_that_runs_back_is_put_in_order_and_it_is_said() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("npp.nc");
    let made = Made {
        bands: constant([2003.0_f32, 2002.0, 2001.0]),
        ..Made::default()
    };
    made.netcdf(&path, &[24.0, 12.0, 0.0], "months since 2001-01-01", "");
    let stacks = open(&request("npp", &[path])).unwrap();
    assert_eq!(first_of_steps(&stacks), [2001.0, 2002.0, 2003.0]);
    says(
        &stacks.notes().join("\n"),
        &["not in the order of time", "were sorted"],
    );
}

#[test]
fn years_of_two_digits_are_refused_by_name() {
    let dir = TempDir::new().unwrap();
    for year in ["98", "99", "00", "01"] {
        Made {
            bands: constant([1.0_f32]),
            ..Made::default()
        }
        .tif(&dir.path().join(format!("ndvi{year}.tif")));
    }
    let years = Years {
        first: 1998,
        last: 2001,
    };
    let message = open_in(&request("ndvi", &[dir.path().join("ndvi*.tif")]), years).unwrap_err();
    says(
        &message,
        &["two-digit years (ndvi00.tif)", "List the files"],
    );
    let list = ["98", "99", "00", "01"].map(|year| dir.path().join(format!("ndvi{year}.tif")));
    says(
        &open_in(&request("ndvi", &list), years)
            .unwrap()
            .notes()
            .join(""),
        &["taken in order, 1998 to 2001"],
    );
    let text = "[study]\nyears = [1998, 2001]\n[inputs.ndvi]\nfiles = \"ndvi{year:02}.tif\"\n";
    let message = Study::from_str(text, dir.path(), &[])
        .unwrap_err()
        .to_string();
    says(
        &message,
        &[
            "the placeholder {year:02}",
            "four digits",
            "Two-digit years are not supported",
        ],
    );
}

#[test]
fn an_axis_that_cannot_be_read_is_named() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("npp.nc");
    let made = Made {
        bands: constant([1.0_f32, 2.0, 3.0]),
        ..Made::default()
    };
    made.netcdf(
        &path,
        &[0.0, 1.0, 2.0],
        "fortnights since 2001-01-01",
        "standard",
    );
    let asked = InputRequest {
        steps: Some(Steps::Annual),
        ..request("npp", &[path])
    };
    let notes = open(&asked).unwrap().notes().join("\n");
    says(
        &notes,
        &[
            "taken in order",
            "\"fortnights since 2001-01-01\"",
            "cannot be read",
        ],
    );
}

/// A file as climate models write it (noleap, made with netCDF4 for Python): January is dated 1 February, and the
/// bounds of each month tell.
#[test]
fn months_dated_at_their_end_are_read_by_their_bounds() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/ends_of_months.nc");
    // Its one variable need not be named: the other array is the bounds.
    let stacks = open(&request("precipitation", &[path])).unwrap();
    let values = first_of_steps(&stacks);
    assert_eq!(values, (0..36).map(f64::from).collect::<Vec<_>>());
    says(&stacks.inputs()[0].timing.how, &["2001-01 to 2003-12"]);
    says(
        &stacks.notes().join("\n"),
        &["the ends of its periods", "the middles were used"],
    );
}
