//! A variable of a store as a raster of GDAL without pixels: what GDAL's netCDF driver would say of the same variable of a
//! netCDF file. Whoever asks for grids, times and codes need not know that it is a store.

use std::borrow::Cow;
use std::fmt::Write as _;

use gdal::{Dataset, Metadata as _};
use serde_json::Value;

use crate::sources::zarr::array::ChunkedArray;
use crate::sources::zarr::attributes::{as_metadata, is_unsigned, number, numbers, text};
use crate::sources::zarr::error::ZarrError;
use crate::sources::zarr::numbers::Kind;
use crate::sources::zarr::tree::{ArrayNode, StoreTree};
use crate::sources::zarr::variables::{StoredAxis, axis_array, reference_of};

/// More layers than any record has months.
const MAX_LAYERS: usize = 20_000;
/// Attributes that are stored numbers, before scale and offset.
const STORED_NUMBERS: [&str; 5] = [
    "_FillValue",
    "missing_value",
    "valid_range",
    "valid_min",
    "valid_max",
];
/// Where a description keeps the path of its array.
const DOMAIN: &str = "ZARR";
const ARRAY: &str = "ARRAY";

/// The path of the array that a raster describes; `None` for any other raster.
pub(crate) fn array_of(dataset: &Dataset) -> Option<String> {
    dataset.metadata_item(ARRAY, DOMAIN)
}

/// Number of layers of an array: its size but for rows and columns.
pub(crate) fn layers_of(shape: &[usize]) -> usize {
    let outer = shape.len().saturating_sub(2);
    shape[..outer]
        .iter()
        .fold(1, |n, side| n.saturating_mul(*side))
}

/// The text of GDAL's virtual raster that describes an array.
///
/// # Errors
///
/// Shapes that are not read.
pub(crate) fn describe(
    tree: &StoreTree,
    node: &ArrayNode,
    array: &ChunkedArray,
    axes: &[StoredAxis],
) -> Result<String, ZarrError> {
    let [outer @ .., height, width] = node.shape.as_slice() else {
        return Err(ZarrError::NoArray);
    };
    let n = checked_layers(node, [*height, *width])?;
    let mut text = format!("<VRTDataset rasterXSize=\"{width}\" rasterYSize=\"{height}\">");
    text.push_str(&place(tree, node, &axes[outer.len()..]));
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "<Metadata domain=\"{DOMAIN}\"><MDI key=\"{ARRAY}\">{}</MDI></Metadata>",
        escaped(&node.path)
    );
    text.push_str(&items(&axis_items(tree, node)));
    let of_all = of_all_bands(node, array);
    let (chunk_height, chunk_width) = (array.chunk[outer.len()], array.chunk[outer.len() + 1]);
    for layer in 0..n {
        let _ = write!(
            text,
            "<VRTRasterBand dataType=\"{}\" band=\"{}\" blockXSize=\"{}\" blockYSize=\"{}\">{}{of_all}</VRTRasterBand>",
            array.kind.of_gdal().name(),
            layer + 1,
            chunk_width.min(*width),
            chunk_height.min(*height),
            items(&band_items((node, array.kind), axes, outer, layer)),
        );
    }
    text.push_str("</VRTDataset>");
    Ok(text)
}

/// Number of layers of an array, if GDAL has rasters of its size.
fn checked_layers(node: &ArrayNode, sides: [usize; 2]) -> Result<usize, ZarrError> {
    let n = layers_of(&node.shape);
    if n > MAX_LAYERS {
        return Err(ZarrError::Layers {
            array: node.name().to_owned(),
            n,
            most: MAX_LAYERS,
        });
    }
    if sides.iter().any(|side| i32::try_from(*side).is_err()) {
        return Err(ZarrError::Shape {
            array: node.name().to_owned(),
            what: format!("{} x {} pixels", sides[0], sides[1]),
        });
    }
    Ok(n)
}

/// The reference system, and the transform where no axes tell where pixels are.
fn place(tree: &StoreTree, node: &ArrayNode, rows_and_columns: &[StoredAxis]) -> String {
    let mut text = String::new();
    let (wkt, stated) = reference_of(tree, node);
    if let Some(wkt) = wkt {
        let wkt = escaped(&wkt);
        let _ = write!(text, "<SRS dataAxisToSRSAxisMapping=\"2,1\">{wkt}</SRS>");
    }
    let has_axes = rows_and_columns.iter().all(|axis| !axis.values.is_empty());
    if has_axes {
        return text;
    }
    if let Some(transform) = stated {
        let numbers = transform.map(|x| format!("{x:e}")).join(", ");
        let _ = write!(text, "<GeoTransform>{numbers}</GeoTransform>");
    } else if let Some(name) = degrees_of_pixels(tree, node) {
        // As GDAL's netCDF driver marks a swath.
        let _ = write!(
            text,
            "<Metadata domain=\"GEOLOCATION\"><MDI key=\"X_DATASET\">{}</MDI></Metadata>",
            escaped(&name)
        );
    }
    text
}

/// An array that has a longitude or latitude for each pixel, if the array names one among its coordinates.
fn degrees_of_pixels(tree: &StoreTree, node: &ArrayNode) -> Option<String> {
    let names = text(&node.attributes, "coordinates")?;
    let is_of_pixels = |array: &&ArrayNode| {
        let unit = text(&array.attributes, "units").unwrap_or_default();
        let is_in_degrees = unit.to_ascii_lowercase().starts_with("degree");
        array.shape.len() == 2 && node.shape.ends_with(&array.shape) && is_in_degrees
    };
    let mut arrays = names.split_whitespace();
    let found = arrays.find_map(|name| tree.seen_from(node.group(), name).filter(is_of_pixels));
    found.map(|array| array.path.clone())
}

