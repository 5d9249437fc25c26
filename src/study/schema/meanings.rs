//! Meanings of words whose enums are declared elsewhere.

use crate::calendar::Steps;
use crate::chain::{Correlation, FalseDiscovery, Sensitivity};
use crate::kernels::models::{self, ModelEntry};
use crate::tile::Resampling;
use crate::words::Word;

impl Word for Steps {
    fn words() -> Vec<(&'static str, Self)> {
        vec![
            ("monthly", Self::Monthly),
            ("annual", Self::Annual),
            ("static", Self::Static),
        ]
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Monthly => "Twelve values a year.",
            Self::Annual => "One value a year.",
            Self::Static => "One value that holds for all years.",
            Self::Members(_) => "Values without a time, which no input has.",
        }
    }
}

impl Word for Resampling {
    fn words() -> Vec<(&'static str, Self)> {
        Self::WORDS.to_vec()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Nearest => "The value of the cell at the pixel's centre.",
            Self::Bilinear => "Interpolation between the four cells around.",
            Self::Cubic => "Interpolation between the sixteen cells around.",
            Self::Average => "The mean of the cells under the pixel, by shared area.",
            Self::Mode => "The value that covers most of the pixel.",
        }
    }
}

impl Word for Correlation {
    fn words() -> Vec<(&'static str, Self)> {
        Self::WORDS.to_vec()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Pearson => "Of the values, as the regression has it.",
            Self::Spearman => {
                "Of the ranks of the values, ties with their middle rank: for relations that rise or fall without \
                 being straight, and for single years far from the others."
            }
        }
    }
}

impl Word for FalseDiscovery {
    fn words() -> Vec<(&'static str, Self)> {
        Self::WORDS.to_vec()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::BenjaminiHochberg => {
                "Benjamini and Hochberg (1995), for pixels that are independent or, as neighbours \
                 are, positively dependent."
            }
            Self::BenjaminiYekutieli => {
                "Benjamini and Yekutieli (2001), for any dependence; ln(pixels) + 0.58 times as \
                 strict."
            }
        }
    }
}

impl Word for Sensitivity {
    fn words() -> Vec<(&'static str, Self)> {
        Self::WORDS.to_vec()
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Raw => "From the series as they are.",
            Self::Detrended => "From the series without their trends.",
            Self::FirstDifference => "From the differences of adjacent years.",
            Self::Baseline(_) => "From the years of a baseline.",
        }
    }
}

/// A model of soil respiration.
#[derive(Clone, Copy)]
pub(in crate::study) struct RsModel(pub(in crate::study) ModelEntry);

impl Word for RsModel {
    fn words() -> Vec<(&'static str, Self)> {
        let all = models::soil_respiration_words().into_iter();
        all.map(|(word, model)| (word, Self(model))).collect()
    }

    fn meaning(self) -> &'static str {
        self.0.info.source
    }
}

/// A model of heterotrophic respiration that a word alone names.
#[derive(Clone, Copy)]
pub(in crate::study) struct RhModel(pub(in crate::study) ModelEntry);

impl Word for RhModel {
    fn words() -> Vec<(&'static str, Self)> {
        let all = models::heterotrophic_words().into_iter();
        all.map(|(word, model)| (word, Self(model))).collect()
    }

    fn meaning(self) -> &'static str {
        self.0.info.source
    }
}
