//! A study file as users write it, and each way it can be wrong.

use super::*;
use crate::calendar::Steps;
use crate::kernels::models::{DEFAULT_RH, DEFAULT_RS, soil_respiration_words};

/// The study file of the manual, with every table.
const EXAMPLE: &str = include_str!("example.toml");

/// The least study.
const LEAST: &str = "[study]\nyears = [2001, 2020]\n[inputs.npp]\nfiles = \"npp_{year}.tif\"\n";

fn read(text: &str, overrides: &[&str]) -> Result<Study, StudyError> {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    Study::from_str(text, Path::new("data"), &overrides)
}

fn good(text: &str, overrides: &[&str]) -> Study {
    read(text, overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// The message of the least study with `more` below it.
fn message(more: &str) -> String {
    read(&format!("{LEAST}{more}"), &[])
        .expect_err("the study is wrong")
        .to_string()
}

#[test]
fn the_study_of_the_manual_is_read_whole() {
    let study = good(EXAMPLE, &[]);
    assert_eq!(study.name, "Karst Guangxi, 2001-2020");
    assert_eq!(
        study.years,
        Years {
            first: 2001,
            last: 2020
        }
    );
    let names: Vec<&str> = study
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["npp", "temperature", "precipitation", "radiation", "soc"]
    );
    let npp = &study.inputs[0];
    assert_eq!(npp.files, ["npp/npp_{year}.tif"]);
    assert_eq!(npp.variable.as_deref(), Some("Npp_500m"));
    assert_eq!(
        (npp.scale, npp.nodata.as_slice()),
        (Some(0.0001), &[65535.0][..])
    );
    assert_eq!(npp.valid_range, Some([-30000.0, 32700.0]));
    assert_eq!(
        (npp.resampling, npp.steps),
        (Some(Resampling::Bilinear), Some(Steps::Annual))
    );
    assert_eq!(study.input("radiation").and_then(|input| input.steps), None);
    assert_eq!(study.trend.of.as_ref().map(Vec::len), Some(6));
    assert!(study.trend.tests_stated && study.is_stated("trend.min_years"));
    assert_eq!(
        study.attribution.sensitivity,
        [Sensitivity::Raw, Sensitivity::Detrended]
    );
    assert_eq!(study.stages[1].name, "second");
    assert_eq!(
        study.stages[1].years,
        Years {
            first: 2006,
            last: 2011
        }
    );
    assert_eq!(study.zones[0].control.as_deref(), Some("none"));
    assert_eq!(
        study.sites,
        Some(SitesTable {
            file: "field.csv".to_owned()
        })
    );
    assert_eq!(study.engine.memory_bytes, 2 << 30);
    assert!(study.warnings.is_empty());
}

#[test]
fn the_least_study_has_the_defaults_of_the_manual() {
    let study = good(LEAST, &[]);
    assert_eq!(
        (study.name.as_str(), study.grid.like.as_str()),
        ("study", "npp")
    );
    assert_eq!(study.respiration.model, DEFAULT_RS);
    assert_eq!(study.respiration.heterotrophic, RhChoice::from(DEFAULT_RH));
    assert_eq!(study.respiration.denominator, Denominator::PPlusK);
    assert_eq!(study.respiration.min_months, 12);
    assert_eq!((study.trend.of.as_ref(), study.trend.min_years), (None, 15));
    assert_eq!(
        study.trend.tests,
        [TrendTest::Ols, TrendTest::Sen, TrendTest::Mk]
    );
    assert!(
        !study.trend.tests_stated && !study.is_stated("trend.tests") && study.trend.fdr.is_none()
    );
    assert_eq!(
        (study.drivers.response.as_str(), &study.drivers.predictors),
        ("nep", &None)
    );
    assert_eq!(
        study.attribution.sensitivity,
        [Sensitivity::Raw, Sensitivity::Detrended]
    );
    assert!(study.stages.is_empty() && study.zones.is_empty() && study.sites.is_none());
    assert_eq!(
        (study.output.dir.as_str(), study.output.format),
        ("out", Format::GTiff)
    );
    assert_eq!(
        (study.output.compress, &study.output.layers),
        (Compress::Deflate, &Layers::All)
    );
    assert_eq!(study.engine.device, Device::Auto);
    assert!(study.inputs[0].check_range);
}

/// `printf '' | sha256sum` gives the first digits of the empty text's hash.
#[test]
fn the_hash_is_that_of_the_text() {
    assert!(hex(&Sha256::digest(b"")).starts_with("e3b0c44298fc1c149afbf4c8996fb924"));
    assert_eq!(
        good(LEAST, &[]).sha256,
        good(LEAST, &["engine.device=cpu"]).sha256
    );
}

#[test]
fn three_quarters_of_the_years_are_rounded_up_and_never_under_four() {
    let of = |n| TrendTable::default_min_years(n);
    assert_eq!([of(4), of(5), of(7), of(20), of(21)], [4, 4, 6, 15, 16]);
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
            "[sites]\nfile = \"a.csv\"\nwhatever = 1",
            "study.toml:7: sites.whatever: unknown key; expected one of: file",
        ),
        (
            "[respiration]\nheterotrophic = { frction = 0.5 }",
            "study.toml:6: respiration.heterotrophic.frction: unknown key; did you mean \
             `respiration.heterotrophic.fraction`?\nstudy.toml: respiration.heterotrophic.fraction: \
             missing; write { fraction = 0.55 }",
        ),
    ] {
        assert_eq!(message(more), expected);
    }
}

