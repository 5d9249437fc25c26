//! The arrays of a store, with their attributes and dimensions, from its metadata.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::sources::zarr::attributes::Attributes;
use crate::sources::zarr::error::ZarrError;
use crate::sources::zarr::storage::StoreFiles;

/// Groups in groups deeper than this are not followed.
const MAX_DEPTH: usize = 16;
/// Where format 3 and format 2 have the metadata of a group or an array, and all of format 2 together.
const FORMAT_3: &str = "zarr.json";
const ARRAY_2: &str = ".zarray";
const GROUP_2: &str = ".zgroup";
const ATTRIBUTES_2: &str = ".zattrs";
const ALL_2: &str = ".zmetadata";

/// An array, as its metadata describe it.
#[derive(Clone, Debug)]
pub(crate) struct ArrayNode {
    /// Its name with the groups that it is in, such as `data/npp`; empty for a store that is a single array.
    pub(crate) path: String,
    /// The format of its metadata: 2 or 3.
    pub(crate) format: u8,
    pub(crate) metadata: Value,
    pub(crate) attributes: Attributes,
    /// One for each dimension; empty where it has no name.
    pub(crate) dimensions: Vec<String>,
    pub(crate) shape: Vec<usize>,
}

impl ArrayNode {
    /// Its name without the groups.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The groups that it is in, such as `data/`; empty at the root.
    pub(crate) fn group(&self) -> &str {
        self.path.rfind('/').map_or("", |end| &self.path[..=end])
    }
}

/// A store with its arrays.
#[derive(Debug)]
pub(crate) struct StoreTree {
    pub(crate) files: StoreFiles,
    /// 2 or 3.
    pub(crate) format: u8,
    /// By their paths.
    pub(crate) arrays: BTreeMap<String, ArrayNode>,
}

impl StoreTree {
    /// Reads the metadata of a store: those of all arrays together where the store has them, else one by one.
    ///
    /// # Errors
    ///
    /// A file of metadata that cannot be read or is damaged, another format, or no array.
    pub(crate) fn open(path: &Path) -> Result<Self, ZarrError> {
        let mut tree = Self {
            files: StoreFiles::at(path),
            format: 3,
            arrays: BTreeMap::new(),
        };
        if let Some(key) = tree.files.metadata_twice()? {
            return Err(ZarrError::Twice { key });
        }
        if let Some(root) = tree.json(FORMAT_3)? {
            tree.read_format_3(&root)?;
        } else {
            tree.format = 2;
            tree.read_format_2()?;
        }
        if tree.arrays.is_empty() {
            return Err(ZarrError::NoArray);
        }
        Ok(tree)
    }

    /// An array by a name that is used in a group: there, or in a group around it.
    pub(crate) fn seen_from(&self, group: &str, name: &str) -> Option<&ArrayNode> {
        let name = name.trim_start_matches('/');
        let mut group = group;
        loop {
            if let Some(array) = self.arrays.get(&format!("{group}{name}")) {
                return Some(array);
            }
            let outer = group.trim_end_matches('/');
            if outer.is_empty() {
                return None;
            }
            group = outer.rfind('/').map_or("", |end| &outer[..=end]);
        }
    }

    fn json(&self, key: &str) -> Result<Option<Value>, ZarrError> {
        let Some(bytes) = self.files.metadata(key)? else {
            return Ok(None);
        };
        let read = serde_json::from_slice(&with_quoted_words(&bytes));
        read.map(Some)
            .map_err(|error| damaged(key, &format!("it is no JSON ({error})")))
    }

    fn read_format_3(&mut self, root: &Value) -> Result<(), ZarrError> {
        check_format(root, 3)?;
        if is_array(root) {
            return self.add_3("", root);
        }
        let together = root
            .get("consolidated_metadata")
            .and_then(|of| of.get("metadata"));
        let Some(together) = together.and_then(Value::as_object) else {
            return self.walk("", MAX_DEPTH);
        };
        for (path, metadata) in together {
            if is_array(metadata) {
                self.add_3(path, metadata)?;
            }
        }
        Ok(())
    }

    fn read_format_2(&mut self) -> Result<(), ZarrError> {
        if let Some(together) = self.json(ALL_2)? {
            let metadata = together.get("metadata").and_then(Value::as_object);
            let metadata = metadata.ok_or_else(|| damaged(ALL_2, "it has no metadata"))?;
            for (key, array) in metadata {
                let Some(path) = key.strip_suffix(ARRAY_2) else {
                    continue;
                };
                let path = path.trim_end_matches('/');
                let attributes = metadata.get(&key_of(path, ATTRIBUTES_2)).cloned();
                self.add_2(path, array, attributes)?;
            }
            return Ok(());
        }
        match self.json(ARRAY_2)? {
            Some(array) => {
                let attributes = self.json(ATTRIBUTES_2)?;
                self.add_2("", &array, attributes)
            }
            None => self.walk("", MAX_DEPTH),
        }
    }

    /// Reads what is in a group, one by one.
    fn walk(&mut self, group: &str, depth: usize) -> Result<(), ZarrError> {
        if depth == 0 {
            return Ok(());
        }
        for name in self.files.names_in(group) {
            let path = key_of(group, &name);
            if name.starts_with('.') || name == FORMAT_3 {
                continue;
            }
            if let Some(found) = self.json_below(&path, FORMAT_3)? {
                if is_array(&found) {
                    self.add_3(&path, &found)?;
                } else {
                    self.walk(&path, depth - 1)?;
                }
            } else if let Some(array) = self.json_below(&path, ARRAY_2)? {
                let attributes = self.json_below(&path, ATTRIBUTES_2)?;
                self.add_2(&path, &array, attributes)?;
            } else if self.json_below(&path, GROUP_2)?.is_some() {
                self.walk(&path, depth - 1)?;
            }
        }
        Ok(())
    }

