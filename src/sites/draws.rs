//! How sure the agreement is: draws of sites.

use super::levels::Pair;
use crate::kernels::lib::random::random_bits;
use crate::tables::uncertainty::quantile;

/// Sites without which there is no interval.
pub const MIN_SITES: usize = 5;
/// Draws.
const N_DRAWS: u32 = 999;
/// Seed of the draws.
const SEED: u32 = 1;
/// Share of the draws that must have a correlation.
const MIN_SHARE: f64 = 0.95;
/// Spread below this share of the mean square is that of rounding.
const NO_SPREAD: f64 = 1e-12;

/// Intervals of 95 %, low and high.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AgreementIntervals {
    /// Sites.
    pub sites: usize,
    /// Of the correlation.
    pub r: Option<[f64; 2]>,
    /// Of the mean difference.
    pub bias: Option<[f64; 2]>,
    /// Of the root of the mean squared difference.
    pub rmse: Option<[f64; 2]>,
}

/// Sums over the pairs of a site: n, measured, modelled, their squares and product, differences and their squares.
type Sums = [f64; 8];

/// Percentiles of 999 draws of sites with replacement; a site comes with all its pairs, as these are not independent. No
/// interval with fewer than [`MIN_SITES`] sites.
///
/// # Source
///
/// Efron & Tibshirani (1993), *An Introduction to the Bootstrap*, chapter 13.
#[must_use]
pub fn agreement_intervals(pairs: &[Pair]) -> AgreementIntervals {
    let sites = sums_of_sites(pairs);
    let mut intervals = AgreementIntervals {
        sites: sites.len(),
        ..AgreementIntervals::default()
    };
    let Some(n_sites) = u32::try_from(sites.len())
        .ok()
        .filter(|_| sites.len() >= MIN_SITES)
    else {
        return intervals;
    };
    let [mut r, mut bias, mut rmse] = [const { Vec::new() }; 3];
    for draw in 0..N_DRAWS {
        let mut sums: Sums = [0.0; 8];
        for place in 0..n_sites {
            let bits = u64::from(random_bits(draw, place, SEED));
            let site = (bits * u64::from(n_sites)) >> 32;
            let site = usize::try_from(site).map_or(&[0.0; 8], |site| &sites[site]);
            sums.iter_mut().zip(site).for_each(|(sum, of)| *sum += of);
        }
        r.extend(correlation(&sums));
        bias.push(sums[6] / sums[0]);
        rmse.push((sums[7] / sums[0]).sqrt());
    }
    intervals.r = interval(r);
    intervals.bias = interval(bias);
    intervals.rmse = interval(rmse);
    intervals
}

/// The sums of each site, measured and modelled values about the means of all.
#[expect(clippy::cast_precision_loss, reason = "pairs are few")]
fn sums_of_sites(pairs: &[Pair]) -> Vec<Sums> {
    let n = pairs.len() as f64;
    let middle_of = |of: fn(&Pair) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let [middle_o, middle_m] = [middle_of(|p| p.measured), middle_of(|p| p.modelled)];
    let mut sites = std::collections::BTreeMap::<usize, Sums>::new();
    for pair in pairs {
        let (o, m) = (pair.measured - middle_o, pair.modelled - middle_m);
        let difference = pair.modelled - pair.measured;
        let terms = [
            1.0,
            o,
            m,
            o * o,
            m * m,
            o * m,
            difference,
            difference * difference,
        ];
        let sums = sites.entry(pair.site).or_default();
        sums.iter_mut()
            .zip(terms)
            .for_each(|(sum, term)| *sum += term);
    }
    sites.into_values().collect()
}

/// `None` with fewer than three pairs or without spread.
fn correlation(&[n, o, m, oo, mm, om, ..]: &Sums) -> Option<f64> {
    let (of_o, of_m) = (oo - o * o / n, mm - m * m / n);
    let has_spread = n >= 3.0 && of_o > NO_SPREAD * oo && of_m > NO_SPREAD * mm;
    has_spread.then(|| (om - o * m / n) / (of_o * of_m).sqrt())
}

/// The 2.5th and 97.5th percentile; `None` where too few draws have a value.
#[expect(clippy::cast_precision_loss, reason = "draws are few")]
fn interval(mut values: Vec<f64>) -> Option<[f64; 2]> {
    if (values.len() as f64) < MIN_SHARE * f64::from(N_DRAWS) {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    Some([0.025, 0.975].map(|share| quantile(&values, share)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(n_sites: usize, per_site: usize) -> Vec<Pair> {
        let number = |k: usize| f64::from(random_bits(u32::try_from(k).unwrap_or(0), 5, 9)) / 4e9;
        (0..n_sites * per_site)
            .map(|k| {
                let of_site = 3.0 * number(k / per_site);
                Pair {
                    site: k / per_site,
                    year: None,
                    measured: of_site,
                    modelled: of_site + number(1000 + k / per_site) - 0.5,
                }
            })
            .collect()
    }

    #[test]
    fn fewer_than_five_sites_have_no_interval() {
        let four = agreement_intervals(&pairs(4, 30));
        assert_eq!(
            (four.sites, four.r, four.bias, four.rmse),
            (4, None, None, None)
        );
        let five = agreement_intervals(&pairs(5, 1));
        assert!(five.r.is_some() && five.bias.is_some() && five.rmse.is_some());
    }

    /// Ten equal records of a site say no more than one: what a draw of pairs would get wrong.
    #[test]
    fn repeated_records_make_no_interval_narrower() {
        let (once, often) = (
            agreement_intervals(&pairs(12, 1)),
            agreement_intervals(&pairs(12, 10)),
        );
        for (one, many) in [
            (once.r, often.r),
            (once.bias, often.bias),
            (once.rmse, often.rmse),
        ] {
            let (Some(one), Some(many)) = (one, many) else {
                panic!("no interval");
            };
            assert!((one[0] - many[0]).abs() < 1e-9 && (one[1] - many[1]).abs() < 1e-9);
        }
    }

    #[test]
    fn values_without_spread_have_no_interval_of_r() {
        let flat: Vec<Pair> = pairs(9, 2)
            .into_iter()
            .map(|pair| Pair {
                measured: 0.1,
                ..pair
            })
            .collect();
        let intervals = agreement_intervals(&flat);
        assert!(intervals.r.is_none() && intervals.bias.is_some());
    }
}
