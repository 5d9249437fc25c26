//! Figures of a run: files that other programs read, with the numbers of the tables and the colours of the palette.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use doline::palette::{colours_of, limits, ramp_of};
use doline::sinks::RasterRead;
use resvg::usvg::roxmltree::{Document, Node};

#[path = "support/command.rs"]
mod command;
#[path = "support/csv.rs"]
mod csv;

use command::{outcome, path, printed, sample};
use csv::{Row, number, rows, text};

/// Pixels of 89 mm at 300 dpi.
const PIXELS: u32 = 1051;

fn table(out: &Path, name: &str) -> Vec<Row> {
    rows(&fs::read_to_string(out.join(format!("tables/{name}.csv"))).expect(name))
}

/// A study of NPP alone, with further tables.
fn npp_study(name: &str, more: &str) -> String {
    format!(
        "[study]\nname = {name:?}\nyears = [2001, 2020]\n[inputs.npp]\nfiles = {:?}\nvalid_range = [-30000, 32700]\n\
         scale = 0.0001\nunits = \"kgC m-2 yr-1\"\n{more}",
        sample("npp/npp_{year}.tif")
    )
}

/// A run of a study in a folder.
fn run(dir: &Path, study: &str) -> PathBuf {
    let (file, out) = (dir.join("study.toml"), dir.join("out"));
    fs::write(&file, study).expect("a study file");
    printed(&[
        "run",
        &path(&file),
        "-q",
        "--device",
        "cpu",
        "--out",
        &path(&out),
    ]);
    out
}

/// The figures of a run by their names, each as SVG and as PNG; what holds of all of them is tested.
fn figures(out: &Path, more: &[&str]) -> BTreeMap<String, (String, Png)> {
    let folder = path(out);
    let arguments = [&["report", &folder, "--figures", "--json"][..], more].concat();
    let (stdout, _) = printed(&arguments);
    let said: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let names = said["figures"]["names"].as_array().expect("names");
    let captions = fs::read_to_string(out.join("figures/captions.md")).expect("captions");
    let mm = if more.contains(&"183") { 183 } else { 89 };
    let mut found = BTreeMap::new();
    for name in names {
        let name = name.as_str().expect("a name").to_owned();
        let at = out.join("figures").join(&name);
        let svg = fs::read_to_string(at.with_extension("svg")).expect(&name);
        let png = Png::read(&at.with_extension("png"));
        is_a_figure(&name, &svg, &png, mm);
        assert!(captions.contains(&format!("\n## {name}\n\n**")), "{name}");
        found.insert(name, (svg, png));
    }
    let headings = captions.lines().filter(|line| line.starts_with("## "));
    assert_eq!(headings.count(), found.len());
    assert!(captions.contains("Source: "), "{captions}");
    found
}

fn is_a_figure(name: &str, svg: &str, png: &Png, mm: u32) {
    let document = Document::parse(svg).expect(name);
    let root = document.root_element();
    assert_eq!(
        root.attribute("width"),
        Some(format!("{mm}mm").as_str()),
        "{name}"
    );
    // Texts are texts, and none is a number that there is not.
    let texts: Vec<&str> = texts(&document).filter_map(|text| text.text()).collect();
    assert!(texts.len() > 2, "{name}");
    assert!(
        texts
            .iter()
            .all(|text| !text.contains("NaN") && !text.contains("inf"))
    );
    assert!(!svg.contains("NaN") && !svg.contains("<script"), "{name}");
    let pixels = (f64::from(mm) / 25.4 * 300.0).round();
    assert_eq!(f64::from(png.width), pixels, "{name}");
    let sides: Vec<f64> = numbers(root.attribute("viewBox").expect("a box"));
    let height = pixels * sides[3] / sides[2];
    assert!(
        (f64::from(png.height) - height).abs() <= 1.0,
        "{name}: {} {height}",
        png.height
    );
    let dots = png.dots_per_metre.expect("a resolution");
    // 300 dpi are 11,811.02 pixels a metre.
    assert_eq!(dots, (11_811, 11_811, png::Unit::Meter), "{name}");
}

fn texts<'a>(document: &'a Document<'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    document
        .descendants()
        .filter(|node| node.has_tag_name("text"))
}

fn numbers(text: &str) -> Vec<f64> {
    text.split([' ', '(', ')', ','])
        .filter_map(|part| part.parse().ok())
        .collect()
}

