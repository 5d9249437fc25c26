//! What tells whether a file was changed while it was read.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file as it was when it was looked at: its size, the time of its last change, and its number on its disk, which a file
/// that takes its place does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    bytes: u64,
    modified: Option<SystemTime>,
    number: u64,
}

impl FileStamp {
    /// The file as it is now; `None` if there is none of this name.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok()?;
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
            return Some("it was removed");
        };
        if now.number != self.number {
            return Some("another file took its place");
        }
        if now.bytes != self.bytes {
            return Some("its size is another");
        }
        (now.modified != self.modified).then_some("it was written to")
    }
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
    files.find(|path| path.is_file())
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
        for text in ["/vsicurl/http://a/b.tif", "missing.tif", "http://a/b.tif"] {
            assert_eq!(file_on_disk(text), None, "{text}");
        }
    }
}
