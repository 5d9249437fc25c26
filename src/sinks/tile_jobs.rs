//! The blocks that a window completes.

use crate::grid::Window;
use crate::sinks::block_file::BlockFile;
use crate::sinks::element::for_shared_rows;
use crate::sinks::encoder::Encoder;
use crate::sinks::layout::Layout;
use crate::sinks::parts::Parts;
use crate::sinks::wave::{Job, Numbers};

/// Blocks of many rasters that are whole with the values of one window.
pub(super) struct TileJobs<'a> {
    layout: Layout,
    window: Window,
    whole: Vec<Whole<'a>>,
}

/// A block of a raster, all bands.
struct Whole<'a> {
    raster: usize,
    encoder: Encoder,
    block: Window,
    n_bands: usize,
    numbers: Numbers<'a>,
}

impl<'a> TileJobs<'a> {
    /// None yet.
    pub(super) fn new(layout: Layout, window: Window) -> Self {
        Self {
            layout,
            window,
            whole: Vec::new(),
        }
    }

    /// Adds the values of a raster: blocks that they cover, and those that they make whole. Parts of others are kept.
    ///
    /// # Arguments
    ///
    /// * `blocks` - those that have a pixel in the window, in their order.
    /// * `values` - `[band][pixel]`, or one number a band for all pixels.
    ///
    /// # Errors
    ///
    /// A pixel was written before; a part cannot be kept.
    pub(super) fn add(
        &mut self,
        raster: usize,
        encoder: Encoder,
        blocks: &[Window],
        values: &'a [f32],
        file: &mut BlockFile,
        parts: &mut Parts,
    ) -> Result<(), String> {
        let n_bands = file.n_bands();
        for &block in blocks {
            let part = self.window.shared(block);
            let numbers = if part == block {
                self.whole_block(values, n_bands)
            } else {
                let bytes = self.cut(part, values, n_bands, encoder);
                let kept = parts.add(raster, block, part, bytes);
                match kept.map_err(|error| error.to_string())? {
                    Some(parts) => Numbers::Parts(parts),
                    None => continue,
                }
            };
            if !file.begin(block) {
                return Err(format!("{block} were written twice"));
            }
            self.whole.push(Whole {
                raster,
                encoder,
                block,
                n_bands,
                numbers,
            });
        }
        Ok(())
    }

    /// Whether there is one number a band for all pixels of the window.
    fn is_one_for_all(&self, values: &[f32], n_bands: usize) -> bool {
        values.len() == n_bands && self.window.n_pixels() != 1
    }

    fn whole_block(&self, values: &'a [f32], n_bands: usize) -> Numbers<'a> {
        if self.is_one_for_all(values, n_bands) {
            Numbers::OneForAll(values)
        } else {
            Numbers::Tile {
                window: self.window,
                values,
            }
        }
    }

    /// The numbers of a part of the window, as they are stored.
    fn cut(&self, part: Window, values: &[f32], n_bands: usize, encoder: Encoder) -> Vec<u8> {
        let (n, n_bytes) = (part.n_pixels(), encoder.element.n_bytes());
        if self.is_one_for_all(values, n_bands) {
            let mut bytes = vec![0; n_bands * n * n_bytes];
            for (&value, bytes) in values.iter().zip(bytes.chunks_exact_mut(n * n_bytes)) {
                encoder.element.store(&vec![value; n], bytes);
            }
            return bytes;
        }
        let bands = values.chunks_exact(self.window.n_pixels());
        let mut bytes = vec![0; bands.len() * n * n_bytes];
        for (values, bytes) in bands.zip(bytes.chunks_exact_mut(n * n_bytes)) {
            let widths = [self.window.width, part.width];
            for_shared_rows([self.window, part], widths, |from, to, n| {
                let bytes = &mut bytes[to * n_bytes..(to + n) * n_bytes];
                encoder.element.store(&values[from..from + n], bytes);
            });
        }
        bytes
    }

    /// One job a band.
    pub(super) fn jobs(&self) -> Vec<Job<'_>> {
        let whole = self.whole.iter();
        whole
            .flat_map(|whole| (0..whole.n_bands).map(|band| self.job(whole, band)))
            .collect()
    }

    fn job<'b>(&self, whole: &'b Whole<'a>, band: usize) -> Job<'b> {
        Job {
            raster: whole.raster,
            encoder: whole.encoder,
            place: self.layout.place(whole.block, band, whole.n_bands),
            block: whole.block,
            band,
            numbers: &whole.numbers,
        }
    }
}
