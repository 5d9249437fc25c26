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

use crate::run::audit::Audit;
use crate::run::collect::{Collectors, SeenValues};
use crate::run::computing::Computing;
use crate::run::journal::{Keeper, RunState};
use crate::run::options::{Event, RunOptions};
use crate::run::outputs::write_tile;
use crate::run::plan::Plan;
use crate::run::record::AuditRecord;
use crate::run::tile::TileView;

/// What takes part in the way of the tiles.
pub(in crate::run) struct Streaming<'a> {
    pub(in crate::run) options: &'a RunOptions,
    pub(in crate::run) plan: &'a Plan,
    pub(in crate::run) engine: &'a mut dyn Engine,
    pub(in crate::run) sink: &'a mut dyn Sink,
    pub(in crate::run) collectors: &'a mut Collectors,
    /// Layers that are needed after the last tile, each with the index of its raster in the sink.
    pub(in crate::run) scratch: &'a [(usize, usize)],
    /// Folder of the outputs.
    pub(in crate::run) out: &'a Path,
    /// Tiles that are written and kept, whatever happens.
    pub(in crate::run) kept: &'a mut usize,
}

/// What is known once every tile is written.
pub(in crate::run) struct Streamed {
    pub(in crate::run) busy: Busy,
    pub(in crate::run) audit: AuditRecord,
    pub(in crate::run) seen: SeenValues,
    /// What the reader has counted.
    pub(in crate::run) reader: ReaderState,
}

impl Streaming<'_> {
    /// Reads, computes and writes every tile that is not kept yet, and audits some pixels.
    ///
    /// # Arguments
    ///
    /// * `state` - what another run knew that this one goes on from.
    pub(in crate::run) fn run(
        self,
        state: Option<RunState>,
        stop: &AtomicBool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<Streamed, Error> {
        let (options, plan, scratch) = (self.options, self.plan, self.scratch);
        let (sink, collectors) = (self.sink, self.collectors);
        let (done, windows) = plan.tiling.windows.split_at(*self.kept);
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
        let reader = reader(plan, self.out, state.as_ref(), to_keeper)?;
        let tiles = [done.len(), plan.tiling.windows.len()];
        let mut keeper = Keeper::new(options, tiles, state.unwrap_or_default(), readers);
        let ended = pipeline::run(
            windows,
            reader,
            &mut Computing::new(&plan.chain, self.engine, &seen, Some(&mut audit)),
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
        *self.kept = keeper.kept();
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
