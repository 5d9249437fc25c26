//! From TOML values to the tables of a study, each with what can be wrong in it.

use toml::Value;

use super::checker::{
    Checker, Section, ValueFormat, describe, near, number, numbers, text, text_or_texts, texts,
};
use super::error::ProblemKind;
use super::tables::{
    Aggregate, AttributionTable, Compress, DRIVERS_KEYS, Device, DriversTable, EngineTable, Format,
    GRID_KEYS, GridTable, HurstSd, INPUT_KEYS, InputTable, Layers, OUTPUT_KEYS, OutputTable,
    SitesTable, Stage, TREND_KEYS, TrendTable, ZoneSet, bytes_from_text,
};
use crate::calendar::{Steps, Time, Years};
use crate::chain::{FalseDiscovery, Sensitivity, TrendTest};
use crate::products::{self, Cadence, NoPreset, PRODUCTS, Preset};
use crate::tile::Decoding;
use crate::tile::Resampling;
use crate::units::{self, Quantity};

/// Inputs of the carbon chain.
const KNOWN_INPUTS: &[&str] = &["npp", "temperature", "precipitation", "radiation", "soc"];
/// Quantities that a study computes.
const COMPUTED: &[&str] = &["nep", "rs", "rh"];
/// Words of `steps`.
const STEPS: &[(&str, Steps)] = &[
    ("monthly", Steps::Monthly),
    ("annual", Steps::Annual),
    ("static", Steps::Static),
];
/// More years than any record of the ground has.
const MAX_YEARS: usize = 1000;

/// A text with an example of it.
pub(super) const fn text_like(example: &'static str) -> ValueFormat<String> {
    ValueFormat {
        expected: "a text",
        example,
        parse: text,
    }
}

/// A finite number with an example of it.
pub(super) const fn number_like(example: &'static str) -> ValueFormat<f64> {
    ValueFormat {
        expected: "a finite number",
        example,
        parse: |value| number(value).filter(|n| n.is_finite()),
    }
}

/// A list of texts with an example of it.
pub(super) const fn texts_like(example: &'static str) -> ValueFormat<Vec<String>> {
    ValueFormat {
        expected: "a list of texts with at least one",
        example,
        parse: texts,
    }
}

/// true or false.
const FLAG: ValueFormat<bool> = ValueFormat {
    expected: "true or false",
    example: "true",
    parse: Value::as_bool,
};

/// A whole number.
pub(super) const fn whole_like(example: &'static str) -> ValueFormat<i64> {
    ValueFormat {
        expected: "a whole number",
        example,
        parse: Value::as_integer,
    }
}

/// `[study]`: name and years.
pub(super) fn study(r: &mut Checker, root: &Section<'_>) -> (Option<String>, Option<Years>) {
    let s = r.table(root, "study", "[study]", &["name", "years"]);
    let name = r.get(&s, "name", &text_like("\"Karst, 2001-2020\""));
    if !s.has("years") {
        r.fail(
            s.key("years"),
            ProblemKind::Missing {
                example: "the first and the last year, such as years = [2001, 2020]",
            },
        );
    }
    let years = r.years(&s, "years").filter(|years| {
        let count = years.count();
        let fits = (TrendTable::MIN_YEARS..=MAX_YEARS).contains(&count);
        if !fits {
            let expected = format!("{} to {MAX_YEARS} years", TrendTable::MIN_YEARS);
            let found = format!("{count} {}", if count == 1 { "year" } else { "years" });
            r.fail(s.key("years"), ProblemKind::Bounds { found, expected });
        }
        fits
    });
    (name, years)
}

/// `[inputs]`, and the names that are written there, right or not.
pub(super) fn inputs(
    r: &mut Checker,
    root: &Section<'_>,
    years: Option<Years>,
) -> (Vec<InputTable>, Vec<String>) {
    let all = r.open(root, "inputs", "[inputs.npp]");
    if all.names().is_empty() && (all.is_present() || !root.has("inputs")) {
        r.fail(
            root.key("inputs"),
            ProblemKind::Missing { example: "at least one input, such as [inputs.npp] with files = \"npp/npp_{year}.tif\"" },
        );
    }
    let names: Vec<String> = all.names().into_iter().map(str::to_owned).collect();
    let tables = names.iter().filter_map(|name| {
        r.file_name(all.key(name), name);
        near_known(r, &all, name, &names);
        input(r, &all, name, years)
    });
    (tables.collect(), names)
}

