//! Zones of a raster: codes, or classes of a quantity.

use gdal::Dataset;

use crate::grid::CellRule;
use crate::grid::{Grid, Window};
use crate::sources::{CodeRaster, RasterOnGrid};
use crate::zones::cell_shares::CellShares;
use crate::zones::codes::Codes;
use crate::zones::error::{ZoneError, ZoneProblem};
use crate::zones::notes::ZoneNotes;
use crate::zones::part::NO_ZONE;
use crate::zones::rows::{ColumnPart, ZoneRows};
use crate::zones::set::ZoneSet;
use crate::zones::spec::{ZoneFile, ZoneSpec};

/// Pixels that are read at a time.
const PART_PIXELS: usize = 1 << 18;

/// The zones of a raster on any grid, which may keep `room` bytes: by the cell that holds the centre of a pixel, or by the shares of all cells.
pub(super) fn raster(
    spec: &ZoneSpec,
    file: &ZoneFile,
    dataset: Dataset,
    grid: &Grid,
    room: usize,
) -> Result<ZoneSet, ZoneError> {
    let failed = |problem| ZoneError::of_file(&spec.name, &file.path, problem);
    check_keys(file).map_err(failed)?;
    let name = format!("zones.{}", spec.name);
    let mut notes = ZoneNotes {
        path: Some(file.path.clone()),
        ..ZoneNotes::default()
    };
    let lacks_crs = dataset.spatial_ref().is_err() && !grid.crs_wkt.is_empty();
    let opened = CodeRaster::open(&name, &file.path, dataset, grid).map_err(|reason| {
        failed(if lacks_crs {
            ZoneProblem::NoReference {
                grid: grid.crs_name.clone(),
            }
        } else {
            ZoneProblem::CannotPlace { reason }
        })
    })?;
    let is_quantity = opened.is_float() && file.labels.is_empty() && file.breaks.is_empty();
    if is_quantity {
        return Err(failed(ZoneProblem::Quantity {
            kind: "its numbers are stored as floats".to_owned(),
        }));
    }
    notes.remarks.extend(opened.notes().iter().cloned());
    let (scale, offset) = opened.scale_and_offset();
    let (mut codes, labels, n_blank) = Codes::new(file, opened.nodata(), scale, offset);
    notes.unlabelled = n_blank;
    let rows = match (opened.placed(), spec.rule) {
        (RasterOnGrid::Nowhere, _) => Ok(ZoneRows::new(grid.width)),
        (RasterOnGrid::SameCells, _) | (RasterOnGrid::OwnCells(_), CellRule::Centre) => {
            by_centre(&opened, &mut codes, grid, room)
        }
        (RasterOnGrid::OwnCells(source), CellRule::Fraction) => {
            CellShares::new(&opened, source, grid).and_then(|shares| shares.rows(&mut codes, room))
        }
    };
    let mut rows = rows.map_err(|reason| failed(ZoneProblem::Unreadable { reason }))?;
    codes.check().map_err(failed)?;
    if rows.used_bytes() > room {
        // Rows after these were not read.
        return Err(failed(ZoneProblem::TooLarge {
            most_bytes: room,
            has_parts: spec.rule == CellRule::Fraction,
        }));
    }
    rows.shrink();
    let labels = match codes.in_order() {
        Some((labels, numbers)) => {
            rows.rename(numbers);
            labels
        }
        None => labels,
    };
    Ok(ZoneSet::new(&spec.name, labels, spec.rule, rows, notes))
}

fn check_keys(file: &ZoneFile) -> Result<(), ZoneProblem> {
    let misplaced = |key| {
        Err(ZoneProblem::Misplaced {
            kind: "raster",
            key,
            remedy: "name its codes by `labels`, or cut a quantity by `breaks`",
        })
    };
    if file.field.is_some() {
        return misplaced("field");
    }
    if file.layer.is_some() {
        return misplaced("layer");
    }
    Ok(())
}

/// The rows of the grid, or the first of them that take more than `room` bytes.
fn by_centre(
    opened: &CodeRaster,
    codes: &mut Codes,
    grid: &Grid,
    room: usize,
) -> Result<ZoneRows, String> {
    let mut rows = ZoneRows::new(grid.width);
    let height = (PART_PIXELS / grid.width.max(1)).max(1);
    let mut zones = Vec::new();
    let no_parts: &[ColumnPart] = &[];
    for row in (0..grid.height).step_by(height) {
        let window = Window {
            row,
            height: height.min(grid.height - row),
            ..grid.window()
        };
        zones.clear();
        zones.resize(window.n_pixels(), NO_ZONE);
        opened.nearest(grid, window, |pixel, stored| {
            zones[pixel] = codes.zone_of(stored);
        })?;
        for zones in zones.chunks(grid.width.max(1)) {
            rows.push_codes(zones, no_parts);
        }
        if codes.check().is_err() || rows.used_bytes() > room {
            break;
        }
    }
    Ok(rows)
}
