//! How QGIS draws a band of a map: the part that a style and a project share.

use std::fmt::Write as _;

use crate::palette::Rgb;

use super::describe::StyledMap;
use super::legend::{Legend, Swatch, legend_of, number_shown};
use super::xml::escaped;

/// The style of a map beside it, which QGIS loads with the map: `NAME.qml`.
pub(super) fn qml_of(map: &StyledMap) -> String {
    // Of a stack the last year.
    let pipe = pipe_of(map, map.bands.len().max(1));
    format!(
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n\
         <qgis version=\"3.22.0\" styleCategories=\"Symbology\">\n\
         {pipe}  <blendMode>0</blendMode>\n</qgis>\n"
    )
}

/// How a band of a map is drawn.
///
/// # Arguments
///
/// * `band` - counted from 1.
pub(super) fn pipe_of(map: &StyledMap, band: usize) -> String {
    let renderer = match legend_of(map) {
        Legend::Classes(classes) => paletted(band, &classes),
        Legend::Ranges(ranges) => pseudocolour(band, &Shader::of_ranges(&ranges)),
        Legend::Ramp { ramp, limits } => pseudocolour(
            band,
            &Shader::of_ramp(ramp.colours(), limits, map.unit_shown()),
        ),
    };
    format!("  <pipe>\n{renderer}  </pipe>\n")
}

fn paletted(band: usize, classes: &[Swatch]) -> String {
    let mut xml = format!(
        "    <rasterrenderer type=\"paletted\" band=\"{band}\" opacity=\"1\" alphaBand=\"-1\">\n\
         \x20     <colorPalette>\n"
    );
    for class in classes {
        // Writing to a string does not fail.
        let _ = writeln!(
            xml,
            "        <paletteEntry value=\"{}\" color=\"{}\" alpha=\"255\" label=\"{}\"/>",
            class.value,
            hex(class.colour),
            escaped(&class.label)
        );
    }
    xml + "      </colorPalette>\n    </rasterrenderer>\n"
}

/// Colours of a quantity.
struct Shader {
    /// QGIS' word for what is between the colours.
    interpolation: &'static str,
    limits: [f64; 2],
    /// Values with colours and labels; an endless one is the last of ranges.
    items: Vec<Swatch>,
    /// Labels of the ends of a ramp.
    ends: [String; 2],
    is_ramp: bool,
}

impl Shader {
    fn of_ranges(ranges: &[Swatch]) -> Self {
        Self {
            interpolation: "DISCRETE",
            limits: [0.0, 1.0],
            items: ranges.to_vec(),
            ends: Default::default(),
            is_ramp: false,
        }
    }

    fn of_ramp(colours: &[Rgb], limits: [f64; 2], unit: &str) -> Self {
        let [low, high] = limits;
        #[expect(clippy::cast_precision_loss, reason = "a dozen colours")]
        let steps = colours.len().saturating_sub(1).max(1) as f64;
        let items = colours.iter().enumerate().map(|(place, &colour)| {
            #[expect(clippy::cast_precision_loss, reason = "a dozen colours")]
            let value = low + (high - low) * (place as f64 / steps);
            Swatch {
                value,
                colour,
                label: number_shown(value, limits),
            }
        });
        let unit = if unit.is_empty() {
            String::new()
        } else {
            format!(" {unit}")
        };
        Self {
            interpolation: "INTERPOLATED",
            limits,
            items: items.collect(),
            ends: limits.map(|end| number_shown(end, limits) + &unit),
            is_ramp: true,
        }
    }
}

fn pseudocolour(band: usize, shader: &Shader) -> String {
    let [low, high] = shader.limits;
    let kind = shader.interpolation;
    let mut xml = format!(
        "    <rasterrenderer type=\"singlebandpseudocolor\" band=\"{band}\" opacity=\"1\" alphaBand=\"-1\" \
         classificationMin=\"{low}\" classificationMax=\"{high}\">\n\
         \x20     <rastershader>\n\
         \x20       <colorrampshader colorRampType=\"{kind}\" classificationMode=\"1\" clip=\"0\" \
         minimumValue=\"{low}\" maximumValue=\"{high}\" labelPrecision=\"6\">\n"
    );
    if shader.is_ramp {
        xml += &gradient(&shader.items);
    }
    for item in &shader.items {
        let value = if item.value.is_finite() {
            item.value.to_string()
        } else {
            "inf".into()
        };
        let _ = writeln!(
            xml,
            "          <item value=\"{value}\" color=\"{}\" alpha=\"255\" label=\"{}\"/>",
            hex(item.colour),
            escaped(&item.label)
        );
    }
    if shader.is_ramp {
        let [low, high] = shader.ends.each_ref().map(|end| escaped(end));
        let _ = writeln!(
            xml,
            "          <rampLegendSettings useContinuousLegend=\"1\" orientation=\"2\" direction=\"0\" prefix=\"\" \
             suffix=\"\" minimumLabel=\"{low}\" maximumLabel=\"{high}\"/>"
        );
    }
    xml + "        </colorrampshader>\n      </rastershader>\n    </rasterrenderer>\n"
}

