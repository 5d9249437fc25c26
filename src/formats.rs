//! How rasters are read where they are damaged, and written: their format, their compression, and the kind of their values.
//!
//! Plain words without a file behind them: a study states them, a chain assigns them, and a sink writes by them.

use crate::words::words;

words! {
    /// What becomes of blocks of inputs that cannot be read.
    OnError {
        /// The run ends.
        Stop = "stop",
        /// They are missing, and are counted.
        Skip = "skip",
    }
}

words! {
    /// The format of the maps.
    Format {
        /// `GeoTIFF`, tiled and compressed.
        GTiff = "gtiff",
        /// Cloud-optimised `GeoTIFF`, with overviews.
        Cog = "cog",
        /// Tiled `GeoTIFF`, and a store of Zarr with the same values beside them.
        Zarr = "zarr",
    }
}

impl Format {
    /// The ending of its files, without the dot.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            // A store of Zarr is beside the files.
            Self::GTiff | Self::Cog | Self::Zarr => "tif",
        }
    }

    /// Whether a store of Zarr is made of the files.
    #[must_use]
    pub fn has_store(self) -> bool {
        match self {
            Self::GTiff | Self::Cog => false,
            Self::Zarr => true,
        }
    }
}

words! {
    /// The compression of the maps. None of them loses digits.
    Compress {
        /// Deflate, at half the time of the other two. Every reader knows it.
        Deflate = "deflate",
        /// Zstandard at its fastest level, 3 % smaller.
        Zstd = "zstd",
        /// Limited error raster compression at no error, then Zstandard.
        Lerc = "lerc",
        /// None.
        None = "none",
    }
}

/// A bit of a map of flags: the bit, its name in code, and its label in files.
pub type Flag = (u16, &'static str, &'static str);

/// What the values of a file are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Quantities: `f32`, NaN is missing.
    Values,
    /// Classes with their labels: `u8`, 255 is missing.
    Classes(&'static [(u8, &'static str)]),
    /// Classes whose labels depend on the study, such as the names of its drivers.
    Labelled(Vec<(u8, String)>),
    /// Bits: `u16`, 65535 is missing.
    Flags(&'static [Flag]),
}

impl FileKind {
    /// The classes with their labels; `None` for files of anything else.
    #[must_use]
    pub fn classes(&self) -> Option<Vec<(u8, String)>> {
        match self {
            Self::Classes(classes) => Some(
                classes
                    .iter()
                    .map(|(class, label)| (*class, (*label).to_owned()))
                    .collect(),
            ),
            Self::Labelled(classes) => Some(classes.clone()),
            Self::Values | Self::Flags(_) => None,
        }
    }
}