/// Warns of a further driver that is nearly a known input which the study lacks.
fn near_known(r: &mut Checker, all: &Section<'_>, name: &str, names: &[String]) {
    let lacking: Vec<&'static str> = KNOWN_INPUTS[1..4]
        .iter()
        .filter(|known| !names.iter().any(|n| n == *known))
        .copied()
        .collect();
    if KNOWN_INPUTS.contains(&name) {
        return;
    }
    if let Some(nearest) = near(name, &lacking) {
        r.warn(all.key(name), ProblemKind::NearKnownInput { nearest });
    }
}

fn input(
    r: &mut Checker,
    all: &Section<'_>,
    name: &str,
    years: Option<Years>,
) -> Option<InputTable> {
    let s = r.table(
        all,
        name,
        "[inputs.npp] with files = \"npp/npp_{year}.tif\"",
        INPUT_KEYS,
    );
    if s.is_present() && !s.has("files") {
        r.fail(
            s.key("files"),
            ProblemKind::Missing {
                example: "files = \"npp/npp_{year}.tif\", a list, or one file with a time axis",
            },
        );
    }
    let form = ValueFormat {
        expected: "a file name, a pattern or a list of them",
        example: "\"npp/npp_{year}.tif\"",
        parse: text_or_texts,
    };
    let files = r.get(&s, "files", &form);
    placeholders(r, &s, files.as_deref().unwrap_or_default());
    let variable = r.get(&s, "variable", &text_like("\"Npp_500m\""));
    let product = product(r, &s, name, variable.as_deref());
    let steps = steps(r, &s, name, product);
    let table = InputTable {
        name: name.to_owned(),
        files: files.unwrap_or_default(),
        product,
        variable,
        units: r.get(&s, "units", &text_like("\"kgC m-2 yr-1\"")),
        scale: r.bounded(
            &s,
            "scale",
            &number_like("0.0001"),
            "a number other than 0",
            |n| *n != 0.0,
        ),
        offset: r.get(&s, "offset", &number_like("-273.15")),
        nodata: nodata(r, &s),
        valid_range: valid_range(r, &s),
        resampling: r.word(
            &s,
            "resampling",
            &text_like("\"bilinear\""),
            Resampling::WORDS,
        ),
        crs: r.get(&s, "crs", &text_like("\"EPSG:4326\"")),
        steps,
        missing: missing(r, &s, years),
        aggregate: r.word(&s, "aggregate", &text_like("\"mean\""), Aggregate::WORDS),
        check_range: r.get(&s, "check_range", &FLAG).unwrap_or(true),
    };
    if let Some(Err(error)) = table
        .units
        .as_deref()
        .map(|word| units::check(Quantity::of_input(name), word, steps))
    {
        r.fail(s.key("units"), ProblemKind::Unit(error));
    }
    let product_unit = product
        .and_then(|preset| preset.layer.unit)
        .filter(|_| table.units.is_none());
    if let Some(Err(error)) =
        product_unit.map(|word| units::check(Quantity::of_input(name), word, steps))
    {
        r.fail(s.key("product"), ProblemKind::Unit(error));
    }
    s.is_present().then_some(table)
}

/// Notes braces that hold a word other than the two placeholders.
fn placeholders(r: &mut Checker, s: &Section<'_>, files: &[String]) {
    for pattern in files {
        for inside in pattern
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}').map(|(inside, _)| inside))
        {
            let is_word = !inside.is_empty()
                && inside
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '_');
            let is_format = ["year", "month", "doy"]
                .iter()
                .any(|word| inside.starts_with(&format!("{word}:")));
            if is_format || is_word && !matches!(inside, "year" | "month" | "doy") {
                r.fail(
                    s.key("files"),
                    ProblemKind::Placeholder {
                        pattern: pattern.clone(),
                        found: inside.to_owned(),
                    },
                );
            }
        }
    }
}

