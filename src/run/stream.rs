//! Tiles from the files of the inputs to the files of the outputs.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Sender, channel};

use crate::engines::Engine;
use crate::error::Error;
use crate::grid::Window;
use crate::pipeline::{self, Busy, Ended};
use crate::sinks::Sink;
use crate::sources::{GdalReader, ReaderState};
use crate::tile::Tile;

use super::audit::Audit;
use super::collect::{Collectors, SeenValues};
use super::computing::Computing;
use super::journal::{Keeper, RunState};
use super::options::{Event, RunOptions};
use super::outputs::write_tile;
use super::plan::Plan;
use super::record::AuditRecord;
use super::tile::TileView;

/// What takes part in the way of the tiles.
pub(super) struct Streaming<'a> {
    pub(super) options: &'a RunOptions,
    pub(super) plan: &'a Plan,
    pub(super) engine: &'a mut dyn Engine,
    pub(super) sink: &'a mut dyn Sink,
    pub(super) collectors: &'a mut Collectors,
    /// Layers that are needed after the last tile, each with the index of its raster in the sink.
    pub(super) scratch: &'a [(usize, usize)],
    /// Folder of the outputs.
    pub(super) out: &'a Path,
    /// Tiles that are written and kept, whatever happens.
    pub(super) kept: &'a mut usize,
}

/// What is known once every tile is written.
pub(super) struct Streamed {
    pub(super) busy: Busy,
    pub(super) audit: AuditRecord,
    pub(super) seen: SeenValues,
    /// What the reader has counted.
    pub(super) reader: ReaderState,
}

impl Streaming<'_> {
    /// Reads, computes and writes every tile that is not kept yet, and audits some pixels.
    ///
    /// # Arguments
    ///
    /// * `state` - what another run knew that this one goes on from.
    pub(super) fn run(
        self,
        state: Option<RunState>,
        stop: &AtomicBool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Streamed, Error> {
        let Self {
            options,
            plan,
            engine,
            sink,
            collectors,
            scratch,
            out,
            kept,
        } = self;
        let (done, windows) = plan.tiling.windows.split_at(*kept);
        let of = plan.tiling.windows.iter().map(Window::n_pixels).sum();
        let mut pixels = done.iter().map(Window::n_pixels).sum();
        let mut seen = SeenValues::new(&plan.chain);
        let mut audited = AuditRecord::default();
        let mut audit = Audit::new(&plan.chain, plan.grid.window().n_pixels());
        let state = state.map(|state| {
            seen.restore(&state.seen, done.len());
            audited = state.audit;
            state.reader
        });
        let (to_keeper, readers) = channel();
        let reader = reader(plan, out, state.as_ref(), to_keeper)?;
        let tiles = [done.len(), plan.tiling.windows.len()];
        let mut keeper = Keeper::new(options, tiles, state.unwrap_or_default(), readers);
        let ended = pipeline::run(
            windows,
            reader,
            &mut Computing::new(&plan.chain, engine, &seen, Some(&mut audit)),
            plan.tiles_in_flight,
            |computed| {
                keeper.begins();
                let tile = TileView::new(&plan.chain, computed);
                audited.add(computed.audit.clone());
                let (written, ()) = rayon::join(
                    || write_tile(&mut *sink, &tile, tile.window(), scratch),
                    || collectors.take(plan, &tile),
                );
                written?;
                keeper.written(sink, collectors, &seen, &audited)?;
                pixels += tile.window().n_pixels();
                on_event(Event::Tile { pixels, of });
                Ok(())
            },
            stop,
        );
        let last = keeper.last(sink, collectors, &seen, &audited);
        *kept = keeper.kept();
        let busy = ended.map_err(|ended| match ended {
            Ended::Failed(error) => error,
            Ended::Stopped => Error::Stopped,
        })?;
        last?;
        Ok(Streamed {
            busy,
            audit: audited,
            seen,
            reader: keeper.into_reader(),
        })
    }
}

/// Reads a window, in the memory of a used tile where there is one. Decoded blocks are kept in the folder of the outputs.
///
/// # Arguments
///
/// * `state` - what another reader knew after the windows before.
/// * `to_keeper` - gets what this one knows after each window.
fn reader(
    plan: &Plan,
    out: &Path,
    state: Option<&ReaderState>,
    to_keeper: Sender<ReaderState>,
) -> Result<impl FnMut(Window, Option<Tile>) -> Result<Tile, Error> + Send + use<>, Error> {
    let reader = plan.stacks.reader_of(&plan.chain.inputs)?;
    let mut reader: GdalReader = reader.for_run(out);
    if let Some(state) = state {
        reader.restore(state)?;
    }
    Ok(move |window, used| {
        let tile = reader.read_into(window, used)?;
        // Once nothing is written any more nobody asks for it.
        let _ = to_keeper.send(reader.state());
        Ok(tile)
    })
}
