//! Opens sets of zones.

use crate::grid::Grid;
use crate::sources::open_any;
use crate::zones::cross::cross;
use crate::zones::error::{ZoneError, ZoneProblem};
use crate::zones::raster::raster;
use crate::zones::set::ZoneSet;
use crate::zones::spec::{ZoneFile, ZoneSource, ZoneSpec};
use crate::zones::vector::vector;

/// Opens sets of zones on the study grid, in their order.
///
/// # Errors
///
/// Everything that is wrong with any of them; never empty. A set that misses the grid is none of that: its notes
/// say so.
pub fn open(specs: &[ZoneSpec], grid: &Grid) -> Result<Vec<ZoneSet>, Vec<ZoneError>> {
    let mut sets: Vec<ZoneSet> = Vec::with_capacity(specs.len());
    let mut errors = Vec::new();
    let mut failed: Vec<&str> = Vec::new();
    for spec in specs {
        let opened = match &spec.source {
            ZoneSource::File(file) => open_file(spec, file, grid),
            // What is wrong with a member has been said.
            ZoneSource::Cross(members) if members.iter().any(|m| failed.contains(&m.as_str())) => {
                failed.push(&spec.name);
                continue;
            }
            ZoneSource::Cross(members) => cross(&spec.name, members, &sets, grid),
        };
        match opened {
            Ok(set) => sets.push(set),
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

fn open_file(spec: &ZoneSpec, file: &ZoneFile, grid: &Grid) -> Result<ZoneSet, ZoneError> {
    let unreadable = |reason: String| {
        ZoneError::of_file(&spec.name, &file.path, ZoneProblem::Unreadable { reason })
    };
    let dataset = open_any(&file.path).map_err(unreadable)?;
    if dataset.raster_count() > 0 {
        raster(spec, file, dataset, grid)
    } else {
        vector(spec, file, &dataset, grid)
    }
}
