//! Joins files of one time that are side by side, such as the tiles h27v06 and h28v06 of MODIS.
//!
//! The joined raster is a virtual raster of GDAL, whose text GDAL takes instead of a file name:
//! nothing is written, and reading stays one band of one data set.

use std::collections::HashMap;

use gdal::programs::raster::{BuildVRTOptions, build_vrt};
use gdal::raster::GdalDataType;
use gdal::{Dataset, Metadata};

use crate::calendar::{Steps, Time};
use crate::gdal_calls::text_of;
use crate::grid::Grid;
use crate::sources::error::SourceError;
use crate::sources::files::dataset::open_gdal;
use crate::sources::files::error::FileError;
use crate::sources::files::input_file::InputFile;
use crate::sources::files::lacking_tiles::{OfOneTime, grid_around, lacking_tiles, pixels};
use crate::sources::files::listing::name_of;
use crate::sources::files::scan::ScannedFile;
use crate::sources::grids::crs::is_same_crs;
use crate::sources::request::InputRequest;
use crate::sources::times::bands::moments_of;
use crate::sources::times::moment::Moment;
use crate::sources::values::type_limits::can_hold;

/// How far the pixels of two tiles may be off one another, in pixels.
const TOLERANCE_PIXELS: f64 = 0.01;

/// Rows or columns that neighbours may share.
const SHARED_EDGE: f64 = 1.0;

