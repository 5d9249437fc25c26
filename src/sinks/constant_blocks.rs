//! Compressed blocks of which all pixels have one number, kept for the next such block.
//!
//! Tiles of which no file has a block bring them, and most of a large grid may be such tiles: without this the time of a
//! run would follow the grid, and not the blocks that hold data.

use std::collections::HashMap;

use crate::sinks::encoder::Encoder;

/// Bytes that may be kept.
const MOST_BYTES: usize = 256 << 10;
/// Bytes of a compressed block that is worth keeping. One that is larger, as without compression, is made as fast as it
/// is copied.
const MOST_OF_ONE: usize = MOST_BYTES / 16;
/// What a block takes beside its bytes.
const BESIDE: usize = size_of::<ConstantBlock>() + size_of::<Vec<u8>>();

/// All that the bytes of such a block depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ConstantBlock {
    pub(super) encoder: Encoder,
    /// The bits of the number, a `f32`.
    pub(super) bits: u32,
    /// Rows and columns that are in the grid. Those beyond it are missing.
    pub(super) inside: [usize; 2],
}

/// Compressed blocks of one number.
#[derive(Debug, Default)]
pub(super) struct ConstantBlocks {
    known: HashMap<ConstantBlock, Vec<u8>>,
    n_bytes: usize,
}

impl ConstantBlocks {
    /// Puts the bytes of a block into `out`, whose contents are replaced: those that are known, or those that `compress`
    /// puts there.
    ///
    /// # Errors
    ///
    /// That of `compress`.
    pub(super) fn compress<E>(
        &mut self,
        block: ConstantBlock,
        out: &mut Vec<u8>,
        compress: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(bytes) = self.known.get(&block) {
            out.clear();
            out.extend_from_slice(bytes);
            return Ok(());
        }
        compress(out)?;
        if out.len() <= MOST_OF_ONE {
            self.keep(block, out);
        }
        Ok(())
    }

    fn keep(&mut self, block: ConstantBlock, bytes: &[u8]) {
        let n_bytes = BESIDE + bytes.len();
        if self.n_bytes + n_bytes > MOST_BYTES {
            self.known.clear();
            self.n_bytes = 0;
        }
        self.n_bytes += n_bytes;
        self.known.insert(block, bytes.to_vec());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Compress;
    use crate::sinks::element::Element;

    fn block() -> ConstantBlock {
        ConstantBlock {
            encoder: Encoder {
                compress: Compress::Deflate,
                element: Element::Float,
                block: [32, 16],
            },
            bits: 0.0_f32.to_bits(),
            inside: [32, 16],
        }
    }

    /// What is given for a block, and whether it was compressed for that.
    fn given(blocks: &mut ConstantBlocks, block: ConstantBlock, made: &[u8]) -> (Vec<u8>, bool) {
        let (mut out, mut is_new) = (vec![99; 3], false);
        let compressed = blocks.compress(block, &mut out, |out| {
            is_new = true;
            out.clear();
            out.extend_from_slice(made);
            Ok::<_, String>(())
        });
        compressed.expect("compressed");
        (out, is_new)
    }

    #[test]
    fn a_block_is_compressed_once_and_no_other_takes_its_bytes() {
        let mut blocks = ConstantBlocks::default();
        let of = |encoder| ConstantBlock { encoder, ..block() };
        let encoder = block().encoder;
        let others = [
            block(),
            ConstantBlock {
                bits: (-0.0_f32).to_bits(),
                ..block()
            },
            ConstantBlock {
                inside: [16, 32],
                ..block()
            },
            of(Encoder {
                compress: Compress::Zstd,
                ..encoder
            }),
            of(Encoder {
                element: Element::Short,
                ..encoder
            }),
            of(Encoder {
                block: [16, 32],
                ..encoder
            }),
        ];
        for (bytes, &other) in (0..).zip(&others) {
            assert_eq!(
                given(&mut blocks, other, &[bytes; 4]),
                (vec![bytes; 4], true)
            );
        }
        for (bytes, &other) in (0..).zip(&others) {
            assert_eq!(given(&mut blocks, other, &[77]), (vec![bytes; 4], false));
        }
        let mut missing = block();
        missing.bits = 255.0_f32.to_bits();
        assert_eq!(given(&mut blocks, missing, &[]), (Vec::new(), true));
        assert_eq!(given(&mut blocks, missing, &[77]), (Vec::new(), false));
    }

    #[test]
    fn a_failure_is_not_kept() {
        let mut blocks = ConstantBlocks::default();
        let failed = blocks.compress(block(), &mut Vec::new(), |_| Err("GDAL"));
        assert_eq!(failed, Err("GDAL"));
        assert_eq!(given(&mut blocks, block(), &[5]), (vec![5], true));
    }

    #[test]
    fn large_blocks_are_not_kept_and_all_of_them_take_no_more_than_their_room() {
        let mut blocks = ConstantBlocks::default();
        let large = vec![1; MOST_OF_ONE + 1];
        for _ in 0..2 {
            assert!(given(&mut blocks, block(), &large) == (large.clone(), true));
        }
        let small = &large[1..];
        for bits in 0..100 {
            let number = ConstantBlock { bits, ..block() };
            assert!(given(&mut blocks, number, small) == (small.to_vec(), true));
            assert!(!given(&mut blocks, number, small).1);
            let kept: usize = blocks
                .known
                .values()
                .map(|bytes| BESIDE + bytes.len())
                .sum();
            assert!(kept == blocks.n_bytes && kept <= MOST_BYTES, "{kept}");
        }
    }
}
