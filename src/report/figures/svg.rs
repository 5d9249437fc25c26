//! An SVG that is put together shape by shape. Its unit is the point.

use std::fmt::Write as _;

use crate::palette::Rgb;
use crate::report::html::escaped;
use crate::report::map::hex;

/// What a reader's machine has of these draws the text; all have the same widths.
pub(super) const FONTS: &str = "Helvetica, Arial, sans-serif";

/// Size of most texts, points.
pub(super) const SIZE: f64 = 7.0;

/// Size of what explains, points.
pub(super) const SMALL: f64 = 6.0;

/// Text and axes.
pub(super) const INK: Rgb = [34, 34, 34];

/// What is less important than the ink.
pub(super) const SOFT: Rgb = [119, 119, 119];

/// Lines of a grid.
pub(super) const GRID: Rgb = [225, 225, 225];

/// Where a text stands beside its point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    size: f64,
    anchor: Anchor,
    is_bold: bool,
    colour: Rgb,
    is_turned: bool,
    has_halo: bool,
}

impl Type {
    pub(super) const fn new(size: f64, anchor: Anchor) -> Self {
        Self {
            size,
            anchor,
            is_bold: false,
            colour: INK,
            is_turned: false,
            has_halo: false,
        }
    }

    pub(super) const fn bold(mut self) -> Self {
        self.is_bold = true;
        self
    }

    pub(super) const fn colour(mut self, colour: Rgb) -> Self {
        self.colour = colour;
        self
    }

    /// Read from below.
    pub(super) const fn turned(mut self) -> Self {
        self.is_turned = true;
        self
    }

    /// With a light edge, for text on a map.
    pub(super) const fn halo(mut self) -> Self {
        self.has_halo = true;
        self
    }
}

/// A drawing.
#[derive(Debug)]
pub(super) struct Svg {
    width: f64,
    body: String,
}

impl Svg {
    pub(super) const fn new(width: f64) -> Self {
        Self {
            width,
            body: String::new(),
        }
    }

    pub(super) const fn width(&self) -> f64 {
        self.width
    }

    /// Adds elements as they are. Texts in them are escaped already.
    pub(super) fn add(&mut self, elements: &str) {
        self.body.push_str(elements);
        self.body.push('\n');
    }

    pub(super) fn text(&mut self, [x, y]: [f64; 2], text: &str, of: Type) {
        let anchor = match of.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let bold = if of.is_bold {
            " font-weight=\"bold\""
        } else {
            ""
        };
        let turned = if of.is_turned {
            format!(" transform=\"rotate(-90 {} {})\"", short(x), short(y))
        } else {
            String::new()
        };
        let halo = if of.has_halo {
            " stroke=\"#ffffff\" stroke-width=\"1.4\" stroke-linejoin=\"round\" paint-order=\"stroke\""
        } else {
            ""
        };
        let element = format!(
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\"{anchor}{bold}{turned}{halo}>{}</text>",
            short(x),
            short(y),
            short(of.size),
            hex(of.colour),
            escaped(text)
        );
        self.add(&element);
    }

    pub(super) fn line(&mut self, from: [f64; 2], to: [f64; 2], colour: Rgb, width: f64) {
        self.path(&path_of(&[from, to]), colour, width, "");
    }

