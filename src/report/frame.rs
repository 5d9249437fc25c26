//! What all maps of a page have in common: their cells, outlines of zones, a scale bar and north.

use std::fmt::Write as _;

use crate::grid::{Coordinates, Grid};
use crate::sources::{kind_of_wkt, points_on_grid};

use super::cells::Cut;
use super::folder::Folder;
use super::html::escaped;
use super::number::significant;

/// Kilometres of a degree of latitude.
const DEGREE_KM: f64 = 111.195;

/// Widths of an outline along the longer side of a map.
const OUTLINE_PARTS: usize = 450;

/// Zones of a set that get their names on a map, at most.
const MOST_NAMES: usize = 12;

/// Bytes that the outlines of all sets may take.
const MOST_OUTLINE_BYTES: usize = 250_000;

/// The outlines of one zone set.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) set: String,
    /// A path of SVG, in cells.
    pub(super) path: String,
}

/// The name of a zone on a map.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ZoneName {
    pub(super) name: String,
    /// The middle of its largest part, in cells.
    pub(super) at: [f64; 2],
}

/// What all maps have in common.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) cut: Cut,
    pub(super) is_geographic: bool,
    pub(super) outlines: Vec<Outline>,
    /// Names of the zones whose outlines are drawn, where they are few.
    pub(super) names: Vec<ZoneName>,
    /// Length of the scale bar as a share of the width of a map, and in words.
    pub(super) scale: Option<(f64, String)>,
    pub(super) north: &'static str,
    pub(super) grid: Grid,
}

impl Frame {
    /// The frame of maps on the grid of a run.
    ///
    /// # Arguments
    ///
    /// * `crs_wkt` - its reference system; empty where it has none.
    pub(super) fn new(folder: &Folder, crs_wkt: String, cut: Cut) -> Self {
        let record = &folder.record;
        let (coordinates, metres_per_unit) = kind_of_wkt(&crs_wkt);
        let grid = Grid {
            crs_wkt,
            crs_name: record.crs.clone(),
            coordinates,
            metres_per_unit,
            transform: record.transform,
            width: record.size[0],
            height: record.size[1],
        };
        let is_geographic = coordinates == Coordinates::Geographic;
        let is_south_up = grid.transform[5] > 0.0;
        let north = match (is_south_up, is_geographic) {
            (false, true) => "\u{2191} N",
            (true, true) => "\u{2193} N",
            (false, false) => "\u{2191} grid N",
            (true, false) => "\u{2193} grid N",
        };
        let outlines = outlines(folder, &grid, cut);
        let names = outlines
            .first()
            .map(|outline| names_of(folder, &outline.set, &grid, cut));
        Self {
            cut,
            is_geographic,
            outlines,
            names: names.unwrap_or_default(),
            scale: scale_of(&grid),
            north,
            grid,
        }
    }

    /// The outlines, once for all maps.
    pub(super) fn definitions(&self) -> String {
        let mut html = String::new();
        for (i, outline) in self.outlines.iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = write!(html, "<path id=\"outline{i}\" d=\"{}\"/>", outline.path);
        }
        format!(
            "<svg width=\"0\" height=\"0\" class=\"defs\" aria-hidden=\"true\"><defs>{html}</defs></svg>"
        )
    }

    /// What lies over the image of a map.
    ///
    /// # Arguments
    ///
    /// * `dots` - a path of points, in cells.
    pub(super) fn overlay(&self, dots: &str) -> String {
        let (width, height) = (self.cut.width(), self.cut.height());
        // Strokes of what is used again grow with the map: in cells, so that they are as thin on each of them.
        let outline = if self.outlines.is_empty() {
            String::new()
        } else {
            let stroke = ratio(width.max(height), OUTLINE_PARTS);
            format!("<use class=\"outline\" href=\"#outline0\" stroke-width=\"{stroke:.3}\"/>")
        };
        let dots = if dots.is_empty() {
            String::new()
        } else {
            format!("<path class=\"dots\" d=\"{dots}\"/>")
        };
        format!(
            "<svg class=\"over\" viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{dots}{outline}</svg>"
        )
    }

    /// Scale bar and north, below a map.
    pub(super) fn scale_bar(&self) -> String {
        let bar = self
            .scale
            .as_ref()
            .map_or_else(String::new, |(share, words)| {
                format!(
                    "<span class=\"scale\" style=\"width:{:.2}%\"></span><span>{}</span>",
                    100.0 * share,
                    escaped(words)
                )
            });
        format!(
            "<div class=\"frame\">{bar}<span class=\"north\">{}</span></div>",
            self.north
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "sides of a map")]
fn ratio(a: usize, b: usize) -> f64 {
    a as f64 / b as f64
}

