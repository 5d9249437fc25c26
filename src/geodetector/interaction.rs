//! What two factors account for together, beside what each accounts for.

use crate::words::words;

words! {
    /// The interaction of two factors.
    Interaction {
        /// Together less than the weaker of them.
        WeakenNonlinear = "weaken-nonlinear",
        /// Together no more than the stronger of them.
        WeakenUni = "weaken-uni",
        /// Together more than the stronger of them, and less than their sum.
        EnhanceBi = "enhance-bi",
        /// Together their sum.
        Independent = "independent",
        /// Together more than their sum.
        EnhanceNonlinear = "enhance-nonlinear",
    }
}

/// How near to the sum of two q theirs together is called the sum.
const SAME: f64 = 1e-9;

impl Interaction {
    /// The interaction of two factors by their q together and by the q of each, all on the same pixels.
    ///
    /// # Source
    ///
    /// Wang et al. (2010), Int. J. Geogr. Inf. Sci. 24, table 2.
    #[must_use]
    pub fn of(together: f64, [first, second]: [f64; 2]) -> Self {
        let sum = first + second;
        if (together - sum).abs() <= SAME {
            Self::Independent
        } else if together > sum {
            Self::EnhanceNonlinear
        } else if together > first.max(second) {
            Self::EnhanceBi
        } else if together < first.min(second) {
            Self::WeakenNonlinear
        } else {
            Self::WeakenUni
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_has_its_range() {
        for (together, word) in [
            (0.05, "weaken-nonlinear"),
            (0.1, "weaken-uni"),
            (0.2, "weaken-uni"),
            (0.25, "enhance-bi"),
            (0.300_000_000_5, "independent"),
            (0.31, "enhance-nonlinear"),
        ] {
            let interaction = Interaction::of(together, [0.1, 0.2]);
            assert_eq!(interaction.as_str(), word, "{together}");
        }
    }
}
