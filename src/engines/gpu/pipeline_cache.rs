//! Compiled pipelines on disk, so that a second run starts without compiling.
//!
//! Only Vulkan drivers hand out what they compiled. The file is named after the adapter, its driver
//! and the version of Doline, and begins with a header of the same, with the length and the
//! SHA-256 of what follows: a file that is truncated, damaged or another machine's is ignored and
//! replaced. Nothing that goes wrong here ends a run; it compiles then.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// First bytes of a file.
const MAGIC: &[u8; 16] = b"doline pipelines";
/// Magic, whose pipelines these are, length of the data, hash of the data.
const HEADER_BYTES: usize = 16 + 32 + 8 + 32;
/// A larger file is taken for damaged; all pipelines of a study are below 10 MB.
const MAX_BYTES: u64 = 64 << 20;

/// Where pipelines are kept: `DOLINE_CACHE_DIR`, else the user's folder for caches. None where that
/// variable is empty, which switches the cache off, or no folder is known.
#[must_use]
pub fn default_folder() -> Option<PathBuf> {
    folder_by(|name| std::env::var_os(name))
}

fn folder_by(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(stated) = variable("DOLINE_CACHE_DIR") {
        return (!stated.is_empty()).then(|| stated.into());
    }
    // A relative path is to be ignored, as the XDG specification has it.
    let folder = |name: &str| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let parent = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Caches"))
    } else {
        folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))
    };
    parent.map(|parent| parent.join("doline"))
}

/// The pipelines of one adapter, in a driver's own form.
#[derive(Debug)]
pub(super) struct DiskCache {
    cache: wgpu::PipelineCache,
    path: PathBuf,
    key: [u8; 32],
    /// Hash of what was read, so that nothing is written when nothing was added.
    read: Option<[u8; 32]>,
}

impl DiskCache {
    /// Opens the file of this adapter under `folder`; none where its driver hands nothing out.
    pub(super) fn open(
        device: &wgpu::Device,
        info: &wgpu::AdapterInfo,
        folder: &Path,
    ) -> Option<Self> {
        if !device.features().contains(wgpu::Features::PIPELINE_CACHE) {
            return None;
        }
        let stem = wgpu::util::pipeline_cache_key(info)?;
        let key = key_of(info);
        let path = folder.join(format!("{stem}-{}.bin", hex(&key[..8])));
        let data = fs::metadata(&path)
            .ok()
            .filter(|meta| meta.len() <= MAX_BYTES)
            .and_then(|_| fs::read(&path).ok());
        let data = data.as_deref().and_then(|file| unwrap(file, &key));
        let descriptor = wgpu::PipelineCacheDescriptor {
            label: Some("doline"),
            data,
            fallback: true,
        };
        // SAFETY: `data` must come from `PipelineCache::get_data`. `unwrap` hands out only bytes
        // whose length and SHA-256 are those that `save` wrote behind what `get_data` gave, under
        // the same adapter, driver and version of Doline. wgpu compares device and driver once
        // more, and starts empty (`fallback`) where they differ.
        #[expect(unsafe_code, reason = "wgpu cannot know where the data comes from")]
        let cache = unsafe { device.create_pipeline_cache(&descriptor) };
        Some(Self {
            cache,
            path,
            key,
            read: data.map(hash),
        })
    }

    /// What new pipelines are looked up in and added to.
    pub(super) fn cache(&self) -> &wgpu::PipelineCache {
        &self.cache
    }

    /// Whether there was a file to begin with.
    pub(super) fn was_read(&self) -> bool {
        self.read.is_some()
    }

    /// Writes what the driver compiled since. A failure is not an error: the next run compiles.
    pub(super) fn save(&mut self) {
        let Some(data) = self.cache.get_data() else {
            return;
        };
        if self.read == Some(hash(&data)) {
            return;
        }
        match write(&self.path, &wrap(&data, &self.key)) {
            Ok(()) => self.read = Some(hash(&data)),
            Err(error) => {
                tracing::debug!("pipelines are not kept in {}: {error}", self.path.display());
            }
        }
    }
}

/// Whose pipelines: the adapter with its driver, and this version of Doline.
fn key_of(info: &wgpu::AdapterInfo) -> [u8; 32] {
    let wgpu::AdapterInfo {
        name,
        driver,
        driver_info,
        backend,
        vendor,
        device,
        ..
    } = info;
    let version = env!("CARGO_PKG_VERSION");
    hash(
        format!("{name}\n{driver}\n{driver_info}\n{backend:?}\n{vendor}\n{device}\n{version}")
            .as_bytes(),
    )
}

fn hash(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

pub(in crate::engines) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// `data` behind its header.
fn wrap(data: &[u8], key: &[u8; 32]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [MAGIC, &key[..], &length, &hash(data), data].concat()
}

/// The data of a file, if it is whole and of this key.
fn unwrap<'f>(file: &'f [u8], key: &[u8; 32]) -> Option<&'f [u8]> {
    let (header, data) = file.split_at_checked(HEADER_BYTES)?;
    let expected = wrap(data, key);
    (header == &expected[..HEADER_BYTES]).then_some(data)
}

/// Writes the file under another name and renames it, so that a reader sees the old or the new one.
pub(in crate::engines) fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let unfinished = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = fs::write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // What is left of it is of no use; the first error is the one to report.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn only_a_whole_file_of_the_same_key_is_read() {
        let file = wrap(b"compiled", &KEY);
        assert_eq!(unwrap(&file, &KEY), Some(&b"compiled"[..]));
        assert_eq!(unwrap(&wrap(b"", &KEY), &KEY), Some(&b""[..]));
        assert_eq!(unwrap(&file, &[8; 32]), None, "another driver's");
        for length in 0..file.len() {
            assert_eq!(unwrap(&file[..length], &KEY), None, "cut to {length} bytes");
        }
        assert_eq!(
            unwrap(&[&file[..], b"x"].concat(), &KEY),
            None,
            "with more behind it"
        );
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 1;
            assert_eq!(unwrap(&damaged, &KEY), None, "byte {at}");
        }
    }

    #[test]
    fn the_folder_is_stated_or_the_users_own() {
        let with = |pairs: &'static [(&str, &str)]| {
            folder_by(move |name| {
                pairs
                    .iter()
                    .find(|(n, _)| *n == name)
                    .map(|(_, value)| value.into())
            })
        };
        assert_eq!(
            with(&[("DOLINE_CACHE_DIR", "here"), ("HOME", "/h")]),
            Some("here".into())
        );
        assert_eq!(with(&[("DOLINE_CACHE_DIR", ""), ("HOME", "/h")]), None);
        assert_eq!(with(&[]), None);
        if cfg!(all(unix, not(target_os = "macos"))) {
            assert_eq!(with(&[("HOME", "/h")]), Some("/h/.cache/doline".into()));
            assert_eq!(
                with(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]),
                Some("/x/doline".into())
            );
            assert_eq!(
                with(&[("HOME", "/h"), ("XDG_CACHE_HOME", "x")]),
                Some("/h/.cache/doline".into())
            );
        }
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/er/file.bin");
        write(&path, b"old").expect("written");
        write(&path, b"new").expect("replaced");
        assert_eq!(fs::read(&path).expect("read"), b"new");
        assert_eq!(
            fs::read_dir(path.parent().expect("a folder"))
                .expect("read")
                .count(),
            1
        );
        assert!(write(&path.join("below a file"), b"x").is_err());
    }
}
