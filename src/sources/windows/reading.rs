//! Reads one window of one input from its files: pieces of work that several threads may share.
//!
//! Work is divided by steps; in files that keep the bands of a pixel together, by blocks, each with all its steps, so
//! that a block is decoded once. Blocks that a window has whole go into its memory as they are decoded. Of the others
//! the rest is kept for later windows where the reader has a store.

use bytemuck::{cast_slice, cast_slice_mut};

use crate::grid::{Window, parts_of};
use crate::sources::error::SourceError;
use crate::sources::files::open_raster::OpenRaster;
use crate::sources::times::steps::FileBand;
use crate::sources::windows::bands::{Bands, StoredNumber};
use crate::sources::windows::block_store::{BlockKey, BlockStore};
use crate::tile::Stored;

/// A piece of work.
pub(crate) type Task<'a> = Box<dyn FnOnce() -> Result<(), SourceError> + Send + 'a>;

/// One window of one input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) bands: Bands<'a>,
    /// The window, on the grid of the input.
    pub(crate) window: Window,
    /// Where blocks are kept that later windows need.
    pub(crate) store: Option<&'a BlockStore>,
    /// How many of its pieces of work may be done at a time.
    pub(crate) at_a_time: usize,
}

/// A row, or a part of one, of a step in memory.
type Line<'a, T> = &'a mut [T];

/// The steps of one block of one file.
struct BlockSteps<'a, T> {
    file: usize,
    block: Window,
    /// Steps with their bands and the lines that the window shares with the block.
    steps: Vec<(usize, FileBand, Vec<Line<'a, T>>)>,
}

impl<'a> Reading<'a> {
    /// What is to be done to have `steps` in `to`, `[step of steps][pixel]`.
    pub(crate) fn tasks_for(self, steps: &'a [usize], to: &'a mut Stored) -> Vec<Task<'a>> {
        match to {
            Stored::U8(to) => self.tasks(steps, to),
            Stored::I16(to) => self.tasks(steps, to),
            Stored::U16(to) => self.tasks(steps, to),
            Stored::F32(to) => self.tasks(steps, to),
        }
    }

    fn tasks<T: StoredNumber>(self, steps: &'a [usize], to: &'a mut [T]) -> Vec<Task<'a>> {
        let lines = to.chunks_exact_mut(self.window.n_pixels().max(1));
        let of_steps: Vec<(usize, Line<'a, T>)> = steps.iter().copied().zip(lines).collect();
        if self.bands.input.layout.is_piecewise {
            return self.grouped(self.block_by_block(of_steps), |reading, of_block| {
                reading.all_steps(of_block)
            });
        }
        self.grouped(of_steps, |reading, (step, to)| reading.step(step, to))
    }

    /// Pieces of work, no more of them than may be done at a time unless any number may.
    fn grouped<W: Send + 'a>(
        self,
        work: Vec<W>,
        of_one: impl Fn(&Self, W) -> Result<(), SourceError> + Copy + Send + 'a,
    ) -> Vec<Task<'a>> {
        let in_group = if self.at_a_time >= rayon::current_num_threads() {
            1
        } else {
            work.len().div_ceil(self.at_a_time.max(1)).max(1)
        };
        let mut tasks: Vec<Task<'a>> = Vec::new();
        let mut work = work.into_iter();
        loop {
            let group: Vec<W> = work.by_ref().take(in_group).collect();
            if group.is_empty() {
                return tasks;
            }
            tasks.push(Box::new(move || {
                group.into_iter().try_for_each(|one| of_one(&self, one))
            }));
        }
    }

    /// One step of the window.
    fn step<T: StoredNumber>(&self, step: usize, to: Line<'_, T>) -> Result<(), SourceError> {
        let Some(at) = self.bands.input.timing.band_of_step[step] else {
            to.fill(self.bands.gap());
            return Ok(());
        };
        self.bands.with_file(at.file, |raster| {
            let blocks = self.blocks();
            if blocks.is_empty() {
                return self.bands.piece(raster, at, self.window, to);
            }
            let mut buffer = Vec::new();
            for block in blocks {
                let part = block.shared(self.window);
                let start = (part.row - self.window.row) * self.window.width;
                if part == block && part.width == self.window.width {
                    let to = &mut to[start..][..part.n_pixels()];
                    self.bands.piece(raster, at, block, to)?;
                    continue;
                }
                let lines = to[start..].chunks_exact_mut(self.window.width);
                let first = part.col - self.window.col;
                let lines = lines
                    .take(part.height)
                    .map(|line| &mut line[first..][..part.width]);
                self.block(raster, at, step, block, &mut buffer, lines)?;
            }
            Ok(())
        })?;
        self.bands.settle(at, to);
        Ok(())
    }

    /// All steps of one block.
    fn all_steps<T: StoredNumber>(&self, of_block: BlockSteps<'_, T>) -> Result<(), SourceError> {
        let BlockSteps { file, block, steps } = of_block;
        let mut buffer = Vec::new();
        self.bands.with_file(file, |raster| {
            for (step, at, mut lines) in steps {
                let to = lines.iter_mut().map(|line| &mut **line);
                self.block(raster, at, step, block, &mut buffer, to)?;
                for line in lines {
                    self.bands.settle(at, line);
                }
            }
            Ok(())
        })
    }

    /// The part of a block that the window has, line by line.
    fn block<'l, T: StoredNumber>(
        &self,
        raster: &OpenRaster,
        at: FileBand,
        step: usize,
        block: Window,
        buffer: &mut Vec<T>,
        lines: impl Iterator<Item = &'l mut [T]>,
    ) -> Result<(), SourceError> {
        let part = block.shared(self.window);
        let store = self.store.filter(|_| part != block);
        let mut read = if store.is_some() { block } else { part };
        let key = (self.bands.index, step, block.row, block.col);
        let kept = store.and_then(|store| kept_part(store, key, block, part, buffer));
        if let Some(kept) = kept {
            read = kept;
        } else {
            buffer.resize(read.n_pixels(), T::default());
            self.bands.piece(raster, at, read, buffer)?;
            if let Some(store) = store {
                store.keep(key, cast_slice(buffer), block.n_pixels() - part.n_pixels());
            }
        }
        let rows = buffer.chunks_exact(read.width).skip(part.row - read.row);
        for (to, row) in lines.zip(rows) {
            to.copy_from_slice(&row[part.col - read.col..][..part.width]);
        }
        Ok(())
    }

    /// The blocks to read one by one; none if the window is better read as it is.
    fn blocks(&self) -> Vec<Window> {
        let grid = &self.bands.input.grid;
        let block = self.bands.input.layout.unit();
        let size = [grid.height, grid.width];
        let blocks: Vec<Window> = parts_of(size, block, self.window).collect();
        let is_whole = blocks
            .iter()
            .all(|block| block.shared(self.window) == *block);
        let is_one_by_one = if is_whole {
            self.bands.input.layout.has_own_blocks
        } else {
            self.store.is_some()
        };
        if is_one_by_one { blocks } else { Vec::new() }
    }

    /// The lines of all steps, divided by files and blocks; those of steps without a band are filled.
    fn block_by_block<T: StoredNumber>(
        &self,
        of_steps: Vec<(usize, Line<'a, T>)>,
    ) -> Vec<BlockSteps<'a, T>> {
        let grid = &self.bands.input.grid;
        let unit = self.bands.input.layout.unit();
        let blocks: Vec<Window> = parts_of([grid.height, grid.width], unit, self.window).collect();
        let mut work: Vec<BlockSteps<'a, T>> = Vec::new();
        for (step, to) in of_steps {
            let Some(at) = self.bands.input.timing.band_of_step[step] else {
                to.fill(self.bands.gap());
                continue;
            };
            let known = work.iter().position(|of| of.file == at.file);
            let first = known.unwrap_or(work.len());
            if known.is_none() {
                work.extend(blocks.iter().map(|&block| BlockSteps {
                    file: at.file,
                    block,
                    steps: Vec::new(),
                }));
            }
            let lines = lines_of_blocks(to, self.window, &blocks);
            for (of_block, lines) in work[first..].iter_mut().zip(lines) {
                of_block.steps.push((step, at, lines));
            }
        }
        work
    }
}