/// The longest round length that is no more than three tenths of the width.
fn scale_of(grid: &Grid) -> Option<(f64, String)> {
    #[expect(clippy::cast_precision_loss, reason = "a number of pixels")]
    let (columns, rows) = (grid.width as f64, grid.height as f64);
    let transform = grid.transform;
    let width_km = match grid.coordinates {
        Coordinates::Geographic => {
            let middle = transform[3] + transform[5] * rows / 2.0;
            transform[1].abs() * columns * DEGREE_KM * middle.to_radians().cos()
        }
        Coordinates::Projected => transform[1].abs() * columns * grid.metres_per_unit / 1000.0,
        Coordinates::Unknown => return None,
    };
    if !(width_km.is_finite() && width_km > 0.0) {
        return None;
    }
    let most = 0.3 * width_km;
    let power = 10_f64.powf(most.log10().floor());
    let round = [5.0, 2.0, 1.0].map(|times| times * power);
    let length = round.into_iter().find(|length| *length <= most)?;
    let words = if length >= 1.0 {
        format!("{length} km")
    } else {
        format!("{} m", significant(1000.0 * length, 1))
    };
    Some((length / width_km, words))
}

/// The outlines of each set as paths.
fn outlines(folder: &Folder, grid: &Grid, cut: Cut) -> Vec<Outline> {
    let features = folder.outlines.as_ref();
    let features = features.and_then(|all| all.get("features")?.as_array());
    let mut outlines: Vec<Outline> = Vec::new();
    for feature in features.into_iter().flatten() {
        let set = feature.pointer("/properties/set");
        let polygons = feature.pointer("/geometry/coordinates");
        let (Some(set), Some(polygons)) = (
            set.and_then(|set| set.as_str()),
            polygons.and_then(|polygons| polygons.as_array()),
        ) else {
            continue;
        };
        let at = outlines.iter().position(|outline| outline.set == set);
        let at = at.unwrap_or_else(|| {
            outlines.push(Outline {
                set: set.to_owned(),
                path: String::new(),
            });
            outlines.len() - 1
        });
        let rings = polygons.iter().filter_map(|polygon| polygon.as_array());
        for ring in rings.flatten() {
            add_ring(ring, grid, cut, &mut outlines[at].path);
        }
    }
    let mut left = MOST_OUTLINE_BYTES;
    outlines.retain(|outline| {
        let fits = outline.path.len() <= left && !outline.path.is_empty();
        left -= if fits { outline.path.len() } else { 0 };
        fits
    });
    outlines
}

/// The names of the zones of a set, each in the middle of its largest ring; none of a set with many zones.
fn names_of(folder: &Folder, set: &str, grid: &Grid, cut: Cut) -> Vec<ZoneName> {
    let features = folder.outlines.as_ref();
    let features = features.and_then(|all| all.get("features")?.as_array());
    let of_set = features.into_iter().flatten().filter(|feature| {
        let its = feature.pointer("/properties/set");
        its.and_then(|its| its.as_str()) == Some(set)
    });
    let of_set: Vec<&serde_json::Value> = of_set.collect();
    if of_set.len() > MOST_NAMES {
        return Vec::new();
    }
    let name = |feature: &&serde_json::Value| {
        let polygons = feature.pointer("/geometry/coordinates")?.as_array()?;
        let rings = polygons.iter().filter_map(|polygon| polygon.get(0));
        let middles = rings.filter_map(|ring| middle_of(&corners_of(ring, grid, cut)));
        let largest = middles.max_by(|(a, _), (b, _)| a.total_cmp(b));
        Some(ZoneName {
            name: feature.pointer("/properties/zone")?.as_str()?.to_owned(),
            at: largest?.1,
        })
    };
    of_set.iter().filter_map(name).collect()
}

/// The area inside corners and its centre; none without an area.
fn middle_of(corners: &[[f64; 2]]) -> Option<(f64, [f64; 2])> {
    let (mut twice, mut sums) = (0.0, [0.0; 2]);
    for pair in corners.windows(2) {
        let [[x, y], [next_x, next_y]] = [pair[0], pair[1]];
        let cross = x * next_y - next_x * y;
        twice += cross;
        sums[0] += (x + next_x) * cross;
        sums[1] += (y + next_y) * cross;
    }
    let middle = sums.map(|sum| sum / (3.0 * twice));
    let is_somewhere = middle.iter().all(|place| place.is_finite());
    is_somewhere.then_some((twice.abs() / 2.0, middle))
}

