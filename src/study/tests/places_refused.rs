//! Each way in which zones, stages and sites can be wrong, and what the message says.

use super::support::{LEAST, ZONES, check, message, read};
use crate::study::{CellRule, StudyError};

#[test]
fn zone_sets_have_one_source() {
    check(&[
        (
            "[zones.z]\nfile = \"a\"\nbreaks = [300, 300]",
            "zones.z.breaks: found the list [300, 300], expected numbers that rise",
        ),
        (
            "[zones.z]\nfile = \"a\"\nbreaks = []",
            "zones.z.breaks: found an empty list, expected a non-empty list of finite numbers, such as [300, 600]",
        ),
        (
            "[zones.z]\nfile = \"a\"\nbreaks = [1, nan]",
            "zones.z.breaks: found the list [1, NaN], expected a non-empty list of finite numbers, such as [300, 600]",
        ),
        (
            "[zones.z]\nfile = \"a\"\nbreaks = [1]\nlabels = { 1 = \"a\" }",
            "zones.z.breaks: cannot be used with `zones.z.labels`: a quantity has breaks, codes have labels",
        ),
        (
            "[zones.z]\nfile = \"a\"\nfield = \"b\"\nlabels = { 1 = \"a\" }",
            "zones.z.labels: cannot be used with `zones.z.field`: a vector file has layers and fields, a raster \
             file has labels or breaks",
        ),
        (
            "[zones.z]\nfile = \"a\"\nlayer = \"b\"\nbreaks = [1]",
            "zones.z.breaks: cannot be used with `zones.z.layer`: a vector file has layers and fields, a raster \
             file has labels or breaks",
        ),
        (
            "[zones.z]\nfile = \"a\"\ncells = \"fractions\"",
            "zones.z.cells: \"fractions\" is unknown (did you mean \"fraction\"?); expected one of: centre, fraction",
        ),
        (
            "[grid]\narea = \"elipsoid\"",
            "grid.area: \"elipsoid\" is unknown (did you mean \"ellipsoid\"?); expected one of: nominal, ellipsoid",
        ),
    ]);
}

#[test]
fn a_cross_is_of_several_other_sets() {
    check(&[
        (
            "[zones.z]\ncross = [\"rock\"]",
            "zones.z.cross: found the list [\"rock\"], expected 2 to 8 zone sets",
        ),
        (
            "[zones.z]\ncross = [\"rock\", \"rock\"]",
            "zones.z.cross: \"rock\" appears twice; remove one",
        ),
        (
            "[zones.z]\ncross = [\"rock\", \"z\"]",
            "zones.z.cross: found a set that is made of itself, expected sets that are not made of \"z\"",
        ),
        (
            "[zones.z]\ncross = [\"rock\", \"heigth\"]",
            "zones.z.cross: \"heigth\" is not a zone set of this study (did you mean \"height\"?); expected one of: \
             measure, county, rock, height, z",
        ),
        (
            "[zones.z]\ncross = [\"rock\", \"height\"]\nfile = \"a.tif\"",
            "zones.z.file: cannot be used with `zones.z.cross`: a cross is made of other sets, not of a file",
        ),
        (
            "[zones.z]\ncross = [\"rock\", \"height\"]\ncells = \"fraction\"",
            "zones.z.cells: cannot be used with `zones.z.cross`: a cross counts pixels as its sets do",
        ),
        (
            "[zones.town]\nfile = \"t.gpkg\"\ncells = \"fraction\"\n[zones.z]\ncross = [\"town\", \"county\"]",
            "zones.z.cross: found \"town\" and \"county\", both with cells = \"fraction\", expected at most one such \
             set: what two parts of a pixel share is not known",
        ),
    ]);
    // Each set of a circle is made of itself; one that leads into a circle is not.
    let found = message(
        "[zones.r]\nfile = \"r.tif\"\n[zones.a]\ncross = [\"r\", \"b\"]\n[zones.b]\ncross = [\"r\", \"a\"]\n\
         [zones.c]\ncross = [\"r\", \"a\"]",
    );
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines.len(), 2, "{found}");
    assert!(lines[0].contains("zones.a.cross") && lines[1].contains("zones.b.cross"));
}

