//! Why a Zarr store cannot be read.

/// Why a Zarr store cannot be read; the messages follow the name of the store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ZarrError {
    /// A file of the store cannot be read.
    #[error("{key} of the store cannot be read: {reason}")]
    File {
        /// The file, from the root of the store.
        key: String,
        /// What the system or the server says.
        reason: String,
    },
    /// A file of metadata is damaged.
    #[error(
        "{key} of the store is damaged: {reason}; get the store again, or write it again with xarray's to_zarr"
    )]
    Metadata {
        /// The file, from the root of the store.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// An archive with two files of one name.
    #[error(
        "the archive holds {key} twice, as zarr's ZipStore leaves it, and readers differ in which of them they take; unpack \
             it with `unzip -o`, and name the folder"
    )]
    Twice {
        /// The file.
        key: String,
    },
    /// A format that is not read.
    #[error(
        "it is a Zarr store of format {0}; formats 2 and 3 are read: write it in one of them, in xarray by to_zarr(zarr_format=3)"
    )]
    Format(String),
    /// No array was found.
    #[error(
        "no array is found in the store; if it is on a server, its metadata must be gathered in one file, in Python \
             by zarr.consolidate_metadata(store)"
    )]
    NoArray,
    /// A type of numbers that is not read.
    #[error(
        "the numbers of `{array}` are of the type {kind}; whole numbers, float32 and float64 are read: convert them, in \
             xarray by .astype(\"float32\")"
    )]
    Kind {
        /// Array.
        array: String,
        /// The type as the store names it.
        kind: String,
    },
    /// A codec or another property that is not read.
    #[error(
        "`{array}` cannot be read: {reason}; write it again without filters and compressed by zstd, blosc, gzip or not at all, in \
             xarray by to_zarr(..., encoding={{\"{array}\": {{\"filters\": None, \"compressors\": zarr.codecs.ZstdCodec()}}}})"
    )]
    Codec {
        /// Array.
        array: String,
        /// What is not read.
        reason: String,
    },
    /// An array whose shape or chunks are impossible.
    #[error(
        "`{array}` has {what}; the store is damaged: get it again, or write it again with xarray's to_zarr"
    )]
    Shape {
        /// Array.
        array: String,
        /// What is wrong.
        what: String,
    },
    /// More layers than a stack has.
    #[error(
        "`{array}` has {n} layers besides rows and columns, more than {most}; select what is needed, in xarray by .sel() \
             or .resample()"
    )]
    Layers {
        /// Array.
        array: String,
        /// How many.
        n: usize,
        /// How many are read.
        most: usize,
    },
    /// A chunk cannot be decoded.
    #[error("chunk {chunk} of `{array}` cannot be read: {reason}")]
    Chunk {
        /// Array.
        array: String,
        /// Its numbers along the dimensions.
        chunk: String,
        /// What is wrong.
        reason: String,
    },
    /// A store that is used where one raster is read whole.
    #[error("{0}")]
    Single(String),
}
