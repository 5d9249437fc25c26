//! The page of the manual that follows from what a run writes: `docs/reference/outputs.md`. Maps are those of a plan of the
//! sample with everything that can be asked for, columns those of the functions that write tables.
#![cfg(feature = "gdal")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::path::Path;

use doline::calendar::Years;
use doline::calibrate::calibration_csv;
use doline::chain::FileSpec;
use doline::formats::FileKind;
use doline::geodetector::geodetector_csv;
use doline::kernels::trend_tests::{TREND_TESTS, TrendTest};
use doline::run::plan;
use doline::sites::{sites_csv, validation_csv};
use doline::stages::{phases_csv, stages_csv, trends_csv};
use doline::study::Study;
use doline::tables::uncertainty::{ensemble_csv, uncertainty_csv};
use doline::tables::{ZoneNames, attribution_csv, classes_csv, series_csv};

/// What is asked for, one plan each: some exclude each other.
const ASKED: [&[&str]; 3] = [
    &["trend.fdr=true", "bootstrap.replicates=200"],
    &[
        "uncertainty.draws=200",
        "uncertainty.parameters.R0={ sd = 0.06 }",
    ],
    &[
        "respiration.ensemble={ models = [\"gsmsr\", \"raich-2002\"], heterotrophic = [\"subke-2006\", { fraction = 0.6 }] }",
    ],
];

/// The files of a plan of the sample, in their order.
fn planned(more: &[&str]) -> Vec<FileSpec> {
    let words = TrendTest::WORDS.iter().map(|(word, _)| format!("{word:?}"));
    let tests = words.collect::<Vec<_>>().join(", ");
    let mut overrides = vec![
        "trend.of=[\"nep\"]".to_owned(),
        "drivers.predictors=[\"temperature\", \"precipitation\"]".to_owned(),
        format!("trend.tests=[{tests}]"),
        "output.layers=\"all\"".to_owned(),
    ];
    overrides.extend(more.iter().map(|text| (*text).to_owned()));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let study = Study::load(&root.join("data-samples/guangxi/study.toml"), &overrides);
    let plan = plan(&study.expect("a study"), None).expect("a plan");
    plan.chain.files.clone()
}

/// What a study has to ask for so that a kernel runs.
fn asked_by(file: &FileSpec) -> String {
    let Some(kernel) = file.made_by.as_deref() else {
        return "always".to_owned();
    };
    let test = TREND_TESTS.iter().find(|row| row.kernel == kernel);
    let is_over_map = file.path.ends_with("_q");
    let when = match kernel {
        _ if is_over_map => "`trend.fdr`",
        "mean_cv" => "`trend.of`",
        "balance" | "nep" | "nep_mean" => "inputs of NEP",
        "regression" | "partial_rank" => "`drivers.predictors`",
        "attribution" | "agreement" | "human_part" | "bootstrap" | "quantiles"
        | "driver_slopes" => "`attribution.sensitivity`",
        _ if kernel.starts_with("sensitivity_") => "`attribution.sensitivity`",
        "climate_regime" => "inputs of climate",
        "stage_slope" => "`[stages]`",
        "spread" if file.path.contains("ensemble") => "`respiration.ensemble`",
        "spread" => "`[uncertainty]`",
        other => match test {
            Some(row) => return format!("`trend.tests` has `{}`", row.test),
            None if file.path.starts_with("stacks/") || file.path.ends_with("_mean") => {
                "inputs of respiration"
            }
            None => panic!("say in this match when {} of {other} is written", file.path),
        },
    };
    if kernel.contains("bootstrap") || file.path.ends_with("_low") || file.path.ends_with("_high") {
        let of_years = file.path.contains("_slope_") || file.path.contains("_share_");
        if of_years {
            return "`[bootstrap]`".to_owned();
        }
    }
    when.to_owned()
}

fn kind(file: &FileSpec) -> &'static str {
    match file.kind {
        FileKind::Values => "float32",
        FileKind::Classes(_) | FileKind::Labelled(_) => "classes, uint8",
        FileKind::Flags(_) => "bits, uint16",
    }
}

