//! The region year by year: means, lines of trend and their bands.

use serde_json::Value;

use crate::palette::Rgb;

use super::axis::Axis;
use super::numbers::{colour, different, float, list, number, range, text};
use super::panel::{Panel, room_for};
use super::svg::{Anchor, Data, SIZE, Svg, Type, band_of, path_of};
use super::text::width_of;
use super::width::ColumnWidth;

/// The line of a series and half the height of its band at a year.
struct Line {
    mean: f64,
    slope: f64,
    centre: f64,
    /// Half the width of the interval of the slope, times the root of the sum of squares of the years.
    reach: f64,
    spread: f64,
    n: f64,
}

impl Line {
    /// Half the width of the interval of a slope is t se, so that of the line is t s √(1/n + (y − ȳ)²/Σ).
    fn of(trend: &Value, years: &[f64]) -> Option<Self> {
        let n = float(years.len());
        let centre = years.iter().sum::<f64>() / n;
        let spread: f64 = years.iter().map(|year| (year - centre).powi(2)).sum();
        let interval = number(trend, "high").zip(number(trend, "low"));
        let half = interval.map_or(0.0, |(high, low)| (high - low) / 2.0);
        (spread > 0.0).then_some(Self {
            mean: number(trend, "mean")?,
            slope: number(trend, "slope")?,
            centre,
            reach: half * spread.sqrt(),
            spread,
            n,
        })
    }

    fn at(&self, year: f64) -> [f64; 3] {
        let from_centre = year - self.centre;
        let line = self.mean + self.slope * from_centre;
        let half = self.reach * (1.0 / self.n + from_centre * from_centre / self.spread).sqrt();
        [line, line - half, line + half]
    }
}

/// One series of the chart.
struct Course<'a> {
    name: &'a str,
    colour: Rgb,
    /// Year and mean, in the order of the years, only where there is one.
    points: Vec<[f64; 2]>,
    line: Option<Line>,
}

fn courses(data: &Value) -> Vec<Course<'_>> {
    let points = list(data, "points");
    let names = different(points.iter(), "v");
    names
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            let own = points.iter().filter(|point| text(point, "v") == name);
            let own = own.filter_map(|point| Some([number(point, "y")?, number(point, "m")?]));
            let points: Vec<[f64; 2]> = own.collect();
            let years: Vec<f64> = points.iter().map(|[year, _]| *year).collect();
            let trend = list(data, "trends").iter().find(|t| text(t, "v") == name);
            Course {
                name,
                colour: colour(i),
                line: trend.and_then(|trend| Line::of(trend, &years)),
                points,
            }
        })
        .collect()
}

/// Draws the chart; none without a value.
pub(super) fn draw(data: &Value, title: &str, width: ColumnWidth) -> Option<String> {
    let courses = courses(data);
    let years = list(data, "points");
    let [first, last] = range(years.iter().filter_map(|point| number(point, "y")))?;
    let of_band = |course: &Course<'_>| {
        let line = course.line.as_ref();
        let ends = line.map(|line| [line.at(first), line.at(last)].concat());
        ends.unwrap_or_default()
    };
    let values = courses.iter().flat_map(|course| {
        let means = course.points.iter().map(|[_, mean]| *mean);
        means.chain(of_band(course)).collect::<Vec<f64>>()
    });
    let y = Axis::around(range(values)?, 5.0);
    let mut svg = Svg::new(width.points());
    let left = room_for(&y, true);
    let names = courses.iter().map(|course| width_of(course.name, SIZE));
    // Bold letters are wider.
    let right = 1.15 * names.fold(0.0, f64::max) + 8.0;
    let panel = Panel {
        left,
        top: 6.0,
        width: svg.width() - left - right,
        height: width.pick(128.0, 170.0),
        x: Axis::of_years(first, last, width.pick(5.0, 10.0)),
        y,
    };
    panel.draw_y(&mut svg);
    panel.draw_x(&mut svg);
    panel.title_y(&mut svg, text(data, "unit"));
    for course in &courses {
        draw_band(&mut svg, &panel, course, [first, last]);
    }
    for course in &courses {
        draw_course(&mut svg, &panel, course);
    }
    draw_names(&mut svg, &panel, &courses);
    Some(svg.finish(panel.bottom() + 13.0, title))
}

/// The line of the trend and its band.
fn draw_band(svg: &mut Svg, panel: &Panel, course: &Course<'_>, [first, last]: [f64; 2]) {
    let Some(line) = &course.line else {
        return;
    };
    // The edges of a band are curved.
    let steps = 24_u32;
    let at = |step: u32| first + (last - first) * f64::from(step) / f64::from(steps);
    let edge = |which: usize| -> Vec<[f64; 2]> {
        let years = (0..=steps).map(at);
        years
            .map(|year| panel.at(year, line.at(year)[which]))
            .collect()
    };
    svg.area(&band_of(&edge(1), &edge(2)), course.colour, 0.15);
    let ends = [first, last].map(|year| panel.at(year, line.at(year)[0]));
    svg.path(&path_of(&ends), course.colour, 0.8, "3 2");
}

/// The means. A year without one is a gap.
fn draw_course(svg: &mut Svg, panel: &Panel, course: &Course<'_>) {
    for pair in course.points.windows(2) {
        if let [[year, mean], [next_year, next]] = pair
            && next_year - year < 1.5
        {
            let ends = [panel.at(*year, *mean), panel.at(*next_year, *next)];
            svg.path(&path_of(&ends), course.colour, 1.1, "");
        }
    }
    for [year, mean] in &course.points {
        let data = Data::none()
            .with("series", course.name)
            .number("year", Some(*year))
            .number("value", Some(*mean));
        svg.disc(panel.at(*year, *mean), 1.5, course.colour, false, &data);
    }
}

/// Names at the ends of the lines, moved apart where they would be on each other.
fn draw_names(svg: &mut Svg, panel: &Panel, courses: &[Course<'_>]) {
    let ends = courses.iter().filter_map(|course| {
        let [_, mean] = course.points.last()?;
        Some((panel.y_at(*mean), course))
    });
    let mut ends: Vec<(f64, &Course<'_>)> = ends.collect();
    ends.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut before = f64::NEG_INFINITY;
    for (y, course) in ends {
        let y = y.max(before + 8.0);
        before = y;
        let of = Type::new(SIZE, Anchor::Start).bold().colour(course.colour);
        svg.text([panel.right() + 4.0, y + 2.5], course.name, of);
    }
}
