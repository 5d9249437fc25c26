//! Rules that adjust the p of a whole map to q. Of the pixels with q < 0.05, on average no more
//! than 5 % are false discoveries.

/// A rule that controls the false discovery rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FalseDiscovery {
    /// Benjamini and Hochberg (1995), for pixels that are independent or, like neighbours,
    /// positively dependent.
    BenjaminiHochberg,
    /// Benjamini and Yekutieli (2001), for any dependence. It is `ln(pixels) + 0.58` times as
    /// strict.
    BenjaminiYekutieli,
}

impl FalseDiscovery {
    /// Every rule with its word in the study file.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("benjamini-hochberg", Self::BenjaminiHochberg),
        ("benjamini-yekutieli", Self::BenjaminiYekutieli),
    ];

    /// The word of the study file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, rule)| *rule == self)
            .map_or("", |(word, _)| word)
    }

    /// Its name in texts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BenjaminiHochberg => "Benjamini-Hochberg",
            Self::BenjaminiYekutieli => "Benjamini-Yekutieli",
        }
    }
}