/// The product of an input, where it can be one as it comes.
fn product(r: &mut Checker, s: &Section<'_>, name: &str, variable: Option<&str>) -> Option<Preset> {
    let word = r.get(s, "product", &text_like("\"MOD17A3HGF\""))?;
    let Some(product) = products::find(&word) else {
        let names: Vec<&str> = PRODUCTS.iter().map(|product| product.name).collect();
        r.fail(
            s.key("product"),
            no_such(&word, "no product that Doline knows", &names),
        );
        return None;
    };
    let preset = match products::preset(product, name, variable) {
        Ok(preset) => preset,
        Err(NoPreset::WhichVariable(variables)) => {
            let variables = variables.join(", ");
            r.fail(
                s.key("product"),
                ProblemKind::ProductVariable {
                    product: product.name,
                    variables,
                },
            );
            return None;
        }
        Err(NoPreset::NoSuchVariable(variables)) => {
            let unknown = no_such(
                variable.unwrap_or_default(),
                "no variable that is known of this product",
                &variables,
            );
            r.fail(s.key("variable"), unknown);
            return None;
        }
    };
    let is_made_up = s.has("steps");
    let note = product.note;
    match preset.layer.cadence {
        Cadence::Finer(how) if !is_made_up => {
            r.fail(
                s.key("product"),
                ProblemKind::ProductFiner {
                    product: product.name,
                    how,
                    note,
                },
            );
        }
        Cadence::NoQuantity(what) => {
            r.fail(
                s.key("product"),
                ProblemKind::ProductNoQuantity {
                    product: product.name,
                    what,
                    note,
                },
            );
        }
        _ => {}
    }
    Some(preset)
}

/// The steps of an input: as stated where its quantity can have them, else those that it mostly has.
///
/// An annual temperature or precipitation is a driver; the models of respiration need months.
fn steps(r: &mut Checker, s: &Section<'_>, name: &str, product: Option<Preset>) -> Option<Steps> {
    let stated = r.word(s, "steps", &text_like("\"annual\""), STEPS);
    let of_product = product.and_then(|preset| preset.layer.cadence.steps());
    let allowed: &[Steps] = match name {
        "npp" => &[Steps::Annual, Steps::Monthly],
        "temperature" | "precipitation" | "radiation" => &[Steps::Monthly, Steps::Annual],
        "soc" => &[Steps::Static],
        _ => return stated.or(of_product),
    };
    if stated.is_some_and(|steps| !allowed.contains(&steps)) {
        let words: Vec<String> = STEPS
            .iter()
            .filter(|(_, steps)| allowed.contains(steps))
            .map(|(word, _)| format!("\"{word}\""))
            .collect();
        let found = s.value("steps").map(describe).unwrap_or_default();
        r.fail(
            s.key("steps"),
            ProblemKind::Bounds {
                found,
                expected: format!("{}, as {name} always is", words.join(" or ")),
            },
        );
    }
    // Radiation comes either way, so its files tell.
    let stated = stated.or(of_product.filter(|steps| allowed.contains(steps)));
    if name == "radiation" {
        stated
    } else {
        stated.or(allowed.first().copied())
    }
}

/// Years and months without a value: `2003` or `"2005-07"`, one or a list.
fn missing(r: &mut Checker, s: &Section<'_>, years: Option<Years>) -> Vec<Time> {
    let form = ValueFormat {
        expected: "a list of years and months without a file or band",
        example: "[2003, \"2005-07\"]",
        parse: |value| match value.as_array() {
            Some(items) => items.iter().map(time).collect::<Option<Vec<Time>>>(),
            None => time(value).map(|time| vec![time]),
        },
    };
    let mut times = r.get(s, "missing", &form).unwrap_or_default();
    let names: Vec<String> = times.iter().map(Time::to_string).collect();
    r.no_repeats(&s.key("missing"), &names);
    if let Some(years) = years {
        for time in times
            .iter()
            .filter(|time| !(years.first..=years.last).contains(&time.year))
        {
            let (study_first, study_last) = (years.first, years.last);
            let outside = ProblemKind::OutsideStudy {
                first: time.year,
                last: time.year,
                study_first,
                study_last,
            };
            r.fail(s.key("missing"), outside);
        }
    }
    times.sort_unstable();
    times
}

