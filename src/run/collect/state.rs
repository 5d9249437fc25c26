//! What a collector has gathered, as bytes: for the journal of a run that may be interrupted.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a state cannot be saved, or not be gone on from.
#[derive(Debug, thiserror::Error)]
pub(in crate::run) enum StateError {
    /// A file that belongs to it cannot be written or read.
    #[error(transparent)]
    File(#[from] io::Error),
    /// It is not one of this collector.
    #[error("a part of it is no state of this version: {0}")]
    Form(#[from] postcard::Error),
    /// It has another number of parts.
    #[error("it has {found} parts in place of {expected}")]
    Parts {
        /// Parts of the state.
        found: usize,
        /// Parts that there should be.
        expected: usize,
    },
}

/// The bytes of a state.
pub(in crate::run) fn saved<T: Serialize>(state: &T) -> Result<Vec<u8>, StateError> {
    Ok(postcard::to_stdvec(state)?)
}

/// The state that some bytes are.
pub(in crate::run) fn loaded<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StateError> {
    Ok(postcard::from_bytes(bytes)?)
}
