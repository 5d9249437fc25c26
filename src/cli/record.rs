//! What commands record of how they were called.

use std::path::PathBuf;

/// The command line as typed, for the record.
pub(super) fn command_line() -> String {
    std::env::args_os()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A folder given on the command line, else this one.
pub(super) fn folder_or(given: Option<&PathBuf>, default: &str) -> PathBuf {
    given.cloned().unwrap_or_else(|| PathBuf::from(default))
}