/// `2003`, `"2003"` or `"2005-07"`.
fn time(value: &Value) -> Option<Time> {
    if let Some(year) = value.as_integer() {
        return Some(Time {
            year: i32::try_from(year).ok()?,
            month: None,
        });
    }
    let text = value.as_str()?;
    let Some((year, month)) = text.split_once('-') else {
        return Some(Time {
            year: text.parse().ok()?,
            month: None,
        });
    };
    let month = month
        .parse()
        .ok()
        .filter(|month| (1..=12).contains(month))?;
    Some(Time {
        year: year.parse().ok()?,
        month: Some(month),
    })
}

/// Further nodata values: one number or a list, NaN allowed.
fn nodata(r: &mut Checker, s: &Section<'_>) -> Vec<f64> {
    let most = Decoding::MAX_NODATA - 1;
    let form = ValueFormat {
        expected: "a list of numbers",
        example: "[65535]",
        parse: |value| match value.as_array() {
            Some(items) => items.iter().map(number).collect::<Option<Vec<f64>>>(),
            None => number(value).map(|number| vec![number]),
        },
    };
    let bounds = format!("at most {most} numbers beside the file's own; use valid_range for more");
    r.bounded(s, "nodata", &form, &bounds, |values| values.len() <= most)
        .unwrap_or_default()
}

fn valid_range(r: &mut Checker, s: &Section<'_>) -> Option<[f64; 2]> {
    let form = ValueFormat {
        expected: "the least and the largest stored number",
        example: "[-30000, 32700]",
        parse: numbers::<2>,
    };
    r.bounded(
        s,
        "valid_range",
        &form,
        "the least number first",
        |[least, most]| least <= most,
    )
}

/// `[grid]`.
pub(super) fn grid(r: &mut Checker, root: &Section<'_>, names: &[String]) -> GridTable {
    let s = r.table(root, "grid", "[grid]", GRID_KEYS);
    let like = r.get(&s, "like", &text_like("\"npp\""));
    if let Some(name) = like.as_ref().filter(|name| !names.contains(name)) {
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        r.fail(
            s.key("like"),
            no_such(name, "no input of this study", &known),
        );
    }
    let fallback = names
        .iter()
        .find(|name| *name == "npp")
        .or(names.first())
        .cloned();
    let resolution = ValueFormat {
        expected: "width and height of a pixel",
        example: "[500.0, 500.0]",
        parse: numbers::<2>,
    };
    let bounds = ValueFormat {
        expected: "xmin, ymin, xmax, ymax",
        example: "[104.0, 20.9, 112.1, 26.4]",
        parse: numbers::<4>,
    };
    GridTable {
        like: like.or(fallback).unwrap_or_default(),
        crs: r.get(&s, "crs", &text_like("\"EPSG:32648\"")),
        resolution: r.bounded(
            &s,
            "resolution",
            &resolution,
            "two numbers above 0",
            |size| size.iter().all(|n| *n > 0.0),
        ),
        bounds: r.bounded(
            &s,
            "bounds",
            &bounds,
            "[xmin, ymin, xmax, ymax] with xmin < xmax and ymin < ymax",
            |b| b[0] < b[2] && b[1] < b[3],
        ),
        mask: r.get(&s, "mask", &text_like("\"karst.tif\"")),
    }
}