    fn json_below(&self, path: &str, key: &str) -> Result<Option<Value>, ZarrError> {
        self.json(&key_of(path, key))
    }

    fn add_3(&mut self, path: &str, metadata: &Value) -> Result<(), ZarrError> {
        check_format(metadata, 3)?;
        let attributes = metadata.get("attributes").and_then(Value::as_object);
        let names = metadata.get("dimension_names").and_then(Value::as_array);
        let attributes = attributes.cloned().unwrap_or_default();
        self.add(path, 3, metadata, attributes, names.map(Vec::as_slice))
    }

    fn add_2(
        &mut self,
        path: &str,
        metadata: &Value,
        attributes: Option<Value>,
    ) -> Result<(), ZarrError> {
        check_format(metadata, 2)?;
        let attributes = match attributes {
            Some(Value::Object(attributes)) => attributes,
            _ => Attributes::new(),
        };
        // As xarray and GDAL name dimensions, and as the netCDF library does.
        let of_netcdf = || {
            metadata
                .get("_NCZARR_ARRAY")
                .or_else(|| attributes.get("_nczarr_array"))
        };
        let names = attributes.get("_ARRAY_DIMENSIONS");
        let names = names
            .or_else(|| of_netcdf()?.get("dimrefs"))
            .and_then(Value::as_array)
            .cloned();
        self.add(path, 2, metadata, attributes, names.as_deref())
    }

    fn add(
        &mut self,
        path: &str,
        format: u8,
        metadata: &Value,
        attributes: Attributes,
        names: Option<&[Value]>,
    ) -> Result<(), ZarrError> {
        if path.starts_with('/') || path.split('/').any(|part| part == "..") {
            return Err(damaged(
                FORMAT_3,
                &format!("it names {path:?}, which is outside the store"),
            ));
        }
        let shape = metadata.get("shape").and_then(Value::as_array);
        let side = |side: &Value| usize::try_from(side.as_u64()?).ok();
        let shape: Option<Vec<usize>> = shape.and_then(|shape| shape.iter().map(side).collect());
        let Some(shape) = shape else {
            let key = key_of(path, if format == 3 { FORMAT_3 } else { ARRAY_2 });
            return Err(damaged(&key, "it has no shape of whole numbers"));
        };
        let name = |at: usize| {
            let name = names.filter(|names| names.len() == shape.len())?.get(at)?;
            Some(name.as_str()?.trim_start_matches('/').to_owned())
        };
        let node = ArrayNode {
            path: path.to_owned(),
            format,
            metadata: metadata.clone(),
            attributes,
            dimensions: (0..shape.len())
                .map(|at| name(at).unwrap_or_default())
                .collect(),
            shape,
        };
        self.arrays.insert(path.to_owned(), node);
        Ok(())
    }
}

/// A text of JSON with quotes around the words that Python writes for numbers which JSON has not: `NaN`, `Infinity` and
/// `-Infinity`.
fn with_quoted_words(json: &[u8]) -> Vec<u8> {
    const WORDS: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    let mut quoted = Vec::with_capacity(json.len());
    let (mut rest, mut is_text) = (json, false);
    while let Some((&byte, after)) = rest.split_first() {
        let word = WORDS.iter().find(|word| rest.starts_with(word));
        if let Some(word) = word.filter(|_| !is_text) {
            quoted.push(b'"');
            quoted.extend_from_slice(word);
            quoted.push(b'"');
            rest = &rest[word.len()..];
            continue;
        }
        quoted.push(byte);
        rest = after;
        match (byte, is_text, after.split_first()) {
            // What is escaped ends no text.
            (b'\\', true, Some((&escaped, after))) => {
                quoted.push(escaped);
                rest = after;
            }
            (b'"', ..) => is_text = !is_text,
            _ => {}
        }
    }
    quoted
}

/// The name of a file or an array in a group.
fn key_of(group: &str, name: &str) -> String {
    if group.is_empty() {
        name.to_owned()
    } else {
        format!("{group}/{name}")
    }
}

fn is_array(metadata: &Value) -> bool {
    metadata.get("node_type").and_then(Value::as_str) == Some("array")
}

fn check_format(metadata: &Value, expected: u64) -> Result<(), ZarrError> {
    match metadata.get("zarr_format") {
        Some(format) if format.as_u64() == Some(expected) => Ok(()),
        Some(format) => Err(ZarrError::Format(format.to_string())),
        None => {
            let key = if expected == 3 { FORMAT_3 } else { ARRAY_2 };
            Err(damaged(key, "it has no zarr_format"))
        }
    }
}

fn damaged(key: &str, reason: &str) -> ZarrError {
    ZarrError::Metadata {
        key: key.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_numbers_that_json_lacks_become_texts_outside_of_texts() {
        let json = br#"{"a": NaN, "b": [-Infinity, 1, Infinity], "NaN \" NaN": "\\", "c":NaN}"#;
        let quoted =
            br#"{"a": "NaN", "b": ["-Infinity", 1, "Infinity"], "NaN \" NaN": "\\", "c":"NaN"}"#;
        assert_eq!(with_quoted_words(json), quoted);
        let value: Value = serde_json::from_slice(quoted).expect("JSON");
        assert_eq!(value["NaN \" NaN"], "\\");
    }
}
