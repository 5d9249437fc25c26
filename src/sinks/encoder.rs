//! Compresses one block of one band.

use std::cell::RefCell;

use gdal::errors::GdalError;

use crate::formats::Compress;
use crate::gdal_calls::{text_of, with_failures};
use crate::sinks::deflate;
use crate::sinks::element::Element;
use crate::sinks::in_memory;
use crate::sinks::predictor::{of_floats, of_shorts, predictor_of};

/// How the blocks of a raster are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Encoder {
    pub(super) compress: Compress,
    pub(super) element: Element,
    /// Rows and columns of a block.
    pub(super) block: [usize; 2],
}

thread_local! {
    /// Differences of a block; kept, since fresh memory costs as much as to fill it.
    static DIFFERENCES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Encoder {
    /// Compresses `block`, the numbers of a block as they are stored, into `out`, whose contents are replaced. What is
    /// left in `block` is of no use.
    ///
    /// # Errors
    ///
    /// What GDAL reports.
    pub(super) fn encode(&self, block: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), String> {
        DIFFERENCES.with_borrow_mut(|differences| {
            let width = self.block[1];
            match predictor_of(self.compress, self.element) {
                3 => of_floats(block, width, differences),
                2 => of_shorts(block, width, differences),
                _ => std::mem::swap(block, differences),
            }
            match self.compress {
                Compress::None => std::mem::swap(differences, out),
                Compress::Deflate => deflate::compress(differences, out),
                Compress::Zstd | Compress::Lerc => return self.through_gdal(differences, out),
            }
            Ok(())
        })
    }

    fn through_gdal(&self, bytes: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), String> {
        let (encoded, failure) = with_failures(|| self.with_gdal(bytes, out));
        encoded.map_err(|error| text_of(&error))?;
        failure.map_or(Ok(()), Err)
    }

    fn with_gdal(&self, bytes: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<(), GdalError> {
        let [height, width] = self.block;
        let size = (width, height);
        match (self.compress, self.element) {
            (Compress::Lerc, Element::Float) => {
                let values: Vec<f32> = bytes
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|&bytes| f32::from_le_bytes(bytes))
                    .collect();
                in_memory::compress(self.compress, size, values, out)?;
            }
            (Compress::Lerc, Element::Short) => {
                let values: Vec<u16> = bytes
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|&bytes| u16::from_le_bytes(bytes))
                    .collect();
                in_memory::compress(self.compress, size, values, out)?;
            }
            // The predictor is applied: to the compression they are bytes.
            (compress, element) => {
                let size = (width * element.n_bytes(), height);
                *bytes = in_memory::compress(compress, size, std::mem::take(bytes), out)?;
            }
        }
        Ok(())
    }
}