/// The shapes that stand for numbers.
fn marks<'a>(document: &'a Document<'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    document
        .descendants()
        .filter(|node| node.has_attribute("data-value"))
}

fn attribute(node: Node<'_, '_>, name: &str) -> f64 {
    let text = node.attribute(name).expect(name);
    text.parse().expect(name)
}

/// Pixels and resolution of a PNG.
struct Png {
    width: u32,
    height: u32,
    dots_per_metre: Option<(u32, u32, png::Unit)>,
    /// Red, green and blue.
    pixels: Vec<u8>,
}

impl Png {
    fn read(file: &Path) -> Self {
        let file = std::io::BufReader::new(fs::File::open(file).expect("a PNG"));
        let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let frame = reader.next_frame(&mut pixels).expect("pixels");
        assert_eq!(frame.color_type, png::ColorType::Rgb);
        let dots = reader.info().pixel_dims;
        Self {
            width: frame.width,
            height: frame.height,
            dots_per_metre: dots.map(|dots| (dots.xppu, dots.yppu, dots.unit)),
            pixels,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place inside"
    )]
    fn colour_at(&self, x: f64, y: f64) -> [u8; 3] {
        let at = (y as usize * self.width as usize + x as usize) * 3;
        [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]]
    }
}

/// Where the middle of a cell of a map is in the PNG.
fn middle_of_cell(svg: &str, png: &Png) -> impl Fn(usize, usize) -> [f64; 2] {
    let document = Document::parse(svg).expect("XML");
    let mut nodes = document.descendants();
    let group = nodes
        .find(|node| node.has_tag_name("g"))
        .expect("the group of the image");
    // translate(x y) scale(cell)
    let places = numbers(group.attribute("transform").expect("a place"));
    let [x, y, cell] = places[..] else {
        panic!("{places:?}");
    };
    let sides = numbers(document.root_element().attribute("viewBox").expect("a box"));
    let scale = f64::from(png.width) / sides[2];
    move |col, row| {
        let at = |from: f64, i: usize| {
            scale * (from + cell * (f64::from(u32::try_from(i).expect("a cell")) + 0.5))
        };
        [at(x, col), at(y, row)]
    }
}

#[test]
fn the_charts_of_the_sample_have_the_numbers_of_its_tables() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("out");
    printed(&["demo", "-q", "--device", "cpu", "--out", &path(&out)]);
    let found = figures(&out, &[]);
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    for name in [
        "nep_slope",
        "raw_nep_dominant",
        "chart_series",
        "chart_stages",
        "chart_events",
        "chart_sites",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    means_are_those_of_the_table(&out, &found["chart_series"].0);
    effects_are_those_of_the_table(&out, &found["chart_ranking"].0);
    parts_are_those_of_the_table(&out, &found["chart_attribution"].0);
    let sites = Document::parse(&found["chart_sites"].0).expect("XML");
    let pairs = sites
        .descendants()
        .filter(|node| node.has_attribute("data-measured"));
    let used = table(&out, "sites").into_iter();
    let used = used.filter(|row| text(row, "status") == "used");
    assert_eq!(pairs.count(), used.count());
    // A second time at the width of a page: the same figures.
    let wide = figures(&out, &["--width", "183"]);
    assert!(wide.keys().eq(found.keys()));
    // A figure whose map is not asked for any more does not stay.
    figures(&out, &["--map", "nep_cv"]);
    assert!(out.join("figures/nep_cv.svg").is_file());
    figures(&out, &[]);
    assert!(!out.join("figures/nep_cv.svg").exists() && !out.join("figures/nep_cv.png").exists());
    let (code, _, stderr) = outcome(&["report", &path(&out), "--width", "183"]);
    assert_eq!(code, 2, "{stderr}");
}

