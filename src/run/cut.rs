//! Cuts the study grid into tiles that fit the memory budget.

use crate::chain::Chain;
use crate::error::Error;
use crate::pipeline::{MAX_IN_FLIGHT, results_alive, tiles_alive};
use crate::sources::Stacks;
use crate::study::{EngineTable, Study};
use crate::tile::Geometry;
use crate::tiling::{self, BudgetTooSmall, Room, Tiling};

/// What the program, GDAL's cache and its open files take in addition to tiles.
const FIXED_BYTES: u64 = 192 << 20;
/// The smallest budget of a study: a part of less could not take a block of a file and a tile.
const MIN_BYTES: u64 = 16 << 20;
/// The part of the memory that one decoded block of an input may take. The reader keeps some, and tiles need room too.
const BLOCK_PART: u64 = 8;
/// The part of the memory that a device may take.
const DEVICE_PART: u64 = 4;
/// What a device may take where the study does not say, bytes.
pub const DEFAULT_DEVICE_BYTES: u64 = EngineTable::DEFAULT_MEMORY_BYTES / DEVICE_PART;
/// The part of the memory for tiles in which the reader may keep cells of inputs on other grids.
const CELL_PART: u64 = 16;
/// Pixels of a tile that is large enough.
const ENOUGH_PIXELS: u64 = 1 << 16;
/// Bytes of cells of all inputs on other grids that a tile may bring, so that a device has room for them.
const MAX_CELL_BYTES: usize = 48 << 20;

/// Bytes of the largest block of an input that a study may read.
pub(super) fn max_block_bytes(study: &Study) -> u64 {
    study.engine.memory_bytes.max(MIN_BYTES) / BLOCK_PART
}

/// Refuses a budget that is too small for anything, before files are checked against a part of it.
pub(super) fn check_memory(budget_bytes: u64) -> Result<(), Error> {
    if budget_bytes >= MIN_BYTES {
        return Ok(());
    }
    // The text names the next whole MiB.
    Err(BudgetTooSmall {
        budget_bytes,
        needed_bytes: MIN_BYTES - 1,
    }
    .into())
}

/// Threads that read: one where no input is decoded by more.
pub(super) fn reading_threads(stacks: &Stacks) -> usize {
    if stacks.needs_one_thread() {
        1
    } else {
        rayon::current_num_threads()
    }
}

/// Bytes of a pixel in all tiles and results that are alive at a time.
pub(super) fn bytes_per_pixel(chain: &Chain, in_flight: usize) -> usize {
    // The run adds to a result: series that are inputs as quantities, and flags. One more result for its files, which
    // convert and compress it.
    let series_bytes = 4 * chain.years.count() * chain.series.len();
    let result_bytes = chain.returned_bytes() + series_bytes + 4;
    chain.input_bytes() * tiles_alive(in_flight) + result_bytes * (results_alive(in_flight) + 1)
}

/// Tiles that may be on their way in the engine: several if tiles are no smaller than a block of an output then. An
/// engine that takes fewer leaves some of the memory free.
fn tiles_in_flight(chain: &Chain, free_bytes: u64) -> usize {
    let bytes = bytes_per_pixel(chain, MAX_IN_FLIGHT) as u64;
    if free_bytes / bytes.max(1) >= ENOUGH_PIXELS {
        MAX_IN_FLIGHT
    } else {
        1
    }
}

/// A grid cut into tiles, with what depends on that.
pub(super) struct Cut {
    /// The tiles.
    pub(super) tiling: Tiling,
    /// The inputs, with room for the cells that the reader keeps.
    pub(super) stacks: Stacks,
    /// The chain, with the most cells of inputs on other grids that a tile brings.
    pub(super) chain: Chain,
    /// Tiles that may be on their way in the engine at a time.
    pub(super) tiles_in_flight: usize,
    /// What a device may take.
    pub(super) device_bytes: u64,
}

/// Cuts the grid into tiles within the budget of the study.
///
/// # Arguments
///
/// * `zone_bytes` - what zones keep of the budget.
/// * `tile` - rows and columns of a tile, instead of what the budget gives.
pub(super) fn cut(
    study: &Study,
    mut stacks: Stacks,
    mut chain: Chain,
    zone_bytes: u64,
    tile: Option<[usize; 2]>,
) -> Result<Cut, Error> {
    let memory_bytes = study.engine.memory_bytes;
    let device_bytes = memory_bytes / DEVICE_PART;
    let (tiling, tiles_in_flight) = if let Some(tile) = tile {
        (stated_tiles(&stacks, &mut chain, tile)?, MAX_IN_FLIGHT)
    } else {
        let of_host = (memory_bytes - device_bytes).saturating_sub(zone_bytes);
        tiles_within(&mut stacks, &mut chain, of_host)
            .map_err(|error| of_whole_budget(error, memory_bytes, zone_bytes))?
    };
    Ok(Cut {
        tiling,
        stacks,
        chain,
        tiles_in_flight,
        device_bytes,
    })
}

