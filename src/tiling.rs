//! How a grid is cut into tiles: as large as the memory budget allows, along the blocks of the files.
//!
//! The blocks of the outputs and their order depend on the study alone ([`Blocks`]). Tiles follow that order: a tile is
//! a run of blocks that follow each other, or a part of one block, and the parts of a block follow each other. So the
//! blocks of the outputs become whole in the same order for every budget.

use crate::grid::{Blocks, Window};
use crate::tables::{COLUMN_CHUNK, ROW_CHUNK};

/// Rows or columns of the blocks of an output file are multiples of this, as TIFF wants it.
const TIFF_STEP: usize = 16;
/// Side of the blocks of an output file, where the grid is large enough.
const OUTPUT_BLOCK: usize = 256;
/// Side of the largest cell: blocks of inputs that are larger belong to several.
const MAX_CELL: usize = 1024;
/// A larger tile gains nothing and leaves the stages less to overlap.
const MAX_PIXELS: usize = 1 << 18;
/// Tiles of a grid at least, if they may be whole blocks: the first one is read, and the last one written, while nothing
/// else is done.
const MIN_TILES: usize = 8;

/// Pixels of the smallest tile.
pub const MIN_PIXELS: usize = TIFF_STEP * COLUMN_CHUNK;

/// A grid cut into tiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiling {
    /// Rows of a tile; the last tiles may have fewer.
    pub height: usize,
    /// Columns of a tile; the last tiles may have fewer.
    pub width: usize,
    /// The blocks of output files.
    pub blocks: Blocks,
    /// Whether there is room for the parts of blocks that wait until their block is whole: the budget has room for one
    /// block of every output, or tiles are whole blocks, so that nothing waits.
    pub has_room_for_block: bool,
    /// The tiles in their order.
    pub windows: Vec<Window>,
}

/// The memory budget is smaller than the smallest tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "engine.memory of {} is too small: this study needs at least {} MiB; raise it, or ask for fewer layers",
    if *budget_bytes < 1 << 20 { format!("{budget_bytes} bytes") } else { format!("{} MiB", budget_bytes >> 20) },
    (needed_bytes >> 20) + 1
)]
pub struct BudgetTooSmall {
    /// The budget.
    pub budget_bytes: u64,
    /// What the smallest tile needs.
    pub needed_bytes: u64,
}

/// What tiles may take, and what a pixel of them takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// What all tiles that are alive at a time may take, `fixed_bytes` included.
    pub budget_bytes: u64,
    /// What does not grow with tiles.
    pub fixed_bytes: u64,
    /// A pixel in all tiles that are alive at a time.
    pub bytes_per_pixel: u64,
    /// A pixel of every output, while a block is put together from tiles that are parts of it.
    pub output_bytes_per_pixel: u64,
}

impl Room {
    /// Pixels of a tile, beside `kept_bytes`.
    fn pixels(&self, kept_bytes: u64) -> usize {
        let taken = self.fixed_bytes.saturating_add(kept_bytes);
        let free = self.budget_bytes.saturating_sub(taken);
        usize::try_from(free / self.bytes_per_pixel.max(1)).unwrap_or(usize::MAX)
    }
}

/// Cuts a grid of `height` x `width` pixels.
///
/// # Arguments
///
/// * `input_block` - rows and columns of the blocks in which the inputs are best read.
///
/// # Errors
///
/// The smallest tile, as many pixels as 16 rows of 64 columns, needs more than the budget.
pub fn cut(
    size: [usize; 2],
    input_block: [usize; 2],
    room: &Room,
) -> Result<Tiling, BudgetTooSmall> {
    let smallest = size[0].min(TIFF_STEP) * size[1].min(COLUMN_CHUNK);
    let affordable = room.pixels(0);
    if affordable < smallest {
        return Err(BudgetTooSmall {
            budget_bytes: room.budget_bytes,
            needed_bytes: room.fixed_bytes + room.bytes_per_pixel * smallest as u64,
        });
    }
    let blocks = blocks_of(size, input_block);
    let block_pixels = n_pixels(blocks.block, size);
    if affordable >= block_pixels {
        let some_tiles = (size[0] * size[1] / MIN_TILES).max(block_pixels);
        return Ok(tiles_of(blocks, affordable.min(MAX_PIXELS).min(some_tiles)));
    }
    // The parts of a block wait in memory until it is whole, or on the disk.
    let beside_block = room.pixels(room.output_bytes_per_pixel * block_pixels as u64);
    let has_room_for_block = beside_block >= smallest;
    let pixels = if has_room_for_block {
        beside_block
    } else {
        affordable
    };
    Ok(Tiling {
        has_room_for_block,
        ..tiles_of(blocks, pixels)
    })
}

