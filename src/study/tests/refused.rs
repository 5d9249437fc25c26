//! Each way in which a study can be wrong, and what the message says.

use super::support::{LEAST, good, message, read};
use crate::kernels::models::soil_respiration_words;
use crate::study::*;

#[test]
fn an_unknown_model_gets_the_nearest_and_all() {
    let found = message("[respiration]\nmodel = \"raich2002\"");
    let words: Vec<&str> = soil_respiration_words()
        .iter()
        .map(|(word, _)| *word)
        .collect();
    let expected = format!(
        "respiration.model: \"raich2002\" is unknown (did you mean \"raich-2002\"?); expected one of: {}",
        words.join(", ")
    );
    assert!(found.ends_with(&expected), "{found}");
    assert!(
        words.starts_with(&["gsmsr", "tpc", "raich-potter-1995", "raich-2002"]),
        "{words:?}"
    );
}

#[test]
fn unknown_keys_name_file_line_key_and_the_nearest() {
    for (more, expected) in [
        (
            "[grids]",
            "study.toml:5: grids: unknown key; did you mean `grid`?",
        ),
        (
            "[input.soc]",
            "study.toml:5: input: unknown key; did you mean `inputs`?",
        ),
        (
            "[inputs.soc]\nfile = \"a.tif\"\nfiles = \"a.tif\"",
            "study.toml:6: inputs.soc.file: unknown key; did you mean `inputs.soc.files`?",
        ),
        (
            "[trend]\nfdrr = true",
            "study.toml:6: trend.fdrr: unknown key; did you mean `trend.fdr`?",
        ),
        (
            "[output]\nmemory = \"1GiB\"",
            "study.toml:6: output.memory: unknown key; did you mean `engine.memory`?",
        ),
        (
            "[output]\nunits = \"K\"",
            "study.toml:6: output.units: unknown key; did you mean `inputs.NAME.units` or \
             `sites.units`?",
        ),
        (
            "[engine]\nseed = 1",
            "study.toml:6: engine.seed: unknown key; did you mean `uncertainty.seed` or \
             `bootstrap.seed` or `phase.seed` or `measures.seed` or `geodetector.seed`?",
        ),
        (
            "[sites]\nfile = \"a.csv\"\nwhatever = 1",
            "study.toml:7: sites.whatever: unknown key; expected one of: file, columns, \
             where, units, when, window, merge, crs",
        ),
        (
            "[respiration]\nheterotrophic = { frction = 0.5 }",
            "study.toml:6: respiration.heterotrophic.frction: unknown key; did you mean \
             `respiration.heterotrophic.fraction`?\n\
             study.toml: respiration.heterotrophic.fraction: missing; write { fraction = 0.55 }",
        ),
    ] {
        assert_eq!(message(more), expected);
    }
}

