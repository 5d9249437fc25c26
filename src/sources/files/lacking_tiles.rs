//! Tiles that one time lacks while others have them.

use crate::calendar::Time;
use crate::grid::Grid;
use crate::sources::error::SourceError;
use crate::sources::files::error::FileError;
use crate::sources::files::listing::name_of;
use crate::sources::files::scan::ScannedFile;
use crate::sources::request::InputRequest;

/// As many pixels as a raster may have.
const MAX_PIXELS: f64 = 1_099_511_627_776.0;

/// The files of one time.
pub(crate) struct OfOneTime<'a> {
    pub(crate) time: Option<Time>,
    pub(crate) files: Vec<&'a ScannedFile>,
    /// Whether they are tiles of one raster.
    pub(crate) is_joined: bool,
}

/// A tile that a time lacks.
struct Lacking {
    time: Option<Time>,
    /// The file of another time that has it.
    like: String,
    bounds: [f64; 4],
}

/// For each time that lacks a tile of others, the grid of all tiles; `None` for each other time.
///
/// # Errors
///
/// A tile is lacking and the study does not allow it.
pub(crate) fn lacking_tiles(
    request: &InputRequest,
    times: &[OfOneTime<'_>],
    notes: &mut Vec<String>,
) -> Result<Vec<Option<Grid>>, SourceError> {
    let mut places: Vec<&ScannedFile> = Vec::new();
    for tile in times
        .iter()
        .filter(|of| of.is_joined)
        .flat_map(|of| &of.files)
    {
        if !places.iter().any(|known| share(known, tile)) {
            places.push(tile);
        }
    }
    let is_here = |of: &OfOneTime<'_>| {
        of.is_joined || places.iter().any(|place| is_same_place(place, of.files[0]))
    };
    let mut lacking = Vec::new();
    let mut wholes = Vec::with_capacity(times.len());
    for of in times {
        let has = |place: &&&ScannedFile| of.files.iter().any(|tile| share(place, tile));
        let missing: Vec<&&ScannedFile> = places.iter().filter(|place| !has(place)).collect();
        if missing.is_empty() || !is_here(of) {
            wholes.push(None);
            continue;
        }
        lacking.extend(missing.iter().map(|place| Lacking {
            time: of.time,
            like: name_of(&place.file.path),
            bounds: place.grid.bounds(),
        }));
        wholes.push(grid_around(&places).ok());
    }
    report(request, &lacking, notes)?;
    Ok(wholes)
}

/// Refuses tiles that are lacking, or tells how many if the study allows them.
fn report(
    request: &InputRequest,
    lacking: &[Lacking],
    notes: &mut Vec<String>,
) -> Result<(), SourceError> {
    let Some(first) = lacking.first() else {
        return Ok(());
    };
    let time = first.time.map_or_else(String::new, |time| time.to_string());
    if request.allow_missing_tiles {
        notes.push(format!(
            "input `{}`: {} lacking that other times have, the first in {time} where {} is; such pixels are missing, as \
             allow_missing_tiles says",
            request.name,
            match lacking.len() {
                1 => "1 tile is".to_owned(),
                n => format!("{n} tiles are"),
            },
            first.like
        ));
        return Ok(());
    }
    // Without the digits of rounding.
    let [west, south, east, north] = first.bounds.map(|edge| (edge * 1e6).round() / 1e6);
    Err(SourceError::File(FileError::LackingTiles {
        input: request.name.clone(),
        n: lacking.len(),
        time,
        like: first.like.clone(),
        bounds: format!("x {west} .. {east}, y {south} .. {north}"),
    }))
}

/// Part of a tile that counts as shared; neighbours may share a row or a column.
const SHARED: f64 = 0.5;

/// Whether two tiles have most of the smaller one in common.
fn share(a: &ScannedFile, b: &ScannedFile) -> bool {
    // West, south, east, north.
    let [a, b] = [a, b].map(|tile| tile.grid.bounds());
    let along = |low: usize, high: usize| (a[high].min(b[high]) - a[low].max(b[low])).max(0.0);
    let area = |of: [f64; 4]| (of[2] - of[0]) * (of[3] - of[1]);
    let (common, smaller) = (along(0, 2) * along(1, 3), area(a).min(area(b)));
    common > SHARED * smaller
}

/// Whether two tiles have the same place and size.
fn is_same_place(a: &ScannedFile, b: &ScannedFile) -> bool {
    share(a, b) && (a.grid.width, a.grid.height) == (b.grid.width, b.grid.height)
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
pub(crate) fn pixels(n: usize) -> f64 {
    n as f64
}

/// The grid of all tiles together.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole numbers of pixels, and not too many"
)]
pub(crate) fn grid_around(tiles: &[&ScannedFile]) -> Result<Grid, String> {
    let first = &tiles[0].grid;
    let t = first.transform;
    let mut bounds = [0.0_f64, 0.0, 0.0, 0.0];
    for tile in tiles {
        let col = ((tile.grid.transform[0] - t[0]) / t[1]).round();
        let row = ((tile.grid.transform[3] - t[3]) / t[5]).round();
        bounds = [
            bounds[0].min(col),
            bounds[1].min(row),
            bounds[2].max(col + pixels(tile.grid.width)),
            bounds[3].max(row + pixels(tile.grid.height)),
        ];
    }
    let (width, height) = (bounds[2] - bounds[0], bounds[3] - bounds[1]);
    if width * height > MAX_PIXELS {
        return Err("they are too far apart".to_owned());
    }
    let mut transform = t;
    transform[0] += bounds[0] * t[1];
    transform[3] += bounds[1] * t[5];
    Ok(Grid {
        transform,
        width: width as usize,
        height: height as usize,
        ..first.clone()
    })
}
