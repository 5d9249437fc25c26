//! How stored numbers become quantities.

use crate::tile::Decoding;

/// How stored numbers of an input become quantities, in `f32` as the shaders compute it, so that
/// every engine starts from the same bits: `value = (stored + bias) · scale`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoder {
    /// Added to the stored number.
    pub(super) bias: f32,
    /// Smaller stored numbers are missing.
    pub(super) lowest: f32,
    /// Larger ones too.
    pub(super) highest: f32,
    /// Stored numbers that mean missing, `n_nodata` of them; the rest is NaN, which no number is.
    pub(super) nodata: [f32; Decoding::MAX_NODATA],
    /// How many of them there are.
    pub(super) n_nodata: usize,
}

impl Decoder {
    /// That of a layer: finite numbers are what they are.
    pub(super) const LAYER: Self = Self {
        bias: 0.0,
        lowest: f32::MIN,
        highest: f32::MAX,
        nodata: [f32::NAN; Decoding::MAX_NODATA],
        n_nodata: 0,
    };

    /// The `f32` form of a decoding, without its scales.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    pub(super) fn new(decoding: &Decoding) -> Self {
        let [lowest, highest] = decoding.bounds_f32();
        let mut nodata = [f32::NAN; Decoding::MAX_NODATA];
        for (code, &value) in nodata.iter_mut().zip(&decoding.nodata) {
            *code = value as f32;
        }
        let n_nodata = decoding.nodata.len().min(Decoding::MAX_NODATA);
        Self {
            bias: decoding.bias as f32,
            lowest,
            highest,
            nodata,
            n_nodata,
        }
    }

    /// One stored number, NaN where missing.
    #[inline(always)]
    pub(super) fn decode(&self, stored: f32, scale: f32) -> f32 {
        // NaN and infinities fail these two.
        let mut valid = stored >= self.lowest && stored <= self.highest;
        for &nodata in &self.nodata[..self.n_nodata] {
            valid &= stored != nodata;
        }
        if valid {
            (stored + self.bias) * scale
        } else {
            f32::NAN
        }
    }
}