/// A ring of longitudes and latitudes in cells of the map; empty where it cannot be brought to the grid.
fn corners_of(ring: &serde_json::Value, grid: &Grid, cut: Cut) -> Vec<[f64; 2]> {
    let number = |point: &serde_json::Value, axis: usize| point.get(axis)?.as_f64();
    let corners = ring.as_array().into_iter().flatten();
    let corners = corners.filter_map(|point| Some([number(point, 0)?, number(point, 1)?]));
    let mut corners: Vec<[f64; 2]> = corners.collect();
    if points_on_grid("", "EPSG:4326", grid, &mut corners).is_err() {
        return Vec::new();
    }
    let transform = grid.transform;
    #[expect(clippy::cast_precision_loss, reason = "pixels of a cell")]
    let block = cut.block as f64;
    let cell = |[x, y]: [f64; 2]| {
        let col = (x - transform[0]) / transform[1] / block;
        let row = (y - transform[3]) / transform[5] / block;
        [col, row]
    };
    let cells = corners.into_iter().map(cell);
    cells
        .filter(|[col, row]| col.is_finite() && row.is_finite())
        .collect()
}

/// Adds a ring of longitudes and latitudes to a path, in tenths of a cell, each corner from the one before.
fn add_ring(ring: &serde_json::Value, grid: &Grid, cut: Cut, path: &mut String) {
    let mut before = None;
    for corner in corners_of(ring, grid, cut) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "tenths of cells near the map"
        )]
        let tenths = corner.map(|place| (10.0 * place.clamp(-1e6, 1e6)).round() as i64);
        let step = before.map(|before: [i64; 2]| [tenths[0] - before[0], tenths[1] - before[1]]);
        // Writing to a String cannot fail.
        let _ = match step {
            Some([0, 0]) => Ok(()),
            Some(step) => write!(path, "l{} {}", tenth(step[0]), tenth(step[1])),
            None => write!(path, "M{} {}", tenth(tenths[0]), tenth(tenths[1])),
        };
        before = Some(tenths);
    }
    if before.is_some() {
        path.push('z');
    }
}

fn tenth(n: i64) -> String {
    let sign = if n < 0 { "-" } else { "" };
    let (whole, part) = (n.abs() / 10, n.abs() % 10);
    if part == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(coordinates: Coordinates, transform: [f64; 6]) -> Grid {
        Grid {
            crs_wkt: String::new(),
            crs_name: String::new(),
            coordinates,
            metres_per_unit: 1.0,
            transform,
            width: 200,
            height: 100,
        }
    }

    #[test]
    fn the_scale_bar_has_a_round_length() {
        let projected = grid(Coordinates::Projected, [0.0, 500.0, 0.0, 0.0, 0.0, -500.0]);
        assert_eq!(scale_of(&projected), Some((0.2, "20 km".to_owned())));
        // 200 columns of a tenth of a degree at 60 N: 20 · 111.195 / 2 km.
        let polar = grid(Coordinates::Geographic, [0.0, 0.1, 0.0, 65.0, 0.0, -0.1]);
        let (share, words) = scale_of(&polar).expect("a length");
        assert_eq!(words, "200 km");
        assert!((share - 200.0 / 1111.95).abs() < 1e-9, "{share}");
        assert_eq!(scale_of(&grid(Coordinates::Unknown, [0.0; 6])), None);
    }

    #[test]
    fn corners_are_written_in_tenths_of_a_cell() {
        let grid = grid(Coordinates::Unknown, [100.0, 0.5, 0.0, 30.0, 0.0, -0.5]);
        let cut = Cut::with_sides([200, 100], 100);
        let ring = serde_json::json!([[100.0, 30.0], [110.0, 30.0], [110.0, 29.75], [100.0, 30.0]]);
        let mut path = String::new();
        add_ring(&ring, &grid, cut, &mut path);
        // Cells of two pixels: 10 degrees are 20 pixels and 10 cells.
        assert_eq!(path, "M0 0l10 0l0 0.3l-10 -0.3z");
    }

    #[test]
    fn a_name_is_in_the_middle_of_its_zone() {
        let square = [[1.0, 1.0], [3.0, 1.0], [3.0, 5.0], [1.0, 5.0], [1.0, 1.0]];
        assert_eq!(middle_of(&square), Some((8.0, [2.0, 3.0])));
        assert_eq!(middle_of(&[[1.0, 1.0], [2.0, 2.0], [1.0, 1.0]]), None);
        assert_eq!(middle_of(&[]), None);
    }
}
