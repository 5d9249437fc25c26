//! What tells whether a file was changed while it was read.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::gdal_calls::{quiet_gdal, vsi_head};
use crate::servers::{gdal_name, is_on_server};
use crate::sources::zarr::names::is_store;

/// A file as it was when it was looked at: its size, the time of its last change, and its number on its disk, which a file
/// that takes its place does not have. A server gives a tag in place of the number, and may leave out any of them. A
/// folder, such as a Zarr store, has the size of its files, the time of the last of them, and a number made of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    bytes: u64,
    modified: Option<SystemTime>,
    number: u64,
}

impl FileStamp {
    /// The file as it is now; `None` if there is none of this name, or the server does not answer.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        if let Some(name) = on_server(path) {
            quiet_gdal();
            return of_head(&vsi_head(&gdal_name(name)));
        }
        let found = std::fs::metadata(path).ok()?;
        if found.is_dir() {
            return of_folder(path).ok();
        }
        Some(Self {
            bytes: found.len(),
            modified: found.modified().ok(),
            number: number_of(&found),
        })
    }

    /// Its size in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The time of its last change, if the file system records it.
    pub(crate) fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// What of the file is not as it was; `None` if nothing is.
    #[must_use]
    pub fn change(&self, path: &Path) -> Option<&'static str> {
        let Some(now) = Self::of(path) else {
            // A server that does not answer says nothing of the file.
            return on_server(path).is_none().then_some("it was removed");
        };
        if now != *self && path.is_dir() {
            return Some("a file in it was written, added or removed");
        }
        if now.number != self.number {
            return Some("another file took its place");
        }
        if now.bytes != self.bytes {
            return Some("its size is another");
        }
        (now.modified != self.modified).then_some("it was written to")
    }
}

/// All files of a folder together.
fn of_folder(path: &Path) -> std::io::Result<FileStamp> {
    let mut all = FileStamp {
        bytes: 0,
        modified: None,
        number: 0,
    };
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let found = entry.metadata()?;
            if found.is_dir() {
                folders.push(entry.path());
                continue;
            }
            let modified = found.modified().ok();
            let mut of_file = DefaultHasher::new();
            (entry.path(), found.len(), modified).hash(&mut of_file);
            all.bytes += found.len();
            all.modified = all.modified.max(modified);
            // A sum does not depend on the order in which files are listed.
            all.number = all.number.wrapping_add(of_file.finish());
        }
    }
    Ok(all)
}

fn on_server(path: &Path) -> Option<&str> {
    path.to_str().filter(|name| is_on_server(name))
}

/// What the head of a server's answer, with names in lower case, says of a file; `None` for an empty one.
fn of_head(head: &[(String, String)]) -> Option<FileStamp> {
    let value = |wanted: &str| {
        let line = head.iter().find(|(name, _)| name == wanted);
        line.map(|(_, value)| value.as_str())
    };
    // The answer may have the first bytes alone: `bytes 0-16383/51234`.
    let whole = value("content-range").and_then(|range| range.rsplit_once('/'));
    let length = whole.map(|(_, length)| length).or(value("content-length"));
    let modified = value("last-modified").and_then(|date| httpdate::parse_http_date(date).ok());
    let mut tag = DefaultHasher::new();
    value("etag").hash(&mut tag);
    (!head.is_empty()).then(|| FileStamp {
        bytes: length.and_then(|length| length.parse().ok()).unwrap_or(0),
        modified,
        number: tag.finish(),
    })
}