fn maps() -> String {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows: Vec<String> = Vec::new();
    for file in ASKED.iter().flat_map(|more| planned(more)) {
        if known.insert(file.path.clone(), rows.len()).is_some() {
            continue;
        }
        let bands = match file.bands.len() {
            1 => String::new(),
            _ => ", a band a year".to_owned(),
        };
        let unit = if file.unit == "1" { "" } else { &file.unit };
        rows.push(format!(
            "| `{}.tif` | {} | {unit} | {}{bands} | {} |",
            file.path,
            file.description.replace('|', "\\|"),
            kind(&file),
            asked_by(&file)
        ));
    }
    assert!(rows.len() > 80, "{} maps", rows.len());
    rows.join("\n")
}

/// The tables: name, what they have, what the study has then.
const TABLES: [(&str, &str, &str); 18] = [
    (
        "series",
        "mean, total and area of each series, year and zone",
        "a series",
    ),
    (
        "trends",
        "trend of these means over the study and in its stages",
        "a series",
    ),
    (
        "phases",
        "the phase of fastest rise of each series",
        "a series",
    ),
    ("stages", "each stage against the one before", "`[stages]`"),
    (
        "classes",
        "area of each class of each map",
        "a map of classes",
    ),
    (
        "attribution",
        "trends by climate and people; `slope_D` by driver",
        "`[attribution]`",
    ),
    (
        "zones",
        "each zone beside the control of its set",
        "`zones.NAME.control`",
    ),
    ("effects", "effects of measures", "`[measures]`"),
    ("events", "effects year by year", "`[measures]`"),
    (
        "balance",
        "how alike measures and control are",
        "`[measures]`",
    ),
    ("ranking", "measures by their effect", "`[measures]`"),
    (
        "geodetector",
        "what zone sets account for in a map",
        "`[geodetector]`",
    ),
    (
        "sites",
        "field data with what was computed there",
        "`[sites]`",
    ),
    ("validation", "agreement with field data", "`[sites]`"),
    (
        "ensemble",
        "mean NEP of the region by pair of models",
        "`respiration.ensemble`",
    ),
    (
        "uncertainty",
        "mean NEP of the region over the draws",
        "`[uncertainty]`",
    ),
    (
        "uncertainty_draws",
        "the coefficients of each draw",
        "`[uncertainty]`",
    ),
    (
        "calibration",
        "false alarms and power of the tests",
        "`trend.calibrate`",
    ),
];

/// The first line of a table.
fn head(name: &str) -> String {
    let zones = ZoneNames::new(&[]);
    let years = Years {
        first: 2001,
        last: 2001,
    };
    let text = match name {
        "series" => series_csv(years, &[], &zones),
        "trends" => trends_csv(&[], &[], &zones, 0.05),
        "phases" => phases_csv(&[]),
        "stages" => stages_csv(&[], &[]),
        "classes" => classes_csv(&[], &zones),
        "attribution" => attribution_csv(&["D".to_owned()], &[], &zones),
        "geodetector" => geodetector_csv(&[]),
        "sites" => sites_csv(&[]),
        "validation" => validation_csv(&[]),
        "ensemble" => ensemble_csv(&[], &[]),
        "uncertainty" => uncertainty_csv(&[]),
        "calibration" => calibration_csv(&[]),
        "zones" => ZONES.to_owned(),
        "effects" => EFFECTS.to_owned(),
        "events" => EVENTS.to_owned(),
        "balance" => BALANCE.to_owned(),
        "ranking" => RANKING.to_owned(),
        "uncertainty_draws" => "draw,COEFFICIENT,nep_mean".to_owned(),
        other => panic!("say in this match which columns {other} has"),
    };
    text.lines().next().unwrap_or_default().to_owned()
}

