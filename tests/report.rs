//! The page of a run: its numbers are those of tables and record, and every study has one that makes sense.
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

#[path = "support/command.rs"]
mod command;
#[path = "support/csv.rs"]
mod csv;

use command::{outcome, path, printed, sample};
use csv::{number, rows, text};

/// The most that a page may have.
const MOST_BYTES: usize = 3_000_000;

/// A run of a study of the sample's files, with its page.
struct Run {
    _dir: tempfile::TempDir,
    out: PathBuf,
    page: String,
}

impl Run {
    fn table(&self, name: &str) -> String {
        fs::read_to_string(self.out.join(format!("tables/{name}.csv"))).expect(name)
    }

    /// What stands in quotes after each of these words.
    fn after(&self, before: &str) -> Vec<&str> {
        let parts = self.page.split(before).skip(1);
        parts
            .map(|part| part.split('"').next().expect("a quote"))
            .collect()
    }
}

/// The name and the years of a study, then the sample's inputs of these names.
fn study(name: &str, inputs: &[&str]) -> String {
    let of_input = |input: &&str| {
        let (file, more) = match *input {
            "npp" => (
                "npp/npp_{year}.tif",
                "valid_range = [-30000, 32700]\nscale = 0.0001\nunits = \"kgC m-2 yr-1\"\n",
            ),
            "temperature" => ("climate/temperature.tif", ""),
            "precipitation" => ("climate/precipitation.tif", ""),
            "radiation" => ("climate/radiation.tif", ""),
            _ => ("soil/soc.tif", ""),
        };
        format!("[inputs.{input}]\nfiles = {:?}\n{more}", sample(file))
    };
    let inputs: Vec<String> = inputs.iter().map(of_input).collect();
    format!("[study]\nname = {name:?}\nyears = [2001, 2020]\n") + &inputs.concat()
}

const ALL: [&str; 5] = ["npp", "temperature", "precipitation", "radiation", "soc"];

fn run(text: &str) -> Run {
    let dir = tempfile::tempdir().expect("a folder");
    let (file, out) = (dir.path().join("study.toml"), dir.path().join("out"));
    fs::write(&file, text).expect("a study file");
    printed(&["run", &path(&file), "--device", "cpu", "--out", &path(&out)]);
    let page = fs::read_to_string(out.join("report.html")).expect("a page");
    let made = Run {
        _dir: dir,
        out,
        page,
    };
    is_a_page(&made);
    made
}

/// What holds of every page.
fn is_a_page(run: &Run) {
    let page = &run.page;
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert!(page.len() <= MOST_BYTES, "{} bytes", page.len());
    for source in run.after("src=\"") {
        assert!(source.starts_with("data:image/png;base64,"), "{source:.60}");
    }
    // Not in the text of an image, which has neither a space nor a bracket.
    for none in [">NaN", " NaN", ">null<", " null<", "\u{2212}inf"] {
        let html = page
            .split("<script")
            .next()
            .expect("a part before the script");
        assert!(!html.contains(none), "{none}");
    }
    for alt in run.after("alt=\"") {
        assert!(alt.len() > 20, "{alt}");
    }
    for section in [
        "id=\"maps\"",
        "id=\"methods\"",
        "id=\"provenance\"",
        "Computed again",
    ] {
        assert!(page.contains(section), "{section}");
    }
}

