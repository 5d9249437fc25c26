//! The pixels of a variable of a store, with the first row in the north where its axes tell. A chunk that holds many
//! layers is decoded once for all of them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::Path;

use bytemuck::Pod;
use gdal::raster::GdalType;

use crate::grid::{Window, parts_of};
use crate::sources::zarr::array::ChunkedArray;
use crate::sources::zarr::description::{describe, place_of};
use crate::sources::zarr::error::ZarrError;
use crate::sources::zarr::names::{name_of, parts_of as parts_of_name};
use crate::sources::zarr::numbers::Kind;
use crate::sources::zarr::tree::StoreTree;
use crate::sources::zarr::variables::{axes_of, is_south_up, named};

/// A variable of a store, opened to read its pixels.
#[derive(Debug)]
pub(crate) struct ZarrRaster {
    array: ChunkedArray,
    /// Whether its rows are stored from south to north.
    is_south_up: bool,
    /// The chunks that were decoded last, by their numbers along the dimensions.
    last: RefCell<VecDeque<(Vec<u64>, Vec<u8>)>>,
    /// The text of GDAL's raster without pixels that describes it.
    pub(crate) description: String,
    /// The name by which it is opened again.
    pub(crate) name: String,
}

/// Where a layer is: the numbers of its chunks along the outer dimensions, and its place inside one.
struct LayerInChunk {
    chunk: Vec<u64>,
    /// Layers of the chunk before it.
    before: usize,
}

impl ZarrRaster {
    /// Opens what [`name_of`] names.
    ///
    /// # Errors
    ///
    /// A store or a variable that cannot be read.
    pub(crate) fn open(name: &Path) -> Result<Self, ZarrError> {
        let (store, variable) = parts_of_name(name);
        let tree = StoreTree::open(&store)?;
        Self::of(&tree, &store, &variable.unwrap_or_default())
    }

    /// Opens a variable of an opened store.
    ///
    /// # Errors
    ///
    /// There is no such variable, or it cannot be read.
    pub(crate) fn of(tree: &StoreTree, store: &Path, variable: &str) -> Result<Self, ZarrError> {
        let node = named(tree, variable).ok_or(ZarrError::NoArray)?;
        let (array, axes) = (ChunkedArray::open(tree, node)?, axes_of(tree, node)?);
        Ok(Self {
            is_south_up: is_south_up(&axes),
            last: RefCell::default(),
            description: describe(tree, node, &array, &axes)?,
            array,
            name: name_of(store, &node.path),
        })
    }

    /// Columns and rows.
    pub(crate) fn size(&self) -> (usize, usize) {
        last_two(&self.array.shape)
    }

    /// Columns and rows that are decoded together.
    pub(crate) fn block_size(&self) -> (usize, usize) {
        let (width, height) = self.size();
        let (chunk_width, chunk_height) = last_two(&self.array.chunk);
        (chunk_width.min(width), chunk_height.min(height))
    }

    /// Layers that are decoded together.
    pub(crate) fn depth(&self) -> usize {
        let outer = self.array.shape.len() - 2;
        let sides = self.array.chunk[..outer].iter().zip(&self.array.shape);
        sides.map(|(chunk, side)| *chunk.min(side)).product()
    }

    /// Bytes of a decoded chunk.
    pub(crate) fn chunk_bytes(&self) -> u64 {
        self.array.chunk_bytes() as u64
    }

    /// Chunks that are held at a time: those of a block, which begins and ends inside chunks where rows are turned over and
    /// the last chunk is not full.
    fn n_held(&self) -> usize {
        let (_, height) = self.size();
        let (_, chunk_height) = last_two(&self.array.chunk);
        let is_between = self.is_south_up && height > chunk_height && height % chunk_height != 0;
        if is_between { 2 } else { 1 }
    }

    /// Where a window is stored.
    fn stored(&self, window: Window) -> Window {
        let (_, height) = self.size();
        let row = if self.is_south_up {
            height.saturating_sub(window.row + window.height)
        } else {
            window.row
        };
        Window { row, ..window }
    }

    /// Whether its numbers are floats.
    pub(crate) fn is_float(&self) -> bool {
        matches!(self.array.kind, Kind::F32 | Kind::F64)
    }

    /// The number of pixels in chunks that are not there.
    pub(crate) fn fill(&self) -> f64 {
        self.array.fill()
    }

    /// Whether the store may have something of a band in a window.
    pub(crate) fn is_stored(&self, band: usize, window: Window) -> bool {
        let Some(layer) = self.layer(band) else {
            return true;
        };
        self.blocks(self.stored(window))
            .any(|block| self.array.is_there(&self.chunk_of(&layer, block)))
    }

