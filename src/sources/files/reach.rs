//! Files that only describe where their pixels are (VRT, WMS, WMTS, WCS, GTI, STAC) reach no further than the folder that
//! they are in, unless the study allows it: whoever sends such a file would choose what else is read, and which servers
//! are asked.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use crate::gdal_calls::vsi_start;
use crate::servers::is_on_server;
use crate::sources::error::SourceError;
use crate::sources::files::error::FileError;
use crate::sources::files::stamp::file_on_disk;

/// Bytes of a text that are looked at. Longer mosaics are refused before.
const MAX_BYTES: usize = 64 << 20;
/// Bytes in which a text shows what it is.
const HEAD_BYTES: usize = 2048;
/// What names files in descriptions, as an element or as an attribute, in small letters.
const NAMES: [&str; 4] = [
    "sourcefilename",
    "sourcedataset",
    "srcdatasource",
    "indexdataset",
];
/// What begins descriptions whose pixels are files, in small letters.
const OF_FILES: [&str; 3] = ["<vrtdataset", "<ogrvrtdatasource", "<gdaltileindexdataset"];
/// What a text has whose pixels are on servers, in small letters.
const OF_SERVERS: [&str; 4] = ["<gdal_wms", "<gdal_wmts", "<wcs_gdal", "\"stac_version\""];
/// Descriptions in descriptions deeper than this are not followed.
const MAX_DEPTH: usize = 16;

/// Refuses a file that describes others outside its folder, or servers.
///
/// # Arguments
///
/// * `is_allowed` - whether the study allows that.
pub(crate) fn check_reach(input: &str, path: &Path, is_allowed: bool) -> Result<(), SourceError> {
    if is_allowed {
        return Ok(());
    }
    let name = path.to_string_lossy();
    let folder = Folder::of(&name);
    match outside(&folder, &name, MAX_DEPTH, &mut HashSet::new()) {
        None => Ok(()),
        Some(target) => Err(SourceError::File(FileError::External {
            input: input.to_owned(),
            path: path.to_owned(),
            target,
        })),
    }
}

/// Why a file is refused that is no input, whose remedy is another.
pub(crate) fn outside_of(error: &SourceError) -> String {
    match error {
        SourceError::File(FileError::External { target, .. }) => format!(
            "it only describes where its pixels are, and names {target}, outside its folder; bring the files together, \
             or make one file of them"
        ),
        other => other.to_string(),
    }
}

/// The folder of a file.
enum Folder {
    /// As written without `..`, and as the system knows it.
    Disk(PathBuf, Option<PathBuf>),
    /// In a file system of GDAL, such as an archive or a server.
    Gdal(String),
}

impl Folder {
    fn of(name: &str) -> Self {
        if name.starts_with("/vsi") {
            let end = name.rfind('/').unwrap_or(0);
            return Self::Gdal(name[..end].to_owned());
        }
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        let folder = plain(&absolute(folder));
        let real = folder.canonicalize().ok();
        Self::Disk(folder, real)
    }

    /// The name of a file that is described here, as it can be opened.
    fn join(&self, name: &str) -> String {
        match self {
            Self::Disk(folder, _) => folder.join(name).to_string_lossy().into_owned(),
            Self::Gdal(folder) => format!("{folder}/{name}"),
        }
    }

    /// Whether a file is here or below.
    fn holds(&self, name: &str) -> bool {
        match self {
            Self::Gdal(folder) => {
                let rest = name.strip_prefix(folder.as_str());
                rest.is_some_and(|rest| {
                    rest.starts_with('/') && !rest.split('/').any(|part| part == "..")
                })
            }
            Self::Disk(folder, real) => {
                let Some(path) = file_on_disk(name).filter(|_| !is_on_server(name)) else {
                    // A part that is not there is reported when it is opened.
                    return is_plain(name) && plain(&absolute(Path::new(name))).starts_with(folder);
                };
                let is_in = |real: &PathBuf| {
                    let path = path.canonicalize();
                    path.is_ok_and(|path| path.starts_with(real))
                };
                plain(&absolute(&path)).starts_with(folder) || real.as_ref().is_some_and(is_in)
            }
        }
    }
}

