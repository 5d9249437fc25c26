//! The vector files: patches of measures and counties.

use std::fmt::Write as _;
use std::path::Path;

use gdal::errors::Result;
use gdal::spatial_ref::SpatialRef;
use gdal::vector::{
    Feature, FieldDefn, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType,
};
use gdal::{Dataset, DriverManager};

use super::error::{SynthError, gdal_error};
use crate::synth::counties::Counties;
use crate::synth::county_names::name;
use crate::synth::measures::MEASURES;
use crate::synth::patches::Patches;

/// A `GeoPackage` states when it was changed; this one does not change from run to run.
const DATE: [&str; 2] = ["OGR_CURRENT_DATE", "2020-12-31T00:00:00.000Z"];

/// A feature: its outline in degrees, and its fields in order.
struct Outlined {
    outline: Vec<[f64; 2]>,
    name: String,
    year: Option<i32>,
}

/// `zones/measures.gpkg`: `measure`, and `start`, the first year under it; land left alone has none.
pub(super) fn write_measures(dir: &Path, patches: &Patches) -> std::result::Result<(), SynthError> {
    let features = patches.outlines().map(|(outline, treatment)| Outlined {
        outline,
        name: MEASURES[usize::from(treatment.measure)].to_owned(),
        year: treatment.first_year(),
    });
    write(
        &dir.join("zones/measures.gpkg"),
        "measures",
        &["measure", "start"],
        features,
    )
}

/// `zones/counties.gpkg`: `name`.
pub(super) fn write_counties(
    dir: &Path,
    counties: &Counties,
) -> std::result::Result<(), SynthError> {
    let features = counties.outlines().map(|(outline, number)| Outlined {
        outline,
        name: name(number),
        year: None,
    });
    write(
        &dir.join("zones/counties.gpkg"),
        "counties",
        &["name"],
        features,
    )
}

fn write(
    path: &Path,
    layer: &str,
    fields: &[&str],
    features: impl Iterator<Item = Outlined>,
) -> std::result::Result<(), SynthError> {
    let dated = gdal::config::set_thread_local_config_option(DATE[0], DATE[1]);
    let written = dated.and_then(|()| create(path, layer, fields, features));
    let cleared = gdal::config::clear_thread_local_config_option(DATE[0]);
    written
        .and(cleared)
        .map_err(|source| gdal_error(path, source))
}

fn create(
    path: &Path,
    name: &str,
    fields: &[&str],
    features: impl Iterator<Item = Outlined>,
) -> Result<()> {
    let mut dataset = DriverManager::get_driver_by_name("GPKG")?.create_vector_only(path)?;
    let mut transaction = dataset.start_transaction()?;
    fill(&mut transaction, name, fields, features)?;
    transaction.commit()?;
    dataset.close()
}

fn fill(
    dataset: &mut Dataset,
    name: &str,
    fields: &[&str],
    features: impl Iterator<Item = Outlined>,
) -> Result<()> {
    let reference = SpatialRef::from_epsg(4326)?;
    let layer = dataset.create_layer(LayerOptions {
        name,
        srs: Some(&reference),
        ty: OGRwkbGeometryType::wkbPolygon,
        options: None,
    })?;
    let types = [OGRFieldType::OFTString, OGRFieldType::OFTInteger];
    for (field, of_type) in fields.iter().zip(types) {
        FieldDefn::new(field, of_type)?.add_to_layer(&layer)?;
    }
    for outlined in features {
        let mut feature = Feature::new(layer.defn())?;
        feature.set_geometry(Geometry::from_wkt(&wkt(&outlined.outline))?)?;
        feature.set_field_string(0, &outlined.name)?;
        if let Some(year) = outlined.year {
            feature.set_field_integer(1, year)?;
        }
        feature.create(&layer)?;
    }
    Ok(())
}

/// A polygon as text, its ring closed.
fn wkt(outline: &[[f64; 2]]) -> String {
    let mut text = "POLYGON ((".to_owned();
    for [x, y] in outline.iter().chain(outline.first()) {
        let separator = if text.ends_with('(') { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{x} {y}");
    }
    text + "))"
}