/// 4 significant digits, as a person would round it.
fn digits(x: f64) -> String {
    let exponent = x.abs().log10().floor();
    let decimals = if exponent < 0.0 {
        4
    } else if exponent < 1.0 {
        3
    } else if exponent < 2.0 {
        2
    } else {
        1
    };
    format!("{x:.decimals$}").replace('-', "\u{2212}")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

#[test]
fn the_page_of_the_sample_has_the_numbers_of_its_tables_and_its_record() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("out");
    let (stdout, _) = printed(&["demo", "--device", "cpu", "--out", &path(&out)]);
    assert!(
        stdout.contains("open first: report.html in a browser"),
        "{stdout}"
    );
    let page = fs::read_to_string(out.join("report.html")).expect("a page");
    let run = Run {
        _dir: dir,
        out,
        page,
    };
    is_a_page(&run);
    headline_is_that_of_the_tables(&run);
    legends_have_the_shares_of_the_table(&run);
    every_number_in_full_is_one_of_the_run(&run);
    the_manual_has_the_columns_of_the_tables(&run);
    assert_eq!(run.after("<img ").len(), 12);
    // Methods cite what was used, and nothing else.
    assert!(
        run.page.contains("GSMSR (Yu et al., 2010)") && run.page.contains("Evans &amp; Geerken")
    );
    for other in ["Hashimoto", "Pettitt", "Benjamini"] {
        assert!(!run.page.contains(other), "{other}");
    }
    // The same folder gives the same page.
    let (stdout, _) = printed(&["report", &path(&run.out)]);
    assert!(stdout.contains("report.html"), "{stdout}");
    let again = fs::read_to_string(run.out.join("report.html")).expect("a page");
    assert!(again == run.page, "the page differs from that of the run");
    let (_, _) = printed(&[
        "report",
        &path(&run.out),
        "--map",
        "nep_cv",
        "--map",
        "maps/npp_slope.tif",
    ]);
    let more = fs::read_to_string(run.out.join("report.html")).expect("a page");
    assert!(
        more.contains("<code>maps/nep_cv.tif</code>")
            && more.contains("<code>maps/npp_slope.tif</code>")
    );
    wrong_folders_are_refused(&run.out);
}

fn headline_is_that_of_the_tables(run: &Run) {
    let trends = rows(&run.table("trends"));
    let of_region = |row: &&csv::Row| {
        text(row, "zone") == "all"
            && text(row, "variable") == "nep"
            && text(row, "period") == "study"
    };
    let trend = trends.iter().find(of_region).expect("the trend of NEP");
    let wanted = [
        format!("<b>{} gC m⁻² yr⁻²</b>", digits(number(trend, "slope"))),
        format!(
            "95 % interval {} to {}, p &lt; 0.001, 20 years",
            digits(number(trend, "low")),
            digits(number(trend, "high"))
        ),
        format!("at a mean of {} gC m⁻² yr⁻¹", digits(number(trend, "mean"))),
        format!("p = {:.3}", number(trend, "p_effective")),
    ];
    for words in wanted {
        assert!(run.page.contains(&words), "{words}");
    }
    let attribution = rows(&run.table("attribution"));
    let of_region = attribution
        .iter()
        .filter(|row| text(row, "zone_set") == "all");
    let shares: Vec<String> = of_region
        .map(|row| {
            let share = percent(number(row, "human_share_over50"));
            format!("<code>{}</code><b>{share}</b>", text(row, "sensitivity"))
        })
        .collect();
    assert_eq!(shares.len(), 2);
    for share in &shares {
        assert!(run.page.contains(share), "{share}");
    }
    let record = fs::read_to_string(run.out.join("run.json")).expect("run.json");
    let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
    let sentence = record["measures"][0]["sentence"]
        .as_str()
        .expect("a sentence");
    let escaped = sentence.replace('\'', "&#39;");
    assert!(run.page.contains(&escaped), "{sentence}");
    let audit = format!("{} pixels, drawn by a hash", record["audit"]["pixels"]);
    assert!(run.page.contains(&audit), "{audit}");
}

fn legends_have_the_shares_of_the_table(run: &Run) {
    let classes = rows(&run.table("classes"));
    let mut n = 0;
    for layer in [
        "nep_class",
        "raw/nep_dominant",
        "detrended/nep_driver_class",
        "climate_regime",
    ] {
        let id = format!("id=\"maps_{}\"", layer.replace('/', "_"));
        let figure = run.page.split(&id).nth(1).expect(layer);
        let figure = figure.split("</figure>").next().expect("an end");
        let rows = classes
            .iter()
            .filter(|row| text(row, "layer") == layer && text(row, "zone_set") == "all");
        for row in rows {
            let item = format!(
                "<span>{}</span><b>{}</b>",
                text(row, "label"),
                percent(number(row, "share"))
            );
            assert!(figure.contains(&item), "{layer}: {item}");
            let alt = format!("{} {}", text(row, "label"), percent(number(row, "share")));
            assert!(figure.contains(&alt), "{layer}: {alt}");
            n += 1;
        }
    }
    assert!(n > 12, "{n} classes");
}

