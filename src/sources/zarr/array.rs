//! An array of a store, decoded chunk by chunk.

use std::sync::Arc;

use zarrs::array::{
    Array, ArrayBytes, ArrayMetadata, ArrayMetadataV2, ArrayMetadataV3, ArrayShardedExt as _,
    ArrayShardedReadableExt as _, ArrayShardedReadableExtCache, CodecOptions,
};
use zarrs::storage::ReadableStorageTraits as _;

use crate::sources::zarr::attributes::is_unsigned;
use crate::sources::zarr::error::ZarrError;
use crate::sources::zarr::numbers::Kind;
use crate::sources::zarr::storage::StoreFiles;
use crate::sources::zarr::tree::{ArrayNode, StoreTree};

/// Bytes of a decoded chunk, past which the metadata must be wrong.
const MOST_CHUNK_BYTES: usize = 1 << 40;

/// An opened array.
pub(crate) struct ChunkedArray {
    name: String,
    array: Array<StoreFiles>,
    shards: ArrayShardedReadableExtCache,
    options: CodecOptions,
    pub(crate) kind: Kind,
    pub(crate) shape: Vec<usize>,
    /// Length along each dimension of what is decoded together: a chunk, or one inside a shard.
    pub(crate) chunk: Vec<usize>,
}

impl std::fmt::Debug for ChunkedArray {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChunkedArray")
            .field("name", &self.name)
            .field("shape", &self.shape)
            .field("chunk", &self.chunk)
            .finish_non_exhaustive()
    }
}

impl ChunkedArray {
    /// Opens an array; nothing is decoded.
    ///
    /// # Errors
    ///
    /// Numbers, codecs or chunks that are not read.
    pub(crate) fn open(tree: &StoreTree, node: &ArrayNode) -> Result<Self, ZarrError> {
        let name = node.name().to_owned();
        let kind = kind_of(node)?;
        let codec = |reason: String| ZarrError::Codec {
            array: name.clone(),
            reason,
        };
        let shape_error = |what: &str| ZarrError::Shape {
            array: name.clone(),
            what: what.to_owned(),
        };
        if node.shape.contains(&0) {
            return Err(shape_error("no numbers: one of its sides is 0"));
        }
        let grid = node
            .metadata
            .get("chunk_grid")
            .and_then(|grid| grid.get("name"));
        if grid.is_some_and(|grid| grid != "regular") {
            return Err(codec("its chunks have several sizes".to_owned()));
        }
        // From its own folder: zarrs has no arrays whose names begin with two underscores, as xarray calls what has no name.
        let files = Arc::new(tree.files.below(&node.path));
        let array = Array::new_with_metadata(files, "/", metadata_of(node)?);
        let array = array.map_err(|error| codec(error.to_string()))?;
        let chunk = decoded_together(&array).map_err(codec)?;
        if chunk.len() != node.shape.len() {
            return Err(shape_error("chunks of another shape than itself"));
        }
        let bytes = chunk
            .iter()
            .try_fold(kind.bytes(), |n, side| n.checked_mul(*side));
        if bytes.is_none_or(|bytes| bytes > MOST_CHUNK_BYTES) {
            return Err(shape_error("chunks of more than 2^40 bytes"));
        }
        Ok(Self {
            name,
            shards: ArrayShardedReadableExtCache::new(&array),
            array,
            // Tiles are read by several threads already.
            options: CodecOptions::default().with_concurrent_target(1),
            kind,
            shape: node.shape.clone(),
            chunk,
        })
    }

    /// Bytes of a decoded chunk.
    pub(crate) fn chunk_bytes(&self) -> usize {
        self.chunk.iter().product::<usize>() * self.kind.bytes()
    }

    /// The numbers of a chunk, also past the end of the array, as bytes in the order of the machine.
    ///
    /// # Errors
    ///
    /// It is damaged or cannot be read. One that is not there has the fill value throughout.
    pub(crate) fn decode(&self, chunk: &[u64]) -> Result<Vec<u8>, ZarrError> {
        let failed = |reason: String| ZarrError::Chunk {
            array: self.name.clone(),
            chunk: chunk
                .iter()
                .map(u64::to_string)
                .collect::<Vec<_>>()
                .join("/"),
            reason,
        };
        let decoded: ArrayBytes<'static> = self
            .array
            .retrieve_subchunk_opt(&self.shards, chunk, &self.options)
            .map_err(|error| failed(error.to_string()))?;
        let bytes = decoded
            .into_fixed()
            .map_err(|error| failed(error.to_string()))?
            .into_owned();
        let expected = self.chunk_bytes();
        if bytes.len() == expected {
            Ok(bytes)
        } else {
            Err(failed(format!(
                "it has {} bytes, not {expected}",
                bytes.len()
            )))
        }
    }

