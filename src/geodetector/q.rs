//! The share of a layer's variation that lies between strata.

use super::stratum::StratumSums;

/// What strata account for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explained {
    /// Share of the variation between the strata, 0..1; `None` where the layer does not vary.
    pub q: Option<f64>,
    /// Strata with a pixel. One with a single pixel counts, with no variation of its own.
    pub strata: usize,
    /// Pixels.
    pub pixels: u64,
}

/// ```text
/// q = 1 − Σ_h SS_h / SST
/// ```
///
/// # Source
///
/// Wang et al. (2010), Int. J. Geogr. Inf. Sci. 24, eq. 1.
pub fn explained<'a>(strata: impl IntoIterator<Item = &'a StratumSums>) -> Explained {
    let mut all = StratumSums::default();
    let (mut within, mut n_strata) = (0.0, 0);
    for stratum in strata {
        all.merge(stratum);
        within += stratum.variation();
        n_strata += usize::from(stratum.pixels() > 0);
    }
    let total = all.variation();
    Explained {
        q: (total > 0.0).then(|| (1.0 - within / total).max(0.0)),
        strata: n_strata,
        pixels: all.pixels(),
    }
}
