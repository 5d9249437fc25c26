//! The zone sets of a study, opened on its grid.

use crate::grid::{CellRule, Grid};
use crate::study::{Starts, Study, ZoneTable, ZonesFrom};
use crate::zones::{self, PixelAreas, ZoneFile, ZoneSet, ZoneSource, ZoneSpec};

use super::problems::Problems;

/// The part of the memory that zones may take.
const ZONE_PART: u64 = 2;

/// The zones of a study and the areas of its pixels.
#[derive(Debug)]
pub(super) struct OpenedZones {
    /// The sets, in the order of the study.
    pub(super) sets: Vec<ZoneSet>,
    /// Sets with first years as zones; see [`Plan::starts`](super::plan::Plan::starts).
    pub(super) starts: Vec<ZoneSet>,
    /// The areas.
    pub(super) areas: PixelAreas,
}

impl OpenedZones {
    /// Bytes that the sets keep in memory.
    pub(super) fn bytes(&self) -> u64 {
        let sets = self.sets.iter().chain(&self.starts);
        sets.map(ZoneSet::bytes).sum::<usize>() as u64
    }
}

/// Opens every zone set, and finds the zones that the study names in them.
pub(super) fn open_zones(
    study: &Study,
    grid: &Grid,
    problems: &mut Problems,
) -> Option<OpenedZones> {
    let areas = problems.take(PixelAreas::new(grid, study.grid.area));
    let specs: Vec<ZoneSpec> = study.zones.iter().map(|table| spec(study, table)).collect();
    let most_bytes = usize::try_from(study.engine.memory_bytes / ZONE_PART).unwrap_or(usize::MAX);
    let sets = match zones::open_within(&specs, grid, most_bytes) {
        Ok(sets) => sets,
        Err(errors) => {
            for error in errors {
                problems.take(Err::<(), _>(error));
            }
            return None;
        }
    };
    for (table, set) in study.zones.iter().zip(&sets) {
        if let Some(control) = &table.control {
            problems.take(set.find(control, "control"));
        }
        let measures = study.measures.iter();
        for measures in measures.filter(|measures| measures.zones == table.name) {
            if let Starts::ByZone(starts) = &measures.start {
                for (zone, _) in starts {
                    problems.take(set.find(zone, "measures.start"));
                }
            }
        }
    }
    let left = most_bytes.saturating_sub(sets.iter().map(ZoneSet::bytes).sum());
    let starts = match zones::open_within(&specs_of_starts(study, &specs), grid, left) {
        Ok(starts) => starts,
        Err(errors) => {
            for error in errors {
                problems.take(Err::<(), _>(error));
            }
            Vec::new()
        }
    };
    Some(OpenedZones {
        sets,
        starts,
        areas: areas?,
    })
}

/// What a table of the study says, with the path of its file.
pub(super) fn spec(study: &Study, table: &ZoneTable) -> ZoneSpec {
    let source = match &table.source {
        ZonesFrom::File(file) => ZoneSource::File(ZoneFile {
            path: study.resolve(&file.file),
            layer: file.layer.clone(),
            filter: file.filter.clone(),
            field: file.field.clone(),
            labels: file.labels.clone(),
            breaks: file.breaks.clone(),
        }),
        ZonesFrom::Cross(sets) => ZoneSource::Cross(sets.clone()),
    };
    ZoneSpec {
        name: table.name.clone(),
        source,
        rule: table.cells,
    }
}

/// The sets whose first years are in a field, with that field as the label.
fn specs_of_starts(study: &Study, specs: &[ZoneSpec]) -> Vec<ZoneSpec> {
    let fields = study
        .measures
        .iter()
        .filter_map(|measures| match &measures.start {
            Starts::Field(field) => Some((&measures.zones, field)),
            Starts::ByZone(_) | Starts::Unknown => None,
        });
    let of_field = |(zones, field): (&String, &String)| {
        let spec = specs.iter().find(|spec| spec.name == *zones)?;
        let ZoneSource::File(file) = &spec.source else {
            return None;
        };
        let file = ZoneFile {
            field: Some(field.clone()),
            ..file.clone()
        };
        Some(ZoneSpec {
            source: ZoneSource::File(file),
            rule: CellRule::Centre,
            ..spec.clone()
        })
    };
    fields.filter_map(of_field).collect()
}
