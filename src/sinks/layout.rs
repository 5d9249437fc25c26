//! Where the blocks of a raster are in its file, and in which order they are written.

use crate::grid::{Blocks, Window};

/// The blocks of every band of a raster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) blocks: Blocks,
}

/// One block of one band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its number in the tables of the file.
    pub(super) index: usize,
    /// Its number in the order in which a file is written: the bands of a block follow each other.
    pub(super) rank: usize,
}

impl Layout {
    /// Rows and columns of blocks.
    fn n(&self) -> [usize; 2] {
        let Blocks { grid, block, .. } = self.blocks;
        [0, 1].map(|side| grid[side].div_ceil(block[side].max(1)))
    }

    /// Blocks of one band.
    pub(super) fn n_blocks(&self) -> usize {
        self.n().iter().product()
    }

    /// Pixels of a block as it is stored, also at the edge of the grid.
    pub(super) fn block_pixels(&self) -> usize {
        self.blocks.block.iter().product()
    }

    /// The number of a block among those of a band.
    pub(super) fn number(&self, block: Window) -> usize {
        let [height, width] = self.blocks.block;
        block.row / height.max(1) * self.n()[1] + block.col / width.max(1)
    }

    /// Where a band of a block is.
    pub(super) fn place(&self, block: Window, band: usize, n_bands: usize) -> Place {
        let number = self.number(block);
        Place {
            index: band * self.n_blocks() + number,
            rank: self.rank(number) * n_bands + band,
        }
    }

    /// The place of a block in the order of [`Blocks::of`], by its number.
    pub(super) fn rank(&self, number: usize) -> usize {
        let Blocks { block, cell, .. } = self.blocks;
        let n = self.n();
        let at = [number / n[1].max(1), number % n[1].max(1)];
        let of_cell = [0, 1].map(|side| cell[side].div_ceil(block[side].max(1)).max(1));
        // The first block of its cell, and the blocks of the cell.
        let first = [0, 1].map(|side| at[side] / of_cell[side] * of_cell[side]);
        let inside = [0, 1].map(|side| of_cell[side].min(n[side] - first[side]));
        let before = first[0] * n[1] + inside[0] * first[1];
        before + (at[0] - first[0]) * inside[1] + at[1] - first[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_follow_the_order_of_the_blocks() {
        for (grid, cell) in [
            ([50, 90], [32, 48]),
            ([50, 90], [16, 16]),
            ([64, 64], [640, 16]),
        ] {
            let blocks = Blocks {
                grid,
                block: [16, 16],
                cell,
            };
            let layout = Layout { blocks };
            let whole = Window {
                row: 0,
                col: 0,
                height: grid[0],
                width: grid[1],
            };
            let order = blocks.of(whole);
            assert_eq!(order.len(), layout.n_blocks());
            for (rank, block) in order.into_iter().enumerate() {
                assert_eq!(layout.place(block, 1, 3).rank, 3 * rank + 1, "{block}");
            }
        }
    }
}
