//! Which blocks of the outputs each part has, and the tiles in which it computes them.

use std::collections::HashMap;

use crate::grid::{Blocks, Window};
use crate::tiling::Tiling;

/// All blocks of the outputs, in the order in which files have them.
fn in_order(blocks: &Blocks) -> Vec<Window> {
    let [height, width] = blocks.grid;
    blocks.of(Window {
        row: 0,
        col: 0,
        height,
        width,
    })
}

/// The first block of each part and the one after its last, in the order of files. Parts are whole rows of cells if there
/// are enough of these, else whole cells, since two parts that share a cell decode the same blocks of inputs; else single
/// blocks. Where there are fewer blocks than parts the last parts have none.
pub(super) fn cut(blocks: &Blocks, n_parts: usize) -> Vec<[usize; 2]> {
    let order = in_order(blocks);
    let [height, width] = blocks.cell.map(|side| side.max(1));
    let rows = starts(&order, |block| [block.row / height, 0]);
    let cells = starts(&order, |block| [block.row / height, block.col / width]);
    let single: Vec<usize> = (0..order.len()).collect();
    let starts = [rows, cells]
        .into_iter()
        .find(|starts| starts.len() >= n_parts)
        .unwrap_or(single);
    let n_units = starts.len();
    let filled = n_parts.min(n_units).max(1);
    let unit = |part: usize| n_units * part.min(filled) / filled;
    let start = |unit: usize| starts.get(unit).copied().unwrap_or(order.len());
    (0..n_parts)
        .map(|part| [start(unit(part)), start(unit(part + 1))])
        .collect()
}

/// The places in an order where something changes.
fn starts(order: &[Window], of: impl Fn(&Window) -> [usize; 2]) -> Vec<usize> {
    let mut last = None;
    let changes = order.iter().enumerate().filter_map(|(place, block)| {
        let is = of(block);
        (last.replace(is) != Some(is)).then_some(place)
    });
    changes.collect()
}

/// The tiles of a run, each with its blocks, to be given to parts.
pub(super) struct Cutting {
    /// Each tile with its blocks, every one after its place in the order of files.
    tiles: Vec<(Window, Vec<(usize, Window)>)>,
    /// Rows and columns of a cell.
    cell: [usize; 2],
}

impl Cutting {
    /// That of all tiles.
    pub(super) fn new(tiling: &Tiling) -> Self {
        let blocks = &tiling.blocks;
        let places: HashMap<[usize; 2], usize> = in_order(blocks)
            .iter()
            .enumerate()
            .map(|(place, block)| ([block.row, block.col], place))
            .collect();
        let placed = |block: Window| Some((*places.get(&[block.row, block.col])?, block));
        let tiles = tiling.windows.iter().map(|&window| {
            let of_window = blocks.of(window).into_iter().filter_map(placed);
            (window, of_window.collect())
        });
        Self {
            tiles: tiles.collect(),
            cell: blocks.cell.map(|side| side.max(1)),
        }
    }

    /// The tiles of a part: those of the whole run as far as all of their blocks are its own, and of others its blocks,
    /// those of a cell together. A part of one row is several tiles so: while one is computed the next is read, into memory
    /// that was used before.
    ///
    /// # Arguments
    ///
    /// * `part` - its first block and the one after its last.
    pub(super) fn tiles_of(&self, part: [usize; 2]) -> Vec<Window> {
        let own = part[0]..part[1];
        let mut tiles = Vec::new();
        for (window, blocks) in &self.tiles {
            if blocks.iter().all(|(place, _)| own.contains(place)) {
                tiles.push(*window);
                continue;
            }
            let mut last: Option<usize> = None;
            for &(place, block) in blocks.iter().filter(|(place, _)| own.contains(place)) {
                let piece = window.shared(block);
                let before = tiles
                    .last_mut()
                    .filter(|_| last == Some(place.wrapping_sub(1)));
                last = Some(place);
                match before {
                    Some(before) if self.is_continued(before, &piece) => {
                        before.width += piece.width;
                    }
                    _ => tiles.push(piece),
                }
            }
        }
        tiles
    }

