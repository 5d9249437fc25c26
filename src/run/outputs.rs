//! The files of a run: what each is called, what a GIS shows of it, and whether the folder can take it.

use std::path::{Path, PathBuf};

use crate::chain::FileSpec;
use crate::error::Error;
use crate::grid::{Grid, Window};
use crate::servers::not_written;
use crate::sinks::{
    OutputFolder, RasterFile, RasterOptions, RasterSink, STORE, Sink, SinkError, Unfinished,
    check_formats, check_store,
};
use crate::sources::file_on_disk;
use crate::study::Study;

use super::outlines::OUTLINES;
use super::plan::Plan;
use super::room::disk_bytes;
use super::tile::TileView;

/// Folders that a run makes inside the output folder.
const FOLDERS: [&str; 3] = ["maps", "stacks", "tables"];
/// Texts that a run writes and that an input may be: its record, an entry of a catalogue, tables that look like field data,
/// and zones.
const TEXTS: [&str; 5] = [
    RECORD,
    "item.json",
    "tables/sites.csv",
    "tables/validation.csv",
    OUTLINES,
];
/// The record of a run.
pub(super) const RECORD: &str = "run.json";

/// Makes the sink of a run, with every raster of the plan in its order.
///
/// # Arguments
///
/// * `unfinished` - what another run of the study left, if this one goes on from there.
pub(super) fn open_sink(
    study: &Study,
    plan: &Plan,
    folder: OutputFolder,
    unfinished: Option<Unfinished>,
) -> Result<RasterSink, Error> {
    let unfinished = unfinished.map(|unfinished| {
        let done = &plan.tiling.windows[..unfinished.tiles];
        (unfinished, done)
    });
    let (files, options) = (raster_files(study, plan), raster_options(study, plan));
    let sink = RasterSink::create_in(folder, &plan.grid, files, &options, unfinished)?;
    Ok(sink)
}

/// Makes the sink of a part of a run, with every raster of the plan in its order.
pub(super) fn open_sink_of_part(
    study: &Study,
    plan: &Plan,
    folder: OutputFolder,
) -> Result<RasterSink, SinkError> {
    let (files, options) = (raster_files(study, plan), raster_options(study, plan));
    RasterSink::create_part(folder, &plan.grid, files, &options)
}

/// Whether the rasters of the plan can be written into the folder.
pub(super) fn check_rasters(study: &Study, plan: &Plan, out: &Path) -> Result<(), SinkError> {
    check_output(study, plan, out)?;
    check_formats(
        out,
        &raster_files(study, plan),
        &raster_options(study, plan),
    )
}

fn raster_files(study: &Study, plan: &Plan) -> Vec<RasterFile> {
    let files = plan.chain.files.iter();
    files.map(|file| raster_file(study, file)).collect()
}

/// A sink for the rasters of the plan on any grid.
pub(super) fn raster_sink(
    study: &Study,
    plan: &Plan,
    grid: &Grid,
    out: &Path,
) -> Result<RasterSink, SinkError> {
    let files = raster_files(study, plan);
    RasterSink::create(out, grid, files, &raster_options(study, plan))
}

/// Writes the files of a tile at `window` of the sink. Files that are made after the last tile come later.
///
/// # Arguments
///
/// * `scratch` - layers that are needed until then, each with the index of its raster in the sink.
pub(super) fn write_tile(
    sink: &mut dyn Sink,
    tile: &TileView<'_>,
    window: Window,
    scratch: &[(usize, usize)],
) -> Result<(), SinkError> {
    let files = tile.chain.files.iter();
    let mut values: Vec<_> = files.map(|file| tile.file(file)).collect();
    let n_rasters = scratch.iter().map(|(_, raster)| raster + 1).max();
    values.resize(n_rasters.unwrap_or(0).max(values.len()), None);
    for &(layer, raster) in scratch {
        values[raster] = Some(tile.layer(layer));
    }
    sink.write_tile(window, &values)
}

/// The name of a file under the output folder.
pub(super) fn name_of(study: &Study, file: &FileSpec) -> String {
    format!("{}.{}", file.path, study.output.format.ending())
}

/// Bytes of all outputs of rasters before they are compressed.
pub(super) fn bytes_on_disk(study: &Study, plan: &Plan) -> u64 {
    let n_pixels = plan.grid.window().n_pixels();
    disk_bytes(study.output.format, &plan.chain, n_pixels)
}

/// Format, compression and blocks of the outputs.
fn raster_options(study: &Study, plan: &Plan) -> RasterOptions {
    let tiling = &plan.tiling;
    RasterOptions {
        format: study.output.format,
        compress: study.output.compress,
        block: tiling.blocks.block,
        cell: tiling.blocks.cell,
        has_room_for_block: tiling.has_room_for_block,
        // Tiles are no more by then.
        store_bytes: (plan.memory_bytes - plan.device_bytes) / 2,
    }
}