/// The part of a kept block that holds `part`, now in `buffer`; `None` if the block is not kept.
fn kept_part<T: StoredNumber>(
    store: &BlockStore,
    key: BlockKey,
    block: Window,
    part: Window,
    buffer: &mut Vec<T>,
) -> Option<Window> {
    // Lines are next to each other in the file, so that several are read whole.
    let read = if part.height == 1 {
        part
    } else {
        Window {
            row: part.row,
            height: part.height,
            ..block
        }
    };
    buffer.resize(read.n_pixels(), T::default());
    let first = (read.row - block.row) * block.width + read.col - block.col;
    let is_kept = store.read(
        key,
        first * size_of::<T>(),
        cast_slice_mut(buffer),
        part.n_pixels(),
    );
    is_kept.then_some(read)
}

/// The lines of a step of a window, block by block in the order of `blocks`, which are row by row.
fn lines_of_blocks<'a, T>(
    step: Line<'a, T>,
    window: Window,
    blocks: &[Window],
) -> Vec<Vec<Line<'a, T>>> {
    let mut lines: Vec<Vec<Line<'a, T>>> = blocks.iter().map(|_| Vec::new()).collect();
    for (row, mut line) in step.chunks_exact_mut(window.width.max(1)).enumerate() {
        let row = window.row + row;
        let in_row = |block: &Window| (block.row..block.row + block.height).contains(&row);
        let first = blocks.partition_point(|block| block.row + block.height <= row);
        for (block, lines) in blocks[first..].iter().zip(&mut lines[first..]) {
            if !in_row(block) {
                break;
            }
            let (part, rest) = line.split_at_mut(block.shared(window).width);
            lines.push(part);
            line = rest;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_a_step_is_in_the_line_of_its_block() {
        let window = Window {
            row: 1,
            col: 2,
            height: 4,
            width: 5,
        };
        let mut numbers: Vec<u32> = (0..20).collect();
        let blocks: Vec<Window> = parts_of([6, 8], [3, 4], window).collect();
        let lines = lines_of_blocks(&mut numbers, window, &blocks);
        let found: Vec<Vec<u32>> = lines.iter().map(|lines| lines.concat()).collect();
        assert_eq!(
            found,
            [
                vec![0, 1, 5, 6],
                vec![2, 3, 4, 7, 8, 9],
                vec![10, 11, 15, 16],
                vec![12, 13, 14, 17, 18, 19],
            ]
        );
    }
}