/// Why two files are not joined.
enum Apart {
    /// They are not tiles of one raster: they differ in grid, or overlap.
    NoTiles,
    /// They are tiles, but differ in a property that a raster has once.
    Differ(&'static str),
}

/// Joins the files of each time that are side by side. Other files of one time are left as they
/// are, and are reported later: the time occurs twice.
///
/// # Errors
///
/// Tiles that differ in scale, unit, type or nodata; several files for a pattern of one time that
/// are not tiles.
pub(crate) fn join(
    request: &InputRequest,
    files: Vec<ScannedFile>,
    notes: &mut Vec<String>,
) -> Result<Vec<ScannedFile>, SourceError> {
    let groups = groups(request, &files);
    if groups.iter().all(|group| group.files.len() == 1) {
        return Ok(files);
    }
    let mut tiled = Vec::with_capacity(groups.len());
    for group in &groups {
        let of: Vec<&ScannedFile> = group.files.iter().map(|&file| &files[file]).collect();
        tiled.push(OfOneTime {
            is_joined: of.len() > 1 && are_tiles(request, &of)?,
            time: group.time,
            files: of,
        });
    }
    let lacking = lacking_tiles(request, &tiled, notes)?;
    let is_joined: Vec<bool> = tiled.iter().map(|of| of.is_joined).collect();
    let mut files: Vec<Option<ScannedFile>> = files.into_iter().map(Some).collect();
    let mut joined = Vec::new();
    let mut n_joined = 0;
    for ((group, is_joined), whole) in groups.iter().zip(is_joined).zip(lacking) {
        let tiles: Vec<ScannedFile> = group
            .files
            .iter()
            .filter_map(|&file| files[file].take())
            .collect();
        if !is_joined && whole.is_none() {
            joined.extend(tiles);
            continue;
        }
        n_joined = n_joined.max(tiles.len());
        joined.push(mosaic(request, tiles, whole)?);
    }
    if n_joined > 0 {
        notes.push(format!(
            "input `{}`: up to {n_joined} files of one time are side by side, and are joined",
            request.name
        ));
    }
    Ok(joined)
}

/// The files of one time.
struct Group {
    files: Vec<usize>,
    time: Option<Time>,
}

/// The files of each time together, in the order of the first of each.
fn groups(request: &InputRequest, files: &[ScannedFile]) -> Vec<Group> {
    let of = |files| Group { files, time: None };
    if request.steps == Some(Steps::Static) {
        return vec![of((0..files.len()).collect())];
    }
    let each_alone = || (0..files.len()).map(|file| of(vec![file])).collect();
    let Some(moments) = moments_of(files).0 else {
        return each_alone();
    };
    let mut groups: Vec<Group> = Vec::new();
    let mut known: HashMap<Vec<Moment>, usize> = HashMap::new();
    let mut first = 0;
    for (file, of) in files.iter().enumerate() {
        let next = first + of.descriptions.len();
        let group = *known
            .entry(moments[first..next].to_vec())
            .or_insert(groups.len());
        if group == groups.len() {
            groups.push(Group {
                files: Vec::new(),
                time: moments.get(first).map(|moment| moment.time),
            });
        }
        groups[group].files.push(file);
        first = next;
    }
    groups
}

/// Whether files are tiles of one raster.
fn are_tiles(request: &InputRequest, tiles: &[&ScannedFile]) -> Result<bool, SourceError> {
    for (i, first) in tiles.iter().enumerate() {
        for second in &tiles[i + 1..] {
            match beside(first, second) {
                Ok(()) => {}
                Err(Apart::Differ(what)) => {
                    return Err(SourceError::File(FileError::Mosaic {
                        input: request.name.clone(),
                        first: name_of(&first.file.path),
                        second: name_of(&second.file.path),
                        why: format!("they differ in {what}"),
                    }));
                }
                Err(Apart::NoTiles) => return several(request, tiles, first),
            }
        }
    }
    Ok(true)
}

/// Files of one time that are not tiles: an error if the pattern asks for one file.
fn several(
    request: &InputRequest,
    files: &[&ScannedFile],
    of: &ScannedFile,
) -> Result<bool, SourceError> {
    let Some(pattern) = &of.several_match else {
        return Ok(false);
    };
    let name = |i: usize| {
        files
            .get(i)
            .map(|file| name_of(&file.file.path))
            .unwrap_or_default()
    };
    Err(SourceError::File(FileError::SeveralMatch {
        input: request.name.clone(),
        pattern: pattern.clone(),
        n: files.len(),
        first: name(0),
        second: name(1),
    }))
}

/// Whether two files are tiles of one raster.
fn beside(a: &ScannedFile, b: &ScannedFile) -> Result<(), Apart> {
    let (s, t) = (&a.grid.transform, &b.grid.transform);
    let is_upright = |t: &[f64; 6]| t[2] == 0.0 && t[4] == 0.0 && t[1] > 0.0 && t[5] < 0.0;
    let agree = |x: f64, y: f64| ((x - y) / x).abs() < 1e-6;
    let is_one_grid = is_upright(s) && is_upright(t) && agree(s[1], t[1]) && agree(s[5], t[5]);
    if !is_one_grid || !is_same_crs(&a.grid.crs_wkt, &b.grid.crs_wkt) {
        return Err(Apart::NoTiles);
    }
    let (col, row) = ((t[0] - s[0]) / s[1], (t[3] - s[3]) / s[5]);
    let is_whole = |x: f64| (x - x.round()).abs() <= TOLERANCE_PIXELS;
    if !is_whole(col) || !is_whole(row) {
        return Err(Apart::NoTiles);
    }
    let shared = |offset: f64, a: usize, b: usize| {
        let [a, b] = [a, b].map(pixels);
        (offset + b).min(a) - offset.max(0.0)
    };
    let across = shared(col, a.grid.width, b.grid.width);
    let down = shared(row, a.grid.height, b.grid.height);
    if across > SHARED_EDGE + TOLERANCE_PIXELS && down > SHARED_EDGE + TOLERANCE_PIXELS {
        return Err(Apart::NoTiles);
    }
    let same = [
        (
            a.descriptions.len() == b.descriptions.len(),
            "their number of bands",
        ),
        (
            a.data_type == b.data_type && a.is_signed_byte == b.is_signed_byte,
            "the type of their numbers",
        ),
        (
            a.scale == b.scale && a.offset == b.offset,
            "scale or offset",
        ),
        (a.unit == b.unit, "unit"),
        (a.nodata == b.nodata, "nodata"),
        (a.has_mask == b.has_mask, "whether they have a mask"),
    ];
    same.iter()
        .find(|(is_same, _)| !is_same)
        .map_or(Ok(()), |(_, what)| Err(Apart::Differ(what)))
}

/// Tiles that cannot be joined.
fn refused(request: &InputRequest, tiles: &[ScannedFile], why: impl Into<String>) -> SourceError {
    let name = |i: usize| {
        tiles
            .get(i)
            .map(|tile| name_of(&tile.file.path))
            .unwrap_or_default()
    };
    SourceError::File(FileError::Mosaic {
        input: request.name.clone(),
        first: name(0),
        second: name(1),
        why: why.into(),
    })
}

/// The tiles as one file.
///
/// # Arguments
///
/// * `whole` - the grid of all tiles of other times, where this time lacks some.
fn mosaic(
    request: &InputRequest,
    mut tiles: Vec<ScannedFile>,
    whole: Option<Grid>,
) -> Result<ScannedFile, SourceError> {
    let bounds = whole.as_ref().map(Grid::bounds);
    let around = || grid_around(&tiles.iter().collect::<Vec<_>>());
    let grid = whole
        .map_or_else(around, Ok)
        .map_err(|why| refused(request, &tiles, why))?;
    let covered: f64 = tiles
        .iter()
        .map(|tile| pixels(tile.grid.width) * pixels(tile.grid.height))
        .sum();
    let has_holes = covered < pixels(grid.width) * pixels(grid.height);
    let new_code = if has_holes && tiles[0].nodata.is_empty() {
        Some(code_of_holes(request, &tiles)?)
    } else {
        None
    };
    let text = virtual_raster(request, &tiles, bounds, new_code)?;
    let files: Vec<InputFile> = tiles.iter().map(|tile| tile.file.clone()).collect();
    let mut joined = tiles.swap_remove(0);
    joined.file = InputFile {
        gdal_name: text,
        bytes: files.iter().map(|file| file.bytes).sum(),
        modified: files.iter().filter_map(|file| file.modified).max(),
        stamps: files.iter().flat_map(|file| file.stamps.clone()).collect(),
        tiles: files,
        ..joined.file
    };
    joined.grid = grid;
    joined.nodata.extend(new_code.filter(|code| !code.is_nan()));
    Ok(joined)
}

/// The number that means missing between tiles whose files state none.
fn code_of_holes(request: &InputRequest, tiles: &[ScannedFile]) -> Result<f64, SourceError> {
    let first = &tiles[0];
    let is_float = matches!(
        first.data_type,
        GdalDataType::Float32 | GdalDataType::Float64
    );
    // The codes of a product mean missing whether or not its valid range keeps them out; the last
    // is the fill value proper.
    let of_product = || Some(request.product?.layer.fill.last()?.code);
    let of_product =
        of_product().filter(|&code| can_hold(first.data_type, first.is_signed_byte, code));
    request
        .nodata()
        .first()
        .copied()
        .or(of_product)
        .or_else(|| is_float.then_some(f64::NAN))
        .ok_or_else(|| {
            refused(
                request,
                tiles,
                "they leave gaps, and no nodata value is known; set `nodata`",
            )
        })
}

/// The text of GDAL's virtual raster of all tiles.
fn virtual_raster(
    request: &InputRequest,
    tiles: &[ScannedFile],
    bounds: Option<[f64; 4]>,
    nodata: Option<f64>,
) -> Result<String, SourceError> {
    let mut options: Vec<String> = nodata
        .map(|code| vec!["-vrtnodata".to_owned(), code.to_string()])
        .unwrap_or_default();
    if let Some(bounds) = bounds {
        options.push("-te".to_owned());
        options.extend(bounds.map(|edge| edge.to_string()));
    }
    if tiles.iter().any(|tile| tile.driver == "Zarr") {
        return Err(refused(
            request,
            tiles,
            "they are Zarr stores; make one store of those of each time first, such as by \
             xarray.combine_by_coords([xarray.open_zarr(f) for f in stores]).to_zarr(...)",
        ));
    }
    let datasets: Vec<Dataset> = tiles
        .iter()
        .map(|tile| open_gdal(&request.name, &tile.file.path, &tile.file.gdal_name))
        .collect::<Result<_, _>>()?;
    if datasets.iter().any(|tile| tile.geo_transform().is_err()) {
        return Err(refused(
            request,
            tiles,
            "where their pixels are is in their axes alone, without a geotransform; make one file of those of each time \
             first, such as by xarray.combine_by_coords([xarray.open_dataset(f) for f in files]).to_netcdf(...)",
        ));
    }
    let built =
        BuildVRTOptions::new(options).and_then(|options| build_vrt(None, &datasets, Some(options)));
    let built = built.map_err(|error| refused(request, tiles, text_of(&error)))?;
    built
        .metadata_domain("xml:VRT")
        .and_then(|texts| texts.into_iter().next())
        .ok_or_else(|| refused(request, tiles, "GDAL cannot make a virtual raster of them"))
}
