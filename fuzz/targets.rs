//! What is fuzzed: each function takes any bytes and must come back, without a panic and soon. Used by the targets of
//! cargo-fuzz and by tests/fuzz.rs.
#![allow(dead_code, unreachable_pub, reason = "each program uses a part of it")]

use std::path::Path;

use doline::calendar::{Steps, Years};
use doline::sources::{expand, time_of_axis, times_of_labels};
use doline::study::Study;
use doline::units::{self, Quantity};

/// A function that takes any bytes.
pub type Target = fn(&[u8]);

/// All of them by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("study", study),
    ("overrides", overrides),
    ("time_axis", time_axis),
    ("labels", labels),
    ("pattern", pattern),
    ("unit", unit),
];

/// A study file; what is wrong with it can be said.
pub fn study(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Study::from_str(&text, Path::new(""), &[]) {
        Ok(study) => {
            assert!(study.years.first <= study.years.last);
            for file in study.inputs.iter().flat_map(|input| &input.files) {
                let _ = study.resolve(file);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// `--set` arguments, one a line, on a small study.
pub fn overrides(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let arguments: Vec<String> = text.lines().map(str::to_owned).collect();
    let base = "[study]\nyears = [2001, 2010]\n[inputs.npp]\nfiles = \"npp_{year}.tif\"\n";
    if let Err(error) = Study::from_str(base, Path::new(""), &arguments) {
        assert!(!error.to_string().is_empty());
    }
}

/// A value, the unit and the calendar of a time axis: eight bytes, then two lines.
pub fn time_axis(data: &[u8]) {
    let Some((value, rest)) = data.split_first_chunk::<8>() else {
        return;
    };
    let text = String::from_utf8_lossy(rest);
    let (unit, calendar) = text
        .split_once('\n')
        .map_or((&*text, None), |(unit, calendar)| (unit, Some(calendar)));
    for value in [
        f64::from_le_bytes(*value),
        f64::from(i32::from_le_bytes([value[0], value[1], value[2], value[3]])),
    ] {
        if let Some(time) = time_of_axis(value, unit, calendar) {
            assert!(
                time.month.is_none_or(|month| (1..=12).contains(&month)),
                "{time:?}"
            );
        }
    }
}

/// Band descriptions or file names, one a line.
pub fn labels(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let labels: Vec<String> = text.lines().map(str::to_owned).collect();
    if let Some(times) = times_of_labels(&labels) {
        assert_eq!(times.len(), labels.len());
        assert!(
            times
                .iter()
                .all(|time| time.month.is_none_or(|month| (1..=12).contains(&month))),
            "{times:?}"
        );
    }
}

/// Patterns of files, one a line, in a folder that is not there: no pattern may reach outside it.
pub fn pattern(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let under = |line: &str| {
        format!(
            "/doline-fuzz-no-such-folder/{}",
            line.trim_start_matches('/')
        )
    };
    // What walks up would search the machine the test runs on.
    let patterns: Vec<String> = text
        .lines()
        .filter(|line| !line.contains(".."))
        .take(4)
        .map(under)
        .collect();
    match expand(
        "x",
        &patterns,
        Years {
            first: 2001,
            last: 2003,
        },
    ) {
        Ok(found) => assert!(!found.is_empty()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// The word of a unit, for every quantity.
pub fn unit(data: &[u8]) {
    let word = String::from_utf8_lossy(data);
    let quantities = [
        Quantity::Npp,
        Quantity::Temperature,
        Quantity::Precipitation,
        Quantity::Radiation,
        Quantity::Soc,
        Quantity::Other,
    ];
    for quantity in quantities {
        let checked = [Steps::Static, Steps::Annual, Steps::Monthly]
            .map(|steps| units::check(quantity, &word, Some(steps)));
        match units::convert(quantity, &word, &[31, 28, 31]) {
            Ok(conversion) => {
                assert!(conversion.add.is_finite());
                assert!(
                    conversion
                        .factor
                        .iter()
                        .all(|factor| factor.is_finite() && *factor != 0.0),
                    "{conversion:?}"
                );
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        drop(checked);
    }
}