/// The same colours as QGIS' ramp, so that they are kept when a user classifies anew.
fn gradient(items: &[Swatch]) -> String {
    let text = |colour: Rgb| format!("{},{},{},255", colour[0], colour[1], colour[2]);
    let n = items.len();
    let [first, .., last] = items else {
        return String::new();
    };
    #[expect(clippy::cast_precision_loss, reason = "a dozen colours")]
    let share = |place: usize| place as f64 / (n - 1) as f64;
    let inner = items[1..n - 1].iter().enumerate();
    let stops: Vec<String> = inner
        .map(|(place, item)| format!("{};{}", share(place + 1), text(item.colour)))
        .collect();
    let options = [
        ("color1", text(first.colour)),
        ("color2", text(last.colour)),
        ("discrete", "0".to_owned()),
        ("rampType", "gradient".to_owned()),
        ("stops", stops.join(":")),
    ];
    // QGIS before 3.20 reads `prop`, later ones `Option`.
    let of = |form: fn(&str, &str) -> String| -> String {
        options
            .iter()
            .map(|(name, value)| form(name, value))
            .collect()
    };
    let new = of(|name, value| {
        format!("              <Option type=\"QString\" name=\"{name}\" value=\"{value}\"/>\n")
    });
    let old = of(|name, value| format!("            <prop k=\"{name}\" v=\"{value}\"/>\n"));
    format!(
        "          <colorramp type=\"gradient\" name=\"[source]\">\n            <Option type=\"Map\">\n\
         {new}            </Option>\n{old}          </colorramp>\n"
    )
}

/// A colour as `#rrggbb`.
fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::FileKind;
    use crate::styles::ValuesSeen;

    fn map(path: &str, kind: FileKind) -> StyledMap {
        StyledMap {
            path: path.to_owned(),
            ending: "tif",
            description: "What it shows".to_owned(),
            unit: "gC m-2 yr-2".to_owned(),
            bands: vec!["2001".to_owned(), "2002".to_owned()],
            kind,
            made_by: None,
            values: ValuesSeen {
                central: Some([-1.0, 3.0]),
                ..ValuesSeen::default()
            },
        }
    }

    #[test]
    fn classes_have_their_labels_whatever_these_are() {
        let kind = FileKind::Labelled(vec![(0, "none".into()), (1, "<rain & \"snow\">".into())]);
        let qml = qml_of(&map("maps/nep_dominant_factor", kind));
        let entry = "value=\"1\" color=\"#e69f00\" alpha=\"255\" label=\"&lt;rain &amp; &quot;snow&quot;&gt;\"";
        assert!(qml.contains(entry), "{qml}");
    }

    #[test]
    fn a_trend_is_drawn_to_both_sides_of_zero() {
        let qml = qml_of(&map("maps/nep_slope", FileKind::Values));
        assert!(qml.contains("classificationMin=\"-3\" classificationMax=\"3\""));
        assert!(qml.contains("<item value=\"0\" color=\"#f5f5f5\" alpha=\"255\" label=\"0\"/>"));
        assert!(qml.contains("maximumLabel=\"3.00 gC m-2 yr-2\""), "{qml}");
        // The last band.
        assert!(qml.contains("band=\"2\""));
    }

    #[test]
    fn a_test_is_drawn_by_ranges_without_an_end() {
        let qml = qml_of(&map("maps/nep_p", FileKind::Values));
        assert!(qml.contains("colorRampType=\"DISCRETE\""));
        assert_eq!(qml.matches("<item ").count(), 4);
        assert_eq!(qml.matches("value=\"inf\"").count(), 1);
    }
}
