//! Compresses blocks of many rasters on all cores and puts them into their files.
//!
//! Blocks go in waves. While the blocks of one wave are compressed, those of the wave before are written: so no core
//! waits for the disk, and no more than two waves of compressed blocks are in memory.

use std::cell::RefCell;

use rayon::prelude::*;

use crate::grid::Window;
use crate::sinks::block_file::BlockFile;
use crate::sinks::constant_blocks::{ConstantBlock, ConstantBlocks};
use crate::sinks::element::for_shared_rows;
use crate::sinks::encoder::Encoder;
use crate::sinks::layout::Place;
use crate::sinks::parts::{Part, Parts};

/// One block of one band of a raster.
pub(super) struct Job<'a> {
    /// Index of the raster.
    pub(super) raster: usize,
    pub(super) encoder: Encoder,
    pub(super) place: Place,
    /// Its pixels that are in the grid.
    pub(super) block: Window,
    pub(super) band: usize,
    /// Of all bands of the block.
    pub(super) numbers: &'a Numbers<'a>,
}

/// Where the numbers of a block are, all bands of it.
pub(super) enum Numbers<'a> {
    /// In a tile, `[band][pixel]`.
    Tile { window: Window, values: &'a [f32] },
    /// One number a band, which all pixels have.
    OneForAll(&'a [f32]),
    /// In parts that make the block whole.
    Parts(Vec<Part>),
}

/// A failure with the index of its raster.
pub(super) type Failed = (usize, String);

/// What is wrong with a raster that has no file any more.
pub(super) fn closed() -> String {
    "it was closed, or given up after a failure".to_owned()
}

/// Memory for compressed blocks, used again for every tile. A missing block is empty.
#[derive(Debug, Default)]
pub(super) struct Waves {
    one: Vec<Vec<u8>>,
    other: Vec<Vec<u8>>,
}

thread_local! {
    /// The numbers of a block; kept, since fresh memory costs as much as to fill it.
    static STORED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// Blocks of one number; by thread, so that none waits for another.
    static CONSTANT: RefCell<ConstantBlocks> = RefCell::default();
}

impl Waves {
    /// Compresses and writes the blocks of `jobs`, which are in the order of the rasters, and of places in each.
    ///
    /// # Arguments
    ///
    /// * `files` - by the index of the raster; `None` for one that is closed.
    /// * `n` - blocks of a wave.
    ///
    /// # Errors
    ///
    /// The first failure of any raster.
    pub(super) fn write(
        &mut self,
        jobs: &[Job<'_>],
        parts: &Parts,
        files: &mut [Option<BlockFile>],
        n: usize,
    ) -> Result<(), Failed> {
        let mut before: &[Job<'_>] = &[];
        for wave in jobs.chunks(n.max(1)) {
            if self.one.len() < wave.len() {
                self.one.resize_with(wave.len(), Vec::new);
            }
            let (compressed, written) = rayon::join(
                || compress_all(wave, parts, &mut self.one),
                || put_all(before, &self.other, files),
            );
            written?;
            compressed?;
            std::mem::swap(&mut self.one, &mut self.other);
            before = wave;
        }
        put_all(before, &self.other, files)
    }
}

fn compress_all(jobs: &[Job<'_>], parts: &Parts, blocks: &mut [Vec<u8>]) -> Result<(), Failed> {
    let pairs = jobs.par_iter().zip(blocks).with_max_len(1);
    pairs.try_for_each(|(job, block)| {
        job.compress(parts, block)
            .map_err(|reason| (job.raster, reason))
    })
}

/// Writes the blocks of a wave, the files side by side.
fn put_all(
    jobs: &[Job<'_>],
    blocks: &[Vec<u8>],
    files: &mut [Option<BlockFile>],
) -> Result<(), Failed> {
    let mut of_files = Vec::new();
    let mut files = files.iter_mut().enumerate();
    let mut done = 0;
    for jobs in jobs.chunk_by(|a, b| a.raster == b.raster) {
        let blocks = &blocks[done..done + jobs.len()];
        done += jobs.len();
        if let Some((raster, file)) = files.find(|(raster, _)| *raster == jobs[0].raster) {
            of_files.push((raster, file, jobs, blocks));
        }
    }
    of_files
        .into_par_iter()
        .try_for_each(|(raster, file, jobs, blocks)| {
            let Some(file) = file else {
                return Err((raster, closed()));
            };
            let blocks = jobs.iter().zip(blocks);
            let blocks = blocks.map(|(job, block)| (job.place, &block[..]));
            file.put(blocks)
                .map_err(|error| (raster, error.to_string()))
        })
}

impl Job<'_> {
    fn compress(&self, parts: &Parts, out: &mut Vec<u8>) -> Result<(), String> {
        out.clear();
        if self.is_missing_in_tile() {
            return Ok(());
        }
        let Some(block) = self.constant() else {
            return self.compress_numbers(parts, out);
        };
        CONSTANT.with_borrow_mut(|known| {
            known.compress(block, out, |out| self.compress_numbers(parts, out))
        })
    }

    /// The block as one of one number, if it is.
    fn constant(&self) -> Option<ConstantBlock> {
        let Numbers::OneForAll(numbers) = self.numbers else {
            return None;
        };
        Some(ConstantBlock {
            encoder: self.encoder,
            bits: numbers[self.band].to_bits(),
            inside: [self.block.height, self.block.width],
        })
    }

    /// Leaves `out` empty, as it comes, if every number is stored as a missing one.
    fn compress_numbers(&self, parts: &Parts, out: &mut Vec<u8>) -> Result<(), String> {
        STORED.with_borrow_mut(|stored| {
            let gathered = self.gather(parts, stored);
            gathered.map_err(|error| error.to_string())?;
            if self.encoder.element.is_missing(stored) {
                return Ok(());
            }
            self.encoder.encode(stored, out)
        })
    }

    /// Whether the tile has no value of the block: most of a large grid may be sea, which should cost little.
    fn is_missing_in_tile(&self) -> bool {
        match *self.numbers {
            Numbers::Tile { window, values } => {
                let values = &values[self.band * window.n_pixels()..];
                let mut is_missing = true;
                for_shared_rows([window, self.block], [window.width; 2], |from, _, n| {
                    is_missing = is_missing && are_missing(&values[from..from + n]);
                });
                is_missing
            }
            Numbers::OneForAll(numbers) => numbers[self.band].is_nan(),
            Numbers::Parts(_) => false,
        }
    }

    /// Puts the numbers of the block together.
    fn gather(&self, parts: &Parts, stored: &mut Vec<u8>) -> std::io::Result<()> {
        let Encoder { element, block, .. } = self.encoder;
        let n_bytes = element.n_bytes();
        stored.resize(block[0] * block[1] * n_bytes, 0);
        if [self.block.height, self.block.width] != block {
            element.fill_missing(stored);
        }
        match self.numbers {
            &Numbers::Tile { window, values } => {
                let values = &values[self.band * window.n_pixels()..];
                let widths = [window.width, block[1]];
                for_shared_rows([window, self.block], widths, |from, to, n| {
                    let to = &mut stored[to * n_bytes..(to + n) * n_bytes];
                    element.store(&values[from..from + n], to);
                });
            }
            Numbers::OneForAll(numbers) => {
                let row = vec![numbers[self.band]; self.block.width];
                let widths = [self.block.width, block[1]];
                for_shared_rows([self.block; 2], widths, |_, to, n| {
                    let to = &mut stored[to * n_bytes..(to + n) * n_bytes];
                    element.store(&row[..n], to);
                });
            }
            Numbers::Parts(of_block) => {
                for part in of_block {
                    let window = part.window;
                    let bytes = parts.band(part, self.band, window.n_pixels() * n_bytes)?;
                    let widths = [window.width, block[1]];
                    for_shared_rows([window, self.block], widths, |from, to, n| {
                        stored[to * n_bytes..(to + n) * n_bytes]
                            .copy_from_slice(&bytes[from * n_bytes..(from + n) * n_bytes]);
                    });
                }
            }
        }
        Ok(())
    }
}

fn are_missing(values: &[f32]) -> bool {
    // Without a test after each value, many are looked at at a time.
    let missing = |few: &[f32]| few.iter().fold(true, |all, value| all & value.is_nan());
    values.chunks(64).all(missing)
}