    /// The number of chunks that are not there.
    pub(crate) fn fill(&self) -> f64 {
        let fill = self.kind.doubles(self.array.fill_value().as_ne_bytes());
        fill.first().copied().unwrap_or(0.0)
    }

    /// Whether a chunk may be there; true where only a server would know.
    pub(crate) fn is_there(&self, chunk: &[u64]) -> bool {
        if !self.array.storage().is_on_disk() || self.array.is_sharded() {
            return true;
        }
        let key = self.array.chunk_key(chunk);
        !matches!(self.array.storage().size_key(&key), Ok(None))
    }

    /// Gives the memory of the indices of shards back.
    pub(crate) fn forget_shards(&self) {
        self.shards.clear();
    }

    /// All numbers of an array of one or two dimensions.
    ///
    /// # Errors
    ///
    /// As [`ChunkedArray::decode`].
    pub(crate) fn all(&self) -> Result<Vec<f64>, ZarrError> {
        let (rows, cols) = sides(&self.shape);
        let (chunk_rows, chunk_cols) = sides(&self.chunk);
        let mut numbers = vec![f64::NAN; rows * cols];
        for first_row in (0..rows).step_by(chunk_rows) {
            for first_col in (0..cols).step_by(chunk_cols) {
                let at = [
                    (first_row / chunk_rows) as u64,
                    (first_col / chunk_cols) as u64,
                ];
                let of_array = if self.shape.len() == 1 {
                    &at[1..]
                } else {
                    &at[..]
                };
                let decoded = self.kind.doubles(&self.decode(of_array)?);
                let lines = decoded.chunks_exact(chunk_cols).take(rows - first_row);
                let width = chunk_cols.min(cols - first_col);
                for (row, line) in lines.enumerate() {
                    numbers[(first_row + row) * cols + first_col..][..width]
                        .copy_from_slice(&line[..width]);
                }
            }
        }
        Ok(numbers)
    }
}

/// The sides of what is decoded together: a chunk, or one inside a shard; the error says why there is none.
fn decoded_together(array: &Array<StoreFiles>) -> Result<Vec<usize>, String> {
    let inside = array.effective_subchunk_shape().map(Ok);
    let chunk = inside.unwrap_or_else(|| {
        let first = vec![0; array.dimensionality()];
        array.chunk_shape(&first).map_err(|error| error.to_string())
    })?;
    let side = |side: &std::num::NonZeroU64| usize::try_from(side.get());
    let sides: Result<Vec<usize>, _> = chunk.iter().map(side).collect();
    sides.map_err(|error| error.to_string())
}

/// Rows and columns; a single dimension is one row.
fn sides(shape: &[usize]) -> (usize, usize) {
    match shape {
        [.., rows, cols] => (*rows, *cols),
        [cols] => (1, *cols),
        [] => (1, 1),
    }
}

/// The type of the numbers of an array.
///
/// # Errors
///
/// One that is not read, such as texts or complex numbers.
pub(crate) fn kind_of(node: &ArrayNode) -> Result<Kind, ZarrError> {
    let key = if node.format == 3 {
        "data_type"
    } else {
        "dtype"
    };
    let name = node.metadata.get(key).cloned().unwrap_or_default();
    let kind = Kind::of(&name).ok_or_else(|| ZarrError::Kind {
        array: node.name().to_owned(),
        kind: name.to_string(),
    })?;
    Ok(match is_unsigned(&node.attributes) {
        Some(is_unsigned) => kind.with_sign(is_unsigned),
        None => kind,
    })
}

fn metadata_of(node: &ArrayNode) -> Result<ArrayMetadata, ZarrError> {
    let metadata = node.metadata.clone();
    let read = if node.format == 3 {
        serde_json::from_value::<ArrayMetadataV3>(metadata).map(ArrayMetadata::V3)
    } else {
        serde_json::from_value::<ArrayMetadataV2>(metadata).map(ArrayMetadata::V2)
    };
    read.map_err(|error| ZarrError::Metadata {
        key: format!("the description of `{}`", node.name()),
        reason: error.to_string(),
    })
}