/// Each point has the mean of its year, and is where the numbers of the axis say.
fn means_are_those_of_the_table(out: &Path, svg: &str) {
    let document = Document::parse(svg).expect("XML");
    // The numbers left of the axis: what is printed, and where.
    let labels: Vec<(f64, f64)> = texts(&document)
        .filter(|text| text.attribute("text-anchor") == Some("end"))
        .map(|label| {
            let printed = label.text().expect("a number").replace('\u{2212}', "-");
            // A text stands 2.2 points below its middle.
            (
                printed.parse().expect("a number"),
                attribute(label, "y") - 2.2,
            )
        })
        .collect();
    let ((low, low_y), (high, high_y)) = (labels[0], labels[labels.len() - 1]);
    let series = table(out, "series");
    let mut n = 0;
    for mark in marks(&document) {
        let (year, value) = (mark.attribute("data-year"), attribute(mark, "data-value"));
        let name = mark
            .attribute("data-series")
            .expect("a series")
            .to_lowercase();
        let row = series.iter().find(|row| {
            text(row, "zone") == "all"
                && text(row, "variable") == name
                && Some(text(row, "year")) == year
        });
        assert_eq!(
            number(row.expect("a row"), "mean"),
            value,
            "{name} {year:?}"
        );
        let y = low_y + (value - low) / (high - low) * (high_y - low_y);
        assert!(
            (attribute(mark, "cy") - y).abs() < 0.02,
            "{name} {year:?}: {y}"
        );
        n += 1;
    }
    assert_eq!(n, 3 * 20);
}

fn effects_are_those_of_the_table(out: &Path, svg: &str) {
    let document = Document::parse(svg).expect("XML");
    let ranking = table(out, "ranking");
    let marks: Vec<Node<'_, '_>> = marks(&document).collect();
    assert_eq!(marks.len(), ranking.len());
    for row in &ranking {
        let how = if text(row, "matched") == "classes" {
            "matched"
        } else {
            "plain"
        };
        let is_it = |mark: &&Node<'_, '_>| {
            mark.attribute("data-zone") == Some(text(row, "zone"))
                && mark.attribute("data-how") == Some(how)
        };
        let mark = marks.iter().find(is_it).expect("a mark");
        for (data, column) in [
            ("data-value", "effect"),
            ("data-low", "low"),
            ("data-high", "high"),
        ] {
            assert_eq!(attribute(*mark, data), number(row, column), "{row:?}");
        }
    }
}

/// Each bar has the number of its part, and their widths go with their numbers.
fn parts_are_those_of_the_table(out: &Path, svg: &str) {
    let document = Document::parse(svg).expect("XML");
    let attribution = table(out, "attribution");
    let mut scales = Vec::new();
    for bar in marks(&document) {
        let data = |name: &str| bar.attribute(name).expect("data").to_owned();
        let (zone, part) = (data("data-zone"), data("data-part"));
        let row = attribution.iter().find(|row| {
            let is_zone =
                text(row, "zone") == zone || (zone == "whole region" && text(row, "zone") == "all");
            is_zone && text(row, "sensitivity") == data("data-sensitivity")
        });
        let column = match part.as_str() {
            "people" => "slope_human".to_owned(),
            part => format!("slope_{part}"),
        };
        let value = attribute(bar, "data-value");
        assert_eq!(value, number(row.expect("a row"), &column), "{zone} {part}");
        if value.abs() > 0.5 {
            scales.push(attribute(bar, "width") / value.abs());
        }
    }
    assert!(scales.len() > 10);
    assert!(
        scales
            .iter()
            .all(|scale| (scale / scales[0] - 1.0).abs() < 1e-2),
        "{scales:?}"
    );
}

#[test]
fn the_pixels_of_a_map_have_the_colours_of_the_palette() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = run(dir.path(), &npp_study("NPP alone", ""));
    let found = figures(&out, &[]);
    // Without zones there is no outline on the cells, and on classes no dot.
    let (svg, png) = &found["npp_class"];
    let classes = RasterRead::open(&out.join("maps/npp_class.tif")).expect("a map");
    let labels = [
        "strong decrease",
        "decrease",
        "no significant change",
        "increase",
        "strong increase",
    ];
    let labels: Vec<(u8, String)> = (1..).zip(labels.map(str::to_owned)).collect();
    let colours = colours_of(&labels);
    let at = middle_of_cell(svg, png);
    let mut n = 0;
    for (i, code) in classes.values[0].iter().enumerate() {
        let [x, y] = at(i % 160, i / 160);
        let expected = labels
            .iter()
            .position(|(label, _)| f64::from(*label) == *code);
        let expected = expected.map_or([233, 237, 235], |at| colours[at]);
        assert_eq!(png.colour_at(x, y), expected, "cell {i}, class {code}");
        n += 1;
    }
    assert_eq!(n, 160 * 120);
    let (svg, png) = &found["npp_mean"];
    let record = fs::read_to_string(out.join("run.json")).expect("run.json");
    let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
    let layers = record["layers"].as_array().expect("layers").iter();
    let layer = layers
        .clone()
        .find(|layer| layer["path"] == "maps/npp_mean");
    let range = &layer.expect("the mean")["central_range"];
    let range = [0, 1].map(|end| range[end].as_f64().expect("a number"));
    let ramp = ramp_of("maps/npp_mean", "gC m-2 yr-1", range);
    let [low, high] = limits(ramp, range);
    let means = RasterRead::open(&out.join("maps/npp_mean.tif")).expect("a map");
    let at = middle_of_cell(svg, png);
    for (i, mean) in means.values[0]
        .iter()
        .enumerate()
        .filter(|(_, mean)| mean.is_finite())
    {
        let [x, y] = at(i % 160, i / 160);
        // An image has 255 colours of a ramp.
        let share = (((mean - low) / (high - low)).clamp(0.0, 1.0) * 254.0).round() / 254.0;
        assert_eq!(
            png.colour_at(x, y),
            ramp.colour_at(share),
            "cell {i}: {mean}"
        );
    }
    assert_eq!(png.width, PIXELS);
}

