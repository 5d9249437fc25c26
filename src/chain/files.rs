//! The files that a chain makes.

use super::false_discovery::FalseDiscovery;
use crate::formats::FileKind;

/// Where the values of a file come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileSource {
    /// A layer.
    Layer(usize),
    /// The flags of all stages together.
    Flags,
    /// The q of the p in a layer, over the whole map. They are known after the last tile.
    QValues {
        /// The layer of p.
        p: usize,
        /// The rule that makes q of p.
        rule: FalseDiscovery,
    },
    /// The classes of a layer, on q instead of p.
    ClassesOnQ {
        /// The layer of p.
        p: usize,
        /// The layer of the classes on p.
        classes: usize,
        /// The rule that makes q of p.
        rule: FalseDiscovery,
    },
}

impl FileSource {
    /// The layers that it is made of.
    pub fn layers_mut(&mut self) -> impl Iterator<Item = &mut usize> {
        let (first, second) = match self {
            Self::Layer(layer) | Self::QValues { p: layer, .. } => (Some(layer), None),
            Self::ClassesOnQ { p, classes, .. } => (Some(p), Some(classes)),
            Self::Flags => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// A file that a run writes.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSpec {
    /// Path under the output folder without ending, such as `maps/nep_slope`.
    pub path: String,
    /// What it shows, in a sentence.
    pub description: String,
    /// Unit of its values.
    pub unit: String,
    /// A name for each band: the years, or one name.
    pub bands: Vec<String>,
    /// How its values are to be read.
    pub kind: FileKind,
    /// Where its values come from.
    pub content: FileSource,
    /// The kernel that makes it, for provenance; none for flags.
    pub made_by: Option<String>,
}