    /// A line along a path.
    ///
    /// # Arguments
    ///
    /// * `dashes` - lengths of dashes and gaps; empty for none.
    pub(super) fn path(&mut self, path: &str, colour: Rgb, width: f64, dashes: &str) {
        let dashes = if dashes.is_empty() {
            String::new()
        } else {
            format!(" stroke-dasharray=\"{dashes}\"")
        };
        self.add(&format!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{dashes}/>",
            hex(colour),
            short(width)
        ));
    }

    /// A filled area.
    pub(super) fn area(&mut self, path: &str, colour: Rgb, opacity: f64) {
        self.add(&format!(
            "<path d=\"{path}\" fill=\"{}\" fill-opacity=\"{}\"/>",
            hex(colour),
            short(opacity)
        ));
    }

    /// A filled rectangle.
    pub(super) fn rect(
        &mut self,
        [x, y]: [f64; 2],
        [width, height]: [f64; 2],
        fill: Rgb,
        data: &Data,
    ) {
        self.add(&format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"{}/>",
            short(x),
            short(y),
            short(width.max(0.0)),
            short(height.max(0.0)),
            hex(fill),
            data.0
        ));
    }

    /// A disc; an open one is white with an edge.
    pub(super) fn disc(
        &mut self,
        [x, y]: [f64; 2],
        radius: f64,
        colour: Rgb,
        is_open: bool,
        data: &Data,
    ) {
        let paint = if is_open {
            format!(
                "fill=\"#ffffff\" stroke=\"{}\" stroke-width=\"1\"",
                hex(colour)
            )
        } else {
            format!("fill=\"{}\"", hex(colour))
        };
        self.add(&format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {paint}{}/>",
            short(x),
            short(y),
            short(radius),
            data.0
        ));
    }

    /// The whole file.
    ///
    /// # Arguments
    ///
    /// * `title` - what it is, for a reader who does not see it.
    pub(super) fn finish(self, height: f64, title: &str) -> String {
        let (width, height) = (short(self.width), short(height));
        let mm = |points: &str| {
            let points: f64 = points.parse().unwrap_or(0.0);
            short(points * 25.4 / 72.0)
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" \
             xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{}mm\" height=\"{}mm\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"{FONTS}\" role=\"img\">\n<title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{}</svg>\n",
            mm(&width),
            mm(&height),
            escaped(title),
            self.body
        )
    }
}

/// The numbers that a shape stands for, as attributes of the shape: so that they can be taken out of a figure again.
#[derive(Clone, Debug, Default)]
pub(super) struct Data(String);

impl Data {
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// Adds a text.
    pub(super) fn with(mut self, name: &str, text: &str) -> Self {
        // Writing to a String cannot fail.
        let _ = write!(self.0, " data-{name}=\"{}\"", escaped(text));
        self
    }

    /// Adds a number, if there is one.
    pub(super) fn number(self, name: &str, number: Option<f64>) -> Self {
        match number {
            Some(number) => self.with(name, &number.to_string()),
            None => self,
        }
    }
}

/// A line through points.
pub(super) fn path_of(points: &[[f64; 2]]) -> String {
    let mut path = String::new();
    for (i, [x, y]) in points.iter().enumerate() {
        let letter = if i == 0 { 'M' } else { 'L' };
        // Writing to a String cannot fail.
        let _ = write!(path, "{letter}{} {}", short(*x), short(*y));
    }
    path
}

/// The area between two lines.
pub(super) fn band_of(lower: &[[f64; 2]], upper: &[[f64; 2]]) -> String {
    let around: Vec<[f64; 2]> = lower.iter().chain(upper.iter().rev()).copied().collect();
    path_of(&around) + "Z"
}

/// A number with at most three decimals. What is no number would not be SVG.
pub(super) fn short(x: f64) -> String {
    if !x.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{x:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_always_numbers() {
        assert_eq!(
            [1.0, 0.5, -0.0001, 12.3456].map(short),
            ["1", "0.5", "0", "12.346"]
        );
        assert_eq!(short(f64::NAN), "0");
        assert_eq!(path_of(&[[0.0, 1.0], [2.5, 3.0]]), "M0 1L2.5 3");
    }

    #[test]
    fn texts_are_escaped_and_sizes_are_millimetres() {
        let mut svg = Svg::new(72.0);
        svg.text([1.0, 2.0], "<a & b>", Type::new(SIZE, Anchor::Start));
        svg.disc(
            [0.0; 2],
            1.0,
            INK,
            false,
            &Data::none().with("zone", "\"x\""),
        );
        let text = svg.finish(36.0, "<t>");
        assert!(text.contains("width=\"25.4mm\" height=\"12.7mm\" viewBox=\"0 0 72 36\""));
        assert!(text.contains(">&lt;a &amp; b&gt;</text>") && text.contains("<title>&lt;t&gt;"));
        assert!(text.contains(" data-zone=\"&quot;x&quot;\""));
    }
}