/// A file with what a GIS shows of it.
fn raster_file(study: &Study, file: &FileSpec) -> RasterFile {
    let years = format!("{}-{}", study.years.first, study.years.last);
    let mut metadata = vec![
        ("study".to_owned(), study.name.clone()),
        ("years".to_owned(), years),
    ];
    let kernel = file.made_by.clone();
    metadata.extend(kernel.map(|kernel| ("kernel".to_owned(), kernel)));
    RasterFile {
        path: file.path.clone(),
        description: file.description.clone(),
        unit: file.unit.clone(),
        bands: file.bands.clone(),
        kind: file.kind.clone(),
        metadata,
    }
}

/// Whether the outputs can go into `out` without touching an input or leaving the folder.
pub(super) fn check_output(study: &Study, plan: &Plan, out: &Path) -> Result<(), SinkError> {
    check_folder(out)?;
    let store = study.output.format.has_store().then_some(STORE);
    for folder in FOLDERS.into_iter().chain(store) {
        let path = out.join(folder);
        if path
            .symlink_metadata()
            .is_ok_and(|found| found.is_symlink())
        {
            let reason = format!("{} is a link to another folder", path.display());
            return Err(SinkError::Folder {
                dir: out.to_owned(),
                reason,
            });
        }
    }
    let read = files_read(study, plan);
    if store.is_some() {
        check_store(&out.join(STORE))?;
    }
    // A store of an earlier run goes with its maps, whatever the format is now.
    if let Ok(old) = out.join(STORE).canonicalize()
        && let Some(input) = read.iter().find(|input| input.starts_with(&old))
    {
        let path = input.clone();
        return Err(SinkError::IsInput { path });
    }
    let names = plan.chain.files.iter().map(|file| name_of(study, file));
    for name in names.chain(TEXTS.map(str::to_owned)) {
        let target = out.join(name);
        if target
            .canonicalize()
            .is_ok_and(|target| read.contains(&target))
        {
            return Err(SinkError::IsInput { path: target });
        }
    }
    Ok(())
}

/// Every file that a run reads, as far as it is on this machine; the file or the store of a name that is one of a part of it.
fn files_read(study: &Study, plan: &Plan) -> Vec<PathBuf> {
    let inputs = plan.stacks.inputs().iter().flat_map(|input| &input.files);
    let mut read: Vec<PathBuf> = inputs.map(|file| file.path.clone()).collect();
    read.extend(study.grid.mask.as_ref().map(|mask| study.resolve(mask)));
    read.extend(study.sites.as_ref().map(|sites| study.resolve(&sites.file)));
    read.extend(plan.zones.iter().filter_map(|set| set.notes.path.clone()));
    read.push(study.path.clone());
    let on_disk = |path: &PathBuf| file_on_disk(&path.to_string_lossy());
    let canonical = read
        .iter()
        .filter_map(|path| on_disk(path)?.canonicalize().ok());
    canonical.collect()
}

/// Whether the folder is one, or can be made.
pub(super) fn check_folder(out: &Path) -> Result<(), SinkError> {
    if let Some(reason) = not_written(&out.to_string_lossy()) {
        return Err(SinkError::Folder {
            dir: out.to_owned(),
            reason,
        });
    }
    // GDAL takes names in UTF-8 alone.
    if out.to_str().is_none() {
        return Err(SinkError::Folder {
            dir: out.to_owned(),
            reason: "its name is not UTF-8, and GDAL cannot open files in it".to_owned(),
        });
    }
    let nearest = out
        .ancestors()
        .find(|folder| folder.as_os_str().is_empty() || folder.symlink_metadata().is_ok());
    match nearest {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(SinkError::Folder {
                dir: out.to_owned(),
                reason: format!("{} is not a folder", folder.display()),
            })
        }
        _ => Ok(()),
    }
}

/// Makes the folder, and one inside it, and removes again what was not there before.
pub(super) fn try_folder(out: &Path) -> Result<(), SinkError> {
    let is_new = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let created: Vec<&Path> = out.ancestors().take_while(is_new).collect();
    let trial = out.join(format!(".doline-check-{}", std::process::id()));
    let tried = std::fs::create_dir_all(out)
        .and_then(|()| std::fs::create_dir(&trial))
        .and_then(|()| std::fs::remove_dir(&trial));
    for folder in created {
        // A folder that could not be made cannot be removed either; the error is returned below.
        let _ = std::fs::remove_dir(folder);
    }
    tried.map_err(|error| SinkError::Folder {
        dir: out.to_owned(),
        reason: error.to_string(),
    })
}
