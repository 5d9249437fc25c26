//! Opens sets of zones.

use rayon::prelude::*;

use crate::grid::{CellRule, Grid};
use crate::sources::open_any;
use crate::zones::cross::cross;
use crate::zones::error::{ZoneError, ZoneProblem};
use crate::zones::raster::raster;
use crate::zones::set::ZoneSet;
use crate::zones::spec::{ZoneFile, ZoneSource, ZoneSpec};
use crate::zones::vector::vector;

/// Opens sets of zones on the study grid, in their order, however much memory they take.
///
/// # Errors
///
/// See [`open_within`].
pub fn open(specs: &[ZoneSpec], grid: &Grid) -> Result<Vec<ZoneSet>, Vec<ZoneError>> {
    open_within(specs, grid, usize::MAX)
}

/// Opens sets of zones on the study grid, in their order.
///
/// # Arguments
///
/// * `most_bytes` - what all of them may keep in memory for the pixels of the grid.
///
/// # Errors
///
/// Everything that is wrong with any of them; never empty. A set that misses the grid is none of that: its notes
/// say so.
pub fn open_within(
    specs: &[ZoneSpec],
    grid: &Grid,
    most_bytes: usize,
) -> Result<Vec<ZoneSet>, Vec<ZoneError>> {
    let mut room = most_bytes;
    let mut sets: Vec<ZoneSet> = Vec::with_capacity(specs.len());
    let mut errors = Vec::new();
    let mut failed: Vec<&str> = Vec::new();
    let of_file = |spec: &ZoneSpec| match &spec.source {
        ZoneSource::File(file) => Some(open_file(spec, file, grid, most_bytes)),
        ZoneSource::Cross(_) => None,
    };
    let opened: Vec<_> = specs.par_iter().map(of_file).collect();
    for (spec, opened) in specs.iter().zip(opened) {
        let opened = match (&spec.source, opened) {
            (_, Some(opened)) => opened,
            // What is wrong with a member has been said.
            (ZoneSource::Cross(members), None)
                if members.iter().any(|m| failed.contains(&m.as_str())) =>
            {
                failed.push(&spec.name);
                continue;
            }
            (ZoneSource::Cross(members), None) => cross(&spec.name, members, &sets, grid, room),
            // A file is opened above.
            (ZoneSource::File(_), None) => continue,
        };
        match opened.and_then(|set| within(set, room)) {
            Ok(set) => {
                room -= set.bytes();
                sets.push(set);
            }
            Err(error) => {
                errors.push(error);
                failed.push(&spec.name);
            }
        }
    }
    if errors.is_empty() {
        Ok(sets)
    } else {
        Err(errors)
    }
}

/// A set that has room in memory.
fn within(set: ZoneSet, room: usize) -> Result<ZoneSet, ZoneError> {
    if set.bytes() <= room {
        return Ok(set);
    }
    Err(ZoneError {
        set: set.name,
        path: set.notes.path,
        problem: Box::new(ZoneProblem::TooLarge {
            most_bytes: room,
            has_parts: set.rule == CellRule::Fraction,
        }),
    })
}

fn open_file(
    spec: &ZoneSpec,
    file: &ZoneFile,
    grid: &Grid,
    room: usize,
) -> Result<ZoneSet, ZoneError> {
    let unreadable = |reason: String| {
        ZoneError::of_file(&spec.name, &file.path, ZoneProblem::Unreadable { reason })
    };
    let dataset = open_any(&file.path).map_err(unreadable)?;
    if dataset.raster_count() > 0 {
        raster(spec, file, dataset, grid, room)
    } else {
        vector(spec, file, &dataset, grid)
    }
}
