//! How the p of a whole map are made into q: of the pixels called significant at q < 0.05, no more
//! than 5 % are false, on average.

/// A rule that controls the false discovery rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FalseDiscovery {
    /// Benjamini and Hochberg (1995), for pixels that do not depend on each other or do so positively, as neighbours do.
    BenjaminiHochberg,
    /// Benjamini and Yekutieli (2001), for any dependence; `ln(pixels) + 0.58` times as strict.
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