/// `trend.fdr`: false, true for the rule that most use, or the name of a rule.
fn false_discovery(r: &mut Checker, s: &Section<'_>) -> Option<FalseDiscovery> {
    const FORM: ValueFormat<String> = ValueFormat {
        expected: "true, false or the name of a rule",
        example: "\"benjamini-hochberg\"",
        parse: |value| text(value).or_else(|| value.as_bool().map(|flag| flag.to_string())),
    };
    match r.get(s, "fdr", &FORM)?.as_str() {
        "false" => None,
        "true" => Some(FalseDiscovery::BenjaminiHochberg),
        word => r.one_of(s.key("fdr"), word, FalseDiscovery::WORDS),
    }
}

/// `[trend]`; without years nothing is held against them.
pub(super) fn trend(
    r: &mut Checker,
    root: &Section<'_>,
    years: Option<Years>,
    inputs: &[InputTable],
    names: &[String],
) -> TrendTable {
    let s = r.table(root, "trend", "[trend]", TREND_KEYS);
    let of = r.get(&s, "of", &texts_like("[\"nep\", \"npp\"]"));
    if let Some(of) = &of {
        series(r, &s.key("of"), of, inputs, names, COMPUTED);
    }
    TrendTable {
        of,
        min_years: min_years(r, &s, years),
        tests: tests(r, &s),
        tests_stated: s.has("tests"),
        alpha: r
            .bounded(
                &s,
                "alpha",
                &number_like("0.05"),
                "a number between 0 and 1",
                |a| 0.0 < *a && *a < 1.0,
            )
            .unwrap_or(0.05),
        fdr: false_discovery(r, &s),
        min_variance_factor: r
            .bounded(
                &s,
                "min_variance_factor",
                &number_like("1"),
                "0 or more",
                |factor| *factor >= 0.0,
            )
            .unwrap_or(0.0),
        hurst_sd: r
            .word(&s, "hurst_sd", &text_like("\"population\""), HurstSd::WORDS)
            .unwrap_or(HurstSd::Population),
        hurst_tau_min: r
            .bounded(&s, "hurst_tau_min", &whole_like("2"), "2 or 3", |tau| {
                (2..=3).contains(tau)
            })
            .and_then(|tau| usize::try_from(tau).ok())
            .unwrap_or(2),
        calibrate: r.get(&s, "calibrate", &FLAG).unwrap_or(false),
    }
}

fn min_years(r: &mut Checker, s: &Section<'_>, years: Option<Years>) -> usize {
    let most = years.map(|years| years.count());
    let bounds = match most {
        Some(most) => format!(
            "{} to {most}, the years of the study",
            TrendTable::MIN_YEARS
        ),
        None => format!("at least {}", TrendTable::MIN_YEARS),
    };
    let fits = |n: &i64| {
        usize::try_from(*n)
            .is_ok_and(|n| n >= TrendTable::MIN_YEARS && most.is_none_or(|most| n <= most))
    };
    let stated = r.bounded(s, "min_years", &whole_like("15"), &bounds, fits);
    stated
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or_else(|| TrendTable::default_min_years(most.unwrap_or(0)))
}

fn tests(r: &mut Checker, s: &Section<'_>) -> Vec<TrendTest> {
    let Some(words) = r.get(s, "tests", &texts_like("[\"ols\", \"sen\", \"mk\"]")) else {
        return TrendTest::DEFAULT.to_vec();
    };
    r.no_repeats(&s.key("tests"), &words);
    words
        .iter()
        .filter_map(|word| r.one_of(s.key("tests"), word, TrendTest::WORDS))
        .collect()
}

/// Notes names of series that the study has not, that are static, or that come twice.
fn series(
    r: &mut Checker,
    key: &str,
    wanted: &[String],
    inputs: &[InputTable],
    names: &[String],
    computed: &[&str],
) {
    r.no_repeats(key, wanted);
    let known: Vec<&str> = computed
        .iter()
        .copied()
        .chain(names.iter().map(String::as_str))
        .collect();
    for name in wanted {
        if !known.contains(&name.as_str()) {
            r.fail(
                key.to_owned(),
                no_such(
                    name,
                    "no input of this study and nothing it computes",
                    &known,
                ),
            );
        }
        if inputs
            .iter()
            .any(|input| input.name == *name && input.steps == Some(Steps::Static))
        {
            let expected = "a quantity with a value a year or a month".to_owned();
            r.fail(
                key.to_owned(),
                ProblemKind::Bounds {
                    found: format!("\"{name}\", which is static"),
                    expected,
                },
            );
        }
    }
}

