//! Meanings of words whose enums are declared elsewhere.

use crate::calendar::Steps;
use crate::chain::{FalseDiscovery, Sensitivity};
use crate::study::tables::RhModel;
use crate::tile::Resampling;
use crate::words::Word;

impl Word for Steps {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("monthly", Self::Monthly),
        ("annual", Self::Annual),
        ("static", Self::Static),
    ];

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
    const WORDS: &'static [(&'static str, Self)] = Self::WORDS;

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

impl Word for FalseDiscovery {
    const WORDS: &'static [(&'static str, Self)] = Self::WORDS;

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
    const WORDS: &'static [(&'static str, Self)] = Self::WORDS;

    fn meaning(self) -> &'static str {
        match self {
            Self::Raw => "From the series as they are.",
            Self::Detrended => "From the series without their trends.",
            Self::FirstDifference => "From the differences of adjacent years.",
            Self::Baseline(_) => "From the years of a baseline.",
        }
    }
}

impl Word for RhModel {
    const WORDS: &'static [(&'static str, Self)] = Self::WORDS;

    fn meaning(self) -> &'static str {
        match self {
            Self::BondLamberty2004 => "Bond-Lamberty, Wang and Gower 2004.",
            Self::BondLamberty2010 => "Bond-Lamberty and Thomson 2010.",
            Self::Subke2006 => "Subke, Inglima and Cotrufo 2006.",
            Self::Power(_) => "A power of Rs, see `respiration.power_unit`.",
            Self::Pei => "Pei and others: Rh from climate directly.",
            Self::Hashimoto2015 => "Hashimoto and others 2015.",
            Self::Fraction(_) => "A fixed part of Rs.",
        }
    }
}