/// The first name outside `folder` that a file describes; none of a file that describes nothing.
///
/// # Arguments
///
/// * `seen` - files that were looked at: bands name the same one again and again, and some files name themselves.
fn outside(
    folder: &Folder,
    name: &str,
    depth: usize,
    seen: &mut HashSet<String>,
) -> Option<String> {
    if !seen.insert(name.to_owned()) {
        return None;
    }
    let text = description(name)?;
    let lower = text.to_ascii_lowercase();
    if OF_SERVERS.iter().any(|word| lower.contains(word)) {
        return Some(server_in(&text).unwrap_or_else(|| "a server".to_owned()));
    }
    let own = Folder::of(name);
    for (part, is_relative) in described(&text, &lower) {
        let part = if is_relative && is_plain(&part) {
            own.join(&part)
        } else {
            part
        };
        if !folder.holds(&part) {
            return Some(part);
        }
        if depth > 0
            && let Some(further) = outside(folder, &part, depth - 1, seen)
        {
            return Some(further);
        }
    }
    None
}

/// The text of a file that describes others; `None` of any other.
fn description(name: &str) -> Option<String> {
    let path = Path::new(name);
    // Pipes and devices would be waited on.
    let is_file = name.starts_with("/vsi") || std::fs::metadata(path).is_ok_and(|f| f.is_file());
    let head = is_file.then(|| vsi_start(name, HEAD_BYTES)).flatten()?;
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let mut words = OF_FILES.iter().chain(&OF_SERVERS);
    let is_json = head.trim_start().starts_with('{');
    if !is_json && !words.any(|word| head.contains(word)) {
        return None;
    }
    let text = vsi_start(name, MAX_BYTES)?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// The names of files in a description, each with whether it starts at the folder of the description.
fn described(text: &str, lower: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for word in NAMES {
        for (at, _) in lower.match_indices(word) {
            let (before, after) = (&lower[..at], &text[at + word.len()..]);
            let name = if before.ends_with('<') {
                element(after)
            } else {
                attribute(after).map(|name| (name, false))
            };
            found.extend(name.filter(|_| !before.ends_with("</")));
        }
    }
    found
}

/// The text of an element after its name, and whether it states that it starts at the description.
fn element(after: &str) -> Option<(String, bool)> {
    let (attributes, rest) = after.split_once('>')?;
    let attributes = attributes.to_ascii_lowercase().replace([' ', '\''], "");
    let is_relative = attributes.replace('"', "").contains("relativetovrt=1");
    let (name, _) = rest.split_once("</")?;
    let name = name.trim();
    let name = name.strip_prefix("<![CDATA[").unwrap_or(name);
    let name = name.strip_suffix("]]>").unwrap_or(name);
    Some((unescaped(name), is_relative))
}

/// The value of an attribute after its name.
fn attribute(after: &str) -> Option<String> {
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| ['"', '\''].contains(c))?;
    let (value, _) = value[1..].split_once(quote)?;
    Some(unescaped(value))
}

/// A text without the escapes of XML.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let escape = after.split_once(';').and_then(|(escape, rest)| {
            let escape = escape.to_ascii_lowercase();
            let number = escape.strip_prefix('#');
            let hex = number.and_then(|number| number.strip_prefix('x'));
            let code = match (hex, number) {
                (Some(hex), _) => u32::from_str_radix(hex, 16).ok(),
                (None, Some(number)) => number.parse().ok(),
                (None, None) => None,
            };
            let character = match escape.as_str() {
                "lt" => Some('<'),
                "gt" => Some('>'),
                "quot" => Some('"'),
                "apos" => Some('\''),
                "amp" => Some('&'),
                _ => char::from_u32(code?),
            };
            Some((character?, rest))
        });
        let (character, after) = escape.unwrap_or(('&', after));
        plain.push(character);
        rest = after;
    }
    plain + rest
}

/// The first server that a text names.
fn server_in(text: &str) -> Option<String> {
    let at = text.find("http")?;
    let end = text[at..].find(['<', '"', '\'', '?', '&', ' ', '\n']);
    Some(text[at..][..end.unwrap_or(text.len() - at)].to_owned())
}

