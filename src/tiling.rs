//! How a grid is cut into tiles: as large as the memory budget allows, along the blocks of the files.

use crate::grid::Window;
use crate::tables::COLUMN_CHUNK;

/// Rows or columns of the blocks of an output file are multiples of this, as TIFF wants it.
const TIFF_STEP: usize = 16;
/// Side of the blocks of an output file, where tiles are large enough.
const OUTPUT_BLOCK: usize = 256;
/// A larger tile gains nothing and leaves the stages less to overlap.
const MAX_PIXELS: usize = 1 << 18;

/// Pixels of the smallest tile.
pub const MIN_PIXELS: usize = TIFF_STEP * COLUMN_CHUNK;

/// A grid cut into tiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiling {
    /// Rows of a tile; the last tiles may have fewer.
    pub height: usize,
    /// Columns of a tile; the last tiles may have fewer.
    pub width: usize,
    /// Rows and columns of the blocks of output files, so that each block is written once.
    pub output_block: [usize; 2],
    /// The tiles, row by row.
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

/// Cuts a grid of `height` x `width` pixels.
///
/// # Arguments
///
/// * `block` - rows and columns of the blocks in which the inputs are best read.
/// * `bytes_per_pixel` - of all tiles that are alive at a time.
/// * `budget_bytes` - what all of them may take, `fixed_bytes` included.
///
/// # Errors
///
/// The smallest tile, 16 rows of 64 columns, needs more than the budget.
pub fn cut(
    [height, width]: [usize; 2],
    block: [usize; 2],
    bytes_per_pixel: u64,
    budget_bytes: u64,
    fixed_bytes: u64,
) -> Result<Tiling, BudgetTooSmall> {
    let smallest = height.min(TIFF_STEP) * width.min(COLUMN_CHUNK);
    let free = budget_bytes.saturating_sub(fixed_bytes);
    let affordable = usize::try_from(free / bytes_per_pixel.max(1)).unwrap_or(usize::MAX);
    if affordable < smallest {
        let needed_bytes = fixed_bytes + bytes_per_pixel * smallest as u64;
        return Err(BudgetTooSmall {
            budget_bytes,
            needed_bytes,
        });
    }
    let max_pixels = affordable.min(MAX_PIXELS);
    let [tile_height, tile_width] = tile_size([height, width], block, max_pixels);
    let output_block = [
        OUTPUT_BLOCK.min(tile_height.next_multiple_of(TIFF_STEP)),
        OUTPUT_BLOCK.min(tile_width.next_multiple_of(TIFF_STEP)),
    ];
    Ok(tiles(
        [height, width],
        [tile_height, tile_width],
        output_block,
    ))
}

/// The tiles of a given size; columns must start at multiples of [`COLUMN_CHUNK`].
#[must_use]
pub fn tiles(
    [height, width]: [usize; 2],
    [tile_height, tile_width]: [usize; 2],
    output_block: [usize; 2],
) -> Tiling {
    let rows = (0..height).step_by(tile_height.max(1));
    let windows = rows.flat_map(|row| {
        (0..width)
            .step_by(tile_width.max(1))
            .map(move |col| Window {
                row,
                col,
                height: tile_height.min(height - row),
                width: tile_width.min(width - col),
            })
    });
    Tiling {
        height: tile_height,
        width: tile_width,
        output_block,
        windows: windows.collect(),
    }
}

/// Rows and columns of a tile of at most `max_pixels`: multiples of the block where that fits, of the smallest tile
/// where it does not.
fn tile_size(
    [height, width]: [usize; 2],
    [block_height, block_width]: [usize; 2],
    max_pixels: usize,
) -> [usize; 2] {
    let mut rows = multiple(block_height, TIFF_STEP, height);
    let mut cols = multiple(block_width, COLUMN_CHUNK, width);
    // Too large: fewer rows first, since reading a file's strips again is cheaper than its columns.
    while rows * cols > max_pixels && rows > TIFF_STEP {
        rows = multiple(rows / 2, TIFF_STEP, height);
    }
    while rows * cols > max_pixels && cols > COLUMN_CHUNK {
        cols = multiple(cols / 2, COLUMN_CHUNK, width);
    }
    // Room left: wider to whole blocks of the output, then higher.
    let [row_step, col_step] = [
        rows.next_multiple_of(TIFF_STEP),
        cols.next_multiple_of(COLUMN_CHUNK),
    ];
    while cols < width && rows * (cols + col_step).min(width) <= max_pixels {
        cols = (cols + col_step).min(width);
    }
    while rows < height && (rows + row_step).min(height) * cols <= max_pixels {
        rows = (rows + row_step).min(height);
    }
    [align(rows, height), align(cols, width)]
}

/// `length` rounded up to whole steps, but no longer than the grid.
fn multiple(length: usize, step: usize, whole: usize) -> usize {
    length.max(1).next_multiple_of(step).min(whole.max(1))
}

/// A tile larger than an output block ends where one ends, unless it spans the grid.
fn align(length: usize, whole: usize) -> usize {
    if length >= whole || length < OUTPUT_BLOCK {
        length
    } else {
        length / OUTPUT_BLOCK * OUTPUT_BLOCK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pixel in one tile, columns at chunks, within the budget.
    fn check(size: [usize; 2], block: [usize; 2], bytes: u64, budget: u64) -> Tiling {
        let tiling = cut(size, block, bytes, budget, 0).unwrap_or_else(|e| panic!("{e}"));
        let covered: usize = tiling.windows.iter().map(Window::n_pixels).sum();
        assert_eq!(covered, size[0] * size[1]);
        assert!(tiling.windows.iter().all(|w| w.col % COLUMN_CHUNK == 0));
        assert!(
            tiling
                .windows
                .iter()
                .all(|w| w.n_pixels() as u64 * bytes <= budget),
            "{tiling:?}"
        );
        tiling
    }

    #[test]
    fn blocks_strips_and_odd_sizes_are_cut_within_the_budget() {
        for size in [[1, 1], [120, 160], [2000, 2000], [64, 100_000], [33, 17]] {
            for block in [[256, 256], [1, size[1]], [512, 128], [size[0], size[1]]] {
                for budget in [1 << 22, 1 << 27, 1 << 31] {
                    check(size, block, 4000, budget);
                }
            }
        }
    }

    #[test]
    fn a_small_grid_is_one_tile() {
        assert_eq!(
            check([120, 160], [120, 160], 10_000, 1 << 31).windows.len(),
            1
        );
    }

    #[test]
    fn tiles_of_a_tiled_file_end_where_its_blocks_end() {
        let tiling = check([2000, 2000], [256, 256], 10_000, 1 << 31);
        assert_eq!((tiling.height % 256, tiling.width % 256), (0, 0));
    }

    #[test]
    fn a_budget_without_room_says_what_it_needs() {
        let error = cut([100, 100], [100, 100], 1 << 20, 1 << 20, 0).expect_err("too small");
        assert!(error.to_string().contains("at least 1025 MiB"), "{error}");
    }
}
