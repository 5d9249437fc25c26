//! The page put together.

use std::fmt::Write as _;
use std::path::Path;

use rayon::prelude::*;
use serde_json::{Value, json};

use crate::error::Error;

use super::cells::Cut;
use super::charts::charts;
use super::choice::{Chosen, Group, chosen};
use super::folder::Folder;
use super::frame::Frame;
use super::headline::headline;
use super::html::{escaped, json_for_script};
use super::map::{MapFigure, map_figure};
use super::methods::methods;
use super::number::count;
use super::options::PageOptions;
use super::picture::{Picture, picture};
use super::pixel_series::pixel_series;
use super::provenance::provenance;

/// The largest page, bytes.
pub const MOST_BYTES: usize = 3_000_000;

/// Cells of a map along its longer side at most.
const MOST_CELLS: usize = 600;

/// Bytes that a map takes for each cell: some 3 of a quantity, a tenth of that of classes, and pages have both.
const BYTES_OF_CELL: f64 = 1.4;

/// Bytes that a page has without its maps, of a large study.
const BYTES_WITHOUT_MAPS: usize = 1_600_000;

/// Pixels of a map that takes some time to read.
const LARGE_PIXELS: usize = 1 << 20;

/// Cells below which maps are not made smaller.
const LEAST_CELLS: usize = 60;

/// Colours, type and arrangement.
const STYLE: &str = include_str!("../../assets/report.css");

/// Draws the charts, shows values, sorts tables; built by `make report-js`.
const SCRIPT: &str = include_str!("../../assets/report.js");

/// The page of the run in a folder, as HTML. The same folder gives the same bytes.
///
/// # Errors
///
/// No run has finished there, a map in `options` is none of its maps, or a file cannot be read.
pub fn page(dir: &Path, options: &PageOptions) -> Result<String, Error> {
    let folder = Folder::open(dir)?;
    let more = further_maps(dir, &folder, &options.maps)?;
    let groups = chosen(&folder.record, &more);
    let mut cells = likely_cells(folder.record.size, &groups);
    let (fixed, maps) = rayon::join(
        || Fixed::new(&folder),
        || Maps::new(&folder, &groups, cells),
    );
    let (fixed, mut maps) = (fixed?, maps?);
    loop {
        let text = fixed.with(&folder, &maps);
        if text.len() <= MOST_BYTES || cells <= LEAST_CELLS {
            return Ok(text);
        }
        cells = smaller(
            cells,
            maps.bytes(),
            MOST_BYTES.saturating_sub(text.len() - maps.bytes()),
        );
        maps = Maps::new(&folder, &groups, cells)?;
    }
}

/// Cells along the longer side with which the maps are likely to have room, so that large ones need not be read twice.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a number of cells"
)]
fn likely_cells(size: [usize; 2], groups: &[Group]) -> usize {
    if size[0] * size[1] < LARGE_PIXELS {
        return MOST_CELLS;
    }
    let n_maps: usize = groups.iter().map(|group| group.maps.len()).sum();
    let bytes = (MOST_BYTES - BYTES_WITHOUT_MAPS) as f64;
    let most = (bytes / (n_maps.max(1) as f64 * BYTES_OF_CELL)) as usize;
    let cut = Cut::with_cells(size, most);
    cut.width().max(cut.height()).min(MOST_CELLS)
}

/// Cells along the longer side with which maps take no more than they may: their bytes go with the square of it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a number of cells, and bytes of a page"
)]
fn smaller(cells: usize, is_bytes: usize, may_bytes: usize) -> usize {
    let share = may_bytes as f64 / is_bytes.max(1) as f64;
    let next = (cells as f64 * (0.97 * share).sqrt()) as usize;
    next.clamp(LEAST_CELLS, cells - 1)
}

/// The maps that were asked for, by their paths.
pub(super) fn further_maps(
    dir: &Path,
    folder: &Folder,
    names: &[String],
) -> Result<Vec<String>, Error> {
    let path_of = |name: &String| {
        let name = name.trim_end_matches(".tif");
        let path = if name.starts_with("maps/") || name.starts_with("stacks/") {
            name.to_owned()
        } else {
            format!("maps/{name}")
        };
        if folder.record.has_layer(&path) {
            return Ok(path);
        }
        let layers = folder.record.layers.iter().map(|layer| layer.path.as_str());
        let nearest = layers.max_by(|a, b| {
            let alike = |layer: &str| strsim::jaro_winkler(layer, &path);
            alike(a).total_cmp(&alike(b))
        });
        let hint = nearest.map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"));
        Err(Error::NoMap {
            dir: dir.to_owned(),
            name: path,
            hint,
        })
    };
    names.iter().map(path_of).collect()
}

/// The maps at one size.
struct Maps {
    definitions: String,
    /// HTML by group.
    html: String,
    /// What the script reads.
    numbers: Vec<Value>,
    outlines: Vec<String>,
    block: usize,
    is_geographic: bool,
    lost: Vec<String>,
}