#[test]
fn a_rule_of_false_discovery_is_a_flag_or_a_name() {
    use FalseDiscovery::{BenjaminiHochberg, BenjaminiYekutieli};
    for (value, expected) in [
        ("false", None),
        ("true", Some(BenjaminiHochberg)),
        ("\"benjamini-hochberg\"", Some(BenjaminiHochberg)),
        ("\"benjamini-yekutieli\"", Some(BenjaminiYekutieli)),
    ] {
        assert_eq!(
            good(&format!("{LEAST}[trend]\nfdr = {value}"), &[])
                .trend
                .fdr,
            expected,
            "{value}"
        );
    }
    let text = message("[trend]\nfdr = \"benjamini-yekuteli\"");
    assert!(
        text.contains("trend.fdr")
            && text.contains("did you mean")
            && text.contains("benjamini-yekutieli"),
        "{text}"
    );
}

#[test]
fn wrong_types_say_what_was_found_and_what_is_right() {
    for (more, expected) in [
        (
            "[trend]\nfdr = 1",
            "trend.fdr: found the number 1, expected true, false or the name of a rule, such as \"benjamini-hochberg\"",
        ),
        (
            "[trend]\ntests = \"ols\"",
            "trend.tests: found the text \"ols\", expected a list of texts with at least one, such as \
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
            "grid.bounds: found the list [1, 2, 1, 3], expected [xmin, ymin, xmax, ymax] with xmin < xmax and ymin < ymax",
        ),
        (
            "[grid]\nresolution = 500",
            "grid.resolution: found the number 500, expected width and height of a pixel, such as [500.0, 500.0]",
        ),
        (
            "[grid]\ncrs = \"\"",
            "grid.crs: found an empty text, expected a text, such as \"EPSG:32648\"",
        ),
        (
            "[engine]\nmemory = \"lots\"",
            "engine.memory: found the text \"lots\", expected an amount of memory, such as \"2GiB\", \"512MiB\" or a number of bytes",
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
            "drivers.predictors: found an empty list, expected a list of texts with at least one, such as [\"temperature\", \"precipitation\", \"radiation\"]",
        ),
        (
            "[attribution]\nsensitivity = [1]",
            "attribution.sensitivity: found the number 1, expected a sensitivity, such as \"raw\", \"detrended\", \"first-difference\" or { baseline = [2001, 2005] }",
        ),
        (
            "[attribution]\nsensitivity = [\"raww\"]",
            "attribution.sensitivity: \"raww\" is unknown (did you mean \"raw\"?); expected one of: raw, detrended, first-difference, { baseline = [2001, 2005] }",
        ),
        (
            "[attribution]\nsensitivity = [\"baselin=2001-2005\"]",
            "attribution.sensitivity: \"baselin=2001-2005\" is unknown (did you mean \"baseline\"?); expected one of: raw, detrended, first-difference, { baseline = [2001, 2005] }",
        ),
        (
            "[attribution]\nsensitivity = [\"baseline\"]",
            "attribution.sensitivity: \"baseline\" is unknown; expected one of: raw, detrended, first-difference, { baseline = [2001, 2005] }",
        ),
        (
            "[stages]\nfirst = 2001",
            "stages.first: found the number 2001, expected the first and the last year, such as [2001, 2020]",
        ),
        (
            "[output]\nlayers = \"some\"",
            "output.layers: found the text \"some\", expected \"all\" or a list of layer names, such as [\"nep_slope\", \"nep_p\"]",
        ),
        (
            "[inputs.a]\nfiles = 3",
            "inputs.a.files: found the number 3, expected a file name, a pattern or a list of them, such as \"npp/npp_{year}.tif\"",
        ),
        (
            "[inputs.a]\nfiles = \"a\"\nscale = 0",
            "inputs.a.scale: found the number 0, expected a number other than 0",
        ),
    ] {
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
fn words_and_names_are_held_against_those_that_there_are() {
    for (more, expected) in [
        (
            "[grid]\nlike = \"nppp\"",
            "grid.like: \"nppp\" is no input of this study (did you mean \"npp\"?); expected one of: npp",
        ),
        (
            "[trend]\nof = [\"temperature\"]",
            "trend.of: \"temperature\" is no input of this study and nothing it computes; \
             expected one of: nep, rs, rh, npp",
        ),
        (
            "[drivers]\npredictors = [\"npp\", \"npp\"]",
            "drivers.predictors: \"npp\" is there twice; leave one out",
        ),
        (
            "[drivers]\nresponse = \"npp\"\npredictors = [\"npp\"]",
            "drivers.predictors: cannot be used with `drivers.response`: a response cannot explain itself",
        ),
        (
            "[stages]\n\"a b\" = [2001, 2005]",
            "stages.\"a b\": \"a b\" cannot name a file; use letters, digits, `_` and `-` only, such as \"a_b\"",
        ),
        (
            "[stages]\nstudy = [2001, 2005]",
            "stages.study: \"study\" is taken: it stands for the whole study in the tables; choose another name",
        ),
        (
            "[zones.all]\nfile = \"z.gpkg\"",
            "zones.all: \"all\" is taken: it stands for the whole grid in the tables; choose another name",
        ),
        (
            "[zones.z]\nfile = \"z.tif\"\nlabels = { 0 = \"x\" }",
            "zones.z.labels.0: found the code \"0\", expected a whole number other than 0, which is no zone, such as labels = { 1 = \"karst\" }",
        ),
        (
            "[zones.z]\nfile = \"z.tif\"\nlabels = { 1 = \"x\" }\ncontrol = \"y\"",
            "zones.z.control: \"y\" is no label of this zone set; expected one of: x",
        ),
        (
            "[inputs.a]\nfiles = \"{yaer}.tif\"",
            "inputs.a.files: \"{yaer}.tif\" has the placeholder {yaer}; expected {year} (four digits), {month} (two) or {doy} (three). \
             Years of two digits are not read: list such files in the order of time",
        ),
        (
            "[inputs.soc]\nfiles = \"a.tif\"\nsteps = \"annual\"",
            "inputs.soc.steps: found the text \"annual\", expected \"static\", as soc always is",
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
            "found \"soc\", which is static, expected a quantity with a value a year or a month"
        ),
        "{found}"
    );
}

#[test]
fn years_must_run_forwards_and_stages_lie_inside() {
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
            "attribution.sensitivity.baseline: 2001 to 2031 is not inside the study, which is 2001 to 2020",
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
        "study.toml with --set: study.years: the years run backwards, from 2020 to 2001; write [2001, 2020]"
    );
    assert_eq!(
        years("[2001, 2003]"),
        "study.toml with --set: study.years: found 3 years, expected 4 to 1000 years"
    );
    assert_eq!(
        years("[2001, 9223372036854775807]"),
        "study.toml with --set: study.years: found [2001, 9223372036854775807], expected years from 1 to 9999"
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
        "study.toml: study.years: missing; write the first and the last year, such as years = [2001, 2020]\n\
         study.toml: inputs: missing; write at least one input, such as [inputs.npp] with files = \"npp/npp_{year}.tif\""
    );
    assert!(
        message("[zones.z]\nfield = \"a\"")
            .ends_with("zones.z.file: missing; write file = \"zones/measures.gpkg\"")
    );
    assert!(message("[inputs.b]").contains("inputs.b.files: missing; write files ="));
}

#[test]
fn every_problem_is_told_at_once() {
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

#[test]
fn a_syntax_error_has_its_line_and_column() {
    let error = read("[study]\nname = \"é\" x\n", &[]).unwrap_err();
    assert!(
        matches!(
            error,
            StudyError::Syntax {
                line: 2,
                column: 12,
                ..
            }
        ),
        "{error:?}"
    );
    let error = read("[study]\nyears = [1, 2]\nyears = [1, 2]\n", &[]).unwrap_err();
    assert!(
        matches!(
            error,
            StudyError::Syntax {
                line: 3,
                column: 1,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .starts_with("study.toml:3:1: not valid TOML: "),
        "{error}"
    );
}

#[test]
fn overrides_change_the_table_before_it_is_checked() {
    let study = good(
        LEAST,
        &[
            "engine.memory=512MiB",
            "respiration.parameters.K = 2.5",
            "trend.tests=[\"ols\"]",
            "study.name = Guangxi # 2",
            "stages.\"late\"=[2011,2020]",
            "inputs.temperature.files=t.nc",
            "inputs.temperature.units=K",
        ],
    );
    assert_eq!(study.engine.memory_bytes, 512 << 20);
    assert_eq!(study.respiration.parameters, [("K".to_owned(), 2.5)]);
    assert_eq!(study.trend.tests, [TrendTest::Ols]);
    assert_eq!(
        (study.name.as_str(), study.stages[0].name.as_str()),
        ("Guangxi # 2", "late")
    );
    assert_eq!(study.inputs[1].units.as_deref(), Some("K"));
    assert!(study.is_stated("engine.memory") && study.overrides.len() == 7);
}

#[test]
fn a_law_has_its_unit_and_its_coefficients_by_name() {
    let law = |more: &str| good(&format!("{LEAST}[respiration]\n{more}\n"), &[]).respiration;
    assert_eq!(
        law("heterotrophic = \"power\"").heterotrophic,
        RhChoice::power(PowerUnit::GramsADay)
    );
    for way in [
        "heterotrophic = \"power\"\npower_unit = \"kgC m-2 yr-1\"",
        "heterotrophic = { power = \"kgC m-2 yr-1\" }",
    ] {
        assert_eq!(
            law(way).heterotrophic,
            RhChoice::power(PowerUnit::KilogramsAYear),
            "{way}"
        );
    }
    assert_eq!(law("days = \"30\"").days, DaysOfMonth::Thirty);
    assert_eq!(law("days = 30").days, DaysOfMonth::Thirty);
    assert_eq!(law("").days, DaysOfMonth::Calendar);
    let parameters = law("parameters = { pei.a = 0.0913, \"pei.b\" = 0.3, F = 2 }").parameters;
    let expected = [("pei.a", 0.0913), ("pei.b", 0.3), ("F", 2.0)]
        .map(|(name, value)| (name.to_owned(), value));
    for one in expected {
        assert!(parameters.contains(&one), "{parameters:?} lacks {one:?}");
    }
    assert!(
        message("[respiration]\nheterotrophic = { power = \"gC m-2 yr-1\" }")
            .contains("no field data agree")
    );
}

#[test]
fn an_override_that_cannot_be_applied_says_why() {
    let fails = |argument: &str| read(LEAST, &[argument]).unwrap_err().to_string();
    for argument in ["engine", "=3", "a..b=3", "a\n[b]\nc=3", "a]=3"] {
        assert!(
            fails(argument).ends_with("expected key=value, such as --set engine.device=cpu"),
            "{argument}"
        );
    }
    assert_eq!(
        fails("study.years.first=2001"),
        "study.toml with --set: study.years.first: `study.years` is the list [2001, 2020], not a table; nothing can be set inside it"
    );
    assert_eq!(
        fails("engine.devise=cpu"),
        "study.toml with --set: engine.devise: unknown key; did you mean `engine.device`?"
    );
}

#[test]
fn memory_is_read_with_binary_and_decimal_units() {
    for (text, bytes) in [
        ("2GiB", Some(2_147_483_648)),
        ("512MiB", Some(536_870_912)),
        ("1.5 GB", Some(1_500_000_000)),
        ("100", Some(100)),
        ("64 kib", Some(65_536)),
        ("0", None),
        ("-1GB", None),
        ("GB", None),
        ("2G", None),
        ("1e9", None),
        ("99999999TB", None),
        (".", None),
    ] {
        assert_eq!(bytes_from_text(text), bytes, "{text}");
    }
    assert_eq!(
        good(LEAST, &["engine.memory=1000"]).engine.memory_bytes,
        1000
    );
}

#[test]
fn sensitivities_devices_and_fractions_are_read() {
    let more = "[attribution]\nsensitivity = [\"first-difference\", { baseline = [2001, 2005] }]\n\
                [engine]\ndevice = \"RTX 4090\"\n[respiration]\nheterotrophic = { fraction = 0.55 }\n\
                denominator = \"K+P+P0\"\n[zones.z]\nfile = \"z.tif\"\nlabels = { 2 = \"b\", 1 = \"a\" }";
    let study = good(&format!("{LEAST}{more}"), &[]);
    let baseline = Sensitivity::Baseline(Years {
        first: 2001,
        last: 2005,
    });
    assert_eq!(
        study.attribution.sensitivity,
        [Sensitivity::FirstDifference, baseline]
    );
    assert_eq!(study.engine.device, Device::Named("RTX 4090".to_owned()));
    assert_eq!(study.respiration.heterotrophic, RhChoice::fraction(0.55));
    assert_eq!(study.respiration.denominator, Denominator::KPlusPPlusP0);
    assert_eq!(
        study.zones[0].labels,
        [(2, "b".to_owned()), (1, "a".to_owned())]
    );
}

#[test]
fn a_driver_that_is_nearly_a_known_input_is_warned_of() {
    let study = good(
        &format!("{LEAST}[inputs.temprature]\nfiles = \"t.nc\"\n[inputs.gpp]\nfiles = \"g\""),
        &[],
    );
    assert_eq!(study.warnings.len(), 1);
    assert_eq!(
        study.warnings[0].to_string(),
        ":5: inputs.temprature: taken as a further driver; if it is the temperature of the carbon chain, name it [inputs.temperature]"
    );
}

#[test]
fn paths_are_relative_to_the_study_unless_they_say_otherwise() {
    let study = good(LEAST, &[]);
    assert_eq!(study.resolve("a/b.tif"), Path::new("data/a/b.tif"));
    for path in [
        "/vsizip/a.zip/b.tif",
        "/abs/a.tif",
        "NETCDF:\"a.nc\":v",
        "https://x.org/a.tif",
    ] {
        assert_eq!(study.resolve(path), Path::new(path));
    }
}

#[test]
fn a_file_that_cannot_be_a_study_is_refused_before_it_is_parsed() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = Study::load(&folder.path().join("none.toml"), &[]).unwrap_err();
    assert!(matches!(missing, StudyError::Read { .. }) && missing.exit_code() == 2);
    let path = folder.path().join("big.toml");
    std::fs::write(&path, vec![b'#'; 4 * 1024 * 1024 + 1]).expect("written");
    let error = Study::load(&path, &[]).unwrap_err();
    assert!(matches!(error, StudyError::TooLarge { .. }), "{error}");
    std::fs::write(&path, [0xff, 0xfe]).expect("written");
    assert!(matches!(
        Study::load(&path, &[]),
        Err(StudyError::Read { .. })
    ));
    std::fs::write(&path, format!("\u{feff}{LEAST}")).expect("written");
    let study = Study::load(&path, &[]).expect("a study");
    assert_eq!(
        (study.name.as_str(), study.dir.as_path()),
        ("big", folder.path())
    );
}

#[test]
fn lists_too_deep_or_too_long_are_errors_and_no_crash() {
    let deep = format!("a = {}", "[".repeat(200_000));
    assert!(matches!(read(&deep, &[]), Err(StudyError::Syntax { .. })));
    let many = format!("[drivers]\npredictors = [{}]", "\"npp\", ".repeat(9));
    assert!(
        message(&many)
            .contains("drivers.predictors: found a list of 9, expected 1 to 8 predictors")
    );
}
