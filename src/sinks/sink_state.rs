//! How far all rasters of a sink are written.

use std::io;
use std::path::Path;

use rayon::prelude::*;

use crate::sinks::block_file::BlockFile;
use crate::sinks::block_log::BlockLog;
use crate::sinks::journal::SinkState;
use crate::sinks::parts::Parts;
use crate::sinks::wave::closed;

/// How far all files are written, once their blocks are in the log.
///
/// # Arguments
///
/// * `files` - by the index of the raster; none is closed.
/// * `log` - made here if there is none yet.
/// * `is_durable` - whether all of it is on the disk then.
///
/// # Errors
///
/// The disk is full.
pub(super) fn state_of(
    files: &mut [Option<BlockFile>],
    parts: &mut Parts,
    log: &mut Option<BlockLog>,
    hidden: &Path,
    is_durable: bool,
) -> io::Result<SinkState> {
    if files.iter().any(Option::is_none) {
        return Err(io::Error::other(closed()));
    }
    if is_durable {
        let files = files.par_iter().flatten();
        files.try_for_each(BlockFile::sync)?;
    }
    let log = match log {
        Some(log) => log,
        None => log.insert(BlockLog::create(hidden)?),
    };
    let with_index = files.iter_mut().enumerate();
    let blocks = with_index.filter_map(|(index, file)| Some((index, file.as_mut()?.not_logged())));
    let blocks = blocks.flat_map(|(index, stored)| stored.iter().map(move |one| (index, *one)));
    let log = log.append(blocks, is_durable)?;
    Ok(SinkState {
        files: files.iter().flatten().map(BlockFile::state).collect(),
        parts: parts.state(is_durable)?,
        log,
    })
}