/// The problem of a name that is not in `known`.
fn no_such(name: &str, what: &'static str, known: &[&str]) -> ProblemKind {
    ProblemKind::NoSuchName {
        name: name.to_owned(),
        what,
        nearest: near(name, known).map(str::to_owned),
        known: known.join(", "),
    }
}

/// `[drivers]`.
pub(super) fn drivers(
    r: &mut Checker,
    root: &Section<'_>,
    inputs: &[InputTable],
    names: &[String],
) -> DriversTable {
    let s = r.table(root, "drivers", "[drivers]", DRIVERS_KEYS);
    let response = r.get(&s, "response", &text_like("\"nep\""));
    if let Some(response) = &response {
        series(
            r,
            &s.key("response"),
            std::slice::from_ref(response),
            inputs,
            names,
            COMPUTED,
        );
    }
    let response = response.unwrap_or_else(|| "nep".to_owned());
    let bounds = format!("1 to {} predictors", DriversTable::MAX_PREDICTORS);
    let form = texts_like("[\"temperature\", \"precipitation\", \"radiation\"]");
    let predictors = r.bounded(&s, "predictors", &form, &bounds, |p| {
        p.len() <= DriversTable::MAX_PREDICTORS
    });
    if let Some(predictors) = &predictors {
        series(r, &s.key("predictors"), predictors, inputs, names, &[]);
        if predictors.contains(&response) {
            r.fail(
                s.key("predictors"),
                ProblemKind::Conflict {
                    other: "drivers.response".to_owned(),
                    reason: "a response cannot explain itself",
                },
            );
        }
    }
    DriversTable {
        response,
        predictors,
    }
}

/// `[attribution]`.
pub(super) fn attribution(
    r: &mut Checker,
    root: &Section<'_>,
    years: Option<Years>,
) -> AttributionTable {
    const EXAMPLE: &str = "[\"raw\", \"detrended\"]";
    let s = r.table(root, "attribution", "[attribution]", &["sensitivity"]);
    let form = ValueFormat {
        expected: "a list with at least one sensitivity",
        example: EXAMPLE,
        parse: |value| value.as_array().filter(|items| !items.is_empty()).cloned(),
    };
    let Some(items) = r.get(&s, "sensitivity", &form) else {
        return AttributionTable {
            sensitivity: Sensitivity::DEFAULT.to_vec(),
        };
    };
    let sensitivity: Vec<Sensitivity> = items
        .iter()
        .filter_map(|item| one_sensitivity(r, &s, item, years))
        .collect();
    let folders: Vec<String> = sensitivity
        .iter()
        .map(|one| one.folder().to_owned())
        .collect();
    r.no_repeats(&s.key("sensitivity"), &folders);
    AttributionTable { sensitivity }
}

fn one_sensitivity(
    r: &mut Checker,
    s: &Section<'_>,
    item: &Value,
    years: Option<Years>,
) -> Option<Sensitivity> {
    let key = s.key("sensitivity");
    if let Some(word) = item.as_str() {
        let found = Sensitivity::WORDS.iter().find(|(known, _)| *known == word);
        if found.is_none() {
            r.fail(key, unknown_sensitivity(word));
        }
        return found.map(|(_, way)| *way);
    }
    let Some(table) = item
        .as_table()
        .filter(|table| table.contains_key("baseline"))
    else {
        r.fail(
            key,
            ProblemKind::Form {
                found: describe(item),
                expected: "a sensitivity",
                example: "\"raw\", \"detrended\", \"first-difference\" or { baseline = [2001, 2005] }",
            },
        );
        return None;
    };
    let inner = Section::at(table, key);
    r.only(&inner, &["baseline"]);
    period(r, &inner, "baseline", years).map(Sensitivity::Baseline)
}

