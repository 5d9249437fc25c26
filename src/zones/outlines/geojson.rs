//! Zones as `GeoJSON` (RFC 7946).

use std::fmt::Write as _;

use crate::zones::edges::Point;
use crate::zones::polygons::Polygon;

use super::simplify::signed_area;

/// Decimals of corners that rounding would put on each other.
const ALL_DECIMALS: usize = 12;

/// A zone as it is written.
pub(super) struct Feature<'a> {
    pub(super) set: &'a str,
    pub(super) zone: &'a str,
    pub(super) n_pixels: u64,
    pub(super) polygons: &'a [Polygon],
}

/// The text of some zones, each on a line.
pub(super) fn text_of(features: &[Feature<'_>], decimals: usize) -> String {
    let mut text = "{\"type\":\"FeatureCollection\",\"features\":[".to_owned();
    for (i, feature) in features.iter().enumerate() {
        text.push_str(if i == 0 { "\n" } else { ",\n" });
        add_feature(feature, decimals, &mut text);
    }
    text.push_str("\n]}\n");
    text
}

fn add_feature(feature: &Feature<'_>, decimals: usize, text: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "{{\"type\":\"Feature\",\"properties\":{{\"set\":{},\"zone\":{},\"n_pixels\":{}}},\"geometry\":",
        quoted(feature.set),
        quoted(feature.zone),
        feature.n_pixels
    );
    if feature.polygons.is_empty() {
        text.push_str("null}");
        return;
    }
    text.push_str("{\"type\":\"MultiPolygon\",\"coordinates\":[");
    for (i, polygon) in feature.polygons.iter().enumerate() {
        text.push_str(if i == 0 { "[" } else { ",[" });
        for (i, ring) in polygon.iter().enumerate() {
            text.push_str(if i == 0 { "[" } else { ",[" });
            // The outer ring runs counterclockwise, holes the other way.
            let is_turned = (signed_area(ring) > 0.0) != (i == 0);
            let mut corners = corners_of(ring, decimals);
            if is_turned {
                corners.reverse();
            }
            text.push_str(&corners.join(","));
            text.push(']');
        }
        text.push(']');
    }
    text.push_str("]}}");
}

/// The corners of a ring as texts, none twice in a row.
fn corners_of(ring: &[Point], decimals: usize) -> Vec<String> {
    let rounded = |decimals: usize| {
        let corner =
            |[x, y]: &Point| format!("[{},{}]", number(*x, decimals), number(*y, decimals));
        let mut corners: Vec<String> = ring.iter().map(corner).collect();
        corners.dedup();
        corners
    };
    let corners = rounded(decimals);
    // A ring has four corners at least, the last of which is the first.
    if corners.len() < 4 {
        rounded(ALL_DECIMALS)
    } else {
        corners
    }
}

fn number(x: f64, decimals: usize) -> String {
    let text = format!("{x:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A text as JSON. `<`, `>` and `&` are escaped too, so that a page may hold the text inside a script.
fn quoted(text: &str) -> String {
    // A text always has a JSON.
    let json = serde_json::to_string(text).unwrap_or_default();
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outer_rings_run_counterclockwise_and_labels_are_texts() {
        let outer = vec![[0.0, 0.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0], [0.0, 0.0]];
        let hole = vec![[0.5, 0.5], [1.0, 0.5], [1.0, 1.0], [0.5, 0.5]];
        let feature = Feature {
            set: "s",
            zone: "a \"b\" </script>",
            n_pixels: 3,
            polygons: &[vec![outer, hole]],
        };
        let text = text_of(&[feature], 3);
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let feature = &json["features"][0];
        assert_eq!(feature["properties"]["zone"], "a \"b\" </script>");
        assert!(!text.contains("</script>"));
        let expected = serde_json::json!([[
            [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0], [0.0, 0.0]],
            [[0.5, 0.5], [1.0, 1.0], [1.0, 0.5], [0.5, 0.5]]
        ]]);
        let rings = serde_json::to_string(&feature["geometry"]["coordinates"]).expect("JSON");
        let same = |text: &str| text.replace(".0", "");
        assert_eq!(same(&rings), same(&expected.to_string()));
    }

    #[test]
    fn a_ring_below_the_last_decimal_keeps_its_corners() {
        let tiny = [[0.0, 0.0], [1e-6, 0.0], [0.0, 1e-6], [0.0, 0.0]];
        assert_eq!(corners_of(&tiny, 2).len(), 4);
    }
}
