//! All the files beside the maps of a run.

use std::io;

use super::describe::StyledMap;
use super::place::Place;
use super::project::project_of;
use super::renderer::qml_of;
use super::stac::item_of;
use super::times::times_of;
use super::zip::zip_of;

/// The project of QGIS.
pub const PROJECT: &str = "project.qgz";
/// The entry of a STAC catalogue.
const ITEM: &str = "item.json";

/// A file beside the maps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StyleFile {
    /// Its path under the output folder.
    pub path: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// A style beside each map, the times of each stack, a project and an entry of a catalogue. They are the same for the same
/// maps.
///
/// # Errors
///
/// The project would have more than 4 GiB.
pub fn style_files(maps: &[StyledMap], place: &Place) -> io::Result<Vec<StyleFile>> {
    let mut files = Vec::new();
    let mut add = |path: String, content: Vec<u8>| files.push(StyleFile { path, content });
    for map in maps {
        add(format!("{}.qml", map.path), qml_of(map).into_bytes());
        if let Some((path, text)) = times_of(map) {
            add(path, text.into_bytes());
        }
    }
    let project = project_of(maps, place);
    add(
        PROJECT.to_owned(),
        zip_of("project.qgs", project.as_bytes())?,
    );
    let item = item_of(maps, place, &[PROJECT, "run.json"]);
    add(ITEM.to_owned(), item.into_bytes());
    Ok(files)
}
