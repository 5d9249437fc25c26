//! The names in a zip archive, of which a file may have several entries: readers differ in which of them they take.

use std::collections::HashSet;
use std::io;

use crate::gdal_calls::{VsiFile, quiet_gdal};

/// The record at the end of an archive, and its least size.
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;
/// An entry of the list of files, and its size without its texts.
const ENTRY: &[u8] = b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;
/// The end may be followed by a comment of so many bytes.
const MOST_COMMENT: u64 = 1 << 16;

/// The archive in one of GDAL's names of a file in it, such as `/vsizip/a.zip/npp.zarr`.
pub(super) fn archive_of(name: &str) -> Option<&str> {
    let inner = name.strip_prefix("/vsizip/")?;
    let end = inner.to_ascii_lowercase().find(".zip")? + ".zip".len();
    Some(&inner[..end])
}

/// The names that an archive has more than once. Those of an archive of more than 4 GiB or 65,534 files are not looked at.
///
/// # Errors
///
/// It cannot be read.
pub(super) fn names_twice(archive: &str) -> io::Result<Vec<String>> {
    quiet_gdal();
    let Some(mut file) = VsiFile::open(archive)? else {
        return Ok(Vec::new());
    };
    let n_bytes = file.bytes()?;
    let n_tail = n_bytes.min(MOST_COMMENT + END_BYTES as u64);
    let mut tail = vec![0; usize::try_from(n_tail).map_err(io::Error::other)?];
    file.read_at(n_bytes - n_tail, &mut tail)?;
    let end = tail.windows(END.len()).rposition(|bytes| bytes == END);
    let Some(end) = end.and_then(|at| tail.get(at..)) else {
        return Ok(Vec::new());
    };
    let (Some(size), Some(start)) = (number(end, 12, 4), number(end, 16, 4)) else {
        return Ok(Vec::new());
    };
    if (start + size) as u64 > n_bytes {
        return Ok(Vec::new());
    }
    let mut list = vec![0; size];
    file.read_at(start as u64, &mut list)?;
    Ok(twice(&list))
}

/// The names that are in a list of files more than once.
fn twice(list: &[u8]) -> Vec<String> {
    let (mut seen, mut found, mut rest) = (HashSet::new(), Vec::new(), list);
    while rest.starts_with(ENTRY) {
        let texts = [28, 30, 32].map(|at| number(rest, at, 2).unwrap_or(0));
        let name = rest.get(ENTRY_BYTES..ENTRY_BYTES + texts[0]);
        let name = String::from_utf8_lossy(name.unwrap_or_default()).into_owned();
        if !seen.insert(name.clone()) {
            found.push(name);
        }
        let next = ENTRY_BYTES + texts.iter().sum::<usize>();
        rest = rest.get(next..).unwrap_or_default();
    }
    found
}

/// A number of some bytes, the least first.
fn number(bytes: &[u8], at: usize, n: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + n)?;
    Some(
        bytes
            .iter()
            .rev()
            .fold(0, |sum, byte| sum * 256 + usize::from(*byte)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_of_a_name_is_its_first_zip() {
        assert_eq!(archive_of("/vsizip/d/a.zarr.ZIP/npp"), Some("d/a.zarr.ZIP"));
        assert_eq!(archive_of("/vsizip//vsis3/b/a.zip"), Some("/vsis3/b/a.zip"));
        assert_eq!(archive_of("/vsis3/b/a.zip"), None);
    }

    #[test]
    fn names_that_come_twice_are_found() {
        let entry = |name: &str| {
            let mut entry = ENTRY.to_vec();
            entry.resize(ENTRY_BYTES, 0);
            entry[28] = u8::try_from(name.len()).expect("short");
            entry.extend_from_slice(name.as_bytes());
            entry
        };
        let list = |names: &[&str]| {
            names
                .iter()
                .flat_map(|name| entry(name))
                .collect::<Vec<_>>()
        };
        assert!(twice(&list(&["zarr.json", "npp/zarr.json"])).is_empty());
        let names = ["zarr.json", "npp/c/0", "npp/zarr.json", "zarr.json"];
        assert_eq!(twice(&list(&names)), ["zarr.json"]);
        assert!(twice(&list(&names)[..50]).is_empty());
    }
}