    /// Reads a window of a band, counted from 1; gives how many chunks were decoded for it.
    ///
    /// # Arguments
    ///
    /// * `from` - makes a number of the type asked for of a double.
    ///
    /// # Errors
    ///
    /// A chunk that cannot be read, or a window that is not in the raster.
    pub(crate) fn read<T: GdalType + Pod>(
        &self,
        band: usize,
        window: Window,
        to: &mut [T],
        from: impl Fn(f64) -> T + Copy,
    ) -> Result<u64, ZarrError> {
        let (width, height) = self.size();
        let is_inside = window.col + window.width <= width && window.row + window.height <= height;
        let layer = self
            .layer(band)
            .filter(|_| is_inside && to.len() == window.n_pixels());
        let layer = layer.ok_or_else(|| {
            ZarrError::Single(format!("{window} of band {band} is not in the raster"))
        })?;
        let (stored, mut n_decoded) = (self.stored(window), 0);
        for block in self.blocks(stored) {
            let chunk = self.chunk_of(&layer, block);
            n_decoded += u64::from(self.with_chunk(chunk, |bytes| {
                self.copy(bytes, layer.before, block, stored, to, from);
            })?);
        }
        Ok(n_decoded)
    }

    /// Gives the memory of decoded chunks back.
    pub(crate) fn forget(&self) {
        self.last.take();
        self.array.forget_shards();
    }

    /// The blocks of which a window has a part.
    fn blocks(&self, window: Window) -> impl Iterator<Item = Window> + use<> {
        let (width, height) = self.size();
        let (chunk_width, chunk_height) = last_two(&self.array.chunk);
        parts_of(
            [height, width],
            [chunk_height.min(height), chunk_width.min(width)],
            window,
        )
    }

    fn chunk_of(&self, layer: &LayerInChunk, block: Window) -> Vec<u64> {
        let (chunk_width, chunk_height) = last_two(&self.array.chunk);
        let mut chunk = layer.chunk.clone();
        chunk.push((block.row / chunk_height) as u64);
        chunk.push((block.col / chunk_width) as u64);
        chunk
    }

    fn layer(&self, band: usize) -> Option<LayerInChunk> {
        let n_outer = self.array.shape.len() - 2;
        let (shape, chunk) = (&self.array.shape[..n_outer], &self.array.chunk[..n_outer]);
        let layer = band.checked_sub(1)?;
        if layer >= shape.iter().product() {
            return None;
        }
        let place = place_of(layer, shape);
        let sides = || place.iter().zip(chunk);
        Some(LayerInChunk {
            chunk: sides().map(|(at, side)| (at / side) as u64).collect(),
            before: sides().fold(0, |before, (at, side)| before * side + at % side),
        })
    }

    /// Calls `work` with the numbers of a chunk; whether it had to be decoded.
    fn with_chunk(&self, chunk: Vec<u64>, work: impl FnOnce(&[u8])) -> Result<bool, ZarrError> {
        let mut last = self.last.borrow_mut();
        if let Some((_, bytes)) = last.iter().find(|(known, _)| *known == chunk) {
            work(bytes);
            return Ok(false);
        }
        // The oldest is not needed while the new one is decoded.
        last.truncate(self.n_held() - 1);
        let bytes = self.array.decode(&chunk)?;
        work(&bytes);
        last.push_front((chunk, bytes));
        Ok(true)
    }

    /// Copies what a window, as it is stored, has of a block.
    fn copy<T: GdalType + Pod>(
        &self,
        bytes: &[u8],
        layers_before: usize,
        block: Window,
        window: Window,
        to: &mut [T],
        from: impl Fn(f64) -> T + Copy,
    ) {
        let kind = self.array.kind;
        let (chunk_width, chunk_height) = last_two(&self.array.chunk);
        let part = block.shared(window);
        let first_row = layers_before * chunk_height + part.row - block.row;
        for row in 0..part.height {
            let start = (first_row + row) * chunk_width + part.col - block.col;
            let of_row = &bytes[start * kind.bytes()..][..part.width * kind.bytes()];
            let stored_row = part.row - window.row + row;
            let row = if self.is_south_up {
                window.height - 1 - stored_row
            } else {
                stored_row
            };
            let at = row * window.width + part.col - window.col;
            kind.copy(of_row, &mut to[at..][..part.width], T::gdal_ordinal(), from);
        }
    }
}

/// Columns and rows of a shape.
fn last_two(shape: &[usize]) -> (usize, usize) {
    match shape {
        [.., height, width] => (*width, *height),
        _ => (1, 1),
    }
}