/// What every band states of its numbers.
fn of_all_bands(node: &ArrayNode, array: &ChunkedArray) -> String {
    let mut text = String::new();
    let attributes = &node.attributes;
    let stated = ["_FillValue", "missing_value"].iter().find_map(|key| {
        let codes = numbers(&as_stored(node, array.kind, key, attributes.get(*key)?));
        codes.first().copied()
    });
    // In format 2 the fill value of the array is that of its data; in format 3 it is that of chunks which are not there.
    let has_fill = node.format == 2
        && node
            .metadata
            .get("fill_value")
            .is_some_and(|fill| !fill.is_null());
    if let Some(code) = stated.or_else(|| has_fill.then(|| array.fill())) {
        let code = if code.is_nan() {
            "nan".to_owned()
        } else {
            code.to_string()
        };
        let _ = write!(text, "<NoDataValue>{code}</NoDataValue>");
    }
    if let Some(unit) = self::text(attributes, "units") {
        let _ = write!(text, "<UnitType>{}</UnitType>", escaped(unit));
    }
    if let Some(offset) = number(attributes, "add_offset") {
        let _ = write!(text, "<Offset>{offset:e}</Offset>");
    }
    if let Some(scale) = number(attributes, "scale_factor") {
        let _ = write!(text, "<Scale>{scale:e}</Scale>");
    }
    if let Some(names) = class_names(node) {
        text.push_str("<CategoryNames>");
        for name in names {
            let _ = write!(text, "<Category>{}</Category>", escaped(&name));
        }
        text.push_str("</CategoryNames>");
    }
    text
}

/// The names of the classes 0, 1, 2 ...; those that have none are empty.
fn class_names(node: &ArrayNode) -> Option<Vec<String>> {
    const MOST: usize = 1 << 16;
    let values = numbers(node.attributes.get("flag_values")?);
    let meanings = text(&node.attributes, "flag_meanings")?;
    let mut names = Vec::new();
    for (value, meaning) in values.iter().zip(meanings.split_whitespace()) {
        let is_class = value.fract() == 0.0 && (0.0..65536.0).contains(value);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be a small whole number"
        )]
        let class = is_class
            .then_some(*value as usize)
            .filter(|class| *class < MOST)?;
        if names.len() <= class {
            names.resize(class + 1, String::new());
        }
        meaning.clone_into(&mut names[class]);
    }
    Some(names)
}

/// Unit, calendar and bounds of the axes, as GDAL's netCDF driver names them: with the groups that they are in.
fn axis_items(tree: &StoreTree, node: &ArrayNode) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for dimension in 0..node.dimensions.len() {
        let Some(axis) = axis_array(tree, node, dimension) else {
            continue;
        };
        let full = |path: &str| {
            if path.contains('/') {
                format!("/{path}")
            } else {
                path.to_owned()
            }
        };
        for key in ["units", "calendar"] {
            if let Some(value) = text(&axis.attributes, key) {
                found.push((format!("{}#{key}", full(&axis.path)), value.to_owned()));
            }
        }
        let bounds = text(&axis.attributes, "bounds");
        let bounds = bounds.and_then(|name| tree.seen_from(axis.group(), name));
        if let Some(bounds) = bounds {
            found.push((format!("{}#bounds", full(&axis.path)), full(&bounds.path)));
        }
    }
    found
}

/// The place of a layer along the outer axes, and the attributes of the array.
fn band_items(
    (node, kind): (&ArrayNode, Kind),
    axes: &[StoredAxis],
    outer: &[usize],
    layer: usize,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (axis, at) in axes.iter().zip(place_of(layer, outer)) {
        if let Some(value) = axis.values.get(at) {
            found.push((format!("NETCDF_DIM_{}", axis.name), value.to_string()));
        }
    }
    let attributes = node
        .attributes
        .iter()
        .filter(|(key, _)| !key.starts_with('_'));
    found.extend(attributes.filter_map(|(key, value)| {
        let value = as_stored(node, kind, key, value);
        Some((key.clone(), as_metadata(&value)?))
    }));
    found
}

/// An attribute; one that is stored numbers is in their range, where `_Unsigned` gave them another sign than it has.
fn as_stored<'a>(node: &ArrayNode, kind: Kind, key: &str, value: &'a Value) -> Cow<'a, Value> {
    let is_changed = STORED_NUMBERS.contains(&key) && is_unsigned(&node.attributes).is_some();
    if !is_changed {
        return Cow::Borrowed(value);
    }
    let in_range = numbers(value).into_iter().map(|x| kind.in_range(x));
    Cow::Owned(in_range.collect())
}

/// The indices of a layer along the outer dimensions, the last of which goes fastest.
pub(crate) fn place_of(layer: usize, outer: &[usize]) -> Vec<usize> {
    let mut place = vec![0; outer.len()];
    let mut rest = layer;
    for (at, side) in place.iter_mut().zip(outer).rev() {
        *at = rest % side.max(&1);
        rest /= side.max(&1);
    }
    place
}

fn items(items: &[(String, String)]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let item = |(key, value): &(String, String)| {
        format!("<MDI key=\"{}\">{}</MDI>", escaped(key), escaped(value))
    };
    format!(
        "<Metadata>{}</Metadata>",
        items.iter().map(item).collect::<String>()
    )
}

fn escaped(text: &str) -> String {
    let plain = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let plain = plain.replace('"', "&quot;");
    // XML has no other control characters.
    plain.replace(
        |sign: char| sign.is_control() && !matches!(sign, '\n' | '\t'),
        " ",
    )
}