#[test]
fn stages_and_phases_are_inside_the_study() {
    check(&[
        (
            "preset = \"monitoring-round\"",
            "stages.preset: \"monitoring-round\" is unknown (did you mean \"monitoring-rounds\"?); expected one of: \
             monitoring-rounds, five-year-plans",
        ),
        (
            "preset = [2001, 2005]",
            "stages.preset: found the list [2001, 2005], expected the name of a calendar, such as \"monitoring-rounds\"",
        ),
        (
            "\"2006-2010\" = [2006, 2010]\npreset = \"five-year-plans\"",
            "stages.preset: \"2006-2010\" appears twice; remove one",
        ),
        (
            "[phase]\nmin_steps = 0",
            "phase.min_steps: found the number 0, expected 1 to 19, the steps of the study",
        ),
        (
            "[phase]\nmin_steps = 5\nmax_steps = 4",
            "phase.max_steps: found the number 4, expected 5 to 19, the steps of the study",
        ),
        (
            "[phase]\nmax_steps = 20",
            "phase.max_steps: found the number 20, expected 3 to 19, the steps of the study",
        ),
        (
            "[phase]\nreplicates = 98",
            "phase.replicates: found the number 98, expected 99 to 100000",
        ),
    ]);
    let text = format!("{LEAST}[stages]\npreset = \"monitoring\"");
    let found = read(&text, &["study.years=[1985, 2000]"])
        .unwrap_err()
        .to_string();
    let expected = "stages.preset: found \"monitoring-rounds\", which has no stage inside the study, expected stages \
         of at least 3 years within 1985 to 2000, such as \"first\" = [1985, 1987]";
    assert!(found.ends_with(expected), "{found}");
}

#[test]
fn field_data_name_each_column_once() {
    for (more, expected) in [
        (
            "columns = { lon = \"x\", lat = \"x\" }",
            "sites.columns: \"x\" appears twice; remove one",
        ),
        (
            "columns = { longitude = \"x\" }",
            "sites.columns.longitude: unknown key; expected one of: lon, lat, year, variable, value, rs, rh, npp, nep",
        ),
        (
            "columns = { rs = \"Rs\", value = \"x\" }",
            "sites.columns.rs: cannot be used with `sites.columns.value`: each quantity has a column, or one column \
             names the quantity",
        ),
        (
            "where = { Year = 2005 }",
            "sites.where.Year: found the number 2005, expected a string or a list of strings, such as \"None\"",
        ),
        (
            "units = \"degC\"",
            "sites.units: the unit \"degC\" cannot be converted to gC m-2 yr-1",
        ),
        (
            "when = \"years\"",
            "sites.when: \"years\" is unknown (did you mean \"year\"?); expected one of: year, mean",
        ),
        (
            "window = 2",
            "sites.window: found the number 2, expected 1 or 3",
        ),
        (
            "merge = \"pixel\"",
            "sites.merge: \"pixel\" is unknown (did you mean \"pixel-year\"?); expected one of: none, pixel-year",
        ),
    ] {
        let found = message(&format!("[sites]\nfile = \"f.csv\"\n{more}"));
        assert!(found.contains(expected) && !found.contains('\n'), "{found}");
    }
}

#[test]
fn everything_wrong_about_places_is_told_at_once() {
    let more = "[zones.\"a/b\"]\nfile = \"a\"\nbreaks = [2, 1]\n[measures]\nmatch = [\"x\"]\nseed = -1\n\
         [geodetector]\nfactors = [\"y\"]\n[sites]\nwindow = 5\n";
    let error = read(&format!("{LEAST}{ZONES}{more}"), &[]).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let StudyError::Invalid { problems, .. } = &error else {
        panic!("{error}")
    };
    let keys: Vec<&str> = problems
        .iter()
        .map(|problem| problem.key.as_str())
        .collect();
    let expected = [
        "zones.\"a/b\"",
        "zones.\"a/b\".breaks",
        "measures.match",
        "measures.seed",
        "geodetector.factors",
        "sites.file",
        "sites.window",
    ];
    assert_eq!(keys, expected);
}

/// A reader of a hostile file is not kept waiting: each set is looked at once.
#[test]
fn thousands_of_crosses_are_read_at_once() {
    use std::fmt::Write as _;
    let n = 4_000;
    let mut text = format!(
        "{LEAST}[zones.last]\nfile = \"l.tif\"\ncells = \"fraction\"\n[zones.other]\nfile = \"o.tif\"\n"
    );
    for at in 0..n {
        let next = if at + 1 == n {
            "last".to_owned()
        } else {
            format!("z{}", at + 1)
        };
        let _ = write!(text, "[zones.z{at}]\ncross = [\"{next}\", \"other\"]\n");
    }
    let study = read(&text, &[]).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = study.zones.iter().map(|set| set.name.as_str()).collect();
    assert_eq!(
        (names[0], names[1], names[2], names[n + 1]),
        ("last", "other", "z3999", "z0")
    );
    let whole: Vec<&str> = study
        .zones
        .iter()
        .filter(|set| set.cells == CellRule::Centre)
        .map(|set| set.name.as_str())
        .collect();
    assert_eq!(whole, ["other"]);
    let circle = text.replace("[\"last\", \"other\"]", "[\"z0\", \"other\"]");
    let StudyError::Invalid { problems, .. } = read(&circle, &[]).unwrap_err() else {
        panic!("the study is wrong")
    };
    assert_eq!(problems.len(), n);
}
