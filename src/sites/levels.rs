//! Pairs of all, of site means, and of departures from them.

use std::collections::{BTreeMap, BTreeSet};

use super::words_of_sites::Level;

/// A measured and a modelled value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Number of the site.
    pub site: usize,
    /// The year of the measurement, where it is known.
    pub year: Option<i32>,
    /// The measured value.
    pub measured: f64,
    /// The modelled value.
    pub modelled: f64,
}

/// The mean, exactly that of equal values.
#[expect(clippy::cast_precision_loss, reason = "pairs are few")]
pub(super) fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let Some(first) = values.clone().next() else {
        return f64::NAN;
    };
    let n = values.clone().count() as f64;
    first + values.map(|value| value - first).sum::<f64>() / n
}

/// The pairs of a level: all; one a site, with its means; or, of sites with two years or more, the departures of each pair
/// from the means of its site.
#[must_use]
pub fn at_level(pairs: &[Pair], level: Level) -> Vec<Pair> {
    if level == Level::All {
        return pairs.to_vec();
    }
    let mut sites: BTreeMap<usize, Vec<Pair>> = BTreeMap::new();
    for pair in pairs {
        sites.entry(pair.site).or_default().push(*pair);
    }
    let mut found = Vec::new();
    for (site, of_site) in sites {
        let measured = mean(of_site.iter().map(|pair| pair.measured));
        let modelled = mean(of_site.iter().map(|pair| pair.modelled));
        let years: BTreeSet<Option<i32>> = of_site.iter().map(|pair| pair.year).collect();
        match level {
            Level::SiteMean => found.push(Pair {
                site,
                year: None,
                measured,
                modelled,
            }),
            Level::Anomaly if years.len() > 1 => found.extend(of_site.iter().map(|pair| Pair {
                measured: pair.measured - measured,
                modelled: pair.modelled - modelled,
                ..*pair
            })),
            Level::Anomaly | Level::All => {}
        }
    }
    found
}