/// The problem of a word that is no sensitivity; a baseline is one, but has years and is no word.
fn unknown_sensitivity(word: &str) -> ProblemKind {
    let words: Vec<&str> = Sensitivity::WORDS.iter().map(|(known, _)| *known).collect();
    let meant = word.split(['=', ':', ' ']).next().unwrap_or(word);
    let nearest = near(meant, &[&words[..], &["baseline"]].concat()).filter(|near| *near != word);
    ProblemKind::UnknownWord {
        word: word.to_owned(),
        nearest: nearest.map(str::to_owned),
        known: format!("{}, {{ baseline = [2001, 2005] }}", words.join(", ")),
    }
}

/// Years at `key` inside those of the study, long enough for a slope.
fn period(r: &mut Checker, s: &Section<'_>, key: &str, study: Option<Years>) -> Option<Years> {
    let years = r.years(s, key)?;
    let (first, last) = (years.first, years.last);
    if let Some(study) = study.filter(|study| first < study.first || last > study.last) {
        let (study_first, study_last) = (study.first, study.last);
        r.fail(
            s.key(key),
            ProblemKind::OutsideStudy {
                first,
                last,
                study_first,
                study_last,
            },
        );
    }
    if years.count() < Stage::MIN_YEARS {
        let found = s.value(key).map(describe).unwrap_or_default();
        r.fail(
            s.key(key),
            ProblemKind::Bounds {
                found,
                expected: format!("at least {} years", Stage::MIN_YEARS),
            },
        );
    }
    Some(years)
}

/// `[stages]`.
pub(super) fn stages(r: &mut Checker, root: &Section<'_>, study: Option<Years>) -> Vec<Stage> {
    let s = r.open(root, "stages", "[stages] with \"first\" = [2001, 2005]");
    let stage = |name: &str| {
        r.file_name(s.key(name), name);
        if name == "study" {
            r.fail(
                s.key(name),
                ProblemKind::Reserved {
                    name: name.to_owned(),
                    reason: "it stands for the whole study in the tables",
                },
            );
        }
        let years = period(r, &s, name, study)?;
        Some(Stage {
            name: name.to_owned(),
            years,
        })
    };
    s.names().into_iter().filter_map(stage).collect()
}

/// `[zones]`.
pub(super) fn zones(r: &mut Checker, root: &Section<'_>) -> Vec<ZoneSet> {
    let s = r.open(
        root,
        "zones",
        "[zones.county] with file = \"counties.gpkg\" and field = \"name\"",
    );
    s.names()
        .into_iter()
        .filter_map(|name| zone_set(r, &s, name))
        .collect()
}

fn zone_set(r: &mut Checker, all: &Section<'_>, name: &str) -> Option<ZoneSet> {
    r.file_name(all.key(name), name);
    if name == "all" {
        r.fail(
            all.key(name),
            ProblemKind::Reserved {
                name: name.to_owned(),
                reason: "it stands for the whole grid in the tables",
            },
        );
    }
    let s = r.table(
        all,
        name,
        "[zones.county] with file = \"counties.gpkg\"",
        &["file", "field", "labels", "control"],
    );
    let file = required(
        r,
        &s,
        "file",
        &text_like("\"zones/measures.gpkg\""),
        "file = \"zones/measures.gpkg\"",
    );
    let field = r.get(&s, "field", &text_like("\"measure\""));
    let labels = labels(r, &s);
    if s.has("field") && s.has("labels") {
        r.fail(
            s.key("labels"),
            ProblemKind::Conflict {
                other: s.key("field"),
                reason: "a field is of a vector file, labels are of a raster file",
            },
        );
    }
    let control = r.get(&s, "control", &text_like("\"none\""));
    if let Some(control) = control
        .as_ref()
        .filter(|control| !labels.is_empty() && !labels.iter().any(|(_, label)| label == *control))
    {
        let known: Vec<&str> = labels.iter().map(|(_, label)| label.as_str()).collect();
        r.fail(
            s.key("control"),
            no_such(control, "no label of this zone set", &known),
        );
    }
    Some(ZoneSet {
        name: name.to_owned(),
        file: file?,
        field,
        labels,
        control,
    })
}

