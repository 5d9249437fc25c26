//! The trends that were planted, over the region.

use super::fields::{Patch, TRUTHS};
use super::site::cover::URBAN;

/// Sums over pixels that are on land and whose NPP is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RegionalTruth {
    /// Number of pixels.
    pub n_pixels: u64,
    /// Means of the layers in `truth/`, in the order of their table in `truth/truth.json`.
    pub means: [f64; TRUTHS.len()],
    /// Number of these pixels on karst.
    pub n_karst: u64,
    /// The same means on karst.
    pub karst_means: [f64; TRUTHS.len()],
}

impl RegionalTruth {
    /// Takes in one more window; the means are running means.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 pixels")]
    pub(super) fn add(&mut self, patch: &Patch) {
        let n_pixels = patch.karst.len();
        for pixel in (0..n_pixels).filter(|&pixel| patch.npp[pixel] < URBAN) {
            let value = |layer: usize| f64::from(patch.truths[layer * n_pixels + pixel]);
            self.n_pixels += 1;
            for (layer, mean) in self.means.iter_mut().enumerate() {
                *mean += (value(layer) - *mean) / self.n_pixels as f64;
            }
            if patch.karst[pixel] == 1 {
                self.n_karst += 1;
                for (layer, mean) in self.karst_means.iter_mut().enumerate() {
                    *mean += (value(layer) - *mean) / self.n_karst as f64;
                }
            }
        }
    }
}