#[test]
fn odd_studies_have_figures() {
    let dir = tempfile::tempdir().expect("a folder");
    let grid = "[grid]\nbounds = [106.3, 24.3, 106.3475, 24.3475]\nresolution = [0.0475, 0.0475]\n";
    let out = run(dir.path(), &npp_study("one pixel", grid));
    let found = figures(&out, &[]);
    assert!(found.contains_key("npp_mean") && found.contains_key("chart_series"));
    // No NPP, no trend of NEP, no driver.
    let dir = tempfile::tempdir().expect("a folder");
    let study = format!(
        "[study]\nname = \"respiration\"\nyears = [2001, 2004]\n[inputs.temperature]\nfiles = {:?}\n[inputs.precipitation]\nfiles = {:?}\n\
         [inputs.soc]\nfiles = {:?}\n",
        sample("climate/temperature.tif"),
        sample("climate/precipitation.tif"),
        sample("soil/soc.tif")
    );
    let found = figures(&run(dir.path(), &study), &[]);
    assert!(!found.is_empty());
}

#[test]
fn markup_in_names_is_text() {
    let dir = tempfile::tempdir().expect("a folder");
    let zones = format!(
        "[zones.rock]\nfile = {:?}\nlabels = {{ 1 = \"<script>alert(1)</script> & 石\" }}\n[stages]\nfirst = [2001, 2010]\n",
        sample("zones/karst.tif")
    );
    let out = run(dir.path(), &npp_study("<script>a*b_c</script>", &zones));
    figures(&out, &["--map", "npp_class"]);
    let captions = fs::read_to_string(out.join("figures/captions.md")).expect("captions");
    assert!(
        captions.contains("&lt;script&gt;a\\*b\\_c&lt;/script&gt;"),
        "{captions}"
    );
    assert!(!captions.contains("<script"));
}

#[test]
fn rates_of_false_alarms_are_those_of_the_table() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = run(
        dir.path(),
        &npp_study("NPP alone", "[output]\nlayers = \"none\"\n"),
    );
    let rows = "variable,noise,lag1,slope_sd_per_decade,test,alpha,series,rate,standard_error\n\
                npp,white,0.0,0,ols,0.05,2000,0.0483,0.0048\nnpp,as the data,0.3,0,ols,0.05,2000,0.11,0.007\n\
                npp,white,0.0,0,mk,0.05,2000,0.045,0.0046\nnpp,white,0.0,1,mk,0.05,2000,0.83,0.0084\n";
    fs::write(out.join("tables/calibration.csv"), rows).expect("a table");
    let record = fs::read_to_string(out.join("run.json")).expect("run.json");
    let mut record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
    let files = record["tables"]["files"].as_array_mut().expect("files");
    files.push(serde_json::json!("tables/calibration.csv"));
    fs::write(out.join("run.json"), record.to_string()).expect("written");
    let found = figures(&out, &[]);
    let document = Document::parse(&found["chart_calibration"].0).expect("XML");
    let rates: Vec<f64> = marks(&document)
        .map(|mark| attribute(mark, "data-value"))
        .collect();
    // Power is not a false alarm.
    assert_eq!(rates, [0.0483, 0.11, 0.045]);
}
