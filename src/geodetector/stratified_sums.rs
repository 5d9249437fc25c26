//! Sums of layers by every combination of the strata of some factors.

use std::collections::{BTreeMap, HashMap};

use super::stratum::{NO_STRATUM, StratumSums};

/// Sums of some layers by combination of strata: a pixel is added once a layer, and the sums of each factor and of
/// each pair of factors follow from those of the combinations. Memory goes by the combinations that occur.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct StratifiedSums {
    n_layers: usize,
    numbers: HashMap<Box<[u32]>, usize>,
    /// The combination asked for last: neighbours mostly have the same.
    last: Option<(Box<[u32]>, usize)>,
    /// `[combination][layer]`.
    sums: Vec<StratumSums>,
}

impl StratifiedSums {
    /// Without a pixel.
    #[must_use]
    pub fn new(n_layers: usize) -> Self {
        Self {
            n_layers,
            numbers: HashMap::new(),
            last: None,
            sums: Vec::new(),
        }
    }

    /// The number of a combination of strata, one code a factor; [`NO_STRATUM`] where the pixel is in none.
    pub fn combination(&mut self, codes: &[u32]) -> usize {
        if let Some((_, number)) = self.last.as_ref().filter(|(last, _)| **last == *codes) {
            return *number;
        }
        let known = self.numbers.get(codes).copied();
        let number = known.unwrap_or(self.numbers.len());
        if known.is_none() {
            self.numbers.insert(codes.into(), number);
            let n_sums = self.sums.len() + self.n_layers;
            self.sums.resize(n_sums, StratumSums::default());
        }
        self.last = Some((codes.into(), number));
        number
    }

    /// Adds the value of a pixel in one layer.
    ///
    /// # Arguments
    ///
    /// * `combination` - what [`StratifiedSums::combination`] gave for its strata.
    /// * `value` - one that is not finite is none.
    /// * `weight` - 1, or the [weight of its area](super::weight_of_area).
    pub fn add(&mut self, combination: usize, layer: usize, value: f64, weight: u32) {
        let place = combination * self.n_layers + layer;
        if let Some(sums) = self.sums.get_mut(place).filter(|_| layer < self.n_layers) {
            sums.add(value, weight);
        }
    }

    /// Adds all pixels of other sums of the same layers and factors.
    pub fn merge(&mut self, other: &Self) {
        for (codes, &from) in &other.numbers {
            let to = self.combination(codes);
            let ours = &mut self.sums[to * self.n_layers..];
            let theirs = &other.sums[from * other.n_layers..];
            let both = ours.iter_mut().zip(theirs).take(self.n_layers);
            both.for_each(|(ours, theirs)| ours.merge(theirs));
        }
    }

    /// Sums of a layer by combination of the strata of `factors`, over the pixels that are in a stratum of each; in
    /// the order of their codes. Strata without a value are left out.
    #[must_use]
    pub fn by_strata(&self, layer: usize, factors: &[usize]) -> BTreeMap<Vec<u32>, StratumSums> {
        let mut strata: BTreeMap<Vec<u32>, StratumSums> = BTreeMap::new();
        for (codes, &number) in &self.numbers {
            let sums = self.sums.get(number * self.n_layers + layer);
            let Some(sums) = sums.filter(|sums| sums.pixels() > 0) else {
                continue;
            };
            let of = |&factor: &usize| codes.get(factor).copied();
            let key: Option<Vec<u32>> = factors.iter().map(of).collect();
            if let Some(key) = key.filter(|key| !key.contains(&NO_STRATUM)) {
                strata.entry(key).or_default().merge(sums);
            }
        }
        strata
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_in_any_order_give_the_sums_of_the_whole() {
        let pixels: Vec<([u32; 2], f64)> = (0..200)
            .map(|k| ([k % 3, k % 7 / 2], f64::from(k * k % 101) / 3.0 - 16.0))
            .collect();
        let sums_of = |pixels: &mut dyn Iterator<Item = &([u32; 2], f64)>| {
            let mut sums = StratifiedSums::new(1);
            for (codes, value) in pixels {
                let combination = sums.combination(codes);
                sums.add(combination, 0, *value, 3);
            }
            sums
        };
        let whole = sums_of(&mut pixels.iter());
        let mut parts = sums_of(&mut pixels[120..].iter().rev());
        parts.merge(&sums_of(&mut pixels[..120].iter()));
        for factors in [&[0][..], &[1], &[0, 1], &[1, 0]] {
            assert_eq!(whole.by_strata(0, factors), parts.by_strata(0, factors));
        }
        assert_eq!(whole.by_strata(0, &[1, 0]).len(), 12);
    }

    #[test]
    fn a_pixel_counts_for_the_factors_that_it_has_a_stratum_of() {
        let mut sums = StratifiedSums::new(2);
        let lone = sums.combination(&[4, NO_STRATUM]);
        sums.add(lone, 1, 10.0, 1);
        assert_eq!(sums.by_strata(1, &[0]).len(), 1);
        assert!(sums.by_strata(1, &[1]).is_empty());
        assert!(sums.by_strata(1, &[0, 1]).is_empty());
        assert!(sums.by_strata(0, &[0]).is_empty(), "the other layer");
    }
}
