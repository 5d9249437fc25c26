//! What a caller may ask of a page.

/// What a page shows beside what every page does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageOptions {
    /// Further maps, by their paths without ending, such as `maps/nep_cv`.
    pub maps: Vec<String>,
}
