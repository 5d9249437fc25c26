//! The arrays of a store and the list of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use zarrs::array::codec::{
    BloscCodec, BloscCompressionLevel, BloscCompressor, BloscShuffleMode, BytesCodec,
};
use zarrs::array::{Array, ArrayBuilder, ArrayMetadataOptions, BytesToBytesCodecTraits, data_type};
use zarrs::filesystem::FilesystemStore;

use crate::formats::FileKind;
use crate::grid::Grid;
use crate::sinks::element::Element;
use crate::sinks::raster::{CLASS_NODATA, FLAGS_NODATA};
use crate::sinks::store_folder::METADATA;

use super::axes::{Axis, AxisValues};
use super::finished::CHUNK;

/// Zstandard at the level at which rasters are compressed too.
const LEVEL: u8 = 1;

/// A store in the making.
pub(super) struct StoreWriter {
    folder: PathBuf,
    files: Arc<FilesystemStore>,
    is_compressed: bool,
    /// The metadata of every array, in the order in which readers list them.
    metadata: Map<String, Value>,
}

/// A type of numbers and the number that is missing.
struct Numbers {
    builder: ArrayBuilder,
    n_bytes: usize,
}

#[allow(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn reported(error: impl ToString) -> String {
    error.to_string()
}

impl StoreWriter {
    /// A store without arrays.
    pub(super) fn create(folder: &Path, is_compressed: bool) -> Result<Self, String> {
        fs::create_dir_all(folder).map_err(reported)?;
        Ok(Self {
            folder: folder.to_owned(),
            files: Arc::new(FilesystemStore::new(folder).map_err(reported)?),
            is_compressed,
            metadata: Map::new(),
        })
    }

    /// The names of the arrays so far.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.metadata.keys().cloned()
    }

    /// Adds an axis with its values.
    pub(super) fn add_axis(&mut self, axis: &Axis) -> Result<(), String> {
        let n = axis.values.len() as u64;
        let said = axis.attributes.clone();
        match &axis.values {
            AxisValues::Centres(values) => {
                let numbers = Numbers {
                    builder: ArrayBuilder::new(vec![n], vec![n], data_type::float64(), f64::NAN),
                    n_bytes: 8,
                };
                let array = self.add(&axis.name, numbers, &[&axis.name], said)?;
                array.store_chunk(&[0], values).map_err(reported)
            }
            AxisValues::Whole(values) => {
                let numbers = Numbers {
                    builder: ArrayBuilder::new(vec![n], vec![n], data_type::int64(), 0_i64),
                    n_bytes: 8,
                };
                let array = self.add(&axis.name, numbers, &[&axis.name], said)?;
                array.store_chunk(&[0], values).map_err(reported)
            }
        }
    }

    /// Adds an array of one number, 0, which is there for its attributes.
    pub(super) fn add_scalar(
        &mut self,
        name: &str,
        said: Map<String, Value>,
    ) -> Result<(), String> {
        let none = Vec::<u64>::new();
        let numbers = Numbers {
            builder: ArrayBuilder::new(none.clone(), none, data_type::int64(), 0_i64),
            n_bytes: 8,
        };
        self.add(name, numbers, &[], said).map(|_| ())
    }

    /// Adds an array for the values of a raster.
    ///
    /// # Arguments
    ///
    /// * `steps` - the axis of its bands and their number, where there are several.
    pub(super) fn add_raster(
        &mut self,
        name: &str,
        kind: &FileKind,
        steps: Option<(&str, usize)>,
        grid: &Grid,
        said: Map<String, Value>,
    ) -> Result<Array<FilesystemStore>, String> {
        let (mut shape, mut chunk, mut dimensions) = (Vec::new(), Vec::new(), Vec::new());
        if let Some((axis, n)) = steps {
            shape.push(n as u64);
            chunk.push(n as u64);
            dimensions.push(axis);
        }
        for (side, axis) in [(grid.height, "y"), (grid.width, "x")] {
            shape.push(side as u64);
            chunk.push(side.min(CHUNK) as u64);
            dimensions.push(axis);
        }
        let element = Element::of(kind);
        let builder = match element {
            Element::Float => ArrayBuilder::new(shape, chunk, data_type::float32(), f32::NAN),
            Element::Byte => ArrayBuilder::new(shape, chunk, data_type::uint8(), CLASS_NODATA),
            Element::Short => ArrayBuilder::new(shape, chunk, data_type::uint16(), FLAGS_NODATA),
        };
        let numbers = Numbers {
            builder,
            n_bytes: element.n_bytes(),
        };
        self.add(name, numbers, &dimensions, said)
    }

    fn add(
        &mut self,
        name: &str,
        mut numbers: Numbers,
        dimensions: &[&str],
        said: Map<String, Value>,
    ) -> Result<Array<FilesystemStore>, String> {
        let builder = &mut numbers.builder;
        builder
            .array_to_bytes_codec(Arc::new(BytesCodec::little()))
            .dimension_names(Some(dimensions.iter().copied()))
            .attributes(said);
        if self.is_compressed {
            builder.bytes_to_bytes_codecs(vec![blosc(numbers.n_bytes)?]);
        }
        let array = builder.build(Arc::clone(&self.files), &format!("/{name}"));
        let array = array.map_err(reported)?;
        let options = ArrayMetadataOptions::default().with_include_zarrs_metadata(false);
        array.store_metadata_opt(&options).map_err(reported)?;
        let metadata = serde_json::to_value(array.metadata_opt(&options)).map_err(reported)?;
        self.metadata.insert(name.to_owned(), metadata);
        Ok(array)
    }

    /// Writes what the store is, which makes it one.
    pub(super) fn close(self, said: &Map<String, Value>) -> Result<(), String> {
        let group = json!({
            "zarr_format": 3,
            "node_type": "group",
            "attributes": said,
            "consolidated_metadata": {
                "kind": "inline",
                "must_understand": false,
                "metadata": self.metadata,
            },
        });
        let text = format!("{group:#}\n");
        fs::write(self.folder.join(METADATA), text).map_err(reported)
    }
}

/// Blosc with Zstandard, bytes of the same place in each number together: all readers of Zarr 3 know it.
fn blosc(n_bytes: usize) -> Result<Arc<dyn BytesToBytesCodecTraits>, String> {
    let level = BloscCompressionLevel::try_from(LEVEL);
    let codec = BloscCodec::new(
        BloscCompressor::Zstd,
        level.map_err(|level| format!("{level} is no level of Blosc"))?,
        None,
        if n_bytes == 1 {
            BloscShuffleMode::NoShuffle
        } else {
            BloscShuffleMode::Shuffle
        },
        Some(n_bytes),
    );
    Ok(Arc::new(codec.map_err(reported)?))
}