/// Keys with a value of another type or out of bounds, each with its message.
const WRONG_VALUES: &[(&str, &str)] = &[
    (
        "[trend]\nfdr = 1",
        "trend.fdr: found the number 1, expected true, false or the name of a rule, such as \
             \"benjamini-hochberg\"",
    ),
    (
        "[trend]\ntests = \"ols\"",
        "trend.tests: found the string \"ols\", expected a non-empty list of strings, such as \
             [\"ols\", \"sen\", \"mk\"]",
    ),
    (
        "[trend]\nalpha = 1.0",
        "trend.alpha: found the number 1.0, expected a number between 0 and 1",
    ),
    (
        "[trend]\nalpha = nan",
        "trend.alpha: found the number NaN, expected a finite number, such as 0.05",
    ),
    (
        "[trend]\nmin_years = 21",
        "trend.min_years: found the number 21, expected 4 to 20, the years of the study",
    ),
    (
        "[grid]\nbounds = [1, 2, 1, 3]",
        "grid.bounds: found the list [1, 2, 1, 3], expected [xmin, ymin, xmax, ymax] with \
             xmin < xmax and ymin < ymax",
    ),
    (
        "[grid]\nresolution = 500",
        "grid.resolution: found the number 500, expected width and height of a pixel, such as \
             [500.0, 500.0]",
    ),
    (
        "[grid]\ncrs = \"\"",
        "grid.crs: found an empty string, expected a string, such as \"EPSG:32648\"",
    ),
    (
        "[engine]\nmemory = \"lots\"",
        "engine.memory: found the string \"lots\", expected an amount of memory, such as \
             \"2GiB\", \"512MiB\" or a number of bytes",
    ),
    (
        "[respiration]\nmin_months = 0",
        "respiration.min_months: found the number 0, expected 1 to 12",
    ),
    (
        "[respiration.parameters]\nK = inf",
        "respiration.parameters.K: found the number inf, expected a finite number, such as 1.5",
    ),
    (
        "[respiration]\nheterotrophic = { fraction = 1.5 }",
        "respiration.heterotrophic.fraction: found the number 1.5, expected 0 to 1",
    ),
    (
        "[drivers]\npredictors = []",
        "drivers.predictors: found an empty list, expected a non-empty list of strings, such \
             as [\"temperature\", \"precipitation\", \"radiation\"]",
    ),
    (
        "[attribution]\nsensitivity = [1]",
        "attribution.sensitivity: found the number 1, expected a sensitivity, such as \
             \"raw\", \"detrended\", \"first-difference\" or { baseline = [2001, 2005] }",
    ),
    (
        "[attribution]\nsensitivity = [\"raww\"]",
        "attribution.sensitivity: \"raww\" is unknown (did you mean \"raw\"?); expected one \
             of: raw, detrended, first-difference, { baseline = [2001, 2005] }",
    ),
    (
        "[attribution]\nsensitivity = [\"baselin=2001-2005\"]",
        "attribution.sensitivity: \"baselin=2001-2005\" is unknown (did you mean \
             \"baseline\"?); expected one of: raw, detrended, first-difference, { baseline = \
             [2001, 2005] }",
    ),
    (
        "[attribution]\nsensitivity = [\"baseline\"]",
        "attribution.sensitivity: \"baseline\" is unknown; expected one of: raw, detrended, \
             first-difference, { baseline = [2001, 2005] }",
    ),
    (
        "[stages]\nfirst = 2001",
        "stages.first: found the number 2001, expected the first and the last year, such as \
             [2001, 2020]",
    ),
    (
        "[output]\nlayers = \"some\"",
        "output.layers: found the string \"some\", expected \"all\", \"none\" or a list of layer names, \
             such as [\"nep_slope\", \"nep_p\"]",
    ),
    (
        "[inputs.a]\nfiles = 3",
        "inputs.a.files: found the number 3, expected a file name, a pattern or a list of \
             them, such as \"npp/npp_{year}.tif\"",
    ),
    (
        "[inputs.a]\nfiles = \"a\"\nscale = 0",
        "inputs.a.scale: found the number 0, expected a number other than 0",
    ),
];

#[test]
fn wrong_types_say_what_was_found_and_what_is_right() {
    for (more, expected) in WRONG_VALUES {
        let found = message(more);
        assert!(
            found.starts_with("study.toml:6: ") || found.starts_with("study.toml:7: "),
            "{found}"
        );
        assert!(
            found.ends_with(&format!(": {expected}")) && !found.contains('\n'),
            "{found}"
        );
    }
}

#[test]
fn words_and_names_are_checked_against_the_known_ones() {
    for (more, expected) in [
        (
            "[grid]\nlike = \"nppp\"",
            "grid.like: \"nppp\" is not an input of this study (did you mean \"npp\"?); expected \
             one of: npp",
        ),
        (
            "[trend]\nof = [\"temperature\"]",
            "trend.of: \"temperature\" is neither an input of this study nor computed by it; \
             expected one of: nep, rs, rh, npp",
        ),
        (
            "[drivers]\npredictors = [\"npp\", \"npp\"]",
            "drivers.predictors: \"npp\" appears twice; remove one",
        ),
        (
            "[drivers]\nresponse = \"npp\"\npredictors = [\"npp\"]",
            "drivers.predictors: cannot be used with `drivers.response`: a response cannot \
             explain itself",
        ),
        (
            "[stages]\n\"a b\" = [2001, 2005]",
            "stages.\"a b\": \"a b\" cannot name a file; use letters, digits, `_` and `-` only, \
             such as \"a_b\"",
        ),
        (
            "[stages]\nstudy = [2001, 2005]",
            "stages.study: \"study\" is reserved: in the tables it means the whole study; choose \
             another name",
        ),
        (
            "[zones.all]\nfile = \"z.gpkg\"",
            "zones.all: \"all\" is reserved: in the tables it means the whole grid; choose \
             another name",
        ),
        (
            "[zones.z]\nfile = \"z.tif\"\nlabels = { 0 = \"x\" }",
            "zones.z.labels.0: found the code \"0\", expected a whole number other than 0, which \
             means no zone, such as labels = { 1 = \"karst\" }",
        ),
        (
            "[zones.z]\nfile = \"z.tif\"\nlabels = { 1 = \"x\" }\ncontrol = \"y\"",
            "zones.z.control: \"y\" is not a label of this zone set; expected one of: x",
        ),
        (
            "[inputs.a]\nfiles = \"{yaer}.tif\"",
            "inputs.a.files: \"{yaer}.tif\" has the placeholder {yaer}; expected {year} (four \
             digits), {month} (two) or {doy} (three). \
             Two-digit years are not supported: list such files in time order",
        ),
        (
            "[inputs.soc]\nfiles = \"a.tif\"\nsteps = \"annual\"",
            "inputs.soc.steps: found the string \"annual\", expected \"static\", as soc always is",
        ),
    ] {
        let found = message(more);
        assert!(
            found.ends_with(expected) && !found.contains('\n'),
            "{found}"
        );
    }
}

