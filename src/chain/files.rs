//! The files that a chain makes.

use super::false_discovery::FalseDiscovery;

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

/// How the values of a file are to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Quantities, NaN where missing.
    Values,
    /// Classes with their labels.
    Classes(&'static [(u8, &'static str)]),
    /// Classes whose labels depend on the study, such as the names of its drivers.
    Labelled(Vec<(u8, String)>),
    /// Bits of [`flags`](crate::kernels::abi::flags).
    Flags,
}

impl FileKind {
    /// The classes with their labels, for files of classes.
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
            Self::Values | Self::Flags => None,
        }
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