#[cfg(unix)]
fn number_of(found: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

#[cfg(not(unix))]
fn number_of(_found: &std::fs::Metadata) -> u64 {
    0
}

/// The file on this machine in which GDAL finds what it opens by `name`, such as the archive of `/vsizip/a.zip/b.tif` or
/// the file of `NETCDF:"t.nc":tas`; `None` for one on a network.
pub(crate) fn file_on_disk(name: &str) -> Option<PathBuf> {
    let inside = |path: &Path| {
        path.ancestors()
            .find(|part| part.is_file())
            .map(Path::to_owned)
    };
    if let Some(mut rest) = name.strip_prefix("/vsi") {
        // A file system in another: /vsigzip//vsizip/a.zip/b.tif.gz
        loop {
            let (_, path) = rest.split_once('/')?;
            match path.trim_start_matches('/').strip_prefix("vsi") {
                Some(inner) if path.starts_with(['/', 'v']) => rest = inner,
                _ => return inside(Path::new(path)),
            }
        }
    }
    let path = Path::new(name);
    if path.exists() {
        return Some(path.to_owned());
    }
    let (_, quoted) = name.split_once(':')?;
    let quoted = quoted.trim_start_matches('"');
    let file = quoted.split('"').next().unwrap_or(quoted);
    let parts = || file.match_indices(':').map(|(at, _)| &file[..at]);
    let mut files = std::iter::once(file).chain(parts()).map(PathBuf::from);
    files.find(|path| path.is_file() || is_store(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_a_file_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a");
        std::fs::write(&path, "one").expect("a file");
        let stamp = FileStamp::of(&path).expect("it is there");
        assert_eq!(stamp.change(&path), None);
        std::fs::write(&path, "three").expect("a file");
        assert_eq!(stamp.change(&path), Some("its size is another"));
        std::fs::write(dir.path().join("b"), "one").expect("a file");
        std::fs::rename(dir.path().join("b"), &path).expect("renamed");
        assert_eq!(stamp.change(&path), Some("another file took its place"));
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(stamp.change(&path), Some("it was removed"));
    }

    #[test]
    fn a_change_of_any_file_of_a_store_is_one_of_the_store() {
        let dir = tempfile::tempdir().expect("a folder");
        let chunk = dir.path().join("npp/c/0/0");
        std::fs::create_dir_all(&chunk).expect("a folder");
        std::fs::write(dir.path().join("zarr.json"), "{}").expect("a file");
        std::fs::write(chunk.join("0"), "one").expect("a file");
        let stamp = FileStamp::of(dir.path()).expect("it is there");
        assert_eq!((stamp.bytes(), stamp.change(dir.path())), (5, None));
        let is_changed = || stamp.change(dir.path()).is_some();
        let at = stamp.modified().expect("a time");
        // As large as before and not younger.
        let other = std::fs::File::create(dir.path().join("new")).expect("a file");
        std::io::Write::write_all(&mut &other, b"two").expect("written");
        other
            .set_modified(at - std::time::Duration::from_secs(9))
            .expect("set");
        std::fs::rename(dir.path().join("new"), chunk.join("0")).expect("renamed");
        assert!(is_changed());
        std::fs::remove_file(chunk.join("0")).expect("removed");
        assert!(is_changed());
    }

    #[test]
    fn a_server_states_size_time_and_tag_of_a_file() {
        let head = |lines: &[(&str, &str)]| {
            let lines = lines.iter();
            of_head(
                &lines
                    .map(|&(name, value)| (name.to_owned(), value.to_owned()))
                    .collect::<Vec<_>>(),
            )
        };
        // 784111777 s is the example of RFC 9110, section 5.6.7: `date -ud "Sun, 06 Nov 1994 08:49:37 GMT" +%s`.
        let date = ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT");
        let whole = [("content-length", "51234"), date, ("etag", "\"a\"")];
        let found = head(&whole).expect("a file");
        let since = std::time::Duration::from_secs(784_111_777);
        let modified = SystemTime::UNIX_EPOCH + since;
        assert_eq!((found.bytes(), found.modified()), (51_234, Some(modified)));
        let range = ("content-range", "bytes 0-16383/51234");
        let first = [("content-length", "16384"), range, date, whole[2]];
        assert_eq!(head(&first), Some(found));
        assert_ne!(head(&[whole[0], date, ("etag", "\"b\"")]), Some(found));
        let least = head(&[("server", "x")]).expect("a file");
        assert_eq!((least.bytes(), least.modified()), (0, None));
        assert_eq!(head(&[]), None);
    }

    #[test]
    fn the_file_behind_a_name_of_gdal_is_found() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.zip");
        std::fs::write(&path, "one").expect("a file");
        let name = path.display();
        for text in [
            format!("{name}"),
            format!("/vsizip/{name}/b.tif"),
            format!("/vsigzip//vsizip/{name}/b.tif.gz"),
            format!("NETCDF:\"{name}\":tas"),
            format!("HDF5:{name}://tas"),
        ] {
            assert_eq!(file_on_disk(&text), Some(path.clone()), "{text}");
        }
        let store = dir.path().join("a.zarr");
        std::fs::create_dir(&store).expect("a folder");
        std::fs::write(store.join("zarr.json"), "{}").expect("a file");
        let name = format!("ZARR:\"{}\":/npp", store.display());
        assert_eq!(file_on_disk(&name), Some(store));
        for text in ["/vsicurl/http://a/b.tif", "missing.tif", "http://a/b.tif"] {
            assert_eq!(file_on_disk(text), None, "{text}");
        }
    }
}