#[test]
fn static_inputs_have_no_trend() {
    let found = message("[inputs.soc]\nfiles = \"a.tif\"\n[trend]\nof = [\"soc\"]");
    assert!(
        found.ends_with(
            "found \"soc\", which is static, expected a series with annual or monthly values"
        ),
        "{found}"
    );
}

#[test]
fn years_run_forwards_and_stages_are_inside_the_study() {
    for (more, expected) in [
        (
            "[stages]\na = [2005, 2001]",
            "stages.a: the years run backwards, from 2005 to 2001; write [2001, 2005]",
        ),
        (
            "[stages]\na = [1999, 2005]",
            "stages.a: 1999 to 2005 is not inside the study, which is 2001 to 2020",
        ),
        (
            "[stages]\na = [2001, 2002]",
            "stages.a: found the list [2001, 2002], expected at least 3 years",
        ),
        (
            "[attribution]\nsensitivity = [{ baseline = [2001, 2031] }]",
            "attribution.sensitivity.baseline: 2001 to 2031 is not inside the study, which is \
             2001 to 2020",
        ),
    ] {
        let found = message(more);
        assert!(found.ends_with(expected), "{found}");
    }
    let years = |years: &str| {
        read(LEAST, &[&format!("study.years={years}")])
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        years("[2020, 2001]"),
        "study.toml with --set: study.years: the years run backwards, from 2020 to 2001; write \
         [2001, 2020]"
    );
    assert_eq!(
        years("[2001, 2003]"),
        "study.toml with --set: study.years: found 3 years, expected 4 to 1000 years"
    );
    assert_eq!(
        years("[2001, 9223372036854775807]"),
        "study.toml with --set: study.years: found the list [2001, 9223372036854775807], expected years \
         from 1 to 9999"
    );
}

#[test]
fn units_are_checked_with_the_rest() {
    let found = message("[inputs.soc]\nfiles = \"a.tif\"\nunits = \"degC\"");
    assert!(
        found.starts_with(
            "study.toml:7: inputs.soc.units: the unit \"degC\" cannot be converted to kgC m-2"
        ),
        "{found}"
    );
    let found = message("[inputs.temperature]\nfiles = \"a.tif\"\nunits = \"Kelvn\"");
    assert!(
        found.ends_with("the unit \"Kelvn\" is unknown; did you mean \"kelvin\"?"),
        "{found}"
    );
    assert!(
        good(
            &format!("{LEAST}[inputs.ndvi]\nfiles = \"a\"\nunits = \"x\""),
            &[]
        )
        .warnings
        .is_empty()
    );
}

#[test]
fn what_must_be_there_is_asked_for() {
    let found = read("", &[]).unwrap_err().to_string();
    assert_eq!(
        found,
        "study.toml: study.years: missing; write the first and the last year, such as years = \
         [2001, 2020]\n\
         study.toml: inputs: missing; write at least one input, such as [inputs.npp] with files = \
         \"npp/npp_{year}.tif\""
    );
    assert!(
        message("[zones.z]\nfield = \"a\"")
            .ends_with("zones.z.file: missing; write file = \"zones/measures.gpkg\"")
    );
    assert!(message("[inputs.b]").contains("inputs.b.files: missing; write files ="));
}

#[test]
fn every_problem_is_reported_at_once() {
    let error = read("[study]\nyeers = [1, 2]\n[grid]\ncrs = 4\n[foo]\n", &[]).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let StudyError::Invalid { problems, .. } = &error else {
        panic!("{error}")
    };
    let keys: Vec<&str> = problems
        .iter()
        .map(|problem| problem.key.as_str())
        .collect();
    assert_eq!(
        keys,
        ["foo", "study.yeers", "study.years", "inputs", "grid.crs"]
    );
    assert_eq!(error.to_string().lines().count(), problems.len());
}