/// Tiles of the stated size.
fn stated_tiles(stacks: &Stacks, chain: &mut Chain, tile: [usize; 2]) -> Result<Tiling, Error> {
    let grid = stacks.grid();
    let block = stacks.block();
    let tiling = tiling::tiles([grid.height, grid.width], tile, [block.height, block.width]);
    count_cells(stacks, chain, &tiling)?;
    Ok(tiling)
}

/// What the program, GDAL's cache and its open files take of the budget of the host.
fn program_bytes(budget: u64) -> u64 {
    FIXED_BYTES.min(budget / 2)
}

/// GDAL's cache, a part of that.
fn cache_bytes(budget: u64) -> u64 {
    program_bytes(budget) / 3
}

/// What does not grow with tiles, of the budget of the host. Blocks that are being decoded take the place of GDAL's
/// cache, and more where that was given to them.
pub(super) fn fixed_bytes(stacks: &Stacks, budget: u64) -> u64 {
    let decoding_bytes = stacks.decoding_bytes() as u64;
    program_bytes(budget) + decoding_bytes.saturating_sub(cache_bytes(budget))
}

/// Lets blocks that are being decoded take a sixth of the budget of the host, if enough is left for tiles.
fn give_to_decoding(stacks: &mut Stacks, budget: u64, bytes_per_pixel: u64) {
    let limit = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    stacks.limit_decoding(limit(budget / 6));
    let left = budget.saturating_sub(fixed_bytes(stacks, budget));
    if left < bytes_per_pixel.saturating_mul(ENOUGH_PIXELS) {
        stacks.limit_decoding(limit(cache_bytes(budget)));
    }
}

/// Tiles as large as the budget of the host allows, and how many of them may be on their way at a time.
fn tiles_within(
    stacks: &mut Stacks,
    chain: &mut Chain,
    budget: u64,
) -> Result<(Tiling, usize), Error> {
    let size = [stacks.grid().height, stacks.grid().width];
    let block = stacks.block();
    give_to_decoding(stacks, budget, bytes_per_pixel(chain, 1) as u64);
    let fixed_bytes = fixed_bytes(stacks, budget);
    let inputs = chain.inputs.iter();
    let n_others = inputs.filter(|input| input.is_on_cells()).count();
    let kept = (budget - fixed_bytes) / CELL_PART;
    stacks.keep_cells(usize::try_from(kept).unwrap_or(usize::MAX) / n_others.max(1));
    let fixed_bytes = if n_others > 0 {
        fixed_bytes + kept
    } else {
        fixed_bytes
    };
    let in_flight = tiles_in_flight(chain, budget - fixed_bytes);
    let per_pixel = bytes_per_pixel(chain, in_flight);
    // Cells do not grow with the pixels as all else does: tiles are made smaller until both fit.
    let mut bytes = per_pixel as u64;
    loop {
        let room = Room {
            budget_bytes: budget,
            fixed_bytes,
            bytes_per_pixel: bytes,
            output_bytes_per_pixel: chain.returned_bytes() as u64,
        };
        let tiling = tiling::cut(size, [block.height, block.width], &room)?;
        count_cells(stacks, chain, &tiling)?;
        let (pixels, cells) = (tiling.height * tiling.width, chain.bytes_of_cells());
        let in_all = fixed_bytes + (per_pixel * pixels + cells * tiles_alive(in_flight)) as u64;
        if in_all <= budget && (cells <= MAX_CELL_BYTES || pixels <= tiling::MIN_PIXELS) {
            return Ok((tiling, in_flight));
        }
        bytes = (bytes + bytes / 2).max((budget - fixed_bytes) / (pixels as u64).max(1));
    }
}

/// Writes into the chain how many cells of inputs on other grids a tile brings at most.
fn count_cells(stacks: &Stacks, chain: &mut Chain, tiling: &Tiling) -> Result<(), Error> {
    for input in &mut chain.inputs {
        if let Geometry::SourceGrid { most_cells, .. } = &mut input.geometry {
            *most_cells = stacks.most_cells(&input.name, &tiling.windows)?;
        }
    }
    Ok(())
}

/// A budget that is too small, in terms of the whole of it and not of the part for tiles on the host.
fn of_whole_budget(error: Error, memory_bytes: u64, zone_bytes: u64) -> Error {
    let Error::Budget(BudgetTooSmall {
        needed_bytes,
        budget_bytes: of_host,
    }) = error
    else {
        return error;
    };
    // With more memory the fixed part grows too, up to its bound. The rest of what is needed stays the same.
    let rest = needed_bytes.saturating_sub(program_bytes(of_host));
    let of_host = (2 * rest).min(rest + FIXED_BYTES) + zone_bytes;
    BudgetTooSmall {
        budget_bytes: memory_bytes,
        needed_bytes: of_host + of_host.div_ceil(3),
    }
    .into()
}
