//! The constants that shader libraries take from their twins.

use super::{drivers, persistence, prewhitening, replicate, rescaled_range, search, slopes, tails};
use crate::kernels::constant::NamedConstant;

/// The text of each library that takes constants, and those constants.
const OF_LIBRARIES: [(&str, &[NamedConstant]); 8] = [
    (
        include_str!("../../../shaders/lib/drivers.wgsl"),
        drivers::CONSTANTS,
    ),
    (
        include_str!("../../../shaders/lib/persistence.wgsl"),
        persistence::CONSTANTS,
    ),
    (
        include_str!("../../../shaders/lib/prewhitening.wgsl"),
        prewhitening::CONSTANTS,
    ),
    (
        include_str!("../../../shaders/lib/replicate.wgsl"),
        replicate::CONSTANTS,
    ),
    (
        include_str!("../../../shaders/lib/rescaled_range.wgsl"),
        rescaled_range::CONSTANTS,
    ),
    (
        include_str!("../../../shaders/lib/search.wgsl"),
        search::CONSTANTS,
    ),
    (
        include_str!("../../../shaders/lib/slopes.wgsl"),
        slopes::CONSTANTS,
    ),
    (
        include_str!("../../../shaders/lib/tails.wgsl"),
        tails::CONSTANTS,
    ),
];

/// The constants of the library with this text; none for most.
#[must_use]
pub fn of_library(text: &str) -> &'static [NamedConstant] {
    OF_LIBRARIES
        .iter()
        .find(|(library, _)| *library == text)
        .map_or(&[], |(_, constants)| *constants)
}