/// Labels of raster codes.
fn labels(r: &mut Checker, zone_set: &Section<'_>) -> Vec<(i64, String)> {
    let s = r.open(zone_set, "labels", "labels = { 1 = \"karst\" }");
    let mut labels: Vec<(i64, String)> = Vec::new();
    for name in s.names() {
        let Some(code) = name.parse::<i64>().ok().filter(|code| *code != 0) else {
            r.fail(
                s.key(name),
                ProblemKind::Form {
                    found: format!("the code {name:?}"),
                    expected: "a whole number other than 0, which is no zone",
                    example: "labels = { 1 = \"karst\" }",
                },
            );
            continue;
        };
        let Some(label) = r.get(&s, name, &text_like("\"karst\"")) else {
            continue;
        };
        if labels
            .iter()
            .any(|(other, text)| *other == code || *text == label)
        {
            r.fail(
                s.key(name),
                ProblemKind::Repeated {
                    name: label.clone(),
                },
            );
        }
        labels.push((code, label));
    }
    labels
}

/// The value at `key` of a table that must have it.
fn required<T>(
    r: &mut Checker,
    s: &Section<'_>,
    key: &str,
    form: &ValueFormat<T>,
    example: &'static str,
) -> Option<T> {
    if s.is_present() && !s.has(key) {
        r.fail(s.key(key), ProblemKind::Missing { example });
    }
    r.get(s, key, form)
}

/// `[sites]`.
pub(super) fn sites(r: &mut Checker, root: &Section<'_>) -> Option<SitesTable> {
    let s = r.table(
        root,
        "sites",
        "[sites] with file = \"field.csv\"",
        &["file"],
    );
    let file = required(
        r,
        &s,
        "file",
        &text_like("\"field.csv\""),
        "file = \"field.csv\"",
    )?;
    Some(SitesTable { file })
}

/// `[output]`.
pub(super) fn output(r: &mut Checker, root: &Section<'_>) -> OutputTable {
    let s = r.table(root, "output", "[output]", OUTPUT_KEYS);
    OutputTable {
        dir: r
            .get(&s, "dir", &text_like("\"out\""))
            .unwrap_or_else(|| "out".to_owned()),
        format: r
            .word(&s, "format", &text_like("\"gtiff\""), Format::WORDS)
            .unwrap_or(Format::GTiff),
        compress: r
            .word(&s, "compress", &text_like("\"deflate\""), Compress::WORDS)
            .unwrap_or(Compress::Deflate),
        layers: layers(r, &s),
    }
}

fn layers(r: &mut Checker, s: &Section<'_>) -> Layers {
    let form = ValueFormat {
        expected: "\"all\" or a list of layer names",
        example: "[\"nep_slope\", \"nep_p\"]",
        parse: |value| match value.as_str() {
            Some("all") => Some(Layers::All),
            _ => texts(value).map(Layers::Named),
        },
    };
    let layers = r.get(s, "layers", &form).unwrap_or(Layers::All);
    if let Layers::Named(names) = &layers {
        r.no_repeats(&s.key("layers"), names);
    }
    layers
}

/// `[engine]`.
pub(super) fn engine(r: &mut Checker, root: &Section<'_>) -> EngineTable {
    let s = r.table(root, "engine", "[engine]", &["device", "memory"]);
    let device = r.get(
        &s,
        "device",
        &text_like("\"auto\", \"gpu\", \"cpu\" or a part of an adapter's name"),
    );
    let memory = ValueFormat {
        expected: "an amount of memory",
        example: "\"2GiB\", \"512MiB\" or a number of bytes",
        parse: |value| match value {
            Value::Integer(bytes) => u64::try_from(*bytes).ok().filter(|bytes| *bytes > 0),
            Value::String(text) => bytes_from_text(text),
            _ => None,
        },
    };
    EngineTable {
        device: device.map_or(Device::Auto, |word| Device::from_word(&word)),
        memory_bytes: r
            .get(&s, "memory", &memory)
            .unwrap_or(EngineTable::DEFAULT_MEMORY_BYTES),
    }
}
