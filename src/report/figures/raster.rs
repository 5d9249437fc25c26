//! A drawing as pixels.

use std::sync::Arc;

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::width::ColumnWidth;

/// Pixels of an inch of a figure.
pub const DOTS_PER_INCH: u32 = 300;

/// The same, as a PNG has it: pixels of a metre.
const PIXELS_PER_METRE: u32 = 11_811;

/// Arimo, whose letters are as wide as those of Arial and Helvetica, without what no figure has.
const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Arimo-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../assets/fonts/Arimo-Bold.ttf");

/// Draws figures with the font of the program.
pub(super) struct Rasteriser {
    fonts: Arc<fontdb::Database>,
}

impl Rasteriser {
    /// A rasteriser for these drawings. Fonts of the machine are asked for only where one of them has letters that the
    /// font of the program lacks.
    pub(super) fn new<'a>(mut drawings: impl Iterator<Item = &'a str>) -> Self {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(REGULAR.to_vec());
        fonts.load_font_data(BOLD.to_vec());
        if drawings.any(|drawing| drawing.chars().any(|c| !is_known(c))) {
            fonts.load_system_fonts();
        }
        Self {
            fonts: Arc::new(fonts),
        }
    }

    /// The PNG of a drawing at 300 dpi.
    ///
    /// # Errors
    ///
    /// What the parser or the encoder reports.
    pub(super) fn png(&self, svg: &str, width: ColumnWidth) -> Result<Vec<u8>, String> {
        let options = Options {
            fontdb: Arc::clone(&self.fonts),
            font_family: "Arimo".to_owned(),
            style_sheet: Some("svg{font-family:Arimo}".to_owned()),
            ..Options::default()
        };
        let tree = Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
        let pixels = pixels_of(width);
        #[expect(clippy::cast_precision_loss, reason = "some thousand pixels")]
        let scale = pixels as f32 / tree.size().width();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some thousand pixels"
        )]
        let height = (tree.size().height() * scale).round().max(1.0) as u32;
        let mut pixmap = Pixmap::new(pixels, height).ok_or("is too large to be drawn as pixels")?;
        pixmap.fill(Color::WHITE);
        let scaled = Transform::from_scale(scale, scale);
        resvg::render(&tree, scaled, &mut pixmap.as_mut());
        encoded(&pixmap).map_err(|error| error.to_string())
    }
}

/// Pixels across a figure.
fn pixels_of(width: ColumnWidth) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some thousand pixels"
    )]
    let pixels = (width.mm() / 25.4 * f64::from(DOTS_PER_INCH)).round() as u32;
    pixels
}

/// Red, green and blue with the resolution: nothing shines through a figure.
fn encoded(pixmap: &Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: PIXELS_PER_METRE,
        yppu: PIXELS_PER_METRE,
        unit: png::Unit::Meter,
    }));
    let colours: Vec<u8> = pixmap
        .pixels()
        .iter()
        .flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()])
        .collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&colours)?;
    writer.finish()?;
    Ok(bytes)
}

/// Whether the font of the program has a letter. `assets/fonts/README.md` has how it was cut.
fn is_known(c: char) -> bool {
    matches!(c,
        '\n' | ' '..='~' | '\u{a0}'..='\u{17f}' | 'Α'..='Ρ' | 'Σ'..='Ω' | 'α'..='ω' | 'Ѐ'..='џ'
        | '\u{2009}' | '\u{202f}' | '–' | '—' | '‘'..='‟' | '…' | '⁰' | '⁴'..='⁹' | '⁻' | '₀'..='₉'
        | '←'..='↓' | '−' | '≈' | '≠' | '≤' | '≥' | '◊')
}
