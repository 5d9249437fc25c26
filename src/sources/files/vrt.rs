//! Mosaics (VRT) are checked before GDAL follows them: one that contains itself, directly or not,
//! has a pipe among its parts, or is nested thousands deep would keep GDAL busy for ever or fill
//! the memory.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Mosaics of mosaics deeper than this are not followed.
const MAX_DEPTH: usize = 16;
/// Files in a mosaic and its parts.
const MAX_FILES: usize = 100_000;
/// Bytes of a mosaic's text.
const MAX_BYTES: u64 = 64 << 20;
/// What the text of a mosaic starts with.
const MAGIC: &[u8] = b"<VRTDataset";

/// The files that a mosaic is made of, those of its mosaics included; none for any other file.
///
/// # Errors
///
/// Why it cannot be used, in words.
pub(crate) fn parts(path: &Path) -> Result<Vec<PathBuf>, String> {
    let mut walk = Walk {
        above: Vec::new(),
        seen: HashSet::new(),
        leaves: Vec::new(),
    };
    walk.go(path)?;
    // The file itself is not a part.
    walk.leaves.retain(|leaf| leaf != path);
    Ok(walk.leaves)
}

struct Walk {
    /// The mosaics on the way here.
    above: Vec<PathBuf>,
    seen: HashSet<PathBuf>,
    leaves: Vec<PathBuf>,
}

impl Walk {
    fn go(&mut self, path: &Path) -> Result<(), String> {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if self.above.contains(&real) {
            return Err(format!(
                "it is a mosaic that contains itself, by way of {}",
                real.display()
            ));
        }
        if self.above.len() >= MAX_DEPTH {
            return Err(format!(
                "it is a mosaic of mosaics more than {MAX_DEPTH} deep"
            ));
        }
        if !self.seen.insert(real.clone()) {
            return Ok(());
        }
        if self.seen.len() > MAX_FILES {
            return Err(format!("it is a mosaic of more than {MAX_FILES} files"));
        }
        let Some(text) = text_of_vrt(path)? else {
            self.leaves.push(path.to_owned());
            return Ok(());
        };
        self.above.push(real);
        let folder = path.parent().unwrap_or(Path::new(""));
        for (name, is_relative) in sources(&text) {
            let part = if is_relative {
                folder.join(&name)
            } else {
                PathBuf::from(&name)
            };
            // GDAL finds a part that is not a file, such as NETCDF:"a.nc":t; a broken one is
            // reported on reading.
            if part.exists() {
                self.go(&part)?;
            }
        }
        self.above.pop();
        Ok(())
    }
}

/// The text of a mosaic; `None` for any other file.
fn text_of_vrt(path: &Path) -> Result<Option<String>, String> {
    // Pipes and devices would be waited on.
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
    if !is_file {
        return Ok(None);
    }
    let Ok(mut file) = File::open(path) else {
        return Ok(None);
    };
    let mut start = [0; 256];
    let n = file.read(&mut start).unwrap_or(0);
    if !start[..n].windows(MAGIC.len()).any(|part| part == MAGIC) {
        return Ok(None);
    }
    let mut bytes = start[..n].to_vec();
    let read = file.take(MAX_BYTES).read_to_end(&mut bytes);
    read.map_err(|error| error.to_string())?;
    if bytes.len() as u64 >= MAX_BYTES {
        return Err(format!(
            "it is a mosaic of more than {} MiB of text",
            MAX_BYTES >> 20
        ));
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The names of sources in the text of a mosaic, each with whether it starts at the mosaic's
/// folder.
fn sources(text: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for tag in ["<SourceFilename", "<SourceDataset"] {
        for piece in text.split(tag).skip(1) {
            let Some((attributes, rest)) = piece.split_once('>') else {
                continue;
            };
            let Some((name, _)) = rest.split_once('<') else {
                continue;
            };
            let is_relative = attributes.contains("relativeToVRT=\"1\"")
                || attributes.contains("relativeToVRT='1'");
            found.push((unescaped(name.trim()), is_relative));
        }
    }
    found
}

/// A name without the escapes of XML.
fn unescaped(name: &str) -> String {
    let plain = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    plain.iter().fold(name.to_owned(), |name, (escape, plain)| {
        name.replace(escape, plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vrt(names: &[&str]) -> String {
        let source = |name: &&str| {
            format!(
                "<SimpleSource><SourceFilename relativeToVRT=\"1\">{name}</SourceFilename></SimpleSource>"
            )
        };
        let sources: String = names.iter().map(source).collect();
        format!(
            "<VRTDataset rasterXSize=\"4\" rasterYSize=\"4\"><VRTRasterBand>{sources}</VRTRasterBand></VRTDataset>"
        )
    }

    #[test]
    fn parts_of_parts_are_found_and_circles_are_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let put = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).expect("a file");
            path
        };
        put("a & b.tif", "no mosaic");
        put("inner.vrt", &vrt(&["a &amp; b.tif", "missing.tif"]));
        let outer = put("outer.vrt", &vrt(&["inner.vrt", "inner.vrt"]));
        assert_eq!(parts(&outer), Ok(vec![dir.path().join("a & b.tif")]));
        assert_eq!(parts(&dir.path().join("a & b.tif")), Ok(vec![]));
        let own = put("own.vrt", &vrt(&["own.vrt"]));
        assert!(parts(&own).is_err_and(|why| why.contains("contains itself")));
        put("one.vrt", &vrt(&["./two.vrt"]));
        let two = put("two.vrt", &vrt(&["one.vrt"]));
        assert!(parts(&two).is_err_and(|why| why.contains("contains itself")));
    }

    #[test]
    fn nests_that_are_too_deep_are_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        for n in 0..40 {
            let text = vrt(&[&format!("{}.vrt", n + 1)]);
            std::fs::write(dir.path().join(format!("{n}.vrt")), text).expect("a file");
        }
        assert!(parts(&dir.path().join("0.vrt")).is_err_and(|why| why.contains("deep")));
    }
}
