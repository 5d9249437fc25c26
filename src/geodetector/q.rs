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

#[cfg(test)]
mod tests {
    use super::super::whole::weight_of_area;
    use super::*;

    /// q with weights by area against the formula in doubles, for areas of rows from 20 to 26 degrees.
    #[test]
    fn weights_by_area_are_right_to_their_rounding() {
        let pixels = (0..600_u32).map(|k| {
            let stratum = (k % 7 / 3) as usize;
            let value = f64::from(k * 7919 % 601) - 120.0 + 40.0 * f64::from(k % 7 / 3);
            let area = f64::from(20 + k / 100).to_radians().cos();
            (stratum, value.min(480.0), area)
        });
        let mut strata = [(); 3].map(|()| StratumSums::default());
        let mut plain = [[0.0; 3]; 3];
        for (stratum, value, area) in pixels {
            let largest = 20.0_f64.to_radians().cos();
            strata[stratum].add(value, weight_of_area(area, largest));
            let terms = [area, area * value, area * value * value];
            plain[stratum]
                .iter_mut()
                .zip(terms)
                .for_each(|(sum, term)| *sum += term);
        }
        let squares = |[w, sum, squares]: [f64; 3]| squares - sum * sum / w;
        let all = [0, 1, 2].map(|term| plain.iter().map(|sums| sums[term]).sum::<f64>());
        let within: f64 = plain.iter().copied().map(squares).sum();
        let expected = 1.0 - within / squares(all);
        let q = explained(&strata).q.expect("the values vary");
        assert!((q - expected).abs() < 1e-8, "{q} {expected}");
        assert!(expected > 0.01, "the strata differ");
    }
}
