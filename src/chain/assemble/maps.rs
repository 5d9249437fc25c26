//! Maps whose values tables need.

use crate::chain::error::ChainError;
use crate::chain::files::{FileSource, FileSpec};
use crate::chain::names::is_named;
use crate::chain::recipe::MapRequest;
use crate::chain::tabled::MapSpec;
use crate::formats::FileKind;

use super::builder::Builder;

/// The folder of maps.
const MAPS: &str = "maps/";

impl Builder<'_> {
    /// The maps that the recipe wants for tables, each once, while all files are still there.
    pub(super) fn maps_of_tables(&self) -> Result<Vec<MapSpec>, ChainError> {
        let mut maps: Vec<MapSpec> = Vec::new();
        match &self.recipe.tabled_maps {
            MapRequest::Nothing => {}
            MapRequest::OfResponse => {
                for suffix in ["slope", "mean"] {
                    let path = format!("{MAPS}{}_{suffix}", self.recipe.response);
                    let file = self.files.iter().find(|file| file.path == path);
                    maps.extend(file.and_then(|file| map_of(file).ok()));
                }
            }
            MapRequest::Named { key, names } => {
                for name in names {
                    maps.extend(self.named_maps(key, name)?);
                }
            }
        }
        let mut seen = Vec::new();
        maps.retain(|map| {
            let is_new = !seen.contains(&map.layer);
            seen.push(map.layer);
            is_new
        });
        Ok(maps)
    }

    /// The maps of a name: a bare one means that map in every folder.
    fn named_maps(&self, key: &'static str, name: &str) -> Result<Vec<MapSpec>, ChainError> {
        let files = self.files.iter().filter(|file| is_named(&file.path, name));
        let maps: Result<Vec<MapSpec>, &'static str> = files.map(map_of).collect();
        match maps {
            Ok(maps) if maps.is_empty() => Err(self.no_file(key, name)),
            Ok(maps) => Ok(maps),
            Err(found) => Err(ChainError::NoQuantity {
                key,
                name: name.to_owned(),
                found,
            }),
        }
    }
}

/// A file as a map of one quantity, or what it is instead.
fn map_of(file: &FileSpec) -> Result<MapSpec, &'static str> {
    let Some(name) = file.path.strip_prefix(MAPS) else {
        return Err("a stack of years");
    };
    match (&file.kind, file.content) {
        (FileKind::Classes(_) | FileKind::Labelled(_), _) => Err("one of classes"),
        (FileKind::Flags(_), _) | (_, FileSource::Flags) => Err("one of flags"),
        (FileKind::Values, FileSource::Layer(layer)) if file.bands.len() == 1 => Ok(MapSpec {
            name: name.to_owned(),
            layer,
        }),
        (FileKind::Values, FileSource::Layer(_)) => Err("one of several bands"),
        (FileKind::Values, FileSource::QValues { .. } | FileSource::ClassesOnQ { .. }) => {
            Err("one that is made after all others")
        }
    }
}