/// The tiles of a given size, row by row; columns must start at multiples of [`COLUMN_CHUNK`]. Rows start at multiples of
/// [`ROW_CHUNK`]: the height is rounded up to one.
#[must_use]
pub fn tiles(size: [usize; 2], tile: [usize; 2], input_block: [usize; 2]) -> Tiling {
    let blocks = blocks_of(size, input_block);
    let tile = [tile[0].next_multiple_of(ROW_CHUNK), tile[1]];
    // Parts of a whole row of blocks may wait, whatever memory there is.
    let are_whole = |side: usize| {
        tile[side] >= size[side] || tile[side].max(1).is_multiple_of(blocks.block[side])
    };
    Tiling {
        height: tile[0],
        width: tile[1],
        blocks,
        has_room_for_block: are_whole(0) && are_whole(1),
        windows: split(whole(size), tile).collect(),
    }
}

/// The blocks of the outputs of a study.
fn blocks_of(size: [usize; 2], input_block: [usize; 2]) -> Blocks {
    let block = size.map(|side| OUTPUT_BLOCK.min(side.max(1).next_multiple_of(TIFF_STEP)));
    let side = |i: usize| {
        let of_input = input_block[i].clamp(1, size[i].max(1));
        let common = (block[i]..=MAX_CELL)
            .step_by(block[i])
            .find(|side| side % of_input == 0);
        common.unwrap_or_else(|| {
            of_input
                .next_multiple_of(block[i])
                .min(MAX_CELL / block[i] * block[i])
        })
    };
    Blocks {
        grid: size,
        block,
        cell: [side(0), side(1)],
    }
}

/// Tiles of at most `max_pixels`, but no less than the smallest, in the order of the blocks.
fn tiles_of(blocks: Blocks, max_pixels: usize) -> Tiling {
    let Blocks { grid, block, cell } = blocks;
    // A part of a block is as wide as the block, so that its rows are next to each other where blocks are kept.
    let some_rows = (MIN_PIXELS / block[1].max(1)).clamp(1, TIFF_STEP).ilog2();
    // Each level is a part of the one before; its parts follow each other down (0) or to the right (1).
    let levels = [
        ([cell[0], grid[1]], 0),
        (cell, 1),
        ([block[0], cell[1]], 0),
        (block, 1),
        ([1 << some_rows, block[1]], 0),
    ];
    let fits = |(part, _): &([usize; 2], usize)| n_pixels(*part, grid) <= max_pixels;
    let level = levels.iter().position(fits).unwrap_or(levels.len() - 1);
    let ([mut tile, parent], side) = match level {
        0 => ([levels[0].0, grid], levels[0].1),
        _ => ([levels[level].0, levels[level - 1].0], levels[level].1),
    };
    let parts = parent[side].min(grid[side]).div_ceil(tile[side]);
    let most = (max_pixels / n_pixels(tile, grid).max(1)).clamp(1, parts.max(1));
    tile[side] *= together(parts, most, level);
    let parents = levels[..level]
        .iter()
        .fold(vec![whole(grid)], |windows, (part, _)| {
            windows.iter().flat_map(|of| split(*of, *part)).collect()
        });
    Tiling {
        height: tile[0].min(grid[0]),
        width: tile[1].min(grid[1]),
        blocks,
        has_room_for_block: true,
        windows: parents.iter().flat_map(|of| split(*of, tile)).collect(),
    }
}

/// How many of `parts` make a tile, at most `most`.
fn together(parts: usize, most: usize, level: usize) -> usize {
    if level < 2 {
        // No small tile at the end of a row.
        return parts.div_ceil(parts.div_ceil(most));
    }
    // Tiles of a cell or a block start at multiples of their size, also beyond it.
    (1..=most)
        .rev()
        .find(|n| parts.is_multiple_of(*n))
        .unwrap_or(1)
}

/// The whole grid.
fn whole([height, width]: [usize; 2]) -> Window {
    Window {
        row: 0,
        col: 0,
        height,
        width,
    }
}

/// Pixels of a piece as far as it fits the grid.
fn n_pixels(piece: [usize; 2], grid: [usize; 2]) -> usize {
    piece[0].min(grid[0]) * piece[1].min(grid[1])
}

