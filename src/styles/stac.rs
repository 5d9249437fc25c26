//! An entry of a STAC catalogue for the folder of a run: `item.json`.
//!
//! STAC 1.1 with the extensions projection 2.0, raster 2.0, classification 2.0 and processing 1.2. What a reader needs to
//! lay out a grid before it opens a file is there: reference system, transform, shape, types, missing values, units,
//! classes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::formats::FileKind;

use super::describe::StyledMap;
use super::place::Place;

const EXTENSIONS: [&str; 4] = [
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "https://stac-extensions.github.io/raster/v2.0.0/schema.json",
    "https://stac-extensions.github.io/classification/v2.0.0/schema.json",
    "https://stac-extensions.github.io/processing/v1.2.0/schema.json",
];

/// The text of the item.
///
/// # Arguments
///
/// * `others` - files beside maps and tables, such as the project.
pub(super) fn item_of(maps: &[StyledMap], place: &Place, others: &[&str]) -> String {
    let mut item = json!({
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": EXTENSIONS,
        "id": id_of(&place.study),
        "geometry": null,
        "properties": properties(place),
        "links": [],
        "assets": assets(maps, place, others),
    });
    if let Some(outline) = &place.outline {
        item["geometry"] = json!({ "type": "Polygon", "coordinates": [outline] });
        let bounds = |pick: fn(f64, f64) -> f64, axis: usize, start: f64| {
            outline.iter().map(|point| point[axis]).fold(start, pick)
        };
        item["bbox"] = json!([
            bounds(f64::min, 0, f64::INFINITY),
            bounds(f64::min, 1, f64::INFINITY),
            bounds(f64::max, 0, f64::NEG_INFINITY),
            bounds(f64::max, 1, f64::NEG_INFINITY),
        ]);
    }
    format!("{item:#}\n")
}

/// A name that is good for paths and addresses: letters, digits, hyphens.
fn id_of(study: &str) -> String {
    let words = study.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() {
        "doline".to_owned()
    } else {
        words.join("-")
    }
}

/// A name of a class as the extension allows it.
fn name_of(label: &str, value: u16) -> String {
    if label.is_ascii() && label.contains(|c: char| c.is_ascii_alphanumeric()) {
        id_of(label)
    } else {
        format!("class-{value}")
    }
}

fn properties(place: &Place) -> Value {
    let grid = &place.grid;
    let [first, last] = place.years;
    let t = grid.transform;
    let mut properties = json!({
        "title": place.study,
        "datetime": null,
        "start_datetime": format!("{first:04}-01-01T00:00:00Z"),
        "end_datetime": format!("{last:04}-12-31T23:59:59Z"),
        "proj:shape": [grid.height, grid.width],
        "proj:transform": [t[1], t[2], t[0], t[4], t[5], t[3]],
        "processing:software": { "Doline": env!("CARGO_PKG_VERSION") },
    });
    let projjson = place.projjson.as_deref();
    if place.has_code() {
        properties["proj:code"] = json!(grid.crs_name);
    } else {
        properties["proj:code"] = Value::Null;
        let projjson = projjson.and_then(|text| serde_json::from_str(text).ok());
        properties["proj:projjson"] = projjson.unwrap_or(Value::Null);
    }
    properties
}

