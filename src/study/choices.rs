//! Choices that a study makes by a word, and the values of a few keys.

use crate::words::words;

pub use crate::device::Device;
pub use crate::formats::{Compress, Format, OnError};

words! {
    /// How the months of an input become a year.
    Aggregate {
        /// Their plain mean, as for temperature or NDVI.
        Mean = "mean",
        /// Their sum, as for precipitation.
        Sum = "sum",
    }
}

words! {
    /// The standard deviation in rescaled ranges.
    HurstSd {
        /// Of the population, divided by n.
        Population = "population",
        /// Of the sample, divided by n - 1.
        Sample = "sample",
    }
}

words! {
    /// What a pixel counts in the sums of squares of the geodetector.
    PixelWeight {
        /// Each pixel as one.
        Pixels = "pixels",
        /// Each by its area.
        Area = "area",
    }
}

/// Which layers are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layers {
    /// All that the inputs allow.
    All,
    /// Those of these names; none where only tables are wanted.
    Named(Vec<String>),
}

/// Bytes of an amount of memory such as `2GiB`, `512 MiB`, `1.5 GB` or `1000000`.
///
/// `None` for anything else, zero, or more than 2^53 bytes.
#[must_use]
pub fn bytes_from_text(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor: f64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kib" => 1024.0,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        "tib" => 1_099_511_627_776.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        _ => return None,
    };
    let bytes = (number.parse::<f64>().ok()? * factor).floor();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "1 to 2^53 fits"
    )]
    (1.0..=9_007_199_254_740_992.0)
        .contains(&bytes)
        .then_some(bytes as u64)
}
