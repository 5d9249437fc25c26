//! Whole numbers of a study file, whose keys have checked their bounds, as the types that count.

/// A number of things.
pub(super) fn size(number: Option<i64>) -> Option<usize> {
    number.and_then(|number| usize::try_from(number).ok())
}

/// A seed of random numbers.
pub(super) fn seed(number: Option<i64>) -> Option<u32> {
    number.and_then(|number| u32::try_from(number).ok())
}