fn assets(maps: &[StyledMap], place: &Place, others: &[&str]) -> Map<String, Value> {
    let mut assets = Map::new();
    let mut names = BTreeSet::new();
    for map in maps {
        let inside = map.path.strip_prefix("maps/").unwrap_or(&map.path);
        // Readers make variables of the names of assets.
        let mut name = inside.replace('/', "_");
        if !names.insert(name.clone()) {
            name.clone_from(&map.path);
        }
        assets.insert(name, raster(map));
    }
    if let Some(store) = place.store {
        let asset = json!({
            "href": href(store),
            "type": "application/vnd.zarr; version=3",
            "title": "The values of all maps and stacks, with coordinates and years",
            "roles": ["data"],
        });
        assets.insert(store.replace('.', "_"), asset);
    }
    let others = others.iter().copied();
    for path in place.tables.iter().map(String::as_str).chain(others) {
        let (stem, ending) = path.rsplit_once('.').unwrap_or((path, ""));
        let media = match ending {
            "csv" => "text/csv",
            "json" => "application/json",
            "geojson" => "application/geo+json",
            _ => "application/octet-stream",
        };
        let asset = json!({ "href": href(path), "type": media, "roles": ["metadata"] });
        assets.insert(stem.replace('/', "_"), asset);
    }
    assets
}

/// A path as a relative address.
fn href(path: &str) -> String {
    let mut href = "./".to_owned();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            href.push(byte.into());
        } else {
            // Writing to a string does not fail.
            let _ = write!(href, "%{byte:02X}");
        }
    }
    href
}

fn raster(map: &StyledMap) -> Value {
    let (data_type, nodata) = match map.kind {
        FileKind::Values => ("float32", json!("nan")),
        FileKind::Classes(_) | FileKind::Labelled(_) => ("uint8", json!(255)),
        FileKind::Flags(_) => ("uint16", json!(65_535)),
    };
    let mut asset = json!({
        "href": href(&map.file()),
        "type": "image/tiff; application=geotiff",
        "title": map.description,
        "roles": ["data"],
        "data_type": data_type,
        "nodata": nodata,
        // Of what the raster extension has beside STAC 1.1; its schema wants one of its fields.
        "raster:sampling": "area",
    });
    if !map.unit_shown().is_empty() {
        asset["unit"] = json!(map.unit);
    }
    let percent = (map.values.valid_percent * 100.0).round() / 100.0;
    let mut statistics = json!({ "valid_percent": percent });
    let is_quantity = map.kind == FileKind::Values;
    if let Some([low, high]) = map.values.extremes.filter(|_| is_quantity) {
        statistics["minimum"] = json!(low);
        statistics["maximum"] = json!(high);
    }
    asset["statistics"] = statistics;
    if let Some((key, meanings)) = meanings(map) {
        asset[key] = meanings;
    }
    if map.bands.len() > 1 {
        let bands = map.bands.iter();
        asset["bands"] = bands.map(|band| json!({ "name": band })).collect();
    }
    asset
}

/// What codes or bits mean, with the key of it; `None` for a quantity.
fn meanings(map: &StyledMap) -> Option<(&'static str, Value)> {
    if let Some(classes) = map.kind.classes() {
        let colours = crate::palette::colours_of(&classes);
        let classes = classes.iter().zip(colours);
        let classes = classes.map(|((code, label), [red, green, blue])| {
            json!({
                "value": code,
                "name": name_of(label, (*code).into()),
                "title": label,
                "color_hint": format!("{red:02X}{green:02X}{blue:02X}"),
            })
        });
        return Some(("classification:classes", classes.collect()));
    }
    if let FileKind::Flags(flags) = &map.kind {
        let fields = flags.iter().map(|(bit, name, label)| {
            json!({
                "name": name,
                "description": label,
                "offset": bit.trailing_zeros(),
                "length": 1,
                "classes": [
                    { "value": 0, "name": "no", "title": "no" },
                    { "value": 1, "name": name_of(label, 1), "title": label },
                ],
            })
        });
        return Some(("classification:bitfields", fields.collect()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_an_address() {
        assert_eq!(href("maps/a b<é>.tif"), "./maps/a%20b%3C%C3%A9%3E.tif");
        assert_eq!(id_of("Karst, Guangxi 2001-2020"), "karst-guangxi-2001-2020");
        assert_eq!(id_of("<>"), "doline");
        assert_eq!(name_of("no significant change", 3), "no-significant-change");
        assert_eq!(name_of("降水", 2), "class-2");
    }
}