/// Whether a name is a path, and not a text, a server, or the name of a driver or a file system of GDAL.
fn is_plain(name: &str) -> bool {
    !name.starts_with("/vsi") && !name.contains([':', '<', '\0'])
}

fn absolute(path: &Path) -> PathBuf {
    std::env::current_dir().map_or_else(|_| path.to_owned(), |folder| folder.join(path))
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_reaches_its_folder_and_no_further() {
        let dir = tempfile::tempdir().expect("a folder");
        let put = |name: &str, text: &str| {
            let path = dir.path().join("data").join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(&path, text).expect("a file");
            path
        };
        put("parts/a.tif", "pixels");
        let outside = dir.path().join("secret.tif");
        std::fs::write(&outside, "secret").expect("a file");
        let secret = outside.display();
        let path = put("x.vrt", "");
        let of = |names: &str| {
            let text = format!("<VRTDataset><VRTRasterBand {names}</VRTRasterBand></VRTDataset>");
            std::fs::write(&path, text).expect("a file");
            check_reach("x", &path, false)
        };
        for inside in [
            "><SourceFilename relativeToVRT=\"1\">parts/a.tif</SourceFilename>".to_owned(),
            "><SourceFilename relativeToVRT='1'>./parts/../parts/a.tif</SourceFilename>".to_owned(),
            format!(
                "><SourceDataset>{}</SourceDataset>",
                dir.path().join("data/parts/a.tif").display()
            ),
            "><SourceFilename relativeToVRT=\"1\">parts/missing.tif</SourceFilename>".to_owned(),
        ] {
            assert!(of(&inside).is_ok(), "{inside}");
        }
        for reaching in [
            format!("><SourceFilename>{secret}</SourceFilename>"),
            format!("><sourcefilename><![CDATA[{secret}]]></sourcefilename>"),
            format!("SourceFilename = '{secret}'>"),
            "><SourceFilename relativeToVRT=\"1\">&#46;./secret.tif</SourceFilename>".to_owned(),
            "><SourceFilename relativeToVRT=\"1\">parts/../../secret.tif</SourceFilename>"
                .to_owned(),
            format!("><SourceFilename>NETCDF:\"{secret}\":x</SourceFilename>"),
            format!("><SourceFilename>/vsizip/{secret}/x</SourceFilename>"),
            format!("><SourceFilename>/vsisubfile/0_9,{secret}</SourceFilename>"),
            "><SourceFilename>/vsicurl/http://a.b/x.tif</SourceFilename>".to_owned(),
            "><SourceFilename>http://a.b/x.tif</SourceFilename>".to_owned(),
            "><SourceFilename>&lt;VRTDataset&gt;</SourceFilename>".to_owned(),
        ] {
            let error = of(&reaching).expect_err(&reaching).to_string();
            assert!(error.contains("allow_external"), "{error}");
            assert!(check_reach("x", &path, true).is_ok());
        }
        let inner = put("parts/inner.vrt", "");
        std::fs::write(
            inner,
            format!("<VRTDataset><SourceFilename>{secret}</SourceFilename></VRTDataset>"),
        )
        .expect("a file");
        let nested = "><SourceFilename relativeToVRT=\"1\">parts/inner.vrt</SourceFilename>";
        assert!(of(nested).is_err(), "by way of another");
    }

    #[test]
    fn descriptions_of_servers_are_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("x.xml");
        for text in [
            "<GDAL_WMS><Service name=\"TMS\"><ServerUrl>http://a.b/x</ServerUrl></Service></GDAL_WMS>",
            "{\"stac_version\": \"1.0.0\", \"href\": \"http://a.b/x\"}",
        ] {
            std::fs::write(&path, text).expect("a file");
            let error = check_reach("x", &path, false).expect_err(text).to_string();
            assert!(error.contains("http://a.b/x"), "{error}");
        }
        std::fs::write(&path, "{\"type\": \"FeatureCollection\"}").expect("a file");
        assert!(check_reach("x", &path, false).is_ok());
    }
}