/// Cells keep the text of the table; counts of the record are there too.
fn every_number_in_full_is_one_of_the_run(run: &Run) {
    let mut known = std::collections::BTreeSet::new();
    for entry in fs::read_dir(run.out.join("tables")).expect("tables") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "csv") {
            let text = fs::read_to_string(path).expect("a table");
            known.extend(text.split(['\n', ',']).map(str::to_owned));
        }
    }
    let record = fs::read_to_string(run.out.join("run.json")).expect("run.json");
    known.extend(record.split([' ', ',', '\n']).map(str::to_owned));
    let cells = run.after("data-v=\"");
    assert!(cells.len() > 1000, "{} cells", cells.len());
    for cell in cells {
        assert!(known.contains(cell), "{cell}");
    }
}

/// `docs/reference/outputs.md` has a row for each table, with its columns. Those of drivers and stages have general names.
fn the_manual_has_the_columns_of_the_tables(run: &Run) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/outputs.md");
    let page = fs::read_to_string(page).expect("the page of outputs");
    let mut n = 0;
    for entry in fs::read_dir(run.out.join("tables")).expect("tables") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_str().expect("a name");
        let Some(name) = name.strip_suffix(".csv") else {
            continue;
        };
        let row = format!("| `tables/{name}.csv` |");
        let row = page.lines().find(|line| line.starts_with(&row));
        let row = row.expect(name);
        let table = run.table(name);
        for column in table.lines().next().expect("a head").split(',') {
            let general = match column.split_once('_') {
                Some(("did", _)) => "did_STAGE",
                Some(("slope", "temperature" | "precipitation" | "radiation")) => "slope_D",
                _ => column,
            };
            assert!(row.contains(&format!("`{general}`")), "{name}: {column}");
        }
        n += 1;
    }
    assert!(n > 10, "{n} tables");
}

/// The lower and the upper end of the colours below a map of the page.
fn ends_of_colours(page: &str, layer: &str) -> [String; 2] {
    let figure = format!("id=\"maps_{layer}\"");
    let figure = page.split(&figure).nth(1).expect(layer);
    let figure = figure.split("</figure>").next().expect("an end");
    ["\u{2264} ", "\u{2265} "].map(|sign| {
        let ramp = figure.split("class=\"ramp\"").nth(1).expect("a ramp");
        let end = ramp.split(sign).nth(1).expect(sign);
        let end = end.split('<').next().expect("an end");
        end.replace('\u{2212}', "-")
    })
}

#[test]
fn colours_go_between_the_points_of_the_record_as_those_of_the_styles_do() {
    let made = run(&study("npp alone", &["npp"]));
    for layer in ["npp_mean", "npp_slope"] {
        let style = fs::read_to_string(made.out.join(format!("maps/{layer}.qml"))).expect(layer);
        let of_style = ["classificationMin", "classificationMax"].map(|name| {
            let text = style.split(&format!("{name}=\"")).nth(1).expect(name);
            text.split('"').next().expect("a quote").to_owned()
        });
        for (page, style) in ends_of_colours(&made.page, layer).iter().zip(&of_style) {
            let [page, style] = [page, style].map(|text| text.parse::<f64>().expect("a number"));
            // Three digits.
            assert!(
                (page - style).abs() <= 0.005 * style.abs(),
                "{layer}: {page} {style}"
            );
        }
    }
    // They are those of the record and not found again.
    let path = made.out.join("run.json");
    let text = fs::read_to_string(&path).expect("run.json");
    let mut record: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let layers = record["layers"].as_array_mut().expect("layers");
    let mean = layers
        .iter_mut()
        .find(|layer| layer["path"] == "maps/npp_mean");
    mean.expect("the mean")["central_range"] = serde_json::json!([123.0, 4560.0]);
    fs::write(&path, record.to_string()).expect("written");
    printed(&[
        "report",
        &path.parent().expect("a folder").display().to_string(),
        "--map",
        "npp_p",
    ]);
    let page = fs::read_to_string(made.out.join("report.html")).expect("a page");
    assert_eq!(ends_of_colours(&page, "npp_mean"), ["123", "4560"]);
    // A p has ranges, as in its style.
    let figure = page.split("id=\"maps_npp_p\"").nth(1).expect("a map of p");
    assert!(figure.contains("<span>0.01 to 0.05</span>"));
}