// What writes these needs a comparison to write of. `tests/report.rs` holds the page against the tables of the sample.
const ZONES: &str = "zone_set,zone,control,pixels,mean,control_mean,slope,control_slope,slope_human,control_slope_human,welch_t,welch_df,welch_p,did_STAGE";
const EFFECTS: &str = "zone_set,zone,control,variable,contrast,matched,buffer_km,effect,se,df,low,high,p,p_holm,se_years,treated_km2,control_km2,treated_blocks,control_blocks,matched_share,filled_share,role";
const EVENTS: &str = "zone_set,zone,control,variable,matched,year,since_start,effect,low,high,band_low,band_high,period";
const BALANCE: &str =
    "zone_set,zone,control,covariate,treated,control_mean,smd,control_matched,smd_matched";
const RANKING: &str =
    "zone_set,zone,variable,contrast,matched,effect,low,high,rank,rank_low,rank_high,p_best";

/// `docs/reference/outputs.md`.
fn outputs_page() -> String {
    let tables = TABLES.map(|(name, what, when)| {
        let head = head(name);
        let columns: Vec<String> = head
            .split(',')
            .map(|column| format!("`{column}`"))
            .collect();
        format!(
            "| `tables/{name}.csv` | {what} | {when} | {} |",
            columns.join(" ")
        )
    });
    let others = OTHERS.map(|(name, what, when)| format!("| {name} | {what} | {when} |"));
    format!(
        "# Outputs\n\nEvery file that a run can write; [What a run leaves](../guide/outputs.md) says how to read them. `run.json` lists those of a run, and \
         `doline check` those of a study.\n\n## Maps and stacks\n\nThese are the files of the sample with `trend.of = [\"nep\"]`, the drivers temperature and \
         precipitation, four stages, the sensitivities raw and detrended, and all that can be asked for. Other series, drivers, stages and sensitivities have their \
         names in place of these. `output.layers` chooses among them. Missing is NaN, of classes 255, of bits 65535.\n\n\
         | file | what | unit | values | when the study has |\n|---|---|---|---|---|\n{}\n\n## Tables\n\nComma-separated; a cell is empty where there is no \
         number. Shares are 0 to 1, numbers have the unit of their series or, slopes, that per year.\n\n\
         | file | what | when the study has | columns |\n|---|---|---|---|\n{}\n\n## Other files\n\n| file | what | when |\n|---|---|---|\n{}\n",
        maps(),
        tables.join("\n"),
        others.join("\n")
    )
}

const OTHERS: [(&str, &str, &str); 11] = [
    (
        "`run.json`",
        "the record of the run",
        "always; written last",
    ),
    (
        "`report.html`",
        "[the page of the run](../guide/report.md)",
        "`output.report`, `doline report DIR`",
    ),
    (
        "`figures/NAME.svg`, `figures/NAME.png`, `figures/captions.md`",
        "maps and charts for a paper",
        "`doline report DIR --figures`",
    ),
    (
        "`maps/NAME.qml`, `stacks/NAME.qml`",
        "colours and labels for QGIS",
        "beside each map and stack",
    ),
    (
        "`stacks/NAME.tif.aux.json`",
        "years and unit for terra",
        "beside each stack",
    ),
    ("`project.qgz`", "a project of QGIS", "a map or a stack"),
    (
        "`item.json`",
        "an entry of a STAC catalogue",
        "a map or a stack",
    ),
    (
        "`out.zarr`",
        "[a store of Zarr](../guide/outputs.md#a-store-of-zarr) with the values of all maps and stacks",
        "`output.format = \"zarr\"`",
    ),
    (
        "`tables/zones.geojson`",
        "outlines of zones for display",
        "zones of vector files",
    ),
    (
        "`tables/zonal.json`",
        "the record of tables that were made again",
        "`doline zonal DIR`",
    ),
    (
        "`.doline-*`",
        "what a run is writing, and its journal",
        "until the run ends",
    ),
];

#[test]
fn the_page_of_outputs_is_that_of_the_code() {
    let path = "docs/reference/outputs.md";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let expected = outputs_page();
    if std::env::var_os("DOLINE_WRITE").is_some() {
        std::fs::write(&file, &expected).expect("written");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == expected,
        "{path} differs from the code; write it anew: DOLINE_WRITE=1 cargo test --test reference"
    );
}
