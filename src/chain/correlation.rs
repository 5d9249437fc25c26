//! Which correlation of a response with its drivers is asked for.

/// Which partial correlation of a response with its drivers is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Correlation {
    /// Of the values, as the regression has it.
    #[default]
    Pearson,
    /// Of the ranks of the values, ties with their middle rank.
    Spearman,
}

impl Correlation {
    /// Every correlation with its word in a study file.
    pub const WORDS: &'static [(&'static str, Self)] =
        &[("pearson", Self::Pearson), ("spearman", Self::Spearman)];
}
