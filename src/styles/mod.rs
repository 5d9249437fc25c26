//! What a GIS and a catalogue need beside maps: colours and labels, a project, an entry of a catalogue, times of stacks.
//!
//! [`style_files`] makes all of it from what is known of the maps of a run; no file is read. Colours are those of
//! [`palette`](crate::palette), for every reader the same.

mod describe;
mod files;
mod groups;
mod legend;
mod place;
mod project;
mod renderer;
mod stac;
mod times;
mod xml;
mod zip;

pub use describe::{StyledMap, ValuesSeen};
pub use files::{PROJECT, StyleFile, style_files};
pub use legend::{Legend, Swatch, legend_of};
pub use place::Place;