fn wrong_folders_are_refused(out: &Path) {
    let before = fs::read(out.join("report.html")).expect("a page");
    let (code, _, stderr) = outcome(&["report", &path(out), "--map", "nep_slop"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.contains("maps/nep_slop") && stderr.contains("did you mean maps/nep_slope?"),
        "{stderr}"
    );
    let tables = out.join("tables");
    fs::rename(tables.join("trends.csv"), tables.join("elsewhere.csv")).expect("moved");
    let (code, _, stderr) = outcome(&["report", &path(out)]);
    assert_eq!(code, 3, "{stderr}");
    assert!(
        stderr.contains("trends.csv") && stderr.contains("listed in run.json"),
        "{stderr}"
    );
    fs::rename(out.join("run.json"), out.join("other.json")).expect("moved");
    let (code, _, stderr) = outcome(&["report", &path(out)]);
    assert_eq!(code, 3, "{stderr}");
    assert!(
        stderr.contains("no run.json") && stderr.contains("--resume"),
        "{stderr}"
    );
    let after = fs::read(out.join("report.html")).expect("the page of before");
    assert!(
        before == after,
        "a page that could not be made replaced the one of before"
    );
}

#[test]
fn a_study_without_zones_drivers_or_npp_has_a_page() {
    // No NPP: respiration alone.
    let made = run(&study(
        "respiration",
        &["temperature", "precipitation", "soc"],
    ));
    assert!(made.page.contains("<code>maps/") && !made.page.contains("Climate or people</span>"));
    // No drivers and no zones, one series.
    let made = run(&study("npp alone", &["npp"]));
    assert!(made.page.contains("the regional mean of NPP rose by"));
    assert!(
        made.page.contains("id=\"chart_series\"")
            && !made.page.contains("id=\"chart_attribution\"")
    );
    assert!(made.page.contains("<code>maps/npp_slope.tif</code>"));
}

#[test]
fn one_pixel_has_a_page() {
    // The first pixel of the sample whose NPP is there.
    let text = study("one pixel", &ALL)
        + "[grid]\nbounds = [106.3, 24.3, 106.3475, 24.3475]\nresolution = [0.0475, 0.0475]\n";
    let made = run(&text);
    assert!(made.page.contains("1 × 1 pixels"), "one pixel");
    assert!(made.page.contains("viewBox=\"0 0 1 1\""));
}

#[test]
fn markup_in_names_is_text() {
    let name = "<script>document.title='stolen'</script> & \"Co\"";
    let zones = format!(
        "[zones.rock]\nfile = {:?}\nlabels = {{ 1 = \"<script>alert(1)</script>\" }}\n",
        sample("zones/karst.tif")
    );
    let made = run(&(study(name, &ALL) + &zones));
    assert!(made.page.contains(
        "&lt;script&gt;document.title=&#39;stolen&#39;&lt;/script&gt; &amp; &quot;Co&quot;"
    ));
    // The label of the zone is in the table of attribution or in the record, always as text.
    assert!(!made.page.contains("<script>alert") && !made.page.contains("<script>document.title"));
    assert_eq!(made.page.matches("<script").count(), 2, "data and program");
}

#[test]
fn a_study_that_wants_no_page_has_none() {
    let dir = tempfile::tempdir().expect("a folder");
    let (file, out) = (dir.path().join("study.toml"), dir.path().join("out"));
    fs::write(&file, study("npp", &["npp"])).expect("a study file");
    let arguments = ["run", &path(&file), "--device", "cpu", "--out", &path(&out)];
    printed(&arguments);
    assert!(out.join("report.html").is_file());
    // The page of the run before would tell of other numbers.
    let mut without = arguments.to_vec();
    without.extend(["--set", "output.report=false"]);
    let (stdout, _) = printed(&without);
    assert!(!out.join("report.html").exists());
    assert!(
        stdout.contains("open first: project.qgz in QGIS (or maps/"),
        "{stdout}"
    );
}
