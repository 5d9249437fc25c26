//! `[inputs.NAME]`.

use std::path::Path;

use super::product::product;
use crate::calendar::{Season, Steps, Time, Years};
use crate::products::Preset;
use crate::study::checker::Checker;
use crate::study::problem::ProblemKind;
use crate::study::schema::inputs as keys;
use crate::study::section::Section;
use crate::study::tables::InputTable;
use crate::study::whole::resolve;
use crate::study::wording::{describe, near};
use crate::units::{self, Quantity};
use crate::words::Word;

/// Inputs of the carbon chain with values over time. A misspelt one would be taken as a driver.
const KNOWN_SERIES: &[&str] = &["temperature", "precipitation", "radiation"];
/// The other inputs of the carbon chain.
const KNOWN_OTHERS: &[&str] = &["npp", "soc"];

/// `[inputs]`, and the names that are written there, right or not.
pub(in crate::study) fn inputs(
    c: &mut Checker,
    root: &Section<'_>,
    years: Option<Years>,
    dir: &Path,
) -> (Vec<InputTable>, Vec<String>) {
    let all = c.open(root, &keys::TABLE);
    let name = keys::TABLE.name();
    if all.names().is_empty() && (all.is_present() || !root.has(name)) {
        let example =
            "at least one input, such as [inputs.npp] with files = \"npp/npp_{year}.tif\"";
        c.fail(root.key(name), ProblemKind::Missing { example });
    }
    let names: Vec<String> = all.names().into_iter().map(str::to_owned).collect();
    let tables = names.iter().filter_map(|name| {
        c.file_name(all.key(name), name);
        near_known(c, &all, name, &names);
        input(c, &all, name, years, dir)
    });
    (tables.collect(), names)
}

/// Warns of a further driver that is nearly a known input which the study lacks.
fn near_known(c: &mut Checker, all: &Section<'_>, name: &str, names: &[String]) {
    if KNOWN_SERIES.contains(&name) || KNOWN_OTHERS.contains(&name) {
        return;
    }
    let lacking: Vec<&'static str> = KNOWN_SERIES
        .iter()
        .filter(|known| !names.iter().any(|name| name == *known))
        .copied()
        .collect();
    if let Some(nearest) = near(name, &lacking) {
        c.warn(all.key(name), ProblemKind::NearKnownInput { nearest });
    }
}

fn input(
    c: &mut Checker,
    all: &Section<'_>,
    name: &str,
    years: Option<Years>,
    dir: &Path,
) -> Option<InputTable> {
    let s = c.table_at(all, name, &keys::TABLE);
    let files = c.require(&s, &keys::FILES).unwrap_or_default();
    placeholders(c, &s, &files, dir);
    let variable = c.get(&s, &keys::VARIABLE);
    let product = product(c, &s, name, variable.as_deref());
    let steps = steps(c, &s, name, product);
    let (season, steps) = season(c, &s, steps);
    let table = InputTable {
        name: name.to_owned(),
        files,
        product,
        variable,
        units: c.get(&s, &keys::UNITS),
        scale: c.get(&s, &keys::SCALE),
        offset: c.get(&s, &keys::OFFSET),
        nodata: c.get(&s, &keys::NODATA).unwrap_or_default(),
        valid_range: c.get(&s, &keys::VALID_RANGE),
        resampling: c.get(&s, &keys::RESAMPLING),
        crs: c.get(&s, &keys::CRS),
        steps,
        missing: missing(c, &s, years.map(|years| (years, season))),
        aggregate: c.get(&s, &keys::AGGREGATE),
        season,
        baseline: baseline(c, &s, years, steps),
        check_range: c.get(&s, &keys::CHECK_RANGE).unwrap_or(true),
        allow_external: c.get(&s, &keys::ALLOW_EXTERNAL).unwrap_or(false),
        allow_missing_tiles: c.get(&s, &keys::ALLOW_MISSING_TILES).unwrap_or(false),
    };
    unit(c, &s, &table);
    s.is_present().then_some(table)
}

/// Notes a unit that cannot be converted to that of the quantity, the input's own or its product's.
fn unit(c: &mut Checker, s: &Section<'_>, table: &InputTable) {
    let of_product = table.product.and_then(|preset| preset.layer.unit);
    let (word, key) = match (table.units.as_deref(), of_product) {
        (Some(stated), _) => (stated, s.key(&keys::UNITS)),
        (None, Some(word)) => (word, s.key(&keys::PRODUCT)),
        (None, None) => return,
    };
    let quantity = Quantity::of_input(&table.name);
    if let Err(error) = units::check(quantity, word, table.steps) {
        c.fail(key, ProblemKind::Unit(error));
    }
}

/// Notes braces around another word than the placeholders, unless they are in the name of a file that is there.
fn placeholders(c: &mut Checker, s: &Section<'_>, files: &[String], dir: &Path) {
    const KNOWN: [&str; 3] = ["year", "month", "doy"];
    let is_wrong = |inside: &&str| {
        let is_word = !inside.is_empty()
            && inside
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_');
        // As in languages that format numbers, `{month:02}`.
        let is_format = KNOWN
            .iter()
            .any(|word| inside.starts_with(&format!("{word}:")));
        is_format || is_word && !KNOWN.contains(inside)
    };
    let is_name = |pattern: &&String| resolve(dir, pattern).is_file();
    for pattern in files.iter().filter(|pattern| !is_name(pattern)) {
        let braces = pattern.split('{').skip(1);
        let insides = braces.filter_map(|rest| rest.split_once('}').map(|(inside, _)| inside));
        for inside in insides.filter(is_wrong) {
            let kind = ProblemKind::Placeholder {
                pattern: pattern.clone(),
                found: inside.to_owned(),
            };
            c.fail(s.key(&keys::FILES), kind);
        }
    }
}