/// Cuts a window into pieces of `size`, row by row.
fn split(of: Window, [height, width]: [usize; 2]) -> impl Iterator<Item = Window> {
    let rows = (0..of.height).step_by(height.max(1));
    rows.flat_map(move |row| {
        (0..of.width).step_by(width.max(1)).map(move |col| Window {
            row: of.row + row,
            col: of.col + col,
            height: height.min(of.height - row),
            width: width.min(of.width - col),
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const SIZES: [[usize; 2]; 8] = [
        [1, 1],
        [120, 160],
        [2000, 2000],
        [64, 100_000],
        [5000, 17],
        [33, 17],
        [1, 300],
        [1500, 1100],
    ];

    fn room(bytes_per_pixel: u64, budget_bytes: u64) -> Room {
        Room {
            budget_bytes,
            fixed_bytes: 0,
            bytes_per_pixel,
            output_bytes_per_pixel: bytes_per_pixel / 4,
        }
    }

    /// Every pixel in one tile, columns at chunks, within the budget.
    fn check(size: [usize; 2], block: [usize; 2], bytes: u64, budget: u64) -> Tiling {
        let tiling = cut(size, block, &room(bytes, budget)).unwrap_or_else(|e| panic!("{e}"));
        let covered: usize = tiling.windows.iter().map(Window::n_pixels).sum();
        assert_eq!(covered, size[0] * size[1]);
        let is_at_chunk =
            |w: &Window| w.col.is_multiple_of(COLUMN_CHUNK) && w.row.is_multiple_of(ROW_CHUNK);
        assert!(tiling.windows.iter().all(is_at_chunk));
        assert!(
            tiling
                .windows
                .iter()
                .all(|w| w.n_pixels() as u64 * bytes <= budget),
            "{tiling:?}"
        );
        tiling
    }

    /// The blocks in the order in which the tiles make them whole.
    fn order(tiling: &Tiling) -> Vec<Window> {
        let (mut left, mut order) = (HashMap::new(), Vec::new());
        for window in &tiling.windows {
            for block in tiling.blocks.of(*window) {
                let left = left.entry(block).or_insert_with(|| block.n_pixels());
                *left -= window.shared(block).n_pixels();
                if *left == 0 {
                    order.push(block);
                }
            }
        }
        assert!(left.values().all(|left| *left == 0), "every block is whole");
        order
    }

    #[test]
    fn blocks_strips_and_odd_sizes_are_cut_within_the_budget() {
        for size in SIZES {
            for block in [[256, 256], [1, size[1]], [512, 128], [size[0], size[1]]] {
                for budget in [1 << 22, 1 << 27, 1 << 31] {
                    check(size, block, 4000, budget);
                }
            }
        }
    }

    #[test]
    fn blocks_become_whole_in_one_order_whatever_the_budget() {
        for size in SIZES {
            for block in [
                [256, 256],
                [1, size[1]],
                [512, 128],
                [400, 300],
                [size[0], size[1]],
            ] {
                let with = |budget| order(&check(size, block, 4000, budget));
                let first = with(1 << 22);
                for budget in [5 << 20, 1 << 26, 1 << 27, 1 << 29, 3 << 29, 1 << 34] {
                    assert_eq!(with(budget), first, "{size:?} {block:?} {budget}");
                }
            }
        }
    }

    #[test]
    fn a_tile_is_some_blocks_or_a_part_of_one() {
        for budget in [1 << 22, 5 << 20, 1 << 26, 1 << 29, 1 << 31] {
            for block in [[256, 256], [512, 512], [1024, 1024], [1, 2000]] {
                let tiling = check([2000, 2100], block, 4000, budget);
                for window in &tiling.windows {
                    let blocks = tiling.blocks.of(*window);
                    let pixels: usize = blocks.iter().map(Window::n_pixels).sum();
                    assert!(
                        blocks.len() == 1 || pixels == window.n_pixels(),
                        "{tiling:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn blocks_of_outputs_are_those_of_the_grid_and_not_of_the_budget() {
        for budget in [1 << 22, 1 << 31] {
            assert_eq!(
                check([2000, 3000], [1, 3000], 4000, budget).blocks.block,
                [256, 256]
            );
            assert_eq!(
                check([33, 3000], [1, 3000], 4000, budget).blocks.block,
                [48, 256]
            );
        }
        let blocks = check([2000, 3000], [512, 512], 4000, 1 << 31).blocks;
        assert_eq!(blocks.cell, [512, 512]);
        assert_eq!(
            check([9000, 9000], [4096, 1], 4000, 1 << 31).blocks.cell,
            [1024, 256]
        );
    }

    #[test]
    fn a_small_grid_is_one_tile() {
        assert_eq!(
            check([120, 160], [120, 160], 10_000, 1 << 31).windows.len(),
            1
        );
    }

    #[test]
    fn parts_of_a_block_leave_room_for_it_where_the_budget_has_some() {
        let cut = |budget| {
            cut([1000, 1000], [256, 256], &room(4000, budget)).unwrap_or_else(|e| panic!("{e}"))
        };
        assert!(cut(1 << 31).has_room_for_block);
        let some = cut(200 << 20);
        let taken = (some.height * some.width * 4000 + 65_536 * 1000) as u64;
        assert!(some.has_room_for_block && taken <= 200 << 20, "{some:?}");
        assert!(!cut(50 << 20).has_room_for_block);
    }

    #[test]
    fn parts_of_blocks_wait_on_the_disk_where_stated_tiles_are_not_whole_blocks() {
        let has_room = |tile| tiles([1000, 700], tile, [256, 256]).has_room_for_block;
        for whole in [[256, 256], [512, 700], [1000, 256], [2000, 2000]] {
            assert!(has_room(whole), "{whole:?}");
        }
        for part in [[16, 64], [256, 64], [64, 700], [300, 256], [1000, 320]] {
            assert!(!has_room(part), "{part:?}");
        }
    }

    #[test]
    fn a_budget_without_room_says_what_it_needs() {
        let error = cut([100, 100], [100, 100], &room(1 << 20, 1 << 20)).expect_err("too small");
        assert!(error.to_string().contains("at least 1025 MiB"), "{error}");
    }
}
