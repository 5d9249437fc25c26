//! The files of a store, as `zarrs` asks for them: in a folder, or in one of GDAL's file systems.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zarrs::storage::byte_range::{ByteRange, ByteRangeIterator, InvalidByteRangeError};
use zarrs::storage::{Bytes, MaybeBytesIterator, ReadableStorageTraits, StorageError, StoreKey};

use crate::gdal_calls::{VsiFile, quiet_gdal};
use crate::sources::zarr::error::ZarrError;
use crate::sources::zarr::zip::{archive_of, names_twice};

/// What names of files of metadata end with.
const METADATA: [&str; 4] = ["zarr.json", ".zarray", ".zattrs", ".zmetadata"];
/// Bytes of a file of metadata at most.
const MOST_METADATA: u64 = 256 << 20;

/// The files of a store.
#[derive(Clone, Debug)]
pub(crate) enum StoreFiles {
    /// In a folder.
    Folder(PathBuf),
    /// In a file system of GDAL, such as an archive or a server.
    Gdal(String),
}

/// A file of a store and its size in bytes.
enum OpenFile {
    Disk(File, u64),
    Gdal(VsiFile, u64),
}

impl StoreFiles {
    /// Those of the store at a path.
    pub(crate) fn at(path: &Path) -> Self {
        match path.to_str() {
            Some(name) if name.starts_with("/vsi") => {
                Self::Gdal(name.trim_end_matches('/').to_owned())
            }
            _ => Self::Folder(path.to_owned()),
        }
    }

    /// Those of an array or a group of the store.
    pub(crate) fn below(&self, path: &str) -> Self {
        match self {
            _ if path.is_empty() => self.clone(),
            Self::Folder(root) => Self::Folder(root.join(path)),
            Self::Gdal(root) => Self::Gdal(format!("{root}/{path}")),
        }
    }

    /// A file of metadata that the archive of the store holds twice, as zarr's `ZipStore` leaves it: GDAL gives the first,
    /// and the last one counts.
    pub(crate) fn metadata_twice(&self) -> Result<Option<String>, ZarrError> {
        let Self::Gdal(root) = self else {
            return Ok(None);
        };
        let Some(archive) = archive_of(root) else {
            return Ok(None);
        };
        let is_metadata = |name: &String| METADATA.iter().any(|end| name.ends_with(end));
        let twice = names_twice(archive).map_err(|error| ZarrError::File {
            key: archive.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(twice.into_iter().find(is_metadata))
    }

    /// Whether a file can be asked for without a server.
    pub(crate) fn is_on_disk(&self) -> bool {
        matches!(self, Self::Folder(_))
    }

    /// A whole file of metadata; `None` if there is none.
    pub(crate) fn metadata(&self, key: &str) -> Result<Option<Vec<u8>>, ZarrError> {
        let failed = |reason: String| ZarrError::File {
            key: key.to_owned(),
            reason,
        };
        let Some(mut file) = self.open(key).map_err(|error| failed(error.to_string()))? else {
            return Ok(None);
        };
        let bytes = file.bytes();
        if bytes > MOST_METADATA {
            return Err(failed(format!(
                "it has {bytes} bytes, which no metadata have"
            )));
        }
        let read = file.read(0, bytes);
        read.map(Some).map_err(|error| failed(error.to_string()))
    }

    /// The names of what is in a folder of the store; none where it cannot be listed.
    pub(crate) fn names_in(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = match self {
            Self::Folder(root) => std::fs::read_dir(root.join(folder))
                .into_iter()
                .flatten()
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                .collect(),
            Self::Gdal(root) => gdal::vsi::read_dir(format!("{root}/{folder}"), false)
                .unwrap_or_default()
                .into_iter()
                .filter_map(|name| Some(name.to_str()?.trim_end_matches('/').to_owned()))
                .collect(),
        };
        names.sort();
        names
    }

    fn open(&self, key: &str) -> io::Result<Option<OpenFile>> {
        match self {
            Self::Folder(root) => {
                let path = root.join(key);
                // Before it is opened: a pipe would be waited on.
                match std::fs::metadata(&path) {
                    Ok(found) if found.is_file() => {
                        Ok(Some(OpenFile::Disk(File::open(&path)?, found.len())))
                    }
                    Ok(_) => Err(io::Error::other("it is no file")),
                    Err(error) if is_missing(&error) => Ok(None),
                    Err(error) => Err(error),
                }
            }
            Self::Gdal(root) => {
                quiet_gdal();
                let Some(mut file) = VsiFile::open(&format!("{root}/{key}"))? else {
                    return Ok(None);
                };
                let bytes = file.bytes()?;
                Ok(Some(OpenFile::Gdal(file, bytes)))
            }
        }
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

impl OpenFile {
    fn bytes(&self) -> u64 {
        match self {
            Self::Disk(_, bytes) | Self::Gdal(_, bytes) => *bytes,
        }
    }

    fn read(&mut self, start: u64, n: u64) -> io::Result<Vec<u8>> {
        let mut to = vec![0; usize::try_from(n).map_err(io::Error::other)?];
        match self {
            Self::Disk(file, _) => {
                file.seek(SeekFrom::Start(start))?;
                file.read_exact(&mut to)?;
            }
            Self::Gdal(file, _) => file.read_at(start, &mut to)?,
        }
        Ok(to)
    }

    fn range(&mut self, range: ByteRange) -> Result<Bytes, StorageError> {
        let size = self.bytes();
        let invalid = || StorageError::from(InvalidByteRangeError::new(range, size));
        let (start, n) = match range {
            ByteRange::FromStart(start, None) => {
                (start, size.checked_sub(start).ok_or_else(invalid)?)
            }
            ByteRange::FromStart(start, Some(n)) => (start, n),
            ByteRange::Suffix(n) => (size.checked_sub(n).ok_or_else(invalid)?, n),
        };
        if start.checked_add(n).is_none_or(|end| end > size) {
            return Err(invalid());
        }
        let read = self.read(start, n);
        Ok(read
            .map_err(|error| StorageError::from(Arc::new(error)))?
            .into())
    }
}

impl ReadableStorageTraits for StoreFiles {
    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        byte_ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let opened = self.open(key.as_str()).map_err(Arc::new)?;
        let Some(mut file) = opened else {
            return Ok(None);
        };
        let read: Vec<_> = byte_ranges.map(|range| file.range(range)).collect();
        Ok(Some(Box::new(read.into_iter())))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        let opened = self.open(key.as_str()).map_err(Arc::new)?;
        Ok(opened.map(|file| file.bytes()))
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}