/// The steps of an input: as stated where its quantity can have them, else its usual ones.
///
/// An annual temperature or precipitation is a driver; the models of respiration need months.
fn steps(c: &mut Checker, s: &Section<'_>, name: &str, product: Option<Preset>) -> Option<Steps> {
    let stated = c.get(s, &keys::STEPS);
    let of_product = product.and_then(|preset| preset.layer.cadence.steps());
    let allowed: &[Steps] = match name {
        "npp" => &[Steps::Annual, Steps::Monthly],
        "temperature" | "precipitation" | "radiation" => &[Steps::Monthly, Steps::Annual],
        "soc" => &[Steps::Static],
        // A further driver: any steps are right.
        _ => return stated.or(of_product),
    };
    if stated.is_some_and(|steps| !allowed.contains(&steps)) {
        let words: Vec<String> = Steps::words()
            .iter()
            .filter(|(_, steps)| allowed.contains(steps))
            .map(|(word, _)| format!("\"{word}\""))
            .collect();
        let kind = ProblemKind::Bounds {
            found: s.value(&keys::STEPS).map(describe).unwrap_or_default(),
            expected: format!("{}, as {name} always is", words.join(" or ")),
        };
        c.fail(s.key(&keys::STEPS), kind);
    }
    let stated = stated.or(of_product.filter(|steps| allowed.contains(steps)));
    // Radiation comes either way, so its files decide.
    if name == "radiation" {
        stated
    } else {
        stated.or(allowed.first().copied())
    }
}

/// The months that make a year, and the steps: an input with months is monthly.
fn season(c: &mut Checker, s: &Section<'_>, steps: Option<Steps>) -> (Season, Option<Steps>) {
    let months = c.get(s, &keys::MONTHS);
    let lag = c.get(s, &keys::LAG).and_then(|lag| u32::try_from(lag).ok());
    let mut fail = |key: String, reason| {
        let kind = ProblemKind::Conflict {
            other: s.key(&keys::STEPS),
            reason,
        };
        c.fail(key, kind);
    };
    match steps {
        Some(Steps::Annual) if months.is_some() => {
            fail(s.key(&keys::MONTHS), "an annual input has no months");
        }
        Some(Steps::Static) if months.is_some() => {
            fail(s.key(&keys::MONTHS), "a static input has no months");
        }
        Some(Steps::Static) if lag.is_some() => {
            fail(s.key(&keys::LAG), "a static input has no years");
        }
        _ => {}
    }
    let [first_month, last_month] = months.unwrap_or([1, 12]);
    let season = Season {
        first_month,
        last_month,
        lag: lag.unwrap_or_default(),
    };
    (season, steps.or(months.map(|_| Steps::Monthly)))
}

/// The years whose mean is taken off the values; `None` where they stay as they are.
fn baseline(
    c: &mut Checker,
    s: &Section<'_>,
    years: Option<Years>,
    steps: Option<Steps>,
) -> Option<Years> {
    let is_anomaly = c.get(s, &keys::ANOMALY).unwrap_or(false);
    let stated = c.get(s, &keys::BASELINE);
    if is_anomaly && steps == Some(Steps::Static) {
        let kind = ProblemKind::Conflict {
            other: s.key(&keys::STEPS),
            reason: "a static input has no years to depart from",
        };
        c.fail(s.key(&keys::ANOMALY), kind);
    }
    if let (Some(baseline), false) = (stated, is_anomaly) {
        let kind = ProblemKind::Needs {
            other: s.key(&keys::ANOMALY),
            reason: "values as they are have no baseline; add anomaly = true",
        };
        c.fail(s.key(&keys::BASELINE), kind);
        return Some(baseline).filter(|_| is_anomaly);
    }
    let (Some(baseline), Some(years)) = (stated, years) else {
        return years.filter(|_| is_anomaly);
    };
    let is_inside = years.first <= baseline.first && baseline.last <= years.last;
    if !is_inside || baseline.count() < 3 {
        let kind = ProblemKind::Bounds {
            found: format!("{} to {}", baseline.first, baseline.last),
            expected: format!(
                "at least 3 years from {} to {}: only years of the study are read, and other years change departures by \
                 a constant alone, which no slope or correlation sees",
                years.first, years.last
            ),
        };
        c.fail(s.key(&keys::BASELINE), kind);
    }
    Some(baseline)
}

/// Years and months without a value, in order.
fn missing(c: &mut Checker, s: &Section<'_>, span: Option<(Years, Season)>) -> Vec<Time> {
    let mut times = c.get(s, &keys::MISSING).unwrap_or_default();
    let names: Vec<String> = times.iter().map(Time::to_string).collect();
    c.no_repeats(&s.key(&keys::MISSING), &names);
    if let Some((years, season)) = span {
        // Those of a season or a lag may be before the study.
        let earliest = season.years_in_files(years).first;
        let is_outside = |time: &&Time| !(earliest..=years.last).contains(&time.year);
        for time in times.iter().filter(is_outside) {
            let kind = ProblemKind::OutsideStudy {
                first: time.year,
                last: time.year,
                study_first: years.first,
                study_last: years.last,
            };
            c.fail(s.key(&keys::MISSING), kind);
        }
    }
    times.sort_unstable();
    times
}
