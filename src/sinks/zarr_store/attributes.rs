//! What a store says of its arrays, in the words of the conventions for climate and forecast data (CF 1.11).

use serde_json::{Map, Value, json};

use crate::formats::FileKind;
use crate::sinks::raster::{CLASS_NODATA, FLAGS_NODATA, RasterFile};
use crate::sinks::store_folder::MADE_BY;

/// NaN as xarray writes `_FillValue` of floats in Zarr 3: base64 of a double, since JSON has no NaN.
const NAN_OF_XARRAY: &str = "AAAAAAAA+H8=";

/// Names of the table of CF for annual series.
const STANDARD_NAMES: [(&str, &str); 3] = [
    (
        "stacks/npp",
        "net_primary_productivity_of_biomass_expressed_as_carbon",
    ),
    (
        "stacks/rh",
        "surface_upward_mass_flux_of_carbon_dioxide_expressed_as_carbon_due_to_heterotrophic_respiration",
    ),
    (
        "stacks/nep",
        "surface_net_downward_mass_flux_of_carbon_dioxide_expressed_as_carbon_due_to_all_land_processes_excluding_anthropogenic_land_use_change",
    ),
];

/// What is said of the whole store.
///
/// # Arguments
///
/// * `grid_mapping` - the name of the array with the reference system, where there is one.
pub(super) fn of_store(files: &[&RasterFile], grid_mapping: Option<&str>) -> Map<String, Value> {
    let mut attributes = Map::new();
    let mut say = |key: &str, value: String| attributes.insert(key.to_owned(), value.into());
    say("Conventions", "CF-1.11".to_owned());
    let said = |key: &str| {
        let mut metadata = files.iter().flat_map(|file| &file.metadata);
        metadata.find(|(known, _)| known == key)
    };
    if let Some((_, study)) = said("study") {
        say("title", study.clone());
    }
    let version = env!("CARGO_PKG_VERSION");
    say("source", format!("{MADE_BY}{version}"));
    say(
        "history",
        format!(
            "computed by Doline {version}; every array has the values of the GeoTIFF that its attribute `file` names"
        ),
    );
    if let Some((_, years)) = said("years") {
        say("years", years.clone());
    }
    if let Some(name) = grid_mapping {
        // So xarray takes it as a coordinate, where rioxarray looks for it.
        say("coordinates", name.to_owned());
    }
    attributes
}

/// What is said of the values of a raster.
///
/// # Arguments
///
/// * `ending` - that of the raster.
pub(super) fn of_raster(
    file: &RasterFile,
    ending: &str,
    grid_mapping: Option<&str>,
) -> Map<String, Value> {
    let mut attributes = Map::new();
    let mut say = |key: &str, value: Value| attributes.insert(key.to_owned(), value);
    say("long_name", json!(file.description));
    let standard = STANDARD_NAMES.iter().find(|(path, _)| *path == file.path);
    if let Some((_, name)) = standard {
        say("standard_name", json!(name));
    }
    match &file.kind {
        FileKind::Values => {
            if !file.unit.is_empty() {
                say("units", json!(file.unit));
            }
            say("_FillValue", json!(NAN_OF_XARRAY));
        }
        FileKind::Classes(_) | FileKind::Labelled(_) => {
            say("_FillValue", json!(CLASS_NODATA));
            let classes = file.kind.classes().unwrap_or_default();
            if !classes.is_empty() {
                let (codes, labels): (Vec<u8>, Vec<String>) = classes.into_iter().unzip();
                say("flag_values", json!(codes));
                say("flag_meanings", json!(in_words(&labels)));
            }
        }
        FileKind::Flags(flags) => {
            say("_FillValue", json!(FLAGS_NODATA));
            if !flags.is_empty() {
                let bits: Vec<u16> = flags.iter().map(|(bit, _, _)| *bit).collect();
                let names: Vec<&str> = flags.iter().map(|(_, name, _)| *name).collect();
                say("flag_masks", json!(bits));
                say("flag_meanings", json!(in_words(&names)));
            }
        }
    }
    if let Some(name) = grid_mapping {
        say("grid_mapping", json!(name));
    }
    say("file", json!(format!("{}.{ending}", file.path)));
    for (key, value) in &file.metadata {
        if key == "kernel" {
            say("kernel", json!(value));
        }
    }
    attributes
}

/// Meanings as CF wants them: one word each, in a row.
fn in_words(meanings: &[impl AsRef<str>]) -> String {
    let word = |meaning: &str| {
        let parts = meaning.split(|c: char| !c.is_alphanumeric() && !"_-.+@".contains(c));
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        if parts.is_empty() {
            "_".to_owned()
        } else {
            parts.join("_")
        }
    };
    let words: Vec<String> = meanings.iter().map(|text| word(text.as_ref())).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meaning_is_one_word() {
        let meanings = ["no significant change", "sink (NEP > 0)", "降水", "<>"];
        let expected = "no_significant_change sink_NEP_0 降水 _";
        assert_eq!(in_words(&meanings), expected);
    }
}
