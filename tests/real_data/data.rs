//! Where the real data are: beside the repository, not in it.

use std::path::{Path, PathBuf};

/// The folder of the data.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data")
}

/// A file of the data.
pub(crate) fn real(path: &str) -> PathBuf {
    folder().join(path)
}