impl Maps {
    fn new(folder: &Folder, groups: &[Group], cells: usize) -> Result<Self, Error> {
        let cut = Cut::with_sides(folder.record.size, cells);
        let first = groups.iter().flat_map(|group| &group.maps);
        let wkt = crs_of(folder, first)?;
        let frame = Frame::new(folder, wkt, cut);
        let mut made = Self {
            definitions: frame.definitions(),
            html: String::new(),
            numbers: Vec::new(),
            outlines: frame
                .outlines
                .iter()
                .map(|outline| outline.set.clone())
                .collect(),
            block: cut.block,
            is_geographic: frame.is_geographic,
            lost: Vec::new(),
        };
        let maps: Vec<&Chosen> = groups.iter().flat_map(|group| &group.maps).collect();
        let pictures = maps.into_par_iter().map(|map| picture(folder, map, cut));
        let pictures = pictures.collect::<Result<Vec<Option<Picture>>, Error>>()?;
        let figure = |picture| map_figure(picture, &frame);
        let mut figures = pictures.into_iter().map(|picture| picture.map(figure));
        for group in groups {
            made.add(group, figures.by_ref().take(group.maps.len()));
        }
        Ok(made)
    }

    /// Adds the figures of a group, none for a map that is not there any more.
    fn add(&mut self, group: &Group, figures: impl Iterator<Item = Option<MapFigure>>) {
        let mut html = String::new();
        for (map, figure) in group.maps.iter().zip(figures) {
            match figure {
                Some(figure) => {
                    html.push_str(&figure.html);
                    self.numbers.push(figure.numbers);
                }
                None => self.lost.push(format!("{}.tif", map.layer)),
            }
        }
        if html.is_empty() {
            return;
        }
        let columns = group.columns.filter(|n| (2..=3).contains(n));
        let columns = columns.map_or_else(String::new, |n| format!(" beside{n}"));
        // Writing to a String cannot fail.
        let _ = write!(
            self.html,
            "<h3>{}</h3><div class=\"maps{columns}\">{html}</div>",
            escaped(group.heading)
        );
    }

    /// Bytes that depend on the size of the maps.
    fn bytes(&self) -> usize {
        let numbers = self
            .numbers
            .iter()
            .map(|numbers| numbers["data"].as_str().map_or(0, str::len));
        self.html.len() + numbers.sum::<usize>()
    }
}

/// The reference system of the first map that is there.
pub(super) fn crs_of<'a>(
    folder: &Folder,
    maps: impl Iterator<Item = &'a Chosen>,
) -> Result<String, Error> {
    for map in maps {
        if let Some(raster) = folder.raster(&map.layer)? {
            return Ok(raster.crs_wkt());
        }
    }
    Ok(String::new())
}

/// Name, years, grid and program.
fn head(folder: &Folder) -> String {
    let record = &folder.record;
    let [first, last] = record.years;
    let [width, height] = record.size;
    let crs = if record.crs.is_empty() {
        String::new()
    } else {
        format!(", {}", record.crs)
    };
    format!(
        "<header><h1>{}</h1><p>{first} to {last} · {} × {} pixels{} · {} of them in the study area · Doline {} · computed on {}</p></header>",
        escaped(&record.study),
        count(width as u64),
        count(height as u64),
        escaped(&crs),
        count(record.pixels_inside),
        escaped(&record.doline),
        escaped(&record.devices()),
    )
}

/// What does not depend on the size of the maps.
struct Fixed {
    head: String,
    findings: String,
    charts: String,
    chart_data: Value,
    series: Value,
    end: String,
}

impl Fixed {
    fn new(folder: &Folder) -> Result<Self, Error> {
        let charts = charts(folder);
        let data = charts
            .iter()
            .map(|chart| (chart.id.to_owned(), chart.data.clone()));
        let chart_data = Value::Object(data.collect());
        let html: String = charts.iter().map(super::charts::Chart::html).collect();
        let charts = if html.is_empty() {
            String::new()
        } else {
            format!(
                "<section id=\"charts\"><h2>Charts</h2><div class=\"charts\">{html}</div></section>"
            )
        };
        let end = format!(
            "<section id=\"methods\"><h2>Methods</h2>{}</section><section id=\"provenance\"><h2>Data and provenance</h2>{}</section>\
             <footer>Made by Doline {} from the files in the folder of this page.</footer>",
            methods(folder),
            provenance(folder),
            escaped(&folder.record.doline),
        );
        Ok(Self {
            head: head(folder),
            findings: headline(folder),
            charts,
            chart_data,
            series: pixel_series(folder)?,
            end,
        })
    }

    /// The page with these maps.
    fn with(&self, folder: &Folder, maps: &Maps) -> String {
        let record = &folder.record;
        let title = escaped(&record.study);
        let data = json!({
            "maps": maps.numbers,
            "series": self.series,
            "outlines": maps.outlines,
            "charts": self.chart_data,
            "grid": {
                "transform": record.transform, "size": record.size, "block": maps.block, "geographic": maps.is_geographic,
            },
        });
        let lost = if maps.lost.is_empty() {
            String::new()
        } else {
            format!(
                "<p class=\"note\">Not in the folder any more: {}.</p>",
                escaped(&maps.lost.join(", "))
            )
        };
        let section = if maps.html.is_empty() && lost.is_empty() {
            "<section id=\"maps\"><h2>Maps</h2><p>This run wrote no map.</p></section>".to_owned()
        } else {
            format!(
                "<section id=\"maps\"><h2>Maps</h2><p class=\"note intro\">Colours of quantities go from the 2 % to the 98 % point of the \
                 pixels; those with a sign are centred on 0. Shares of classes are of the area with a value.</p>{}{lost}</section>",
                maps.html
            )
        };
        format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\"><title>{title}</title><style>{STYLE}</style></head>\
             <body>{}<main>{}{}{section}{}{}</main>\
             <script type=\"application/json\" id=\"data\">{}</script><script>{SCRIPT}</script></body></html>\n",
            maps.definitions,
            self.head,
            self.findings,
            self.charts,
            self.end,
            json_for_script(&data),
        )
    }
}