    /// Whether a piece goes on where the one before ends, in the same cell.
    fn is_continued(&self, before: &Window, piece: &Window) -> bool {
        let [height, width] = self.cell;
        let cell_of = |window: &Window| [window.row / height, window.col / width];
        are_side_by_side(before, piece) && cell_of(before) == cell_of(piece)
    }
}

fn are_side_by_side(left: &Window, right: &Window) -> bool {
    left.row == right.row && left.height == right.height && left.col + left.width == right.col
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiling::{Room, tiles};

    fn tilings() -> Vec<Tiling> {
        let mut all = Vec::new();
        for size in [[1, 1], [700, 900], [2000, 300], [1030, 2060]] {
            for block in [[256, 256], [1, size[1]], [512, 128]] {
                for budget_bytes in [1 << 22, 1 << 26, 1 << 31] {
                    let room = Room {
                        budget_bytes,
                        fixed_bytes: 0,
                        bytes_per_pixel: 1000,
                        output_bytes_per_pixel: 250,
                    };
                    all.push(crate::tiling::cut(size, block, &room).expect("tiles"));
                }
                all.push(tiles(size, [100, 64], block));
                all.push(tiles(size, [600, 640], block));
            }
        }
        all
    }

    #[test]
    fn parts_have_each_pixel_once_and_whole_blocks() {
        for tiling in tilings() {
            let order = in_order(&tiling.blocks);
            for n_parts in [1, 2, 7, 64] {
                let parts = cut(&tiling.blocks, n_parts);
                assert_eq!(parts.len(), n_parts);
                assert_eq!((parts[0][0], parts[n_parts - 1][1]), (0, order.len()));
                assert!(parts.windows(2).all(|two| two[0][1] == two[1][0]));
                for part in parts {
                    let pixels = |windows: &[Window]| -> usize {
                        windows.iter().map(Window::n_pixels).sum()
                    };
                    let of_part = Cutting::new(&tiling).tiles_of(part);
                    let own = &order[part[0]..part[1]];
                    assert_eq!(pixels(&of_part), pixels(own));
                    for tile in &of_part {
                        let of_tile = tiling.blocks.of(*tile);
                        assert!(of_tile.iter().all(|block| own.contains(block)), "{tile}");
                    }
                }
            }
        }
    }

    #[test]
    fn blocks_of_a_part_of_a_tile_are_tiles_of_their_own_unless_they_share_a_cell() {
        let tiling = |cell: [usize; 2]| {
            let mut tiling = tiles([512, 1024], [512, 1024], [256, 256]);
            tiling.blocks.cell = cell;
            tiling
        };
        let sizes = |tiling: &Tiling, part: [usize; 2]| -> Vec<[usize; 2]> {
            let tiles = Cutting::new(tiling).tiles_of(part).into_iter();
            tiles.map(|tile| [tile.height, tile.width]).collect()
        };
        assert_eq!(sizes(&tiling([256, 256]), [0, 4]), [[256, 256]; 4]);
        assert_eq!(sizes(&tiling([256, 1024]), [0, 4]), [[256, 1024]]);
        assert_eq!(sizes(&tiling([256, 512]), [4, 8]), [[256, 512]; 2]);
        assert_eq!(sizes(&tiling([256, 256]), [0, 8]), [[512, 1024]]);
    }

    #[test]
    fn one_part_has_the_tiles_of_the_run_and_parts_are_alike_in_size() {
        for tiling in tilings() {
            let whole = cut(&tiling.blocks, 1)[0];
            assert_eq!(Cutting::new(&tiling).tiles_of(whole), tiling.windows);
        }
        let blocks = Blocks {
            grid: [2048, 2048],
            block: [256, 256],
            cell: [512, 512],
        };
        let sizes = |n: usize| -> Vec<usize> {
            let parts = cut(&blocks, n).into_iter();
            parts.map(|[first, end]| end - first).collect()
        };
        assert_eq!(sizes(4), [16; 4]);
        assert_eq!(sizes(16), [4; 16]);
        assert_eq!(sizes(3), [16, 16, 32]);
        assert_eq!(sizes(66)[62..], [1, 1, 0, 0]);
    }
}
